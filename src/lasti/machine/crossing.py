"""Functions on their way into another interpreter, where no machine is at work.

From 3.14 on C code takes a function that needs nothing but built-ins to another interpreter as its code, and any other
by its name.  The code of a watched function is a stub, which cannot go: so these C functions are given the function's
twin, on the program's own code object.

Source: CPython Python/crossinterp_data_lookup.h (``_PyFunction_GetXIData``), Objects/codeobject.c
(``_PyCode_VerifyStateless``).
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..bytecode import decode
from ..versions import PY314
from .function import code_of_function

if TYPE_CHECKING:
    from collections.abc import Callable

GLOBAL = {"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME"}


def replacements() -> list[tuple[Any, str, Any]]:
    """Return (module, name, function) of what is replaced while a machine is at work."""
    if not PY314:  # before, what takes functions asks them for their code
        return []
    try:
        import _interpqueues  # type: ignore[import-not-found,unused-ignore]
        import _interpreters  # type: ignore[import-not-found,unused-ignore]
    except ImportError:  # a Python without subinterpreters
        return []
    takers = [(_interpreters, "call"), (_interpreters, "exec"), (_interpreters, "run_func"), (_interpqueues, "put")]
    return [(module, name, given_twins(getattr(module, name))) for module, name in takers]


def given_twins(taker: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``taker``, which is given twins of the watched functions among its arguments."""

    def take(*args: Any, **kwargs: Any) -> Any:
        return taker(*map(twin_of, args), **kwargs)

    take.__name__ = take.__qualname__ = taker.__name__
    return take


def twin_of(value: Any) -> Any:
    """Return what goes in the place of ``value``: of a watched function its twin, when it can go as its code."""
    if type(value) is tuple:
        return tuple(map(twin_of, value))
    if type(value) is not FunctionType or (code := code_of_function(value)) is None or has_state(value):
        return value
    return FunctionType(code.co, value.__globals__, value.__name__)


def has_state(function: FunctionType) -> bool:
    """Tell whether a function needs more than its code and built-ins."""
    if function.__defaults__ or function.__kwdefaults__ or function.__closure__:
        return True
    names = {each.argval for each in decode(function.__code__).instructions if each.opname in GLOBAL}
    return not names.isdisjoint(function.__globals__)
