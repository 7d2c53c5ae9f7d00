"""lasti: Python's coroutine machine, open.

``lasti.record`` and ``lasti.recorded`` record code of any program, ``lasti.frames`` shows suspended frames,
``lasti.run(main())`` runs a coroutine on lasti's event loop; everything else is on the command line, and in the
subpackages.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["frames", "record", "recorded", "run"]

_HOMES = {"frames": "frames", "run": "eventloop.running"}

TYPE_CHECKING = False  # typing's own: to import it takes longer than all the rest of `lasti --version`
if TYPE_CHECKING:
    from .eventloop.running import run
    from .frames import frames
    from .recording import record, recorded


def __getattr__(name: str) -> object:
    """Import what is asked for only then: PEP 562."""
    if name not in __all__:
        raise AttributeError(f"module 'lasti' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"{__name__}.{_HOMES.get(name, 'recording')}")
    found = globals()[name] = getattr(module, name)
    return found


def load_ipython_extension(shell: object) -> None:
    """Do what ``%load_ext lasti`` asks for, in a notebook."""
    from importlib import import_module

    import_module(f"{__name__}.notebook").load(shell)
