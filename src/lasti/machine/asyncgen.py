"""Async generators: generators that both ``await`` and ``yield``, and the awaitables that drive them.

What the body yields to its consumer comes out of the frame wrapped (``Wrapped``); whatever else comes out is what
it awaits, and goes on down to the event loop.  ``asend``, ``athrow`` and ``aclose`` return awaitables of three states.

Source: PEP 525; CPython Objects/genobject.c (``async_gen_asend_send``, ``async_gen_athrow_send``).
"""

from __future__ import annotations

import enum
import sys
import warnings
from types import AsyncGeneratorType, GenericAlias
from typing import Any, NoReturn

from ..versions import PY312, PY313, PY315
from . import mirror
from .frame import Frame
from .generator import ReadOnly, Resumable, Thrown, checked, counted, misfit, pass_for, state_of, warn_of_old_throw
from .protocols import is_a
from .unraisable import write_unraisable


class Wrapped:
    """A value that an async generator yields to its consumer (``_PyAsyncGenWrappedValue``)."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"<async_generator_wrapped_value object at {id(self):#x}>"


class LastWord:
    """What an async generator keeps that its hook has got: when that is gone, so is the generator."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame | None) -> None:
        self._frame = frame

    def __del__(self) -> None:
        frame = self._frame
        if frame is not None and not frame.is_over and frame.thread.recorder is not None:
            frame.is_over = True
            frame.thread.recorder.end(frame)


class AsyncGenerator(Resumable):
    """An async generator: what calling an ``async def`` function with a ``yield`` in it returns."""

    __slots__ = ("_closed", "_finalizer", "_hooks_inited", "_running_async")
    kind = "async generator"
    host_type = AsyncGeneratorType

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._closed = False
        self._running_async = False
        self._hooks_inited = False
        self._finalizer: Any = None

    __class_getitem__: Any = classmethod(GenericAlias)

    def exhausted(self) -> BaseException:
        return StopAsyncIteration()

    def finished(self, value: Any) -> BaseException:
        return StopAsyncIteration()

    def __aiter__(self) -> AsyncGenerator:
        """Return an awaitable, that resolves in asynchronous iterator."""
        return self

    def __anext__(self) -> ASend:
        """Return a value or raise StopAsyncIteration."""
        self._init_hooks()
        return ASend(self, None)

    def asend(self, *args: Any, **kwargs: Any) -> ASend:
        """asend(v) -> send 'v' in generator."""
        if kwargs or len(args) != 1:
            raise misfit("async_generator.asend", 1, args, kwargs)
        self._init_hooks()
        return ASend(self, args[0])

    def athrow(self, *args: Any, **kwargs: Any) -> AThrow:
        """athrow(value) -> raise exception in generator."""
        if kwargs:
            raise misfit("async_generator.athrow", None, args, kwargs)
        warn_of_old_throw(args, "athrow")
        if PY315:  # before, when it is awaited
            counted(args, "athrow")
        self._init_hooks()
        return AThrow(self, args)

    def aclose(self, *args: Any, **kwargs: Any) -> AThrow:
        """aclose() -> raise GeneratorExit inside generator."""
        if args or kwargs:
            raise misfit("async_generator.aclose", 0, args, kwargs)
        self._init_hooks()
        return AThrow(self, None)

    def _init_hooks(self) -> None:
        if self._hooks_inited:
            return
        self._hooks_inited = True
        firstiter, self._finalizer = sys.get_asyncgen_hooks()
        if firstiter is not None:
            firstiter(self)

    def _finalize(self) -> None:
        if self._finalizer is not None and not self._closed:
            finalizer, self._finalizer = self._finalizer, LastWord(self._frame)
            try:
                finalizer(self)
            except BaseException as error:
                write_unraisable(error, self, "finalizing generator")
        else:
            self._close()

    @ReadOnly
    def ag_frame(self) -> Frame | None:
        return mirror.keep(self._frame)  # type: ignore[no-any-return]

    @ReadOnly
    def ag_code(self) -> Any:
        return self._code.co

    @ReadOnly
    def ag_running(self) -> bool:
        return self._running_async

    @ReadOnly
    def ag_await(self) -> Any:
        return self.yields_from

    if PY312:

        @ReadOnly
        def ag_suspended(self) -> bool:
            return self._frame is not None and not self._running and not self.is_just_started

    if PY315:

        @ReadOnly
        def ag_state(self) -> str:
            return state_of(self, "AGEN")


class State(enum.Enum):
    """The life of an awaitable of ``asend``, ``athrow`` and ``aclose``."""

    INIT = "not awaited yet"
    ITER = "being awaited"
    CLOSED = "done"


