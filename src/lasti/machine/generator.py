"""Generators and coroutines: frames that are suspended and resumed.

``resume`` and ``suspend`` are the two halves of CPython's ``gen_send_ex``: what it does before it evaluates the frame,
and after.  The evaluation loop itself switches to a generator's frame when a watched frame resumes it (``for``,
``yield from``, ``await``, ``next``, ``send``); host code that resumes it enters a new run.

To the program a generator is the host's: ``isinstance(g, types.GeneratorType)`` holds, and its attributes are those
of the running version.

Source: CPython Objects/genobject.c; PyPy's ``GeneratorOrCoroutine.send_ex``.
"""

from __future__ import annotations

import sys
import warnings
from types import CoroutineType, GeneratorType, MemberDescriptorType, TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from weakref import ref

from ..versions import PY311, PY312, PY313, PY314, PY315
from . import mirror
from .code import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_ITERABLE_COROUTINE
from .evalloop import current_thread, enter_run, go_on_in, leave_run, run
from .frame import FORGETS_RESUMER, ExcState, Frame, in_place_of_function
from .locals import FrameLocals
from .protocols import is_a, mro_of, tp_name
from .recursion import TOO_DEEP, Recursion, make_room
from .unraisable import write_unraisable

if TYPE_CHECKING:
    from collections.abc import Callable

Thrown = tuple[Any, ...]  # the arguments of a call of ``throw``: type or exception, value, traceback
RECEIVER = -2 if PY315 else -1  # where a delegating generator's stack has what it waits for (3.15: NULL above it)


class ReadOnly(property):
    """A property that refuses to be set and deleted in the words of the host's C types."""

    def __set__(self, instance: Any, value: Any) -> NoReturn:
        assert self.fget is not None
        if type(instance.host_type.__dict__[self.fget.__name__]) is MemberDescriptorType:
            raise AttributeError("readonly attribute")
        kind = instance.host_type.__name__
        raise AttributeError(f"attribute '{self.fget.__name__}' of '{kind}' objects is not writable")

    def __delete__(self, instance: Any) -> NoReturn:
        self.__set__(instance, None)


