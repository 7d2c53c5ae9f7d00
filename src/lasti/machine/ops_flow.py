"""Instructions that choose what runs next: jumps, and loops over iterators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY312, PY313, PY314
from .dispatch import Target, jump, op, target, target_index
from .frame import Frame
from .generator import Generator, go_on_in_generator
from .ops_suspend import yield_from_iter
from .protocols import addresses
from .superinstructions import text

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]
Tail = list[Any]


@op("JUMP_FORWARD", "( -- )", operand=target)
@op("JUMP_ABSOLUTE", "( -- )", until=(3, 10), operand=target)
@op("JUMP_BACKWARD", "( -- )", since=(3, 11), operand=target)
@op("JUMP_BACKWARD_NO_INTERRUPT", "( -- )", since=(3, 11), operand=target)
@jump
def JUMP(frame: Frame, stack: Stack, tail: Tail) -> Tail:
    """Go on at the target."""
    return tail


@op("POP_JUMP_IF_FALSE", "(condition -- )", until=(3, 10), operand=target)
@op("POP_JUMP_IF_FALSE", "(condition -- )", since=(3, 12), operand=target)
@op("POP_JUMP_FORWARD_IF_FALSE", "(condition -- )", since=(3, 11), until=(3, 11), operand=target)
@op("POP_JUMP_BACKWARD_IF_FALSE", "(condition -- )", since=(3, 11), until=(3, 11), operand=target)
@text("condition", code="return None if {condition} else {arg}", last=True)
def POP_JUMP_IF_FALSE(frame: Frame, stack: Stack, tail: Tail) -> Tail | None:
    """Pop a condition and jump when it is false."""
    return None if stack.pop() else tail


@op("POP_JUMP_IF_TRUE", "(condition -- )", until=(3, 10), operand=target)
@op("POP_JUMP_IF_TRUE", "(condition -- )", since=(3, 12), operand=target)
@op("POP_JUMP_FORWARD_IF_TRUE", "(condition -- )", since=(3, 11), until=(3, 11), operand=target)
@op("POP_JUMP_BACKWARD_IF_TRUE", "(condition -- )", since=(3, 11), until=(3, 11), operand=target)
@text("condition", code="return {arg} if {condition} else None", last=True)
def POP_JUMP_IF_TRUE(frame: Frame, stack: Stack, tail: Tail) -> Tail | None:
    """Pop a condition and jump when it is true."""
    return tail if stack.pop() else None


@op("POP_JUMP_IF_NONE", "(value -- )", since=(3, 12), operand=target)
@op("POP_JUMP_FORWARD_IF_NONE", "(value -- )", since=(3, 11), until=(3, 11), operand=target)
@op("POP_JUMP_BACKWARD_IF_NONE", "(value -- )", since=(3, 11), until=(3, 11), operand=target)
@text("operand", code="return {arg} if {operand} is None else None", last=True)
def POP_JUMP_IF_NONE(frame: Frame, stack: Stack, tail: Tail) -> Tail | None:
    """Pop a value and jump when it is None."""
    return tail if stack.pop() is None else None


@op("POP_JUMP_IF_NOT_NONE", "(value -- )", since=(3, 12), operand=target)
@op("POP_JUMP_FORWARD_IF_NOT_NONE", "(value -- )", since=(3, 11), until=(3, 11), operand=target)
@op("POP_JUMP_BACKWARD_IF_NOT_NONE", "(value -- )", since=(3, 11), until=(3, 11), operand=target)
@text("operand", code="return None if {operand} is None else {arg}", last=True)
def POP_JUMP_IF_NOT_NONE(frame: Frame, stack: Stack, tail: Tail) -> Tail | None:
    """Pop a value and jump when it is not None."""
    return tail if stack.pop() is not None else None


@op("JUMP_IF_FALSE_OR_POP", "(condition -- | condition -- condition)", until=(3, 11), operand=target)
def JUMP_IF_FALSE_OR_POP(frame: Frame, stack: Stack, tail: Tail) -> Tail | None:
    """Jump when the top is false, and keep it; else pop it."""
    if not stack[-1]:
        return tail
    stack.pop()
    return None


@op("JUMP_IF_TRUE_OR_POP", "(condition -- | condition -- condition)", until=(3, 11), operand=target)
def JUMP_IF_TRUE_OR_POP(frame: Frame, stack: Stack, tail: Tail) -> Tail | None:
    """Jump when the top is true, and keep it; else pop it."""
    if stack[-1]:
        return tail
    stack.pop()
    return None


# -- iteration --------------------------------------------------------------------------------------------------


@op("GET_ITER", "(iterable -- iterator)", until=(3, 14))
@text("iterable", code="{value} = iter({iterable})")
def GET_ITER(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace an iterable by its iterator."""
    stack[-1] = iter(stack[-1])


