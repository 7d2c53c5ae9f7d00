"""Handles: callbacks with their arguments and context, as the ready queue and the heap of timers hold them.

They are asyncio's own, made in fewer steps; and here is decided what a handle is: the step of a task, a timer, or a
plain callback.

Source: CPython Lib/asyncio/events.py (``Handle``, ``TimerHandle``), Modules/_asynciomodule.c (``TaskStepMethWrapper``,
``task_wakeup``).
"""

from __future__ import annotations

import asyncio
import itertools
from contextvars import copy_context
from types import BuiltinMethodType, MethodType
from typing import TYPE_CHECKING, Any

from . import host

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

_serials = itertools.count().__next__
# What a task gives to call_soon and to add_done_callback: asyncio's Python tasks, and ours.
_STEPS = frozenset({"__step", "__wakeup", "_step", "_wakeup"})


class Handle(host.Handle):  # type: ignore[misc]
    """A callback that is called once, as soon as its turn comes."""

    if not TYPE_CHECKING:  # mypy does not see the slots of a base class that it does not know
        __slots__ = ()

    def __init__(self, callback: Callable[..., object], args: Any, loop: Any, context: Context | None) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None


class TimerHandle(host.TimerHandle):  # type: ignore[misc]
    """A callback for the time ``when``, in seconds of the loop's clock; of two for one time, the older one goes first.

    asyncio leaves that last order open; in virtual time many timers have one time.
    """

    if not TYPE_CHECKING:
        __slots__ = ("serial",)
    else:
        _callback: Any
        _args: Any
        _repr: Any

    def __init__(
        self, when: float, callback: Callable[..., object], args: Any, loop: Any, context: Context | None
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None
        self._when = when
        self._scheduled = True
        self.serial = _serials()

    def cancel(self) -> None:
        """Have the callback never called."""
        if self._cancelled:
            return
        self._cancelled = True
        loop = self._loop
        if self._scheduled:
            loop._timer_handle_cancelled(self)
        if loop.get_debug():
            self._repr = repr(self)  # while there is something to say
        self._callback = self._args = None

    def __lt__(self, other: Any) -> bool:
        own, others = self._when, other._when
        return bool(own < others or (own == others and self.serial < other.serial))


def is_step(callback: Any) -> bool:
    """Tell whether ``callback`` is the step of a task; runs none of the program's code."""
    kind = type(callback)
    if kind is BuiltinMethodType:
        return bool(callback.__name__ == "task_wakeup")
    if kind is MethodType:
        return getattr(callback.__func__, "__name__", "") in _STEPS and asyncio.isfuture(callback.__self__)
    return kind.__name__ == "TaskStepMethWrapper"


def task_of(callback: Any) -> Any:
    """Return the task that ``callback`` is a step of, None for any other callback."""
    return callback.__self__ if is_step(callback) else None
