"""Futures in Python: what asyncio's C ``Future`` does, to be read, and to be listened to.

A loop that is watched makes its futures of this class.  ``isinstance(future, asyncio.Future)`` holds.

Source: CPython Lib/asyncio/futures.py, Modules/_asynciomodule.c.
"""

from __future__ import annotations

import asyncio
import sys
from contextvars import copy_context
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from ..versions import PY311, PY313
from . import host

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context

PENDING, CANCELLED, FINISHED = "PENDING", "CANCELLED", "FINISHED"
_NOT_BEGUN = {"_state": PENDING, "_never_retrieved": False, "_context": None}
# 3.10 and 3.11: as get_event_loop, with the deprecation warning at the right place.
_current_loop: Any = getattr(host.events, "_get_event_loop", host.events.get_event_loop)


class Future:
    """A result that is not there yet.  Callbacks are never called at once, but put into the loop's ready queue."""

    # Set by _begin for every future: up to 3.13, an attribute that the class has too is read slowly (PEP 659).
    _loop: Any
    _state: str
    _result: Any
    _exception: BaseException | None
    _never_retrieved: bool
    _waiters: Any  # the task that awaits it, or the set of those that do (3.14+)
    _callbacks: list[tuple[Callable[[Any], object], Context]]
    # Few futures need these; what is not set is as the class has it.
    _has_begun = False
    # None would mean "no future"; True while `await` hands the future to its task (a bare `yield future` leaves False).
    _asyncio_future_blocking: bool = False
    _exception_tb: Any = None
    _source_traceback: Any = None
    _cancel_message: Any = None
    _cancelled_exc: BaseException | None = None  # of the coroutine, to be raised again from the awaiting one
    # For a future whose __init__ was skipped, which asyncio's C class puts up with.
    if PY311:

        def __getattr__(self, name: str) -> Any:
            if name in _NOT_BEGUN:
                return _NOT_BEGUN[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    else:  # __getattr__ would be felt at every attribute
        _state, _never_retrieved = PENDING, False

    # So isinstance() says that it is one of asyncio's; type() tells them apart.
    __class__: Any = asyncio.Future

    def __init__(self, *, loop: Any = None) -> None:
        if self._has_begun:
            raise RuntimeError(f"{type(self).__name__} object is already initialized")
        loop = _current_loop() if loop is None else loop
        self._begin(loop)
        if loop.get_debug():
            self._source_traceback = host.format_helpers.extract_stack(sys._getframe(1))

    def _begin(self, loop: Any) -> None:
        """Make it a pending future of ``loop``."""
        self._has_begun = True
        self._loop = loop
        self._state = PENDING
        self._result = self._exception = self._waiters = None
        self._never_retrieved = False
        self._callbacks = []

    __class_getitem__ = classmethod(GenericAlias)  # type: ignore[var-annotated]

    def _repr_info(self) -> list[str]:
        return host.base_futures._future_repr_info(self)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' '.join(self._repr_info())}>"

    def __del__(self) -> None:
        if self._never_retrieved:
            context = {
                "message": f"{type(self).__name__} exception was never retrieved",
                "exception": self._exception,
                "future": self,
            }
            if self._source_traceback:
                context["source_traceback"] = self._source_traceback
            self._loop.call_exception_handler(context)

    @property
    def _log_traceback(self) -> bool:
        return self._never_retrieved

    @_log_traceback.setter
    def _log_traceback(self, value: bool) -> None:
        if value:
            raise ValueError("_log_traceback can only be set to False")
        self._never_retrieved = False

    @property
    def _asyncio_awaited_by(self) -> frozenset[Any] | None:
        waiters = self._waiters
        return None if waiters is None else frozenset(waiters if type(waiters) is set else {waiters})

    # -- asking -----------------------------------------------------------------------------------------------------

    def get_loop(self) -> Any:
        """Return the loop that the future belongs to."""
        if not self._has_begun:
            raise RuntimeError("Future object is not initialized.")
        return self._loop

    def done(self) -> bool:
        """Tell whether there is a result or an exception, or it was cancelled."""
        return self._state != PENDING

    def cancelled(self) -> bool:
        """Tell whether it was cancelled."""
        return self._state == CANCELLED

    def result(self) -> Any:
        """Return the result or raise the exception; CancelledError, or InvalidStateError when there is none yet."""
        if self._state != FINISHED:
            if self._state == CANCELLED:
                raise self._make_cancelled_error()
            raise asyncio.InvalidStateError("Result is not ready.")
        if self._exception is not None:
            self._never_retrieved = False
            raise self._exception.with_traceback(self._exception_tb)
        return self._result

    def exception(self) -> BaseException | None:
        """Return the exception, None when there is a result; CancelledError or InvalidStateError when there is none."""
        if self._state != FINISHED:
            if self._state == CANCELLED:
                raise self._make_cancelled_error()
            raise asyncio.InvalidStateError("Exception is not set.")
        if self._exception is not None:
            self._never_retrieved = False
        return self._exception

    def _make_cancelled_error(self) -> BaseException:
        saved, self._cancelled_exc = self._cancelled_exc, None
        if saved is not None and PY311:
            return saved
        error = asyncio.CancelledError(*[message for message in [self._cancel_message] if message is not None])
        if not PY311:
            error.__context__ = saved
        return error

    # -- callbacks --------------------------------------------------------------------------------------------------

    def add_done_callback(self, callback: Any, /, *, context: Any = None) -> None:
        """Have ``callback(future)`` called in the turn after the future is done (the next one, if it is)."""
        if self._state != PENDING:
            self._loop.call_soon(callback, self, context=context)
        else:
            self._callbacks.append((callback, copy_context() if context is None else context))

    def remove_done_callback(self, callback: Any, /) -> int:
        """Remove all that equal ``callback``; return their number."""
        kept = [pair for pair in self._callbacks if pair[0] != callback]
        removed = len(self._callbacks) - len(kept)
        if removed:
            self._callbacks[:] = kept
        return removed

    def _finish(self, state: str) -> None:
        """Enter a final state; the callbacks become ready in the order in which they were added."""
        self._state = state
        callbacks = self._callbacks
        if callbacks:
            self._callbacks = []
            call_soon = self._loop.call_soon
            for callback, context in callbacks:
                call_soon(callback, self, context=context)

    # -- completing -------------------------------------------------------------------------------------------------

    def cancel(self, msg: Any = None) -> bool:
        """Cancel it; False when it is done already."""
        self._never_retrieved = False
        if self._state != PENDING:
            return False
        self._cancel_message = msg
        self._finish(CANCELLED)
        return True

    def set_result(self, result: Any, /) -> None:
        """Complete it; InvalidStateError when it is done already."""
        if self._state != PENDING:
            raise asyncio.InvalidStateError("invalid state")
        self._result = result
        self._finish(FINISHED)

    def set_exception(self, exception: Any, /) -> None:
        """Let it fail with an exception (or a class of exceptions); InvalidStateError when it is done already."""
        if self._state != PENDING:
            raise asyncio.InvalidStateError("invalid state")
        if isinstance(exception, type):
            exception = exception()
        if isinstance(exception, StopIteration):
            exception = _instead_of(exception)
        self._exception = exception
        self._exception_tb = exception.__traceback__
        self._finish(FINISHED)
        self._never_retrieved = True

    # -- awaiting ---------------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, Any]:
        if self._state == PENDING:
            self._asyncio_future_blocking = True
            yield self  # to the task, which goes on when the future is done
        if self._state == PENDING:
            raise RuntimeError("await wasn't used with future")
        return self._result if self._state == FINISHED and self._exception is None else self.result()

    __iter__ = __await__


def _instead_of(stop: StopIteration) -> Exception:
    """Return what is set in place of a StopIteration, which a generator could not tell from its own end."""
    text = "StopIteration interacts badly with generators and cannot be raised into a Future"
    if not PY313:
        raise TypeError(text)
    error = RuntimeError(text)
    error.__cause__ = error.__context__ = stop
    return error
