"""``concurrent.futures.InterpreterPoolExecutor`` for 3.10 to 3.13: a pool of threads with an interpreter each.

A thread makes its interpreter when it starts and drops it, which ends it, when the thread ends.

Source: https://docs.python.org/3.14/library/concurrent.futures.html#interpreterpoolexecutor
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.thread import BrokenThreadPool
from typing import TYPE_CHECKING, Any

from .crossing import dumped, loaded
from .interpreter import Interpreter, Raised, create, packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


class BrokenInterpreterPool(BrokenThreadPool):
    """An interpreter of the pool could not be initialized."""


class InterpreterPoolExecutor(ThreadPoolExecutor):
    """Runs calls in interpreters; what a call takes and gives is pickled, and its exceptions too where they can be."""

    BROKEN = BrokenInterpreterPool

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._here = threading.local()
        super().__init__(max_workers, thread_name_prefix, self._begin, (initializer, initargs))

    def _begin(self, initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
        self._here.interpreter = create()
        if initializer is not None:
            _call(self._here.interpreter, ("call", packed(initializer), initargs, {}))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Let an interpreter call ``fn``; NotShareableError, at once, when it cannot go there."""
        request = ("call", packed(fn), args, kwargs)
        dumped(request)
        return super().submit(self._work, request)

    def _work(self, request: tuple[Any, ...]) -> Any:
        return _call(self._here.interpreter, request)


def _call(interpreter: Interpreter, request: tuple[Any, ...]) -> Any:
    try:
        return interpreter.outcome(*request)
    except Raised as raised:
        exception, failure = raised.exception, raised.failure
    finally:
        del interpreter  # a traceback that somebody keeps would keep it too
    if exception is None:
        raise failure
    raise loaded(exception) from failure
