"""Instructions that move values: between the value stack, the fast locals, the cells and the constants."""

from __future__ import annotations

from types import CellType
from typing import Any, NoReturn

from ..events import NULL
from ..versions import PY311
from .dispatch import argval, cell, constant, load_bound, nothing, op, pair
from .frame import Frame
from .superinstructions import arranges, copy, pushes, swap, text

Stack = list[Any]


@op("NOP", "( -- )")
@op("EXTENDED_ARG", "( -- )")
@op("CACHE", "( -- )", since=(3, 11))
@op("RESUME", "( -- )", since=(3, 11))
@op("PRECALL", "( -- )", since=(3, 11), until=(3, 11))
@op("NOT_TAKEN", "( -- )", since=(3, 14))
@nothing
def NOP(frame: Frame, stack: Stack, arg: Any) -> None:
    """Do nothing."""


@op("POP_TOP", "(value -- )")
@op("POP_ITER", "(iterator -- )", since=(3, 14), until=(3, 14))
@op("END_FOR", "(value -- )", since=(3, 13))
@text("top", code="")
def POP_TOP(frame: Frame, stack: Stack, arg: Any) -> None:
    """Drop the top of the stack."""
    stack.pop()


@op("END_FOR", "(iterator, value -- )", since=(3, 12), until=(3, 12))
@op("POP_ITER", "(iterator, index -- )", since=(3, 15))
def POP_TWO(frame: Frame, stack: Stack, arg: Any) -> None:
    """Drop the two topmost values."""
    del stack[-2:]