class Resumable:
    """What generators, coroutines and async generators have in common: a frame that comes and goes."""

    __slots__ = ("__weakref__", "_code", "_frame", "_name", "_qualname")
    kind: ClassVar[str]  # in error messages
    host_type: ClassVar[type]

    def __init__(self, frame: Frame) -> None:
        self._frame: Frame | None = frame
        self._code = frame.code
        self._name = frame.function.__name__
        self._qualname = frame.function.__qualname__
        frame.owner = ref(self)

    # -- what the machine asks ------------------------------------------------------------------------------------

    @property
    def frame_to_resume(self) -> Frame | None:
        """The frame, when it can be resumed at once; None when it runs or is over (``resume`` then says why)."""
        frame = self._frame
        return frame if frame is not None and frame.generator is None else None

    @property
    def _running(self) -> bool:
        return self._frame is not None and self._frame.generator is not None

    @property
    def is_just_started(self) -> bool:
        """Tell whether the frame has not run yet."""
        return self._frame is not None and self._frame.pc == self._code.start_pc

    def exhausted(self) -> BaseException:
        """The error for resuming what is over."""
        return StopIteration()

    def finished(self, value: Any) -> BaseException:
        """The error by which a resumer outside the machine learns of the end."""
        return StopIteration() if value is None else StopIteration(value)

    def end(self) -> None:
        """Let go of the frame, which has returned."""
        frame, self._frame = self._frame, None
        if frame is not None:
            frame.generator = None
            frame.exc_state.previous = None
            if FORGETS_RESUMER or not frame.is_kept:
                frame.back = None
            else:
                mirror.keep(frame.back)

    def end_with(self, error: BaseException) -> BaseException:
        """Let go of the frame, which ``error`` left; return what the resumer sees: PEP 479 hides a StopIteration."""
        self.end()
        # From 3.12 the compiler wraps the body in a handler that does it: INTRINSIC_STOPITERATION_ERROR.
        if not PY312:
            return stop_iteration_error(error, self._code.flags) or error
        return error

    @property
    def yields_from(self) -> Any:
        """What the suspended frame waits for (``yield from``, ``await``), or None."""
        frame = self._frame
        if frame is None or self._running or not self._code.is_delegating(frame.pc):
            return None
        return frame.stack[RECEIVER]

    # -- what the program sees ------------------------------------------------------------------------------------

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.host_type

    def __repr__(self) -> str:
        return f"<{self.host_type.__name__} object {self._qualname} at {id(self):#x}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"cannot pickle '{self.host_type.__name__}' object")

    def __dir__(self) -> list[str]:
        return dir(self.host_type)

    # -- send, throw, close ---------------------------------------------------------------------------------------

    def _send(self, value: Any) -> Any:
        """Resume from host code: ``gen_send_ex``."""
        frame = resume(self, value, None)
        result = run(frame)
        return self._result(frame, result)

    def _result(self, frame: Frame, result: Any) -> Any:
        if frame.is_over:
            raise self.finished(result)
        return result

    def _throw(self, given: Thrown, close_on_exit: bool = True) -> Any:
        """Raise an exception where the frame waits, or pass it on to what it waits for: ``_gen_throw``.

        What is ``given`` goes on as it is, down to the frame in which it is raised: only there is it looked at.
        What is thrown into has this frame beneath it: a generator or coroutine of the host's from 3.12, anything from
        3.14.  A GeneratorExit closes what it waits for, unless ``close_on_exit`` is false (``aclose`` awaits it
        instead).
        """
        receiver = self.yields_from
        if receiver is None:
            if PY315:  # before it looks at what is thrown
                self._refuse_throw()
            return self._throw_here(thrown(given))
        if close_on_exit and means_generator_exit(given[0]):
            error = self._close_receiver(receiver)
            del receiver  # the frame alone keeps it, which drops it now
            return self._throw_here(thrown(given) if error is None else error)
        is_own = is_a(receiver, Resumable) or is_a(receiver, CoroutineWrapper)
        throw = receiver._throw if is_own else get_throw(receiver)
        if throw is None:
            return self._throw_here(thrown(given))
        try:
            return self._throw_into(receiver, throw, given, close_on_exit)
        except BaseException as raised:
            error = raised
        del receiver, throw
        if is_a(error, StopIteration) and not PY312:
            return self._go_on_after_delegate(error.value)
        if PY311 and not PY312 and self._frame is not None:  # it raises where it would have gone on
            self._frame.pc = self._code.after_delegate(self._frame.pc) - 1
        return self._throw_here(error)  # from 3.12 CLEANUP_THROW takes the value out of a StopIteration

    def _throw_into(self, receiver: Any, throw: Callable[..., Any], given: Thrown, close_on_exit: bool) -> Any:
        if is_a(receiver, Resumable):
            return self._while_running(throw, given, close_on_exit)
        if is_a(receiver, CoroutineWrapper):
            return self._while_running(throw, given)
        is_linked = PY314 or (PY312 and type(receiver) in (GeneratorType, CoroutineType))
        return (self._while_running if is_linked else self._while_unlinked)(throw, *given)

    def _close_receiver(self, receiver: Any) -> BaseException | None:
        """Close what the frame waits for; return the exception that came of it, or None.

        The frame counts as running then, but lies beneath nothing: ``gen_close`` does not link it.
        """
        try:
            self._while_unlinked(close_receiver, receiver)
        except BaseException as raised:
            return raised
        return None

    def _while_unlinked(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``do(*arguments)``; the frame counts as running meanwhile, but lies beneath nothing."""
        frame = self._frame
        assert frame is not None
        frame.generator = self
        try:
            return do(*arguments)
        finally:
            frame.generator = None

    def _while_running(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``do(*arguments)``, called as if from the frame: what it runs has this frame beneath it."""
        frame = self._frame
        assert frame is not None
        make_ready(self, frame, None)
        entered = enter_run(frame, mirror.host_getframe())
        try:
            return do(*arguments)
        finally:
            leave_run(frame, entered)
            suspend(frame)

    def _refuse_throw(self) -> None:
        if self._running:
            raise ValueError(f"{self.kind} already executing")
        if self._frame is None:
            reused = self.exhausted()
            if not isinstance(reused, (StopIteration, StopAsyncIteration)):
                raise reused

    def _throw_here(self, error: BaseException) -> Any:
        self._refuse_throw()
        frame = self._frame
        if frame is None:
            raise error
        just_started = frame.pc == self._code.start_pc
        make_ready(self, frame, None)
        if PY311 or not just_started:
            frame.stack.append(None)  # what is sent, beneath the exception: the handler's depth counts it
        recorder = frame.thread.recorder
        if recorder is not None:
            recorder.throw(frame, frame.thread.frame, error)
        try:
            return self._result(frame, run(frame, throw=error))
        finally:
            del error

    def _go_on_after_delegate(self, value: Any) -> Any:
        # Up to 3.11 the delegate is popped, and the frame goes on behind the loop that drives it.
        assert self._frame is not None
        self._frame.stack.pop()
        self._frame.pc = self._code.after_delegate(self._frame.pc) - 1
        return self._send(value)

    def _close(self) -> Any:
        """Raise GeneratorExit where the frame waits: ``gen_close``; from 3.12 one that has not begun is just over."""
        frame = self._frame
        if frame is None:
            return None
        if self._running:
            raise ValueError(f"{self.kind} already executing")
        # From 3.14 it is closed at once only while nobody observes it.
        closes_at_once = self._code.closes_at_once(frame.pc) and not (PY314 and frame.thread.recorder is not None)
        if (PY312 and self.is_just_started) or closes_at_once:
            self._end_without_running(frame)
            return None
        receiver = self.yields_from
        error = (None if receiver is None else self._close_receiver(receiver)) or GeneratorExit()
        del receiver  # the frame alone keeps it, which drops it now
        try:
            self._throw_here(error)
        except StopIteration as stop:
            return stop.value if PY313 else None  # 3.13+: close() returns what the generator returned
        except GeneratorExit:
            return None
        finally:
            del error  # its traceback leads here: leave no cycle
        raise RuntimeError(f"{self.kind} ignored GeneratorExit")

    def _end_without_running(self, frame: Frame) -> None:
        frame.is_over = True
        if frame.thread.recorder is not None:
            frame.thread.recorder.end(frame)
        self.end()

    def __del__(self) -> None:
        if self._frame is None or self._running:
            return
        try:
            self._finalize()
        except BaseException as error:
            write_unraisable(error, self, "closing generator")

    def _finalize(self) -> None:
        self._close()


def name_property(name: str) -> property:
    """Make ``__name__`` or ``__qualname__``: a string, that can be set but not deleted."""

    def set_name(generator: Resumable, value: Any = None) -> None:
        if not is_a(value, str):
            raise TypeError(f"{name} must be set to a string object")
        setattr(generator, name[1:-2], value)

    return property(lambda generator: getattr(generator, name[1:-2]), set_name, set_name)


# A class statement takes these names for the class's own: the properties go into the finished class.
for _name in ("__name__", "__qualname__"):
    mirror.replace(Resumable, _name, name_property(_name))


# -- resuming and suspending ------------------------------------------------------------------------------------


def go_on_in_generator(frame: Frame, generator: Resumable, value: Any, then: Callable[..., Any]) -> Any:
    """Switch from ``frame`` to a generator's: ``resume``, in one piece; ``then`` serves its end.

    Returns None when that cannot be done: to resume it as host code does will say why.
    """
    resumed = generator._frame
    if resumed is None or resumed.generator is not None:
        return None
    depth = frame.depth + 1
    if depth > Recursion.limit or (value is not None and resumed.pc == resumed.code.start_pc):
        return None
    resumed.thread = thread = frame.thread
    resumed.depth = depth
    resumed.back = frame
    resumed.generator = generator
    resumed.then = then
    resumed.stack.append(value)  # what the `yield` expression is worth
    exc_state = resumed.exc_state
    exc_state.previous = frame.exc_state
    if thread.recorder is not None:
        thread.recorder.resume(resumed, frame, value)
    return resumed if exc_state.error is None else go_on_in(resumed)


def resume(generator: Resumable, value: Any, back: Frame | None) -> Frame:
    """Make ``generator``'s frame ready to go on with ``value``; the first half of ``gen_send_ex``.

    ``back`` is the machine frame that resumes it, None for host code.  Raises what a generator raises that cannot
    be resumed: ValueError while it runs, StopIteration (RuntimeError of a coroutine) when it is over, TypeError for a
    value other than None before it has begun.
    """
    frame = generator._frame
    if frame is None:
        raise generator.exhausted()
    if value is not None and frame.generator is None and frame.pc == frame.code.start_pc:
        raise TypeError(f"can't send non-None value to a just-started {generator.kind}")
    make_ready(generator, frame, back)
    frame.stack.append(value)  # what the `yield` expression is worth
    recorder = frame.thread.recorder
    if recorder is not None:
        recorder.resume(frame, back or frame.thread.frame, value)
    return frame


def make_ready(generator: Resumable, frame: Frame, back: Frame | None) -> None:
    """Link the frame under its resumer, whose exception state comes to lie beneath its own."""
    if frame.generator is not None:
        raise ValueError(f"{generator.kind} already executing")
    if back is None:
        frame.thread = thread = current_thread()
        depth = thread.depth + 1
        frame.exc_state.previous = None  # the host itself has what the resumer is handling
    else:
        frame.thread = back.thread
        depth = back.depth + 1
        frame.exc_state.previous = back.exc_state
    if depth > Recursion.limit or (back is None and not make_room(len(frame.thread.runs))):
        raise _ended_by(RecursionError(TOO_DEEP), generator, frame)
    frame.depth = depth
    frame.back = back
    frame.generator = generator


def _ended_by(error: BaseException, generator: Resumable, frame: Frame) -> BaseException:
    """End a generator that could not go on, and return ``error``: on the host it is over then too."""
    generator.end()
    recorder = frame.thread.recorder
    if recorder is not None:
        recorder.unwind(frame, error)
    return error


def suspend(frame: Frame) -> Frame | None:
    """Unlink the frame from its resumer, which is returned (None: host code); the second half of ``gen_send_ex``."""
    frame.generator = None  # a suspended frame does not keep its generator alive
    frame.exc_state.previous = None
    back = frame.back
    frame.back = None
    return back


def make_generator(frame: Frame) -> Any:
    """Wrap a frame that has just begun in the generator, coroutine or async generator that its code asks for."""
    creator = frame.back
    if not PY311:  # up to 3.10 a frame does not keep its function
        f = frame.function
        frame.function = in_place_of_function(f.__globals__, f.__builtins__, f.__closure__, f.__name__, f.__qualname__)
    frame.exc_state = ExcState()
    frame.back = None
    flags = frame.code.flags
    if flags & CO_ITERABLE_COROUTINE:
        return IterableCoroutine(frame)
    if flags & CO_GENERATOR:
        return Generator(frame)
    if flags & CO_COROUTINE:
        coroutine = Coroutine(frame)
        if sys.get_coroutine_origin_tracking_depth():
            coroutine._origin = coroutine_origin(creator or beneath(frame))
        return coroutine
    from .asyncgen import AsyncGenerator

    return AsyncGenerator(frame)


def beneath(frame: Frame) -> Any:
    """Return the frame from which host code called the function whose frame this is."""
    return mirror.visible_frame() if frame.entry is None else frame.entry.visible_back()


def stop_iteration_error(error: BaseException, flags: int) -> BaseException | None:
    """Return the RuntimeError that hides a StopIteration (PEP 479), or a StopAsyncIteration in an async generator."""
    if is_a(error, StopIteration):
        name = "StopIteration"
    elif is_a(error, StopAsyncIteration) and flags & CO_ASYNC_GENERATOR:
        name = "StopAsyncIteration"
    else:
        return None
    kind = "generator" if flags & CO_GENERATOR else "coroutine" if flags & CO_COROUTINE else "async generator"
    hiding = RuntimeError(f"{kind} raised {name}")
    hiding.__cause__ = hiding.__context__ = error
    return hiding


# -- delegation to what is no machine generator -----------------------------------------------------------------


def get_throw(receiver: Any) -> Any:
    """Return ``receiver.throw``, or None when it has none."""
    try:
        return receiver.throw
    except AttributeError:
        return None


def close_receiver(receiver: Any) -> None:
    """Close what a generator waits for, if it can be closed: ``gen_close_iter``."""
    if is_a(receiver, Resumable):
        receiver._close()
        return
    try:
        close = receiver.close
    except AttributeError:
        return
    except BaseException as error:
        write_unraisable(error, receiver, "closing generator")
        return
    close()


def thrown(given: Thrown) -> BaseException:
    """Make the exception that the arguments of ``throw`` mean; TypeError when they mean none."""
    type_, value, traceback = given + (None,) * (3 - len(given))
    if traceback is not None and not is_a(traceback, TracebackType):
        raise TypeError("throw() third argument must be a traceback object")
    if is_a(type_, type) and issubclass(type_, BaseException):
        error = value if isinstance(value, type_) else _constructed(type_, value)
    elif is_a(type_, BaseException):
        if value is not None:
            raise TypeError("instance exception may not have a separate value")
        error = type_
    else:
        raise TypeError(
            f"exceptions must be classes or instances deriving from BaseException, not {tp_name(type(type_))}"
        )
    if traceback is not None:
        mirror.set_host_traceback(error, traceback)
    return error


def means_generator_exit(type_: Any) -> bool:
    """Tell whether the first argument of ``throw`` is GeneratorExit, as a class or an exception."""
    return issubclass(type_ if is_a(type_, type) else type(type_), GeneratorExit)


def _constructed(kind: Any, value: Any) -> BaseException:
    """Make an exception of a class; what goes wrong in it is thrown in its place."""
    try:
        made = kind() if value is None else kind(*value) if is_a(value, tuple) else kind(value)
    except BaseException as error:
        return error
    if is_a(made, BaseException):
        return made
    name = tp_name(type(made))
    return TypeError(f"calling {kind!r} should have returned an instance of BaseException, not {name}")


def warn_of_old_throw(args: tuple[Any, ...], name: str) -> None:
    """Warn of the three-argument form of ``throw`` (deprecated since 3.12)."""
    if PY312 and len(args) > 1:
        warnings.warn(
            f"the (type, exc, tb) signature of {name}() is deprecated, use the single-arg signature instead.",
            DeprecationWarning,
            stacklevel=1,
        )


def counted(given: Thrown, name: str) -> Thrown:
    """Return the arguments of a call of ``throw`` or ``athrow``; TypeError when there are too few or too many."""
    if not given:
        raise TypeError(f"{name} expected at least 1 argument, got 0")
    if len(given) > 3:
        raise TypeError(f"{name} expected at most 3 arguments, got {len(given)}")
    return given


def checked(given: Thrown) -> Thrown:
    """Return the arguments of a call of ``throw``: counted, and warned of."""
    counted(given, "throw")
    warn_of_old_throw(given, "throw")
    return given


def misfit(method: str, count: int | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
    """The error for calling a method of the host's C types with other than ``count`` (None: any) arguments by position.

    3.10 leaves the type out of the name where there may be any.
    """
    if kwargs:
        name = method if PY311 or count is not None else method.partition(".")[2]
        return TypeError(f"{name}() takes no keyword arguments")
    return TypeError(f"{method}() takes {'exactly one argument' if count else 'no arguments'} ({len(args)} given)")


# -- the objects themselves -------------------------------------------------------------------------------------


class Generator(Resumable):
    """A generator: an iterator whose ``__next__`` resumes a frame."""

    __slots__ = ()
    kind = "generator"
    host_type = GeneratorType

    def __iter__(self) -> Generator:
        """Implement iter(self)."""
        return self

    def __next__(self) -> Any:
        """Implement next(self)."""
        return self._send(None)

    def send(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != 1:
            raise misfit("generator.send", 1, args, kwargs)
        return self._send(args[0])

    def throw(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise misfit("generator.throw", None, args, kwargs)
        return self._throw(checked(args))

    def close(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            raise misfit("generator.close", 0, args, kwargs)
        return self._close()

    @ReadOnly
    def gi_frame(self) -> Frame | None:
        return mirror.keep(self._frame)  # type: ignore[no-any-return]

    @ReadOnly
    def gi_code(self) -> Any:
        return self._code.co

    @ReadOnly
    def gi_running(self) -> bool:
        return self._running

    @ReadOnly
    def gi_yieldfrom(self) -> Any:
        return self.yields_from

    if PY311:

        @ReadOnly
        def gi_suspended(self) -> bool:
            return self._frame is not None and not self._running and not self.is_just_started

    if PY315:

        @ReadOnly
        def gi_state(self) -> str:
            return state_of(self, "GEN")


class NoAwaitable(type):
    """The class of a class that has ``__await__`` and is none of ``collections.abc``'s awaitables: they ask its MRO."""

    @property
    def __mro__(cls) -> tuple[type, ...]:
        return mro_of(cls)[1:]


class IterableCoroutine(Generator, metaclass=NoAwaitable):
    """A generator of a function that ``types.coroutine`` marked: it can be awaited.

    On the host a code object's flag says so to C code; ``__await__`` does here.
    """

    __slots__ = ()

    def __await__(self) -> IterableCoroutine:
        return self


class Coroutine(Resumable):
    """A coroutine: what an ``async def`` function returns."""

    __slots__ = ("_origin",)
    kind = "coroutine"
    host_type = CoroutineType

    def __init__(self, frame: Frame) -> None:
        Resumable.__init__(self, frame)
        self._origin: Any = None

    def exhausted(self) -> BaseException:
        return RuntimeError("cannot reuse already awaited coroutine")

    def __await__(self) -> CoroutineWrapper:
        return CoroutineWrapper(self)

    def send(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != 1:
            raise misfit("coroutine.send", 1, args, kwargs)
        return self._send(args[0])

    def throw(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise misfit("coroutine.throw", None, args, kwargs)
        return self._throw(checked(args))

    def close(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            raise misfit("coroutine.close", 0, args, kwargs)
        return self._close()

    def _finalize(self) -> None:
        if self.is_just_started:
            warn_unawaited(self)
            if self._frame is not None:
                self._end_without_running(self._frame)
        else:
            self._close()

    @ReadOnly
    def cr_frame(self) -> Frame | None:
        return mirror.keep(self._frame)  # type: ignore[no-any-return]

    @ReadOnly
    def cr_code(self) -> Any:
        return self._code.co

    @ReadOnly
    def cr_running(self) -> bool:
        return self._running

    @ReadOnly
    def cr_await(self) -> Any:
        return self.yields_from

    @ReadOnly
    def cr_origin(self) -> Any:
        return self._origin

    if PY311:

        @ReadOnly
        def cr_suspended(self) -> bool:
            return self._frame is not None and not self._running and not self.is_just_started

    if PY315:

        @ReadOnly
        def cr_state(self) -> str:
            return state_of(self, "CORO")


class CoroutineWrapper:
    """What ``coroutine.__await__()`` returns: an iterator over the coroutine's suspensions."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine) -> None:
        self._coroutine = coroutine

    def __iter__(self) -> CoroutineWrapper:
        return self

    def __next__(self) -> Any:
        return self._coroutine._send(None)

    def send(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != 1:
            raise misfit("coroutine_wrapper.send", 1, args, kwargs)
        return self._coroutine._send(args[0])

    def _throw(self, given: Thrown) -> Any:
        return self._coroutine._throw(given)

    def throw(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise misfit("coroutine_wrapper.throw", None, args, kwargs)
        return self._coroutine._throw(checked(args))

    def close(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            raise misfit("coroutine_wrapper.close", 0, args, kwargs)
        return self._coroutine._close()

    def __repr__(self) -> str:
        return f"<coroutine_wrapper object at {id(self):#x}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("cannot pickle 'coroutine_wrapper' object")


class Absent:
    """An attribute that every class of Python's has and no built-in object: instances do not have it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: Any = None) -> NoReturn:
        raise AttributeError(f"'{type(instance).__name__}' object has no attribute '{self._name}'")


def pass_for(cls: Any, name: str, in_disguise: bool = True, doc: str | None = None) -> None:
    """Let ``cls`` show itself under the host's name; ``in_disguise``: its instances have the ``__class__`` as well."""
    cls.__name__ = cls.__qualname__ = name
    cls.__module__ = Absent("__module__") if in_disguise else "builtins"
    cls.__doc__ = doc
    mirror.replace(cls, "__annotations__", Absent("__annotations__"))


for _class, _name in (
    (Frame, "frame"),
    (FrameLocals, "FrameLocalsProxy"),
    (Generator, "generator"),
    (IterableCoroutine, "generator"),
    (Coroutine, "coroutine"),
):
    pass_for(_class, _name)
_doc = "A wrapper object implementing __await__ for coroutines."
pass_for(CoroutineWrapper, "coroutine_wrapper", in_disguise=False, doc=_doc)


def warn_unawaited(coroutine: Coroutine) -> None:
    """Warn that a coroutine was never awaited: ``_PyErr_WarnUnawaitedCoroutine``."""
    warned = False
    try:
        sys.modules["warnings"]._warn_unawaited_coroutine(coroutine)
        warned = True
    except (AttributeError, KeyError):
        pass  # the module has been changed, or is gone already
    except BaseException as error:
        warned = isinstance(error, RuntimeWarning)
        write_unraisable(error, coroutine, "finalizing coroutine")
    if not warned:
        text = f"coroutine '{coroutine._qualname}' was never awaited"
        warnings.warn(text, RuntimeWarning, stacklevel=1, source=coroutine)


def state_of(generator: Resumable, prefix: str) -> str:
    """Return the state as ``inspect`` names it, such as ``GEN_SUSPENDED``."""
    if generator._running:
        return f"{prefix}_RUNNING"
    if generator._frame is None:
        return f"{prefix}_CLOSED"
    return f"{prefix}_CREATED" if generator.is_just_started else f"{prefix}_SUSPENDED"


def coroutine_origin(frame: Any) -> tuple[tuple[str, int, str], ...] | None:
    """Return where a coroutine is being created: (file, line, function) a frame, as deep as the program asked for."""
    depth = sys.get_coroutine_origin_tracking_depth()
    if not depth:
        return None
    origin: list[tuple[str, int, str]] = []
    while frame is not None and len(origin) < depth:
        origin.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return tuple(origin)
