"""What makes CPython tell of its instructions: ``sys.monitoring`` from 3.12, a C trace function before.

The events go straight to the encoder in C.  Only watched code pays: from 3.12 each code object is asked about once,
when it first runs, and is then either instrumented or left alone.

Source: PEP 669, https://docs.python.org/3/library/sys.monitoring.html
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..versions import PY312

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

NAME = "lasti"


class Monitoring:
    """Tells ``encoder`` what watched code does, from ``start`` to ``stop`` (3.12+)."""

    def __init__(self, encoder: Any, is_watched: Callable[[CodeType], bool]) -> None:
        self._encoder = encoder
        encoder.native(is_watched, sys.monitoring.DISABLE)
        self._tool = -1
        self._codes: list[CodeType] = []
        events = sys.monitoring.events
        self._local = events.INSTRUCTION | events.PY_START | events.PY_RESUME | events.PY_RETURN | events.PY_YIELD
        # These three cannot be asked for of one code object alone.
        self._global = events.PY_START | events.PY_THROW | events.PY_UNWIND | events.EXCEPTION_HANDLED
        self._callbacks = {
            events.INSTRUCTION: encoder,
            events.PY_START: encoder.on_start,
            events.PY_RESUME: encoder.on_resume,
            events.PY_THROW: encoder.on_throw,
            events.PY_RETURN: encoder.on_return,
            events.PY_YIELD: encoder.on_yield,
            events.PY_UNWIND: encoder.on_unwind,
            events.EXCEPTION_HANDLED: encoder.on_handled,
        }

    def start(self) -> None:
        """Begin; UsageError when every tool id is taken."""
        monitoring = sys.monitoring
        free = [tool for tool in (4, 3, 5, 2, 1, 0) if monitoring.get_tool(tool) is None]
        if not free:
            raise UsageError("every tool id of sys.monitoring is taken: end the other profilers and debuggers first")
        self._tool = free[0]
        monitoring.use_tool_id(self._tool, NAME)
        for event, callback in self._callbacks.items():
            monitoring.register_callback(self._tool, event, callback)
        monitoring.set_events(self._tool, self._global)
        monitoring.restart_events()  # what was disabled by an earlier recording

    def watch(self, code: CodeType) -> None:
        """Have a watched code object tell of everything."""
        self._codes.append(code)
        sys.monitoring.set_local_events(self._tool, code, self._local)

    def stop(self) -> bool:
        """End; return True: nobody can have taken our place."""
        monitoring = sys.monitoring
        if self._tool < 0:
            return True
        monitoring.set_events(self._tool, 0)
        for code in self._codes:
            monitoring.set_local_events(self._tool, code, 0)
        for event in self._callbacks:
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)
        self._tool = -1
        return True


class Tracing:
    """The same by a C trace function, in each thread (3.10, 3.11)."""

    def __init__(self, encoder: Any, is_watched: Callable[[CodeType], bool]) -> None:
        self._encoder = encoder
        encoder.native(is_watched, None)

    def start(self) -> None:
        """Begin in this thread, and in those that start from now on."""
        threading.settrace(self._begin_thread)
        self._encoder.trace(True)

    def _begin_thread(self, *_: Any) -> None:
        """Put the C function into the place of this one, which a new thread has called first."""
        self._encoder.trace(True)

    def watch(self, code: CodeType) -> None:
        """Nothing to do: every call is told."""

    def stop(self) -> bool:
        """End, in this thread; return False when it has another trace function by now, or none."""
        threading.settrace(None)
        was_told = self._encoder.is_off or sys.gettrace() is self._encoder
        self._encoder.trace(False)
        return was_told


def engine(encoder: Any, is_watched: Callable[[CodeType], bool]) -> Monitoring | Tracing:
    """Return what drives ``encoder`` on this Python."""
    return (Monitoring if PY312 else Tracing)(encoder, is_watched)
