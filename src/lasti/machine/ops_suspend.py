"""The only instructions that suspend a frame, and those that resume another: ``yield``, ``yield from``, ``await``.

A suspended frame keeps its locals, its value stack and its place; the value goes to the resumer's stack.
``yield from`` and ``await`` are one loop: SEND a value to the receiver, YIELD_VALUE what comes back, until the
receiver is done.

Source: PEP 255, 342, 380, 492, 525; CPython Python/bytecodes.c (SEND, YIELD_VALUE, GET_AWAITABLE...).
"""

from __future__ import annotations

from types import CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY311, PY312, PY314, PY315
from .asyncgen import AsyncGenerator, Wrapped
from .code import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE
from .dispatch import Reraised, Signal, op, target
from .evalloop import go_on_in
from .frame import Frame
from .function import code_of_function, push_call, start
from .generator import (
    RECEIVER,
    Coroutine,
    CoroutineWrapper,
    Generator,
    IterableCoroutine,
    go_on_in_generator,
    make_generator,
)
from .protocols import MISSING, addresses, find, full_name, has_special, is_a, lookup_special, tp_name
from .superinstructions import Text, text, text_for

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]
Tail = list[Any]

# -- making generators ------------------------------------------------------------------------------------------


@op("RETURN_GENERATOR", "( -- sent)", since=(3, 11))
def RETURN_GENERATOR(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Make the generator that owns this frame, and give it to the caller; the frame goes on when it is resumed."""
    back = frame.back
    generator = make_generator(frame)
    if back is None:
        frame.result = generator
        return Signal.OVER
    if frame.then is not None:
        return frame.then(frame, back, generator)
    back.stack.append(generator)
    return back


@op("GEN_START", "(sent -- )", until=(3, 10))
def GEN_START(frame: Frame, stack: Stack, arg: Any) -> None:
    """Drop the None with which the generator was started."""
    stack.pop()


# -- suspending -------------------------------------------------------------------------------------------------


def give(frame: Frame, value: Any) -> Any:
    """Suspend ``frame`` and give ``value`` to whoever resumed it."""
    while True:
        recorder = frame.thread.recorder
        if recorder is not None:
            recorder.yield_(frame, value)
        generator = frame.generator  # nothing else may keep it: it must not be closed before all of this is done
        frame.generator = None  # a suspended frame does not keep its generator alive
        exc_state = frame.exc_state
        exc_state.previous = None
        back, frame.back = frame.back, None
        if back is None:
            frame.result = value
            return Signal.OVER
        if PY311 or not frame.passes_on:
            back.stack.append(value)
            back.thread.frame = back
            del generator
            return back if exc_state.error is None else go_on_in(back)
        # 3.10: the resumer is in a YIELD_FROM, which suspends it too and will run again.
        frame.passes_on = False
        frame = back
        frame.pc -= 1


@op("YIELD_VALUE", "(value -- sent)")
@text_for(
    lambda arg: Text(("result",), "return give(frame, {result})", last=True, names={"give": give}) if PY311 else None
)
def YIELD_VALUE(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Suspend the frame and give the top to its resumer; what is sent next takes its place."""
    value = stack.pop()
    if not PY311 and frame.code.flags & CO_ASYNC_GENERATOR:
        value = Wrapped(value)  # 3.11+ has ASYNC_GEN_WRAP, later an intrinsic, for it
    return give(frame, value)


@op("ASYNC_GEN_WRAP", "(value -- wrapped)", since=(3, 11), until=(3, 11))
def ASYNC_GEN_WRAP(frame: Frame, stack: Stack, arg: Any) -> None:
    """Wrap what an async generator yields, to tell it from what it awaits."""
    stack[-1] = Wrapped(stack[-1])


# -- delegating -------------------------------------------------------------------------------------------------


def delegate_is_done(frame: Frame, back: Frame, value: Any) -> Frame:
    """The generator or coroutine to which ``back`` delegates has returned ``value``."""
    stack = back.stack
    if not PY312:
        stack.pop()
    stack.append(value)
    behind = back.code.targets[back.pc]
    if behind is not None:  # 3.10's YIELD_FROM goes on with the next instruction
        back.pc = behind - 1
    return back


def delegate(frame: Frame, receiver: Any, value: Any) -> Frame | Signal | None:
    """Return the receiver's frame, made ready to go on with ``value``; None when it is no frame of the machine's."""
    kind = type(receiver)
    if kind is CoroutineWrapper:
        receiver = receiver._coroutine
    elif id(kind) not in DELEGATES:
        return None
    return go_on_in_generator(frame, receiver, value, delegate_is_done)  # type: ignore[no-any-return]


def send_natively(receiver: Any, value: Any) -> Any:
    """Send to a receiver of the host's; StopIteration when it is done."""
    if value is None and id(type(receiver)) not in SENDABLE:
        return type(receiver).__next__(receiver)
    return receiver.send(value)


DELEGATES = addresses(Generator, Coroutine, IterableCoroutine)
COROUTINES = addresses(Coroutine, CoroutineType)
GENERATORS = addresses(Generator, IterableCoroutine, GeneratorType)
SENDABLE = COROUTINES | GENERATORS


def send(frame: Frame, stack: Stack, value: Any, done: Tail) -> Any:
    """Resume the receiver, which is on top, with ``value``."""
    receiver = stack[RECEIVER]
    if id(type(receiver)) in DELEGATES:
        resumed = go_on_in_generator(frame, receiver, value, delegate_is_done)
    else:
        resumed = delegate(frame, receiver, value)
    if resumed is not None:
        return resumed
    try:
        result = send_natively(receiver, value)
    except StopIteration as stop:
        result = stop.value
    else:
        stack.append(result)
        return None
    if not PY312:
        stack.pop()
    stack.append(result)
    return done


@op(
    "SEND",
    "(receiver, value -- receiver, result | receiver, value -- result)",
    since=(3, 11),
    until=(3, 11),
    operand=target,
)
@op("SEND", "(receiver, value -- receiver, result)", since=(3, 12), until=(3, 14), operand=target)
@text("sent", code="return send(frame, stack, {sent}, {arg})", last=True, names={"send": send})
def SEND(frame: Frame, stack: Stack, done: Tail) -> Any:
    """Resume the receiver with the top; when it is done, jump with its result in place of what it yields."""
    return send(frame, stack, stack.pop(), done)


@op("SEND", "(receiver, index_or_null, value -- receiver, index_or_null, result)", since=(3, 15), operand=target)
def SEND_INDEXED(frame: Frame, stack: Stack, done: Tail) -> Any:
    """The same; the receiver may be a sequence, whose items are what it yields (see GET_ITER)."""
    receiver, index, value = stack[-3:]
    if index is NULL or value is not None:  # which no sequence takes: it has no `send`
        return SEND(frame, stack, done)
    if index >= len(receiver):
        return done  # the result is the None that was sent
    stack[-2:] = (index + 1, receiver[index])
    return None


@op("YIELD_FROM", "(receiver, value -- result)", until=(3, 10))
def YIELD_FROM_310(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Resume the receiver with the top and suspend with what it yields; when it is done, go on with its result.

    A frame suspended here runs this instruction again when it is resumed.
    """
    value = stack.pop()
    receiver = stack[-1]
    resumed = delegate(frame, receiver, value)
    if resumed is not None:
        receiver_frame = resumed if type(resumed) is Frame else frame.thread.frame
        receiver_frame.passes_on = True
        return resumed
    try:
        result = send_natively(receiver, value)
    except StopIteration as stop:
        stack[-1] = stop.value
        return None
    frame.pc -= 1
    return give(frame, result)


@op("END_SEND", "(receiver, value -- value)", since=(3, 12), until=(3, 14))
@text("receiver", "result", code="{value} = {result}")
def END_SEND(frame: Frame, stack: Stack, arg: Any) -> None:
    """Drop the receiver, which is done, and keep its result."""
    del stack[-2]


@op("END_SEND", "(receiver, null, value -- value)", since=(3, 15))
@text("receiver", "null", "result", code="{value} = {result}")
def END_SEND_315(frame: Frame, stack: Stack, arg: Any) -> None:
    """Drop the receiver, which is done, and keep its result."""
    del stack[-3:-1]


@op("CLEANUP_THROW", "(receiver, sent, error -- none, value)", since=(3, 12), until=(3, 14))
def CLEANUP_THROW(frame: Frame, stack: Stack, arg: Any) -> Any:
    """The receiver was thrown into: when that ended it, take its result."""
    if not is_a(stack[-1], StopIteration):
        return Reraised(stack.pop())
    stack[-3:] = (None, stack[-1].value)
    return None


@op("CLEANUP_THROW", "(receiver, null, sent, error -- none, null, value)", since=(3, 15))
def CLEANUP_THROW_315(frame: Frame, stack: Stack, arg: Any) -> Any:
    """The receiver was thrown into: when that ended it, take its result."""
    if not is_a(stack[-1], StopIteration):
        return Reraised(stack.pop())
    stack[-4:] = (None, NULL, stack[-1].value)
    return None


# -- awaiting ---------------------------------------------------------------------------------------------------


@op("GET_YIELD_FROM_ITER", "(iterable -- iterator)", until=(3, 14))
def GET_YIELD_FROM_ITER(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace what ``yield from`` was given by its iterator; a coroutine is its own in a coroutine."""
    stack[-1] = yield_from_iter(frame, stack[-1])


def yield_from_iter(frame: Frame, iterable: Any) -> Any:
    """Return the iterator of what ``yield from`` was given; TypeError for a coroutine in a plain generator."""
    if id(type(iterable)) in COROUTINES:
        if not frame.code.flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE):
            raise TypeError("cannot 'yield from' a coroutine object in a non-coroutine generator")
        return iterable
    return iterable if id(type(iterable)) in GENERATORS else iter(iterable)


def awaited_where(code: Code, instruction: Instruction) -> int:
    """0 for an ``await``, 1 for what ``__aenter__`` returned, 2 for what ``__aexit__`` did; for the error's text."""
    if PY311:
        return instruction.oparg or 0
    before, last = (code.bytecode.instructions[instruction.index - back].opname for back in (2, 1))
    if last == "BEFORE_ASYNC_WITH":
        return 1
    return 2 if last == "WITH_EXCEPT_START" or (before, last) == ("DUP_TOP", "CALL_FUNCTION") else 0


@op("GET_AWAITABLE", "(awaitable -- iterator)", operand=awaited_where)
def GET_AWAITABLE(frame: Frame, stack: Stack, where: int) -> Any:
    """Replace what ``await`` was given by the iterator that drives it."""
    awaitable = stack[-1]
    kind = type(awaitable)
    if id(kind) in COROUTINES:
        check_not_awaited(awaitable)
        return None
    if where and id(kind) not in AWAITABLE and not has_special(kind, "__await__"):
        method = "__aenter__" if where == 1 else "__aexit__"
        raise TypeError(
            f"'async with' received an object from {method} that does not implement __await__: {tp_name(kind)}"
        )
    awaiting = None if is_iterable_coroutine(awaitable) else find(kind, "__await__")
    if (
        is_a(awaiting, FunctionType) and (code := code_of_function(awaiting)) is not None
    ):  # it runs in a frame of its own, called from this one
        callee = push_call(frame, awaiting, code, [awaitable], None)
        callee.then = awaitable_has_iterator
        callee.then_what = kind
        return start(frame, callee)
    stack[-1] = iterator = awaitable_iter(awaitable)
    check_not_awaited(iterator)
    return None


AWAITABLE = addresses(GeneratorType, CoroutineType)


def check_not_awaited(iterator: Any) -> None:
    """Raise the RuntimeError of awaiting a coroutine that is being awaited."""
    if type(iterator) is Coroutine and iterator.is_just_started:
        return
    if id(type(iterator)) in COROUTINES and iterator.cr_await is not None:
        raise RuntimeError("coroutine is being awaited already")


def awaitable_has_iterator(frame: Frame, back: Frame, iterator: Any) -> Frame:
    """``__await__`` has returned."""
    kind = frame.then_what
    del frame.then_what
    frame.thread.frame = back
    check_iterator(kind, iterator)
    back.stack[-1] = iterator
    return back


def is_iterable_coroutine(awaitable: Any) -> bool:
    """Tell whether this is a coroutine of a generator function that ``types.coroutine`` marked."""
    kind = type(awaitable)
    return kind is IterableCoroutine or (kind is GeneratorType and awaitable.gi_code.co_flags & CO_ITERABLE_COROUTINE)


def awaitable_iter(awaitable: Any) -> Any:
    """Return the iterator of an awaitable: CPython's ``_PyCoro_GetAwaitableIter``."""
    kind = type(awaitable)
    if id(kind) in COROUTINES or is_iterable_coroutine(awaitable):
        return awaitable
    method = lookup_special(awaitable, "__await__")
    if method is MISSING:
        if PY314:
            raise TypeError(f"'{tp_name(kind)}' object can't be awaited")
        raise TypeError(f"object {tp_name(kind)} can't be used in 'await' expression")
    iterator = method()
    check_iterator(kind, iterator)
    return iterator


def check_iterator(kind: type, iterator: Any) -> None:
    """Raise the TypeError of an ``__await__`` that returned no iterator, or a coroutine."""
    if id(type(iterator)) in COROUTINES or type(iterator) is IterableCoroutine:
        if PY315:
            raise TypeError(f"{full_name(kind)}.__await__() must return an iterator, not coroutine")
        raise TypeError("__await__() returned a coroutine")
    if not has_special(type(iterator), "__next__"):
        if PY315:
            raise TypeError(f"{full_name(kind)}.__await__() must return an iterator, not {full_name(type(iterator))}")
        raise TypeError(f"__await__() returned non-iterator of type '{tp_name(type(iterator))}'")


@op("GET_AITER", "(iterable -- iterator)")
def GET_AITER(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace what ``async for`` was given by its async iterator."""
    iterable = stack[-1]
    method = lookup_special(iterable, "__aiter__")
    if method is MISSING:
        raise TypeError(f"'async for' requires an object with __aiter__ method, got {tp_name(type(iterable))}")
    iterator = method()
    if not has_special(type(iterator), "__anext__"):
        raise TypeError(
            "'async for' received an object from __aiter__ that does not implement __anext__: "
            f"{tp_name(type(iterator))}"
        )
    stack[-1] = iterator


@op("GET_ANEXT", "(iterator -- iterator, awaitable)")
def GET_ANEXT(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the awaitable of an async iterator's next value."""
    iterator = stack[-1]
    if type(iterator) is AsyncGenerator:
        stack.append(iterator.__anext__())
        return
    method = lookup_special(iterator, "__anext__")
    if method is MISSING:
        raise TypeError(f"'async for' requires an iterator with __anext__ method, got {tp_name(type(iterator))}")
    awaitable = method()
    try:
        stack.append(awaitable_iter(awaitable))
    except Exception as error:
        text = f"'async for' received an invalid object from __anext__: {tp_name(type(awaitable))}"
        raise TypeError(text) from error
