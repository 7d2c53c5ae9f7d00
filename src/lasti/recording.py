"""Recording from Python: ``with lasti.record("run.lasti"):`` around any code, ``@lasti.recorded`` on a function.

CPython itself runs the code; the native engine records it.  There is one recording at a time.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import UsageError
from .output import recorded as output_recorded
from .terminal import complain
from .watch import Watch, file_of, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType, FrameType

    from .trace.recorder import TraceRecorder

    Function = TypeVar("Function", bound=Callable[..., Any])


class Recording:
    """A recording, from ``start`` to ``stop``; as a context manager from the beginning of the block to its end.

    ``path`` is the trace's file.  ``watch`` has patterns, as ``lasti run --watch`` (names of modules, or paths when
    they hold a slash); without any, the modules in the folder of the code that began the recording are watched.
    ``last`` is how many steps the trace keeps, the last ones (a little more, never less); without it, all of them.
    UsageError when the native engine is not here, when the file cannot be written, or when another recording goes on.
    """

    def __init__(self, path: str | os.PathLike[str], watch: Sequence[str] = (), last: int | None = None) -> None:
        if last is not None and (type(last) is not int or last < 1):
            raise UsageError(f"last={last!r}: expected a number of steps, at least 1")
        self.path = os.fspath(path)
        self._last = last
        self._is_going_on = False
        self._patterns = _patterns(watch)
        self._open = ExitStack()
        self._watch: Watch
        self.recorder: TraceRecorder

    def start(self, depth: int = 1) -> Recording:
        """Begin; ``depth`` says how many calls up the code is whose folder is watched."""
        caller = sys._getframe(depth)
        file = file_of(caller.f_globals) or caller.f_code.co_filename
        self._watch = Watch(self._patterns, [os.path.dirname(os.path.abspath(file))])
        from .native.engine import engine
        from .native.proof import complaint
        from .trace.recorder import TraceRecorder, sole

        problem = complaint()
        if problem:
            raise UsageError(f"recording needs the native engine, which does not work here: {problem}")
        with ExitStack() as opened:
            opened.enter_context(sole(repr(self.path)))
            self.recorder = opened.enter_context(TraceRecorder(self.path, engine="native", last=self._last))
            opened.enter_context(output_recorded(self.recorder.output))
            native = engine(self.recorder.encoder, self._is_watched)
            self.recorder.on_code = native.watch
            native.start()
            opened.callback(native.stop)
            self._open = opened.pop_all()
        self._is_going_on = True
        for frame in _running_frames(caller):
            self.recorder.encoder.consider(frame.f_code)
            frame.f_trace_opcodes = True  # up to 3.11: a frame that runs already is told of only then
        return self

    def stop(self) -> None:
        """End; the trace is complete then.  A pattern that has matched nothing is named on standard error."""
        self._open.close()
        if self._is_going_on:
            self._is_going_on = False
            for complaint in self._watch.complaints():
                complain(complaint)

    def __enter__(self) -> Recording:
        return self.start(depth=2)

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _is_watched(self, code: CodeType) -> bool:
        """Tell whether a code object is watched: by its module, when that can be told, and by its file."""
        frame = sys._getframe(1)
        path = os.path.abspath(code.co_filename) if os.path.exists(code.co_filename) else None
        if frame.f_code is code:
            return self._watch.matches(names_of(frame.f_globals), file_of(frame.f_globals) or path)
        if path is None:
            return self._watch.matches(["__main__"] if _is_of_main(code) else [], None)
        names = [name for name, module in list(sys.modules.items()) if file_of(vars(module)) == path]
        return self._watch.matches(names, path)


def _patterns(watch: Any) -> tuple[str, ...]:
    is_one = isinstance(watch, str) or not isinstance(watch, Iterable)
    found = (watch,) if is_one else tuple(watch)
    if not all(isinstance(each, str) for each in found):
        raise UsageError(f"watch={watch!r}: expected patterns of modules' names, such as ['app', 'app.*']")
    return found


def record(path: str | os.PathLike[str], watch: Sequence[str] = (), last: int | None = None) -> Recording:
    """Record what watched code does into the file ``path``, in a ``with`` block or between ``start`` and ``stop``.

    ``watch``: patterns of module names, or of paths when they hold a slash, as ``lasti run --watch``; without any, the
    modules in the folder of the code that begins the recording.  ``last``: how many steps the trace keeps at least, the
    last ones; without it, all.  ``start`` raises UsageError when the native engine is not here, when the file cannot be
    written, or when another recording goes on.
    """
    return Recording(path, watch, last)


def recorded(
    path: str | os.PathLike[str], watch: Sequence[str] = (), last: int | None = None
) -> Callable[[Function], Function]:
    """Record each call of a function into ``path``, to its end; a later call writes over an earlier one.

    A coroutine function or generator function is recorded from its first step to its last, and so is what runs while it
    is suspended.  Without ``watch`` the function's own module is watched; ``last`` and errors of a call as ``record``.
    UsageError for an async generator function.
    """

    def decorate(function: Function) -> Function:
        own = watch or (function.__module__,)
        if inspect.isasyncgenfunction(function):
            name = function.__qualname__
            raise UsageError(
                f"recorded() takes no async generator function, as {name!r} is: record what iterates over it"
            )
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def run(*args: Any, **kwargs: Any) -> Any:
                with Recording(path, own, last):
                    return (yield from function(*args, **kwargs))

        elif inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def run(*args: Any, **kwargs: Any) -> Any:
                with Recording(path, own, last):
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def run(*args: Any, **kwargs: Any) -> Any:
                with Recording(path, own, last):
                    return function(*args, **kwargs)

        return run  # type: ignore[return-value]

    return decorate


def _is_of_main(code: CodeType) -> bool:
    """Tell whether code without a file is that of a function in ``__main__``, or stands beside one: a notebook's."""
    values = list(vars(sys.modules["__main__"]).values()) if "__main__" in sys.modules else []
    return any(type(value) is FunctionType and value.__code__.co_filename == code.co_filename for value in values)


def _running_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames of what runs already: the callers, and the coroutines of the running loop's tasks."""
    while frame is not None:
        yield frame
        frame = frame.f_back
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return
    for task in asyncio.all_tasks():
        awaited = task.get_coro()
        while inspect.iscoroutine(awaited) or inspect.isgenerator(awaited):
            found = awaited.cr_frame if inspect.iscoroutine(awaited) else awaited.gi_frame
            if found is not None:
                yield found
            awaited = awaited.cr_await if inspect.iscoroutine(awaited) else awaited.gi_yieldfrom
