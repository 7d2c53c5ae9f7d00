"""Operators: arithmetic, comparison, subscription, truth.

Each operator has a handler of its own, in which the operator itself stands: they are made from one source.
"""

from __future__ import annotations

import opcode
import operator
from typing import TYPE_CHECKING, Any

from ..versions import PY312, PY313
from .dispatch import argval, from_source, fuse, op
from .frame import Frame
from .ops_stack import LOAD_CONST, LOAD_FAST
from .trampoline import call_natively

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dispatch import Handler

Stack = list[Any]

# The operators by their symbols, and the names of the instructions that 3.10 has for each.
BINARY = {
    "+": "ADD",
    "-": "SUBTRACT",
    "*": "MULTIPLY",
    "@": "MATRIX_MULTIPLY",
    "/": "TRUE_DIVIDE",
    "//": "FLOOR_DIVIDE",
    "%": "MODULO",
    "**": "POWER",
    "<<": "LSHIFT",
    ">>": "RSHIFT",
    "&": "AND",
    "|": "OR",
    "^": "XOR",
}

# What a handler takes for its operands when it serves the loads before the operator too.
RIGHT = {LOAD_FAST: "frame.fast[arg]", LOAD_CONST: "arg"}
LEFT_AND_RIGHT = {
    (LOAD_FAST, LOAD_FAST): ("frame.fast[arg[0]]", "frame.fast[arg[1]]"),
    (LOAD_FAST, LOAD_CONST): ("frame.fast[arg[0]]", "arg[1]"),
    (LOAD_CONST, LOAD_FAST): ("arg[0]", "frame.fast[arg[1]]"),
}

BINARY_SOURCE = '''
def {name}(frame, stack, arg):
    """Replace two operands by the result of ``{symbol}``."""
    right = {right}
    stack[-1] = stack[-1] {symbol} right
'''
INPLACE_SOURCE = '''
def {name}(frame, stack, arg):
    """Replace two operands by the result of ``{symbol}=``, which may change the left one in place."""
    right = {right}
    left = stack[-1]
    left {symbol}= right
    stack[-1] = left
'''
COMPARE_SOURCE = '''
def {name}(frame, stack, arg):
    """Replace two operands by the result of ``{symbol}``."""
    right = {right}
    stack[-1] = stack[-1] {symbol} right
'''
COMPARE_TO_BOOL_SOURCE = '''
def {name}(frame, stack, arg):
    """Replace two operands by whether ``{symbol}`` holds, as a bool."""
    right = {right}
    stack[-1] = True if stack[-1] {symbol} right else False
'''
FUSED_SOURCE = {
    BINARY_SOURCE: "def {name}(frame, stack, arg):\n    stack.append({left} {symbol} {right})\n",
    COMPARE_SOURCE: "def {name}(frame, stack, arg):\n    stack.append({left} {symbol} {right})\n",
    COMPARE_TO_BOOL_SOURCE: "def {name}(frame, stack, arg):\n"
    "    stack.append(True if {left} {symbol} {right} else False)\n",
}


def make_handlers(source: str, name: str, symbol: str) -> Handler:
    """Make the handler of an operator, and those that serve it together with the loads before it."""
    handler = from_source(source.format(name=name, symbol=symbol, right="stack.pop()"))
    for load, right in RIGHT.items():
        text = source.format(name=f"{load.__name__}__{name}", symbol=symbol, right=right)
        fuse(load, handler, operands=1)(from_source(text))
    if source in FUSED_SOURCE:
        for loads, (left, right) in LEFT_AND_RIGHT.items():
            both = "__".join(load.__name__ for load in loads)
            text = FUSED_SOURCE[source].format(name=f"{both}__{name}", symbol=symbol, left=left, right=right)
            fuse(*loads, handler, operands=2)(from_source(text))
    return handler


def is_symbol(opname: str, symbol: str) -> Callable[[int], bool]:
    """Make the test whether a number of BINARY_OP or COMPARE_OP means ``symbol``."""
    if opname == "BINARY_OP":
        numbers = {number for number, (_, text) in enumerate(getattr(opcode, "_nb_ops", ())) if text == symbol}
        return numbers.__contains__
    shift = 5 if PY313 else 4 if PY312 else 0  # the lower bits are hints for the interpreter
    number_of_symbol = opcode.cmp_op.index(symbol)
    return lambda number: number >> shift == number_of_symbol


for _symbol, _name in BINARY.items():
    for _prefix, _source, _sign in (("BINARY", BINARY_SOURCE, _symbol), ("INPLACE", INPLACE_SOURCE, _symbol + "=")):
        _handler = make_handlers(_source, f"{_prefix}_{_name}", _symbol)
        op(f"{_prefix}_{_name}", "(left, right -- result)", until=(3, 10))(_handler)
        op("BINARY_OP", "(left, right -- result)", since=(3, 11), when=is_symbol("BINARY_OP", _sign))(_handler)


def both(first: Callable[[int], bool], second: Callable[[int], bool]) -> Callable[[int], bool]:
    """Make the test that holds where two tests hold."""
    return lambda number: first(number) and second(number)


def to_bool(number: int) -> bool:
    """From 3.13 a bit of COMPARE_OP asks for the truth of the result."""
    return PY313 and bool(number & 16)


for _symbol, _name in zip(("<", "<=", "==", "!=", ">", ">="), ("LT", "LE", "EQ", "NE", "GT", "GE"), strict=True):
    _is_symbol = is_symbol("COMPARE_OP", _symbol)
    _plain = make_handlers(COMPARE_SOURCE, f"COMPARE_{_name}", _symbol)
    _bool = make_handlers(COMPARE_TO_BOOL_SOURCE, f"COMPARE_{_name}_TO_BOOL", _symbol)
    op(
        "COMPARE_OP",
        "(left, right -- result)",
        since=(3, 13),
        when=both(to_bool, _is_symbol),
    )(_bool)
    op("COMPARE_OP", "(left, right -- result)", when=_is_symbol)(_plain)


@op("BINARY_SUBSCR", "(container, key -- value)", until=(3, 13))
@op("BINARY_OP", "(container, key -- value)", since=(3, 14), when=is_symbol("BINARY_OP", "[]"))
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
