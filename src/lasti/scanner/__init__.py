"""A TCP connect scanner in four models of concurrency, over one probe: the case study of what each model is for.

``async for result in scan(plan)``, ``for result in scan_threads(plan)``, ``await scan_asyncio(plan)`` and
``for result in scan_interpreters(plan)`` find the same; ``plan_of(hosts, ports)`` makes the plan.  It is ordinary
Python and uses nothing of lasti but ``lasti.interpreters``: it can be run, recorded and watched like any program.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own takes long to import, and interpreters pay for it too
if TYPE_CHECKING:
    from typing import Any

    from .asyncgen import scan
    from .coroutines import scan_asyncio
    from .interpreters import scan_interpreters
    from .records import Plan, Result, Tally
    from .targets import parse_ports, plan_of, resolve
    from .threads import scan_threads

__all__ = [
    "Plan",
    "Result",
    "Tally",
    "parse_ports",
    "plan_of",
    "resolve",
    "scan",
    "scan_asyncio",
    "scan_interpreters",
    "scan_threads",
]

_HOMES = {
    "scan": "asyncgen",
    "scan_asyncio": "coroutines",
    "scan_interpreters": "interpreters",
    "scan_threads": "threads",
    "parse_ports": "targets",
    "plan_of": "targets",
    "resolve": "targets",
}


def __getattr__(name: str) -> Any:
    """Find a name when it is first asked for: a scan by threads needs no event loop."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f".{_HOMES.get(name, 'records')}", __name__), name)
    globals()[name] = found
    return found
