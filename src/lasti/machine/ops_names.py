"""Instructions that look names up: in namespaces, in objects, in ``super()``."""

from __future__ import annotations

from types import BuiltinMethodType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY314
from .dispatch import argval, cell, op
from .frame import Frame
from .ops_stack import unbound_cell
from .protocols import MISSING, addresses, find, is_a
from .superinstructions import text, unwatched

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]


def undefined(name: str) -> NameError:
    """Return the host's NameError for ``name`` (with the name, from which tracebacks make suggestions)."""
    return NameError(f"name '{name}' is not defined", name=name)


def load_global(frame: Frame, name: str) -> Any:
    """Look ``name`` up in the globals, then in the builtins."""
    f_builtins = frame.function.__builtins__
    if (
        type(f_builtins) is dict
        and type(frame.f_globals) is dict
        and name not in frame.f_globals
        and name in f_builtins
    ):
        return f_builtins[name]
    try:
        return frame.f_globals[name]
    except KeyError:
        pass
    try:
        return frame.f_builtins[name]
    except KeyError:
        error = undefined(name)
    raise error


def load_from(namespace: Any, name: str) -> Any:
    """Look ``name`` up in a mapping that may be any object; NULL when it is not there."""
    if type(namespace) is dict:
        return namespace.get(name, NULL)
    try:
        return namespace[name]
    except KeyError:
        return NULL


def has_null(number: int) -> bool:
    """The lowest bit asks for a NULL beside the value, for a call that follows."""
    return bool(number & 1)


# -- globals and builtins (from 3.15 they may have been imported lazily: see ops_lazy) ---------------------------


GLOBAL = "{value} = frame.f_globals[{arg}] if {arg} in frame.f_globals else load_global(frame, {arg})"


@op("LOAD_GLOBAL", "( -- value)", until=(3, 10), operand=argval)
@op("LOAD_GLOBAL", "( -- value)", since=(3, 11), until=(3, 14), operand=argval, when=lambda number: not number & 1)
@text(code=GLOBAL, names={"load_global": load_global})
def LOAD_GLOBAL(frame: Frame, stack: Stack, name: str) -> None:
    """Push a global variable, or a builtin of that name."""
    f_globals = frame.f_globals
    stack.append(f_globals[name] if name in f_globals else load_global(frame, name))


@op("LOAD_GLOBAL", "( -- null, value)", since=(3, 11), until=(3, 12), operand=argval, when=has_null)
@text(code=GLOBAL, beneath=("NULL",), names={"load_global": load_global})
def LOAD_GLOBAL_NULL_FIRST(frame: Frame, stack: Stack, name: str) -> None:
    """Push NULL and a global variable that is to be called."""
    stack.append(NULL)
    f_globals = frame.f_globals
    stack.append(f_globals[name] if name in f_globals else load_global(frame, name))


@op("LOAD_GLOBAL", "( -- value, null)", since=(3, 13), until=(3, 14), operand=argval, when=has_null)
@text(code=GLOBAL, above=("NULL",), names={"load_global": load_global})
def LOAD_GLOBAL_NULL_LAST(frame: Frame, stack: Stack, name: str) -> None:
    """Push a global variable that is to be called, and NULL."""
    f_globals = frame.f_globals
    stack.append(f_globals[name] if name in f_globals else load_global(frame, name))
    stack.append(NULL)


@op("STORE_GLOBAL", "(value -- )", operand=argval)
def STORE_GLOBAL(frame: Frame, stack: Stack, name: str) -> None:
    """Pop a value into a global variable."""
    frame.f_globals[name] = stack.pop()


@op("DELETE_GLOBAL", "( -- )", operand=argval)
def DELETE_GLOBAL(frame: Frame, stack: Stack, name: str) -> None:
    """Delete a global variable."""
    if name not in frame.f_globals:
        raise undefined(name)
    del frame.f_globals[name]


# -- names of modules, class bodies and exec --------------------------------------------------------------------


@op("LOAD_NAME", "( -- value)", until=(3, 14), operand=argval)
def LOAD_NAME(frame: Frame, stack: Stack, name: str) -> None:
    """Push the value of a name: local, else global, else builtin."""
    value = load_from(frame.locals, name)
    stack.append(load_global(frame, name) if value is NULL else value)


