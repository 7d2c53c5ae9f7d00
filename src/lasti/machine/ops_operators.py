"""Operators: arithmetic, comparison, subscription, truth.

Each operator has a handler of its own, in which the operator itself stands: they are made from one source.
"""

from __future__ import annotations

import opcode
import operator
from typing import TYPE_CHECKING, Any

from ..versions import PY312, PY313
from .dispatch import argval, from_source, op
from .frame import Frame
from .superinstructions import text
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

SOURCE = '''
def {name}(frame, stack, arg):
    """Replace two operands by {result}."""
    right = stack.pop()
    {statement}
    stack[-1] = value
'''


def make_handler(name: str, code: str, result: str, symbol: str) -> Handler:
    """Make the handler of an operator; ``code`` says how ``{value}`` is computed."""
    code = code.replace("{symbol}", symbol)
    statement = code.format(left="stack[-1]", right="right", value="value").replace("\n", "\n    ")
    source = SOURCE.format(name=name, result=result.format(symbol=symbol), statement=statement)
    return text("left", "right", code=code)(from_source(source))


def is_symbol(opname: str, symbol: str) -> Callable[[int], bool]:
    """Make the test whether a number of BINARY_OP or COMPARE_OP means ``symbol``."""
    if opname == "BINARY_OP":
        numbers = {number for number, (_, text) in enumerate(getattr(opcode, "_nb_ops", ())) if text == symbol}
        return numbers.__contains__
    shift = 5 if PY313 else 4 if PY312 else 0  # the lower bits are hints for the interpreter
    number_of_symbol = opcode.cmp_op.index(symbol)
    return lambda number: number >> shift == number_of_symbol


for _symbol, _name in BINARY.items():
    _handler = make_handler(
        f"BINARY_{_name}", "{value} = {left} {symbol} {right}", "the result of ``{symbol}``", _symbol
    )
    op(f"BINARY_{_name}", "(left, right -- result)", until=(3, 10))(_handler)
    op("BINARY_OP", "(left, right -- result)", since=(3, 11), when=is_symbol("BINARY_OP", _symbol))(_handler)

    _symbol += "="
    _result = "the result of ``{symbol}``, which may change the left one in place"
    _handler = make_handler(f"INPLACE_{_name}", "{value} = {left}\n{value} {symbol} {right}", _result, _symbol)
    op(f"INPLACE_{_name}", "(left, right -- result)", until=(3, 10))(_handler)
    op("BINARY_OP", "(left, right -- result)", since=(3, 11), when=is_symbol("BINARY_OP", _symbol))(_handler)


def both(first: Callable[[int], bool], second: Callable[[int], bool]) -> Callable[[int], bool]:
    """Make the test that holds where two tests hold."""
    return lambda number: first(number) and second(number)


def to_bool(number: int) -> bool:
    """From 3.13 a bit of COMPARE_OP asks for the truth of the result."""
    return PY313 and bool(number & 16)


for _symbol, _name in zip(("<", "<=", "==", "!=", ">", ">="), ("LT", "LE", "EQ", "NE", "GT", "GE"), strict=True):
    _is_symbol = is_symbol("COMPARE_OP", _symbol)
    _plain = make_handler(
        f"COMPARE_{_name}", "{value} = {left} {symbol} {right}", "the result of ``{symbol}``", _symbol
    )
    _text = "{value} = True if {left} {symbol} {right} else False"
    _bool = make_handler(f"COMPARE_{_name}_TO_BOOL", _text, "whether ``{symbol}`` holds, as a bool", _symbol)
    op(
        "COMPARE_OP",
        "(left, right -- result)",
        since=(3, 13),
        when=both(to_bool, _is_symbol),
    )(_bool)
    op("COMPARE_OP", "(left, right -- result)", when=_is_symbol)(_plain)


@op("BINARY_SUBSCR", "(container, key -- value)", until=(3, 13))
@op("BINARY_OP", "(container, key -- value)", since=(3, 14), when=is_symbol("BINARY_OP", "[]"))
@text("container", "key", code="{value} = {container}[{key}]")
def BINARY_SUBSCR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace a container and a key by the value under the key."""
    key = stack.pop()
    stack[-1] = stack[-1][key]


@op("STORE_SUBSCR", "(value, container, key -- )")
@text("stored", "container", "key", code="{container}[{key}] = {stored}")
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
@text("container", "start", "stop", code="{value} = {container}[{start}:{stop}]")
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
@text("top", code="{value} = -{top}")
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
@text("top", code="{value} = not {top}")
def UNARY_NOT(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace the top by whether it is false."""
    stack[-1] = not stack[-1]


@op("TO_BOOL", "(value -- result)", since=(3, 13))
@text("top", code="{value} = True if {top} else False")
def TO_BOOL(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace the top by whether it is true."""
    stack[-1] = True if stack[-1] else False  # noqa: SIM210  (bool() is a name, which a program can change)


def is_inverted(number: int) -> bool:
    """IS_OP and CONTAINS_OP: 1 means ``is not``, ``not in``."""
    return number == 1


for _opname, _symbol, _when in (
    ("IS_OP", "is not", is_inverted),
    ("IS_OP", "is", None),
    ("CONTAINS_OP", "not in", is_inverted),
    ("CONTAINS_OP", "in", None),
):
    _name = f"{_symbol.upper().replace(' ', '_')}_OP"
    _handler = make_handler(_name, "{value} = {left} {symbol} {right}", "whether ``{symbol}`` holds", _symbol)
    op(_opname, "(left, right -- result)", when=_when)(_handler)


@op("GET_LEN", "(container -- container, length)", operand=argval)
def GET_LEN(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the length of the top."""
    stack.append(len(stack[-1]))
