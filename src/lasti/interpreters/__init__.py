"""Subinterpreters behind one interface, that of PEP 734, on every Python from 3.10 to 3.15.

From 3.14 on these names *are* those of ``concurrent.interpreters`` and ``concurrent.futures``.  Before that they stand
on ``_interpreters`` and ``_interpqueues`` (3.13) or ``_xxsubinterpreters`` and its channels (3.10 to 3.12): what goes
into an interpreter and comes out of it is pickled there.  ``docs/interpreters.md`` says what differs, what it costs.

Source: PEP 734; https://docs.python.org/3.14/library/concurrent.interpreters.html
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own: to import it would take each interpreter longer than all the rest
if TYPE_CHECKING:
    from typing import Any

    from .crossing import NotShareableError
    from .interpreter import (
        ExecutionFailed,
        Interpreter,
        InterpreterError,
        InterpreterNotFoundError,
        create,
        get_current,
        get_main,
        is_shareable,
        list_all,
    )
    from .pool import InterpreterPoolExecutor
    from .queues import Queue, QueueEmpty, QueueError, QueueFull, QueueNotFoundError, create_queue

__all__ = [
    "ExecutionFailed",
    "Interpreter",
    "InterpreterError",
    "InterpreterNotFoundError",
    "InterpreterPoolExecutor",
    "NotShareableError",
    "Queue",
    "QueueEmpty",
    "QueueError",
    "QueueFull",
    "QueueNotFoundError",
    "create",
    "create_queue",
    "get_current",
    "get_main",
    "is_shareable",
    "list_all",
]


def __getattr__(name: str) -> Any:
    """Find a name when it is first asked for: a new interpreter imports this package, and pays for all it imports."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = _home(name)
    try:
        found = globals()[name] = getattr(import_module(home, __name__), name)
    except ImportError as error:
        from ..errors import UsageError

        raise UsageError(f"this Python was built without subinterpreters (it has no module {home})") from error
    return found


def _home(name: str) -> str:
    from ..versions import PY314

    if name == "InterpreterPoolExecutor":
        return "concurrent.futures" if PY314 else ".pool"
    if name in ("QueueError", "QueueNotFoundError") and PY314:
        return "_interpqueues"  # concurrent.interpreters has no name for them
    if "ueue" in name and not PY314:
        return ".queues"
    return "concurrent.interpreters" if PY314 else ".interpreter"
