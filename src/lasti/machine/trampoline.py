"""Calls of host code, made from a host frame that looks like the program's.

C code asks for "the current frame": ``type(name, bases, {})`` and ``TypeVar`` take ``__module__`` from its globals,
``warnings`` in C its file and line, ``globals()`` the globals themselves.  So such a call goes through a *trampoline*:
a function with the program's globals, and a code object with the program's file, name and current line, whose body
makes the call.  There is one for each instruction that has made a call.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from ..versions import PY311
from . import mirror

if TYPE_CHECKING:
    from collections.abc import Callable

    from .code import Code
    from .frame import Frame


def call_natively(frame: Frame, function: Callable[..., Any], args: Any, kwargs: dict[str, Any] | None = None) -> Any:
    """Call ``function`` as if ``frame`` called it at its current instruction."""
    known = frame.code.trampolines.get(frame.pc)
    if known is None or known.__globals__ is not frame.f_globals:
        known = frame.code.trampolines[frame.pc] = _trampoline(frame.code, frame.pc, frame.f_globals)
    return known(function, args, kwargs)


def _trampoline(code: Code, pc: int, f_globals: dict[str, Any]) -> FunctionType:
    co = code.co
    replaced: dict[str, Any] = {
        "co_name": co.co_name,
        "co_filename": co.co_filename,
        # The table says how many lines below the first a line is: all of the body is on the first.
        "co_firstlineno": code.lines[pc] or co.co_firstlineno,
    }
    if PY311:
        replaced["co_qualname"] = co.co_qualname
    made: CodeType = _TEMPLATE.replace(**replaced)
    mirror.stand_ins[id(made)] = None
    _kept.append(made)  # its id stays its own
    return FunctionType(made, f_globals)


_SOURCE = "def call(function, args, kwargs): return function(*args, **kwargs) if kwargs else function(*args)"
_TEMPLATE: CodeType = compile(_SOURCE, "<lasti>", "exec").co_consts[0]
_kept: list[CodeType] = []