class _Awaitable:
    """What ``asend``, ``athrow`` and ``aclose`` return has in common."""

    __slots__ = ("__weakref__", "generator", "state")
    name: str
    again: str  # how the host names what cannot be awaited twice

    def __init__(self, generator: AsyncGenerator) -> None:
        self.generator = generator
        self.state = State.INIT

    def __await__(self) -> _Awaitable:
        return self

    __iter__ = __await__

    def __next__(self) -> Any:
        return self._send(None)

    def send(self, *args: Any, **kwargs: Any) -> Any:
        """Resume the generator."""
        if kwargs or len(args) != 1:
            raise misfit(f"{type(self).__name__}.send", 1, args, kwargs)
        return self._send(args[0])

    def throw(self, *args: Any, **kwargs: Any) -> Any:
        """Raise an exception inside the generator."""
        if kwargs:
            raise misfit(f"{type(self).__name__}.throw", None, args, kwargs)
        return self._throw(args)

    def _send(self, value: Any) -> Any:
        raise NotImplementedError

    def _throw(self, given: Thrown) -> Any:
        raise NotImplementedError

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Close the awaitable; from 3.13 the generator sees it as GeneratorExit."""
        if args or kwargs:
            raise misfit(f"{type(self).__name__}.close", 0, args, kwargs)
        if not PY313:
            self.state = State.CLOSED
            return
        if self.state is State.CLOSED:
            return
        try:
            self._throw((GeneratorExit,))
        except (StopIteration, StopAsyncIteration, GeneratorExit):
            return
        raise RuntimeError("coroutine ignored GeneratorExit")

    def _refuse_when_closed(self) -> None:
        if self.state is State.CLOSED:
            raise RuntimeError(f"cannot reuse already awaited {self.again}")

    def _start(self, name: str) -> None:
        """Go from INIT to ITER; RuntimeError while another awaitable drives the generator."""
        generator = self.generator
        if generator._running_async:
            if PY313 or type(self) is AThrow:
                self.state = State.CLOSED
            raise RuntimeError(f"{name}(): asynchronous generator is already running")
        self.state = State.ITER
        generator._running_async = True

    def _unwrap(self, value: Any) -> Any:
        """Pass on what the body awaits; turn what it yields into the StopIteration that ends this awaitable."""
        if type(value) is Wrapped:
            self.generator._running_async = False
            raise StopIteration(value.value)
        return value

    def _note(self, error: BaseException) -> None:
        """The body ended, or raised."""
        if is_a(error, (StopAsyncIteration, GeneratorExit)):
            self.generator._closed = True
        self.generator._running_async = False

    def __del__(self) -> None:
        # 3.13+ warns of awaitables that nobody awaited.
        if PY313 and self.state is State.INIT:
            try:
                warnings.warn(
                    f"coroutine method {self.name!r} of {self.generator._qualname!r} was never awaited",
                    RuntimeWarning,
                    stacklevel=1,
                    source=self,
                )
            except BaseException as error:
                write_unraisable(error, self.generator, "finalizing async generator")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


class ASend(_Awaitable):
    """The awaitable of ``__anext__()`` and ``asend(value)``."""

    __slots__ = ("value",)
    name = "asend"
    again = "__anext__()/asend()"

    def __init__(self, generator: AsyncGenerator, value: Any) -> None:
        super().__init__(generator)
        self.value = value

    def _send(self, value: Any) -> Any:
        """Resume the generator: with the value of ``asend`` at first, then with what the event loop sends."""
        self._refuse_when_closed()
        if self.state is State.INIT:
            self._start("anext")
            if value is None:
                value = self.value
        return self._drive(lambda: self.generator._send(value))

    def _throw(self, given: Thrown) -> Any:
        self._refuse_when_closed()
        if PY313 and self.state is State.INIT:
            self._start("anext")
        return self._drive(lambda: self.generator._throw(checked(given)))

    def _drive(self, go: Any) -> Any:
        try:
            try:
                value = go()
            except BaseException as error:
                self._note(error)
                raise
            return self._unwrap(value)
        except BaseException:
            self.state = State.CLOSED
            raise


class AThrow(_Awaitable):
    """The awaitable of ``athrow(...)`` and, without arguments, of ``aclose()``."""

    __slots__ = ("args",)
    again = "aclose()/athrow()"

    def __init__(self, generator: AsyncGenerator, args: Thrown | None) -> None:
        super().__init__(generator)
        self.args = args

    @property
    def name(self) -> str:  # type: ignore[override]
        return "aclose" if self.args is None else "athrow"

    def _send(self, value: Any) -> Any:
        """Throw into the generator at first, then pass on what the event loop sends."""
        generator = self.generator
        self._refuse_when_closed()
        if generator._frame is None:
            self.state = State.CLOSED
            raise StopIteration
        if self.state is State.ITER:
            return self._settle(lambda: generator._send(value))
        if not generator._running_async:
            if generator._closed:
                self.state = State.CLOSED
                raise StopAsyncIteration
            if value is not None:
                raise RuntimeError("can't send non-None value to a just-started coroutine")
        self._start(self.name)
        if self.args is None:
            generator._closed = True
        given = (GeneratorExit,) if self.args is None else counted(self.args, "athrow")
        return self._settle(lambda: generator._throw(given, close_on_exit=False))

    def _throw(self, given: Thrown) -> Any:
        self._refuse_when_closed()
        if PY313 and self.state is State.INIT:
            self._start(self.name)
        return self._settle(lambda: self.generator._throw(checked(given)), ends=PY313)

    def _settle(self, go: Any, ends: bool = True) -> Any:
        """Return what ``go`` awaits, or raise what ends this awaitable.

        Not ``ends``: the awaitable's state stays as it is and, of ``aclose()``, the generator's: ``throw`` up to 3.12.
        """
        closing = self.args is None
        try:
            value = go()
        except BaseException as error:
            if ends or not closing:
                self._note(error)
            if ends:
                self.state = State.CLOSED
            if not (closing and is_a(error, (StopAsyncIteration, GeneratorExit))):
                raise
        else:
            if not closing:
                return self._unwrap(value)
            if type(value) is not Wrapped:
                return value
            self.generator._running_async = False
            if ends:
                self.state = State.CLOSED
            raise RuntimeError("async generator ignored GeneratorExit")
        raise StopIteration  # outside of the `except` clause: it has no context


pass_for(AsyncGenerator, "async_generator")
pass_for(ASend, "async_generator_asend", in_disguise=False)
pass_for(AThrow, "async_generator_athrow", in_disguise=False)
pass_for(Wrapped, "async_generator_wrapped_value", in_disguise=False)
