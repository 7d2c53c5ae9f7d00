"""The intrinsic functions of CALL_INTRINSIC_1 and CALL_INTRINSIC_2, and the odd instructions that they replaced.

Source: CPython Python/intrinsics.c, Objects/typevarobject.c.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from . import mirror
from .asyncgen import Wrapped
from .dispatch import op
from .frame import Frame
from .generator import stop_iteration_error
from .ops_exceptions import prep_reraise_star
from .ops_import import import_star
from .trampoline import assemble, call_natively

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]


def display(frame: Frame, value: Any) -> None:
    """Show an expression's value as the interactive prompt does, through ``sys.displayhook``."""
    call_natively(frame, sys.displayhook, (value,))


def star_import(frame: Frame, module: Any) -> None:
    """``from module import *``."""
    import_star(frame, module)


def stop_iteration(frame: Frame, error: BaseException) -> BaseException:
    """Hide a StopIteration that leaves a generator (PEP 479)."""
    return stop_iteration_error(error, frame.code.flags) or error


def host_intrinsic(opname: str, count: int, number: int) -> Any:
    """Make a host function that runs one intrinsic and nothing else.

    Type variables and type aliases of PEP 695 have lazily evaluated parts; only the intrinsics make them.
    """
    load = "LOAD_FAST"
    body = [("RESUME", 0), *[(load, index) for index in range(count)], (opname, number), ("RETURN_VALUE", 0)]
    template = (lambda first: first).__code__ if count == 1 else (lambda first, second: first).__code__
    code = template.replace(
        co_code=assemble(body),
        co_stacksize=count + 1,
        co_exceptiontable=b"",
    )

    def run(frame: Frame, *values: Any) -> Any:
        return FunctionType(code, frame.f_globals)(*values)

    mirror.stand_ins[id(code)] = None
    return run


def intrinsic(prefix: str, names: dict[str, Any]) -> Any:
    """Make the operand function that finds an intrinsic by its name."""
    count = int(prefix[-1])

    def operand(code: Code, instruction: Instruction) -> Any:
        found = names.get(instruction.argrepr)
        return found or host_intrinsic(instruction.opname, count, instruction.oparg or 0)

    return operand


def set_type_params(frame: Frame, function: Any, params: Any) -> Any:
    """Give a function its type parameters."""
    function.__type_params__ = params
    return function


INTRINSICS_1: dict[str, Any] = {
    "INTRINSIC_PRINT": display,
    "INTRINSIC_IMPORT_STAR": star_import,
    "INTRINSIC_STOPITERATION_ERROR": stop_iteration,
    "INTRINSIC_ASYNC_GEN_WRAP": lambda frame, value: Wrapped(value),
    "INTRINSIC_UNARY_POSITIVE": lambda frame, value: +value,
    "INTRINSIC_LIST_TO_TUPLE": lambda frame, value: tuple(value),
}
INTRINSICS_2: dict[str, Any] = {
    "INTRINSIC_PREP_RERAISE_STAR": lambda frame, original, raised: prep_reraise_star(original, raised),
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS": set_type_params,
}


@op("CALL_INTRINSIC_1", "(value -- result)", since=(3, 12), operand=intrinsic("1", INTRINSICS_1))
def CALL_INTRINSIC_1(frame: Frame, stack: Stack, function: Any) -> None:
    """Replace the top by the result of one of the interpreter's own functions."""
    stack[-1] = function(frame, stack[-1])


@op("CALL_INTRINSIC_2", "(first, second -- result)", since=(3, 12), operand=intrinsic("2", INTRINSICS_2))
def CALL_INTRINSIC_2(frame: Frame, stack: Stack, function: Any) -> None:
    """Replace the two topmost values by the result of one of the interpreter's own functions."""
    second = stack.pop()
    stack[-1] = function(frame, stack[-1], second)


@op("PRINT_EXPR", "(value -- )", until=(3, 11))
def PRINT_EXPR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Show the top as the interactive prompt does."""
    display(frame, stack.pop())


@op("SETUP_ANNOTATIONS", "( -- )")
def SETUP_ANNOTATIONS(frame: Frame, stack: Stack, arg: Any) -> None:
    """See to it that the local names have ``__annotations__``."""
    try:
        frame.locals["__annotations__"]
    except KeyError:
        frame.locals["__annotations__"] = {}
