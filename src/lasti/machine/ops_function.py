"""Instructions that make functions and classes."""

from __future__ import annotations

import types
from types import CodeType, FunctionType
from typing import Any

from ..events import NULL
from ..versions import names_annotate
from . import introspection
from .dispatch import op
from .frame import Frame
from .function import code_of_function, make_function, push_call, start
from .protocols import is_a, tp_name
from .trampoline import call_natively

Stack = list[Any]

DEFAULTS, KWDEFAULTS, ANNOTATIONS, CLOSURE, ANNOTATE = 1, 2, 4, 8, 16
NAMES_ANNOTATE = names_annotate()


@op("MAKE_FUNCTION",
    "(defaults if oparg & 1, kwdefaults if oparg & 2, annotations if oparg & 4, closure if oparg & 8, code"
    " -- function)",
    since=(3, 11), until=(3, 12))  # fmt: skip
def MAKE_FUNCTION(frame: Frame, stack: Stack, flags: int) -> None:
    """Make a function of a code object and what the flags say lies beneath it."""
    make(frame, stack, flags, stack.pop(), None)


@op("MAKE_FUNCTION",
    "(defaults if oparg & 1, kwdefaults if oparg & 2, annotations if oparg & 4, closure if oparg & 8, code, qualname"
    " -- function)", until=(3, 10))  # fmt: skip
def MAKE_FUNCTION_310(frame: Frame, stack: Stack, flags: int) -> None:
    """The same; the qualified name lies above the code object."""
    qualname = stack.pop()
    make(frame, stack, flags, stack.pop(), qualname)


def make(frame: Frame, stack: Stack, flags: int, code: CodeType, qualname: str | None) -> None:
    """Pop what ``flags`` name and push the function."""
    closure = stack.pop() if flags & CLOSURE else None
    annotations = stack.pop() if flags & ANNOTATIONS else None
    kwdefaults = stack.pop() if flags & KWDEFAULTS else None
    defaults = stack.pop() if flags & DEFAULTS else None
    function = make_function(code, frame.f_globals, closure)
    if qualname is not None:
        function.__qualname__ = qualname
        known = code_of_function(function)
        assert known is not None
        known.qualname = qualname
    for flag, value in ((ANNOTATIONS, annotations), (KWDEFAULTS, kwdefaults), (DEFAULTS, defaults)):
        if value is not None:
            set_attribute(function, flag, value)
    stack.append(function)


def set_attribute(function: FunctionType, flag: int, value: Any) -> None:
    """Set the attribute that one flag of MAKE_FUNCTION means."""
    if flag == DEFAULTS:
        function.__defaults__ = value
    elif flag == KWDEFAULTS:
        function.__kwdefaults__ = value
    elif flag == ANNOTATE:
        function.__annotate__ = value  # type: ignore[attr-defined]
        if NAMES_ANNOTATE and type(value) is FunctionType:
            value.__qualname__ = f"{function.__qualname__}.__annotate__"
    else:  # names and values in turns, until 3.13
        function.__annotations__ = dict(zip(value[::2], value[1::2], strict=True)) if type(value) is tuple else value


@op("MAKE_FUNCTION", "(code -- function)", since=(3, 13))
def MAKE_FUNCTION_313(frame: Frame, stack: Stack, arg: Any) -> None:
    """Make a function of a code object; its attributes follow.

    The closure lies beneath the code object, for the SET_FUNCTION_ATTRIBUTE that comes first; a function of Python's
    has it from birth.
    """
    code = stack[-1]
    stack[-1] = make_function(code, frame.f_globals, stack[-2] if code.co_freevars else None)


@op("SET_FUNCTION_ATTRIBUTE", "(value, function -- function)", since=(3, 13))
def SET_FUNCTION_ATTRIBUTE(frame: Frame, stack: Stack, flag: int) -> None:
    """Give a function that is being made its defaults, annotations or closure."""
    function = stack.pop()
    value = stack[-1]
    if flag != CLOSURE:
        set_attribute(function, flag, value)
    stack[-1] = function


# -- classes ----------------------------------------------------------------------------------------------------


@op("LOAD_BUILD_CLASS", "( -- build_class)")
def LOAD_BUILD_CLASS(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push ``builtins.__build_class__``."""
    try:
        stack.append(frame.f_builtins["__build_class__"])
    except KeyError:
        found = False
    else:
        found = True
    if not found:
        raise NameError("__build_class__ not found")


def build_class(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """``__build_class__(body, name, *bases, metaclass, **keywords)``: the body's frame has the class's namespace.

    Source: CPython Python/bltinmodule.c (``builtin___build_class__``).
    """
    code = code_of_function(args[0]) if len(args) > 1 and type(args[0]) is FunctionType else None
    if code is None:
        return introspection.natively(frame, __build_class__, args, kwargs)
    function, name, *given = args
    bases = call_natively(frame, types.resolve_bases, (tuple(given),))
    metaclass, namespace, keywords = call_natively(frame, prepare, (name, bases, kwargs))
    callee = push_call(frame, function, code, [], None)
    callee.locals = namespace
    callee.then = class_is_made
    callee.then_what = (metaclass, name, bases, tuple(given), keywords)
    return start(frame, callee)


def prepare(name: str, bases: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """Find the metaclass and let it prepare the namespace of the body."""
    keywords = dict(kwargs)
    metaclass = keywords.pop("metaclass", type(bases[0]) if bases else type)
    if id(metaclass) in introspection.IN_DISGUISE:
        metaclass = bases[0].__class__  # the host's generators, whose type says that it makes no instances
    elif is_a(metaclass, type):
        metaclass = types._calculate_meta(metaclass, bases)  # type: ignore[attr-defined]
    try:
        prepare_namespace = metaclass.__prepare__
    except AttributeError:
        return metaclass, {}, keywords
    namespace = prepare_namespace(name, bases, **keywords)
    if not hasattr(type(namespace), "__getitem__"):
        owner = tp_name(metaclass) if is_a(metaclass, type) else "<metaclass>"
        raise TypeError(f"{owner}.__prepare__() must return a mapping, not {tp_name(type(namespace))}")
    return metaclass, namespace, keywords


def class_is_made(frame: Frame, back: Frame, cell: Any) -> Frame:
    """The body has returned the cell of ``__class__`` (or None): call the metaclass, and check that it set the cell."""
    metaclass, name, bases, given, keywords = frame.then_what
    del frame.then_what
    frame.thread.frame = back
    namespace = frame.locals
    if bases is not given and bases != given:
        namespace["__orig_bases__"] = given
    cls = call_natively(back, metaclass, (name, bases, namespace), keywords)
    if type(cell) is types.CellType and is_a(cls, type):
        check_class_cell(cls, name, cell)
    back.stack.append(cls)
    return back


def check_class_cell(cls: Any, name: str, cell: Any) -> None:
    """The cell must hold the class by now: ``type.__new__`` puts it there, when a metaclass lets it."""
    try:
        held = cell.cell_contents
    except ValueError:
        held = NULL
    if held is NULL:
        raise RuntimeError(
            f"__class__ not set defining {name!r} as {cls!r}. Was __classcell__ propagated to type.__new__?"
        )
    if held is not cls:
        raise TypeError(f"__class__ set to {held!r} defining {name!r} as {cls!r}")


introspection.SPECIAL[__build_class__] = build_class
