"""What a new interpreter is told before anything else: where lasti is, and which C modules to leave alone.

Some extension modules of 3.12 and 3.13 say that they can be loaded under more than one GIL, and then abort the process
or corrupt its heap (measured on 3.12.1 and 3.13.0, by importing every module of the library in five interpreters).  In
an interpreter of ours their import raises ImportError instead.  Most have a twin in Python, which the library falls
back to: ``datetime``, ``decimal``, ``zoneinfo``, ``asyncio``, ``hashlib`` work, slower; ``ssl`` cannot be imported.
"""

from __future__ import annotations

from os.path import abspath, dirname

from ..versions import PY312, PY313

UNSAFE: frozenset[str] = frozenset()
if PY313:
    UNSAFE = frozenset({"_datetime", "_zoneinfo"})
elif PY312:
    UNSAFE = frozenset({"_asyncio", "_datetime", "_decimal", "_hashlib", "_ssl", "_zoneinfo"})

_PATH = """
import sys
if {folder!r} not in sys.path:
    sys.path.append({folder!r})
"""

_GUARD = """
class Guard:
    "Refuses the C modules that would take the process down (lasti.interpreters.guard)."
    @staticmethod
    def find_spec(name, path=None, target=None, unsafe=frozenset({unsafe!r})):
        if name in unsafe:
            raise ImportError(name + " aborts the process in a subinterpreter of this Python", name=name)
sys.meta_path.insert(0, Guard)
del Guard
"""


def first_script() -> str:
    """Return the script that a new interpreter runs first; it leaves nothing in ``__main__``."""
    script = _PATH.format(folder=dirname(dirname(dirname(abspath(__file__)))))
    if UNSAFE:
        script += _GUARD.format(unsafe=sorted(UNSAFE))
    return script + "del sys\n"
