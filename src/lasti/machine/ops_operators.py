"""Operators: arithmetic, comparison, subscription, truth.

Each is one call of the function that the ``operator`` module (or the language) has for it, chosen when the code is
translated.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from .dispatch import argval, op
from .frame import Frame
from .trampoline import call_natively

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]

BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "@": operator.matmul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "@=": operator.imatmul,
    "/=": operator.itruediv,
    "//=": operator.ifloordiv,
    "%=": operator.imod,
    "**=": operator.ipow,
    "<<=": operator.ilshift,
    ">>=": operator.irshift,
    "&=": operator.iand,
    "|=": operator.ior,
    "^=": operator.ixor,
    "[]": operator.getitem,
}
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
}
# 3.10 has an instruction for each operator.
BINARY_NAMES = {
    "ADD": "+",
    "SUBTRACT": "-",
    "MULTIPLY": "*",
    "MATRIX_MULTIPLY": "@",
    "TRUE_DIVIDE": "/",
    "FLOOR_DIVIDE": "//",
    "MODULO": "%",
    "POWER": "**",
    "LSHIFT": "<<",
    "RSHIFT": ">>",
    "AND": "&",
    "OR": "|",
    "XOR": "^",
}


def binary_operator(code: Code, instruction: Instruction) -> Callable[[Any, Any], Any]:
    """The function of the operator that BINARY_OP's number names."""
    return BINARY[instruction.argrepr]


def compare_operator(code: Code, instruction: Instruction) -> Callable[[Any, Any], Any]:
    """The function of the comparison that COMPARE_OP's number names."""
    return COMPARE[instruction.argval]


@op("BINARY_OP", "(left, right -- result)", since=(3, 11), operand=binary_operator)
def BINARY_OP(frame: Frame, stack: Stack, function: Callable[[Any, Any], Any]) -> None:
    """Replace two operands by the result of an operator."""
    right = stack.pop()
    stack[-1] = function(stack[-1], right)


for _name, _symbol in BINARY_NAMES.items():
    for _prefix, _suffix in (("BINARY", ""), ("INPLACE", "=")):
        op(
            f"{_prefix}_{_name}",
            "(left, right -- result)",
            until=(3, 10),
            operand=lambda code, instruction, symbol=_symbol + _suffix: BINARY[symbol],  # type: ignore[misc]
        )(BINARY_OP)


@op("BINARY_SUBSCR", "(container, key -- value)", until=(3, 13))
def BINARY_SUBSCR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace a container and a key by the value under the key."""
    key = stack.pop()
    stack[-1] = stack[-1][key]


@op("STORE_SUBSCR", "(value, container, key -- )")
def STORE_SUBSCR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Store a value in a container under a key."""
    value, container, key = stack[-3:]
    del stack[-3:]
    container[key] = value


@op("DELETE_SUBSCR", "(container, key -- )")
def DELETE_SUBSCR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Delete what a container has under a key."""
    container, key = stack[-2:]
    del stack[-2:]
    del container[key]


@op("BINARY_SLICE", "(container, start, stop -- value)", since=(3, 12))
def BINARY_SLICE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace a container, a start and a stop by the slice between them."""
    container, start, stop = stack[-3:]
    stack[-3:] = [container[start:stop]]


@op("STORE_SLICE", "(value, container, start, stop -- )", since=(3, 12))
def STORE_SLICE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Store a value in a container's slice."""
    value, container, start, stop = stack[-4:]
    del stack[-4:]
    container[start:stop] = value


@op("UNARY_NEGATIVE", "(value -- result)")
def UNARY_NEGATIVE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Negate the top."""
    stack[-1] = -stack[-1]


@op("UNARY_POSITIVE", "(value -- result)", until=(3, 11))
def UNARY_POSITIVE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Apply unary plus to the top."""
    stack[-1] = +stack[-1]


@op("UNARY_INVERT", "(value -- result)")
def UNARY_INVERT(frame: Frame, stack: Stack, arg: Any) -> None:
    """Invert the bits of the top."""
    stack[-1] = call_natively(frame, operator.invert, (stack[-1],))


@op("UNARY_NOT", "(value -- result)")
def UNARY_NOT(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace the top by whether it is false."""
    stack[-1] = not stack[-1]


@op("TO_BOOL", "(value -- result)", since=(3, 13))
def TO_BOOL(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace the top by whether it is true."""
    stack[-1] = True if stack[-1] else False  # noqa: SIM210  (bool() is a name, which a program can change)


def to_bool(number: int) -> bool:
    """From 3.13 a bit of COMPARE_OP asks for the truth of the result."""
    return bool(number & 16)


@op("COMPARE_OP", "(left, right -- result)", since=(3, 13), operand=compare_operator, when=to_bool)
def COMPARE_OP_TO_BOOL(frame: Frame, stack: Stack, function: Callable[[Any, Any], Any]) -> None:
    """Replace two operands by whether a comparison holds, as a bool."""
    right = stack.pop()
    stack[-1] = True if function(stack[-1], right) else False  # noqa: SIM210


@op("COMPARE_OP", "(left, right -- result)", operand=compare_operator)
def COMPARE_OP(frame: Frame, stack: Stack, function: Callable[[Any, Any], Any]) -> None:
    """Replace two operands by the result of a comparison."""
    right = stack.pop()
    stack[-1] = function(stack[-1], right)


@op("IS_OP", "(left, right -- result)")
def IS_OP(frame: Frame, stack: Stack, inverted: int) -> None:
    """Replace two operands by whether they are (or are not) one object."""
    right = stack.pop()
    stack[-1] = (stack[-1] is not right) if inverted else (stack[-1] is right)


@op("CONTAINS_OP", "(item, container -- result)")
def CONTAINS_OP(frame: Frame, stack: Stack, inverted: int) -> None:
    """Replace two operands by whether the first is (or is not) in the second."""
    container = stack.pop()
    stack[-1] = (stack[-1] not in container) if inverted else (stack[-1] in container)


@op("GET_LEN", "(container -- container, length)", operand=argval)
def GET_LEN(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the length of the top."""
    stack.append(len(stack[-1]))