@op("STORE_NAME", "(value -- )", operand=argval)
def STORE_NAME(frame: Frame, stack: Stack, name: str) -> None:
    """Pop a value into a local name."""
    frame.locals[name] = stack.pop()


@op("DELETE_NAME", "( -- )", operand=argval)
def DELETE_NAME(frame: Frame, stack: Stack, name: str) -> None:
    """Delete a local name."""
    try:
        del frame.locals[name]
        found = True
    except KeyError:
        found = False
    if not found:
        raise undefined(name)


@op("LOAD_LOCALS", "( -- locals)", since=(3, 12))
def LOAD_LOCALS(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the mapping of local names."""
    stack.append(frame.locals)


@op("LOAD_FROM_DICT_OR_GLOBALS", "(mapping -- value)", since=(3, 12), until=(3, 14), operand=argval)
def LOAD_FROM_DICT_OR_GLOBALS(frame: Frame, stack: Stack, name: str) -> None:
    """Replace a mapping by its value of ``name``; global, else builtin, when it has none."""
    value = load_from(stack[-1], name)
    stack[-1] = load_global(frame, name) if value is NULL else value


@op("LOAD_FROM_DICT_OR_DEREF", "(mapping -- value)", since=(3, 12), until=(3, 14), operand=cell)
def LOAD_FROM_DICT_OR_DEREF(frame: Frame, stack: Stack, index: int) -> None:
    """Replace a mapping by its value of a free variable's name; the cell's value when it has none."""
    value = load_from(stack[-1], frame.code.names_of_fast[index])
    stack[-1] = cell_value(frame, index) if value is NULL else value


@op("LOAD_CLASSDEREF", "( -- value)", until=(3, 11), operand=cell)
def LOAD_CLASSDEREF(frame: Frame, stack: Stack, index: int) -> None:
    """Push the class body's own value of a free variable's name, else the cell's."""
    value = load_from(frame.locals, frame.code.names_of_fast[index])
    stack.append(cell_value(frame, index) if value is NULL else value)


def cell_value(frame: Frame, index: int) -> Any:
    """Return what the cell at ``index`` holds; NameError when it is empty."""
    try:
        return frame.fast[index].cell_contents
    except ValueError:
        pass
    unbound_cell(frame, index)


# -- attributes -------------------------------------------------------------------------------------------------


@op("LOAD_ATTR", "(owner -- value)", until=(3, 11), operand=argval)
@op("LOAD_ATTR", "(owner -- value)", since=(3, 12), operand=argval, when=lambda number: not number & 1)
@text("owner", code="{value} = getattr({owner}, {arg})")
def LOAD_ATTR(frame: Frame, stack: Stack, name: str) -> None:
    """Replace an object by its attribute."""
    stack[-1] = getattr(stack[-1], name)


def method_of(owner: Any, name: str) -> tuple[Any, Any]:
    """Return a method as CPython's ``_PyObject_GetMethod`` does: the plain function and ``self``, or (value, NULL)."""
    value = getattr(owner, name)
    if not is_found_generically(type(owner)):
        return value, NULL
    kind = type(value)
    if kind is MethodType:
        if PY314 and value.__self__ is type(owner) and type(find(type(owner), name)) is classmethod:
            return value.__func__, type(owner)
        if value.__self__ is owner and type(value.__func__) is FunctionType and not is_a(owner, type):
            return value.__func__, owner
    # Under another name it is an attribute of the object's own: `self.add = self.append`.
    elif id(kind) in C_METHODS and value.__self__ is owner and value.__name__ == name:
        return (value, NULL) if is_a(owner, (type, ModuleType)) else (find(type(owner), name), owner)
    return value, NULL


def is_found_generically(kind: type) -> bool:
    """Tell whether a type leaves it to ``object`` to find attributes (``tp_getattro``), as far as Python can see."""
    return find(kind, "__getattr__") is MISSING and type(find(kind, "__getattribute__")) is not FunctionType


C_METHODS = addresses(BuiltinMethodType, *BuiltinMethodType.__subclasses__(), MethodWrapperType)


@op("LOAD_METHOD", "(owner -- method_or_null, self_or_method)", until=(3, 11), operand=argval)
@op(
    "LOAD_ATTR",
    "(owner -- method_or_null, self_or_method)",
    since=(3, 12),
    until=(3, 12),
    operand=argval,
    when=has_null,
)
def LOAD_METHOD(frame: Frame, stack: Stack, name: str) -> None:
    """Replace an object by its method and itself, or by NULL and an attribute that is to be called."""
    method, self = method_of(stack[-1], name)
    stack[-1:] = (NULL, method) if self is NULL else (method, self)


@op("LOAD_ATTR", "(owner -- method, self_or_null)", since=(3, 13), operand=argval, when=has_null)
def LOAD_METHOD_NULL_LAST(frame: Frame, stack: Stack, name: str) -> None:
    """Replace an object by its method and itself, or by an attribute that is to be called and NULL."""
    stack[-1:] = method_of(stack[-1], name)


@unwatched(LOAD_METHOD)
@text("owner", code="{value} = getattr({owner}, {arg})", beneath=("NULL",))
def LOAD_BOUND_METHOD(frame: Frame, stack: Stack, name: str) -> None:
    """Replace an object by NULL and its bound method."""
    method = getattr(stack[-1], name)
    stack[-1:] = (NULL, method)


@unwatched(LOAD_METHOD_NULL_LAST)
@text("owner", code="{value} = getattr({owner}, {arg})", above=("NULL",))
def LOAD_BOUND_METHOD_NULL_LAST(frame: Frame, stack: Stack, name: str) -> None:
    """Replace an object by its bound method and NULL."""
    stack[-1] = getattr(stack[-1], name)
    stack.append(NULL)


@op("STORE_ATTR", "(value, owner -- )", operand=argval)
@text("stored", "owner", code="setattr({owner}, {arg}, {stored})")
def STORE_ATTR(frame: Frame, stack: Stack, name: str) -> None:
    """Set an attribute of the top to the value beneath it."""
    owner = stack.pop()
    setattr(owner, name, stack.pop())


@op("DELETE_ATTR", "(owner -- )", operand=argval)
def DELETE_ATTR(frame: Frame, stack: Stack, name: str) -> None:
    """Delete an attribute of the top."""
    delattr(stack.pop(), name)


def super_operand(code: Code, instruction: Instruction) -> tuple[str, bool]:
    """The attribute's name, and whether the source wrote ``super(cls, self)`` with its arguments."""
    return instruction.argval, bool((instruction.oparg or 0) & 2)


def load_super(found_super: Any, cls: Any, self: Any, operand: tuple[str, bool]) -> Any:
    """Return the attribute of the super object."""
    name, written_out = operand
    if found_super is super:
        return getattr(super(cls, self), name)
    # The program has a `super` of its own: it is called as it was written.
    return getattr(found_super(cls, self) if written_out else found_super(), name)


SUPER = "{value} = load_super({found}, {cls}, {self}, {arg})"


@op("LOAD_SUPER_ATTR", "(super, class, self -- value)", since=(3, 12), operand=super_operand,
    when=lambda number: not number & 1)  # fmt: skip
@text("found", "cls", "self", code=SUPER, names={"load_super": load_super})
def LOAD_SUPER_ATTR(frame: Frame, stack: Stack, operand: tuple[str, bool]) -> None:
    """Replace ``super``, the class and ``self`` by an attribute of the super object."""
    found, cls, self = stack[-3:]
    stack[-3:] = (load_super(found, cls, self, operand),)


@op("LOAD_SUPER_ATTR", "(super, class, self -- null, method)", since=(3, 12), until=(3, 12), operand=super_operand,
    when=has_null)  # fmt: skip
@text("found", "cls", "self", code=SUPER, beneath=("NULL",), names={"load_super": load_super})
def LOAD_SUPER_METHOD(frame: Frame, stack: Stack, operand: tuple[str, bool]) -> None:
    """The same, for a call."""
    found, cls, self = stack[-3:]
    stack[-3:] = (NULL, load_super(found, cls, self, operand))


@op("LOAD_SUPER_ATTR", "(super, class, self -- method, null)", since=(3, 13), operand=super_operand, when=has_null)
@text("found", "cls", "self", code=SUPER, above=("NULL",), names={"load_super": load_super})
def LOAD_SUPER_METHOD_NULL_LAST(frame: Frame, stack: Stack, operand: tuple[str, bool]) -> None:
    """The same, for a call."""
    found, cls, self = stack[-3:]
    stack[-3:] = (load_super(found, cls, self, operand), NULL)
