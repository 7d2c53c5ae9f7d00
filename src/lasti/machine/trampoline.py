"""Calls of host code, made from a host frame that looks like the program's.

C code asks for "the current frame": ``type(name, bases, {})`` and ``TypeVar`` take ``__module__`` from its globals,
``warnings`` in C its file and line, ``globals()`` the globals themselves, ``compile`` the ``__future__`` flags of its
code.  So such a call goes through a *trampoline*: a function with the program's globals, and a code object with the
program's file, name, flags and current line, whose body makes the call.  There is one for each instruction that has
made a call.
"""

from __future__ import annotations

import atexit
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from ..bytecode.opcodes import OPCODES
from ..versions import PY311
from . import mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .code import Code
    from .frame import Frame


def call_natively(frame: Frame, function: Callable[..., Any], args: Any, kwargs: dict[str, Any] | None = None) -> Any:
    """Call ``function`` as if ``frame`` called it at its current instruction."""
    known = frame.code.trampolines.get(frame.pc)
    if known is None or known.__globals__ is not frame.f_globals:
        known = _trampoline(frame.code, frame.pc, frame.f_globals)
        if _keeping:
            frame.code.trampolines[frame.pc] = known
            _callers.add(frame.code)
    return known(function, args, kwargs)


@atexit.register
def forget() -> None:
    """Let go of the programs' globals, which trampolines keep: their modules must be able to die at the end."""
    global _keeping
    _keeping = False
    for code in _callers:
        code.trampolines.clear()
    _callers.clear()


_keeping = True
_callers: set[Code] = set()  # with trampolines


def _trampoline(code: Code, pc: int, f_globals: dict[str, Any]) -> FunctionType:
    made = _in_the_place_of(code, pc, _TEMPLATE)
    _kept.append(made)  # its id stays its own
    return FunctionType(made, f_globals)


def _in_the_place_of(code: Code, pc: int, template: CodeType, **replaced: Any) -> CodeType:
    """Make host code that looks like ``code`` at instruction ``pc``, and is seen by no program."""
    co = code.co
    if PY311:
        replaced["co_qualname"] = co.co_qualname
    made = template.replace(
        co_name=co.co_name,
        co_filename=co.co_filename,
        co_flags=template.co_flags | code.future_flags,
        # The table says how many lines below the first a line is: all of the body is on the first.
        co_firstlineno=code.lines[pc] or co.co_firstlineno,
        **replaced,
    )
    mirror.stand_ins[id(made)] = None
    return made


# -- instructions that only the host can run --------------------------------------------------------------------


def assemble(body: Iterable[tuple[str, int]]) -> bytes:
    """Return ``co_code`` of instructions that are given as (name, number)."""
    return b"".join(bytes((OPCODES[name].number, number)) + bytes(2 * OPCODES[name].caches) for name, number in body)


def run_natively(
    frame: Frame, body: Iterable[tuple[str, int]], constants: tuple[Any, ...], names: tuple[str, ...]
) -> Any:
    """Let the host run instructions in the namespaces of ``frame``, a module's or a class body's (3.11+)."""
    body = [("RESUME", 0), *body]
    made = _in_the_place_of(
        frame.code,
        frame.pc,
        _STATEMENT,
        co_code=assemble(body),
        co_consts=constants,
        co_names=names,
        co_linetable=_ON_THE_FIRST_LINE,
        co_stacksize=len(body),
    )
    try:
        return eval(made, frame.f_globals, frame.locals)
    except BaseException as error:
        mirror.set_host_traceback(error, mirror.without_machine(mirror.host_traceback(error)))
        raise
    finally:
        del mirror.stand_ins[id(made)]


_STATEMENT: CodeType = compile("None", "<lasti>", "eval", dont_inherit=True)
_ON_THE_FIRST_LINE = bytes((0x80 | 13 << 3 | 7, 0)) * 8
"""A location table: eight times eight code units, no columns, no lines further down (InternalDocs/code_objects.md)."""


_SOURCE = "def call(function, args, kwargs): return function(*args, **kwargs) if kwargs else function(*args)"
_TEMPLATE: CodeType = compile(_SOURCE, "<lasti>", "exec", dont_inherit=True).co_consts[0]
_kept: list[CodeType] = []