@op("PUSH_NULL", "( -- null)", since=(3, 11))
@pushes("NULL")
def PUSH_NULL(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push NULL: in place of the ``self`` of a call that has none."""
    stack.append(NULL)


@op("COPY", "(bottom, unused[oparg - 1] -- bottom, unused[oparg - 1], top)", since=(3, 11))
@arranges(copy)
def COPY(frame: Frame, stack: Stack, depth: int) -> None:
    """Push the ``depth``-th value from the top again."""
    stack.append(stack[-depth])


@op("SWAP", "(bottom, unused[oparg - 2], top -- top, unused[oparg - 2], bottom)", since=(3, 11))
@arranges(swap)
def SWAP(frame: Frame, stack: Stack, depth: int) -> None:
    """Exchange the top with the ``depth``-th value from the top."""
    stack[-1], stack[-depth] = stack[-depth], stack[-1]


@op("ROT_TWO", "(a, b -- b, a)", until=(3, 10))
def ROT_TWO(frame: Frame, stack: Stack, arg: Any) -> None:
    """Exchange the two topmost values."""
    stack[-1], stack[-2] = stack[-2], stack[-1]


@op("ROT_THREE", "(a, b, c -- c, a, b)", until=(3, 10))
def ROT_THREE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Move the top down to third place."""
    stack.insert(-2, stack.pop())


@op("ROT_FOUR", "(a, b, c, d -- d, a, b, c)", until=(3, 10))
def ROT_FOUR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Move the top down to fourth place."""
    stack.insert(-3, stack.pop())


@op("ROT_N", "(unused[oparg - 1], top -- top, unused[oparg - 1])", until=(3, 10))
def ROT_N(frame: Frame, stack: Stack, depth: int) -> None:
    """Move the top down to the ``depth``-th place."""
    stack.insert(len(stack) - depth, stack.pop())


@op("DUP_TOP", "(top -- top, top)", until=(3, 10))
def DUP_TOP(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the top again."""
    stack.append(stack[-1])


@op("DUP_TOP_TWO", "(a, b -- a, b, a, b)", until=(3, 10))
def DUP_TOP_TWO(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the two topmost values again, in the same order."""
    stack += stack[-2:]


# -- constants --------------------------------------------------------------------------------------------------


@op("LOAD_CONST", "( -- value)", operand=constant)
@pushes("{arg}")
def LOAD_CONST(frame: Frame, stack: Stack, value: Any) -> None:
    """Push a constant of ``co_consts``."""
    stack.append(value)


@op("LOAD_SMALL_INT", "( -- value)", since=(3, 14))
@pushes("{arg}")
def LOAD_SMALL_INT(frame: Frame, stack: Stack, value: int) -> None:
    """Push a small integer, which is the instruction's own number."""
    stack.append(value)


@op("LOAD_COMMON_CONSTANT", "( -- value)", since=(3, 14), operand=argval)
@op("LOAD_ASSERTION_ERROR", "( -- value)", until=(3, 13), operand=lambda code, instruction: AssertionError)
@pushes("{arg}")
def LOAD_COMMON_CONSTANT(frame: Frame, stack: Stack, value: Any) -> None:
    """Push a value that every interpreter has, such as ``AssertionError``."""
    stack.append(value)


# -- fast locals ------------------------------------------------------------------------------------------------


def unbound(frame: Frame, index: int) -> NoReturn:
    """Raise the UnboundLocalError of fast local ``index``."""
    name = frame.code.names_of_fast[index]
    if PY311:
        text = f"cannot access local variable '{name}' where it is not associated with a value"
    else:
        text = f"local variable '{name}' referenced before assignment"
    raise UnboundLocalError(text)


@op("LOAD_FAST", "( -- value)", until=(3, 11))
@op("LOAD_FAST_CHECK", "( -- value)", since=(3, 12))
@text(code="{value} = frame.fast[{arg}]\nif {value} is NULL:\n    unbound(frame, {arg})", names={"unbound": unbound})
def LOAD_FAST_CHECK(frame: Frame, stack: Stack, index: int) -> None:
    """Push a local variable; UnboundLocalError when it has no value."""
    value = frame.fast[index]
    if value is NULL:
        unbound(frame, index)
    stack.append(value)


@op("LOAD_FAST", "( -- value)", since=(3, 12))
@op("LOAD_FAST_BORROW", "( -- value)", since=(3, 14))
@op("LOAD_CLOSURE", "( -- cell)", since=(3, 11), until=(3, 12))
@pushes("frame.fast[{arg}]")
def LOAD_FAST(frame: Frame, stack: Stack, index: int) -> None:
    """Push a local variable that the compiler knows to be bound (or a cell)."""
    stack.append(frame.fast[index])


load_bound.append(LOAD_FAST)


@op("LOAD_CLOSURE", "( -- cell)", until=(3, 10), operand=cell)
def LOAD_CLOSURE(frame: Frame, stack: Stack, index: int) -> None:
    """Push a cell, for the closure of a function that is being made."""
    stack.append(frame.fast[index])


@op("LOAD_FAST_AND_CLEAR", "( -- value)", since=(3, 12))
def LOAD_FAST_AND_CLEAR(frame: Frame, stack: Stack, index: int) -> None:
    """Push a local variable (or NULL) and unbind it: an inlined comprehension begins to use the name."""
    stack.append(frame.fast[index])
    frame.fast[index] = NULL


@op("STORE_FAST", "(value -- )")
@op("STORE_FAST_MAYBE_NULL", "(value -- )", since=(3, 12))
@text("top", code="frame.fast[{arg}] = {top}")
def STORE_FAST(frame: Frame, stack: Stack, index: int) -> None:
    """Pop a value into a local variable."""
    frame.fast[index] = stack.pop()


@op("DELETE_FAST", "( -- )")
def DELETE_FAST(frame: Frame, stack: Stack, index: int) -> None:
    """Unbind a local variable; UnboundLocalError when it has no value."""
    if frame.fast[index] is NULL:
        unbound(frame, index)
    frame.fast[index] = NULL


@op("LOAD_FAST_LOAD_FAST", "( -- first, second)", since=(3, 13), operand=pair)
@op("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "( -- first, second)", since=(3, 14), operand=pair)
@pushes("frame.fast[{arg}[0]]", "frame.fast[{arg}[1]]")
def LOAD_FAST_LOAD_FAST(frame: Frame, stack: Stack, indices: tuple[int, int]) -> None:
    """Push two local variables."""
    first, second = indices
    fast = frame.fast
    stack.append(fast[first])
    stack.append(fast[second])


@op("STORE_FAST_LOAD_FAST", "(value -- value)", since=(3, 13), operand=pair)
@text("top", code="frame.fast[{arg}[0]] = {top}\n{value} = frame.fast[{arg}[1]]")
def STORE_FAST_LOAD_FAST(frame: Frame, stack: Stack, indices: tuple[int, int]) -> None:
    """Pop a value into one local variable, then push another."""
    stored, loaded = indices
    fast = frame.fast
    fast[stored] = stack.pop()
    stack.append(fast[loaded])


@op("STORE_FAST_STORE_FAST", "(second, first -- )", since=(3, 13), operand=pair)
# One statement: either value may be read from the very local that the other goes to (`a, b = b, a`).
@text("second", "first", code="frame.fast[{arg}[0]], frame.fast[{arg}[1]] = {first}, {second}")
def STORE_FAST_STORE_FAST(frame: Frame, stack: Stack, indices: tuple[int, int]) -> None:
    """Pop two values into two local variables."""
    first, second = indices
    fast = frame.fast
    fast[first] = stack.pop()
    fast[second] = stack.pop()


# -- cells ------------------------------------------------------------------------------------------------------


def unbound_cell(frame: Frame, index: int) -> NoReturn:
    """Raise the error of reading a cell without a value: a NameError for a free variable, else UnboundLocalError."""
    if index < frame.code.first_free:
        unbound(frame, index)
    name = frame.code.names_of_fast[index]
    if PY311:
        text = f"cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
    else:
        text = f"free variable '{name}' referenced before assignment in enclosing scope"
    raise NameError(text, name=name) if PY311 else NameError(text)


@op("MAKE_CELL", "( -- )", since=(3, 11))
def MAKE_CELL(frame: Frame, stack: Stack, index: int) -> None:
    """Put a local variable (an argument, perhaps) into a new cell."""
    value = frame.fast[index]
    frame.fast[index] = CellType() if value is NULL else CellType(value)


@op("COPY_FREE_VARS", "( -- )", since=(3, 11))
@text(code="frame.fast[-{arg}:] = frame.function.__closure__")
def COPY_FREE_VARS(frame: Frame, stack: Stack, count: int) -> None:
    """Take the cells of the function's closure into the frame."""
    frame.fast[-count:] = frame.function.__closure__


VALUE_OF_CELL = """\
try:
    {value} = frame.fast[{arg}].cell_contents
except ValueError:
    {value} = NULL
if {value} is NULL:
    unbound_cell(frame, {arg})"""


@op("LOAD_DEREF", "( -- value)", operand=cell)
@text(code=VALUE_OF_CELL, names={"unbound_cell": unbound_cell})
def LOAD_DEREF(frame: Frame, stack: Stack, index: int) -> None:
    """Push the value of a cell; NameError when it has none."""
    try:
        value = frame.fast[index].cell_contents
    except ValueError:
        value = NULL
    if value is NULL:
        unbound_cell(frame, index)
    stack.append(value)


@op("STORE_DEREF", "(value -- )", operand=cell)
@text("top", code="frame.fast[{arg}].cell_contents = {top}")
def STORE_DEREF(frame: Frame, stack: Stack, index: int) -> None:
    """Pop a value into a cell."""
    frame.fast[index].cell_contents = stack.pop()


@op("DELETE_DEREF", "( -- )", operand=cell)
def DELETE_DEREF(frame: Frame, stack: Stack, index: int) -> None:
    """Empty a cell; NameError when it is empty."""
    holder = frame.fast[index]
    try:
        value = holder.cell_contents
    except ValueError:
        value = NULL
    if value is NULL:  # `del` itself takes an empty cell as it is
        unbound_cell(frame, index)
    del value  # it dies with the cell's reference to it
    del holder.cell_contents
