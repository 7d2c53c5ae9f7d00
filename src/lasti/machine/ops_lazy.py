"""Lazy imports (PEP 810, 3.15+): an import binds a stand-in, and whoever loads the name imports the module.

Whether an import waits is for the host to decide (``sys.set_lazy_imports``, its filter, ``__lazy_modules__``), and it
asks for the frame that imports, which must be a module's.  So IMPORT_NAME and IMPORT_FROM are run by the host where
they may be lazy: alone, in a code object that looks like the program's.  A name is resolved by the instructions that
read namespaces, and the module takes the stand-in's place there; locals and cells keep what they hold.

Source: PEP 810; CPython Python/ceval.c (``_PyEval_LazyImportName``), and experiments on 3.15.2.
"""

from __future__ import annotations

import builtins
import types
from typing import TYPE_CHECKING, Any

from ..events import NULL
from .dispatch import argval, cell, op
from .frame import Frame
from .introspection import SPECIAL, natively
from .ops_import import IMPORT_FROM, IMPORT_NAME
from .ops_names import GLOBAL, LOAD_FROM_DICT_OR_DEREF, LOAD_FROM_DICT_OR_GLOBALS, has_null, load_from, load_global
from .superinstructions import text
from .trampoline import call_natively, run_natively

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]

LazyImport: Any = getattr(types, "LazyImportType", None)  # of nothing before 3.15
EAGER = 2  # in IMPORT_NAME's number: inside a function, a class, a `try`


# -- loading ----------------------------------------------------------------------------------------------------


def resolved(frame: Frame, name: str, value: Any, *namespaces: Any) -> Any:
    """Import what ``value`` stands for and let it take ``value``'s place, in the first namespace that has the name."""
    found = call_natively(frame, LazyImport.resolve, (value,))
    for namespace in namespaces:
        if load_from(namespace, name) is not NULL:
            namespace[name] = found
            break
    return found


GLOBAL_OR_LAZY = f"""\
{GLOBAL}
if type({{value}}) is LazyImport:
    {{value}} = resolved(frame, {{arg}}, {{value}}, frame.f_globals, frame.f_builtins)"""
NAMES = {"load_global": load_global, "LazyImport": LazyImport, "resolved": resolved}


@op("LOAD_GLOBAL", "( -- value)", since=(3, 15), operand=argval, when=lambda number: not number & 1)
@text(code=GLOBAL_OR_LAZY, names=NAMES)
def LOAD_GLOBAL(frame: Frame, stack: Stack, name: str) -> None:
    """Push a global variable, or a builtin of that name; import it when that was put off until now."""
    f_globals = frame.f_globals
    value = f_globals[name] if name in f_globals else load_global(frame, name)
    if type(value) is LazyImport:
        value = resolved(frame, name, value, f_globals, frame.f_builtins)
    stack.append(value)


@op("LOAD_GLOBAL", "( -- value, null)", since=(3, 15), operand=argval, when=has_null)
@text(code=GLOBAL_OR_LAZY, above=("NULL",), names=NAMES)
def LOAD_GLOBAL_NULL_LAST(frame: Frame, stack: Stack, name: str) -> None:
    """Push a global variable that is to be called, and NULL; import it when that was put off until now."""
    f_globals = frame.f_globals
    value = f_globals[name] if name in f_globals else load_global(frame, name)
    if type(value) is LazyImport:
        value = resolved(frame, name, value, f_globals, frame.f_builtins)
    stack.append(value)
    stack.append(NULL)


@op("LOAD_NAME", "( -- value)", since=(3, 15), operand=argval)
def LOAD_NAME(frame: Frame, stack: Stack, name: str) -> None:
    """Push the value of a name: local, else global, else builtin; import it when that was put off until now."""
    value = load_from(frame.locals, name)
    if value is NULL:
        value = load_global(frame, name)
    if type(value) is LazyImport:
        value = resolved(frame, name, value, frame.locals, frame.f_globals, frame.f_builtins)
    stack.append(value)


@op("LOAD_FROM_DICT_OR_GLOBALS", "(mapping -- value)", since=(3, 15), operand=argval)
def LOAD_FROM_DICT_OR_GLOBALS_LAZY(frame: Frame, stack: Stack, name: str) -> None:
    """Replace a mapping by its value of ``name``, else global, else builtin; import what was put off until now."""
    mapping = stack[-1]
    LOAD_FROM_DICT_OR_GLOBALS(frame, stack, name)
    if type(stack[-1]) is LazyImport:
        stack[-1] = resolved(frame, name, stack[-1], mapping, frame.f_globals, frame.f_builtins)


@op("LOAD_FROM_DICT_OR_DEREF", "(mapping -- value)", since=(3, 15), operand=cell)
def LOAD_FROM_DICT_OR_DEREF_LAZY(frame: Frame, stack: Stack, index: int) -> None:
    """Replace a mapping by its value of a free variable's name, and import what was put off; else the cell's value."""
    name, mapping = frame.code.names_of_fast[index], stack[-1]
    if load_from(mapping, name) is NULL:
        LOAD_FROM_DICT_OR_DEREF(frame, stack, index)
    else:
        LOAD_FROM_DICT_OR_GLOBALS_LAZY(frame, stack, name)


# -- importing --------------------------------------------------------------------------------------------------


def name_and_flags(code: Code, instruction: Instruction) -> tuple[str, int]:
    """IMPORT_NAME's module, and what the source says of when: 1 for ``lazy``, 2 where it must be now."""
    return instruction.argval, (instruction.oparg or 0) & 3


@op("IMPORT_NAME", "(level, fromlist -- module)", since=(3, 15), operand=name_and_flags)
def IMPORT_NAME_LAZY(frame: Frame, stack: Stack, operand: tuple[str, int]) -> None:
    """Import a module, or push what stands for it until it is used."""
    name, flags = operand
    if flags & EAGER or frame.locals is None:
        IMPORT_NAME(frame, stack, name)
        return
    level, fromlist = stack[-2:]
    body = (("LOAD_CONST", 0), ("LOAD_CONST", 1), ("IMPORT_NAME", flags), ("RETURN_VALUE", 0))
    stack[-2:] = [run_natively(frame, body, (level, fromlist), (name,))]


@op("IMPORT_FROM", "(module -- module, value)", since=(3, 15), operand=argval)
def IMPORT_FROM_LAZY(frame: Frame, stack: Stack, name: str) -> None:
    """Push an attribute of a module, or what stands for it until it is used."""
    if type(stack[-1]) is not LazyImport:
        IMPORT_FROM(frame, stack, name)
        return
    body = (("LOAD_CONST", 0), ("IMPORT_FROM", 0), ("SWAP", 2), ("POP_TOP", 0), ("RETURN_VALUE", 0))
    stack.append(run_natively(frame, body, (stack[-1],), (name,)))


def serve_lazy_import(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``__lazy_import__(...)``, which looks at the frame that calls it."""
    if frame.locals is None:
        natively(frame, LAZY_IMPORT, args, kwargs)
        return
    loads = (("LOAD_CONST", 0), ("PUSH_NULL", 0), ("LOAD_CONST", 1), ("LOAD_CONST", 2))
    body = (*loads, ("CALL_FUNCTION_EX", 0), ("RETURN_VALUE", 0))
    frame.stack.append(run_natively(frame, body, (LAZY_IMPORT, tuple(args), kwargs), ()))


LAZY_IMPORT: Any = getattr(builtins, "__lazy_import__", None)
if LAZY_IMPORT is not None:
    SPECIAL[LAZY_IMPORT] = serve_lazy_import