# 3.12 leaves END_FOR behind an exhausted loop and skips it, 3.13 its POP_TOP too; from 3.14 the iterator stays for
# POP_ITER, which runs.
SKIPPED = 0 if not PY312 else 1 if not PY313 else 2 if not PY314 else 1
POPPED = 0 if PY314 else 1


def behind_the_loop(code: Code, instruction: Instruction) -> Target:
    """Where an exhausted FOR_ITER goes on: behind the instructions that it skips."""
    return Target(target_index(code, instruction) + SKIPPED)


def exhausted(frame: Frame, back: Frame, value: Any) -> Frame:
    """The generator that ``back`` iterates over has returned: its loop is done."""
    back.pc = back.code.targets[back.pc] + SKIPPED - 1  # type: ignore[operator]
    if POPPED:
        back.stack.pop()
    return back


NEXT = """\
iterator = stack[-1]
if type(iterator) is Generator:
    resumed = go_on_in_generator(frame, iterator, None, exhausted)
    if resumed is not None:
        return resumed
{value} = next(iterator, NULL)
if {value} is NULL:
    if POPPED:
        stack.pop()
    return {arg}"""


@op("FOR_ITER", "(iterator -- iterator, next | iterator -- )", until=(3, 13), operand=behind_the_loop)
@op("FOR_ITER", "(iterator -- iterator, next | iterator -- iterator)", since=(3, 14), until=(3, 14),
    operand=behind_the_loop)  # fmt: skip
@text(code=NEXT, on_stack=True, names={"Generator": Generator, "go_on_in_generator": go_on_in_generator,
                                       "exhausted": exhausted, "POPPED": POPPED})  # fmt: skip
def FOR_ITER(frame: Frame, stack: Stack, behind: Tail) -> Any:
    """Push the iterator's next value; when there is none, leave the loop."""
    iterator = stack[-1]
    if type(iterator) is Generator:
        resumed = go_on_in_generator(frame, iterator, None, exhausted)
        if resumed is not None:
            return resumed
    value = next(iterator, NULL)
    if value is NULL:
        if POPPED:
            stack.pop()
        return behind
    stack.append(value)
    return None


# -- iteration on 3.15: some sequences need no iterator, but an index above them ----------------------------------

BY_INDEX = addresses(list, tuple, str, bytes)
"""The types (not their subclasses) that fill ``PyTypeObject._tp_iteritem``: read there, over all types of 3.15.2."""


@op("GET_ITER", "(iterable -- iterator, index_or_null)", since=(3, 15))
def GET_ITER_INDEXED(frame: Frame, stack: Stack, for_yield_from: int) -> None:
    """Replace an iterable by its iterator and NULL; a list, tuple, string or bytes by itself and the index 0."""
    iterable = stack[-1]
    if id(type(iterable)) in BY_INDEX:
        stack.append(0)
    else:
        stack[-1:] = (yield_from_iter(frame, iterable) if for_yield_from else iter(iterable), NULL)


@op("FOR_ITER", "(iterator, index -- iterator, index, next | iterator, index -- iterator, index)", since=(3, 15),
    operand=behind_the_loop)  # fmt: skip
def FOR_ITER_INDEXED(frame: Frame, stack: Stack, behind: Tail) -> Any:
    """Push the next value of an iterator, or of a sequence by its index; when there is none, leave the loop."""
    iterator, index = stack[-2:]
    if index is not NULL:
        if index >= len(iterator):
            return behind
        stack[-1] = index + 1
        stack.append(iterator[index])
        return None
    if type(iterator) is Generator:
        resumed = go_on_in_generator(frame, iterator, None, exhausted)
        if resumed is not None:
            return resumed
    value = next(iterator, NULL)
    if value is NULL:
        return behind
    stack.append(value)
    return None
