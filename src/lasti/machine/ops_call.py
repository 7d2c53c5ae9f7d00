"""Calls: a watched function's frame is pushed, everything else is called on the host.

A class without a metaclass of its own, whose ``__new__`` is ``object``'s, is called here too, so that ``__init__``
runs in a frame beneath its caller's.  What a watched frame does to a generator of the machine (``next``, ``send``)
resumes it without a detour over the host.

Source: CPython Python/bytecodes.c (CALL, CALL_FUNCTION_EX), Objects/typeobject.c (``type_call``).
"""

from __future__ import annotations

from collections import deque
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY311, PY313, PY315
from . import introspection
from .dispatch import nothing, op, without_future
from .frame import Frame
from .function import begin, push_call, start
from .generator import Coroutine, CoroutineWrapper, Generator, IterableCoroutine, go_on_in_generator
from .mirror import host_code, stand_ins
from .ops_build import take
from .protocols import MISSING, addresses, find, full_name, is_a, is_iterable, mapping_name, members_of, tp_name
from .recursion import TOO_DEEP, Recursion
from .superinstructions import Text, text_for
from .trampoline import call_natively

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]


def call(frame: Frame, function: Any, args: list[Any], kwargs: dict[str, Any] | None = None) -> Any:
    """Call ``function`` from ``frame``: push its frame and return it, or push the result.

    The list of arguments becomes the callee's.
    """
    if type(function) is MethodType:
        args.insert(0, function.__self__)
        function = function.__func__
    if type(function) is not FunctionType:
        return call_other(frame, function, args, kwargs)
    code = stand_ins.get(id(host_code(function)))
    if code is None:
        resumer = RESUMERS.get(function)
        resumed = None if resumer is None or kwargs else resumer(frame, args)
        if resumed is None:
            frame.stack.append(call_natively(frame, function, args, kwargs))
        return resumed
    thread = frame.thread
    if kwargs or thread.recorder is not None or code.bare_arguments != len(args):
        return start(frame, push_call(frame, function, code, args, kwargs))
    callee = Frame()  # `push_call` and `make_frame` in one piece: most calls come here
    callee.code = code
    callee.function = function
    callee.f_globals = function.__globals__
    args += code.unbound
    callee.fast = args
    callee.back = frame
    callee.thread = thread
    callee.exc_state = frame.exc_state
    callee.pc = -1
    callee.stack = []
    callee.locals = callee.generator = callee.then = None
    callee.is_over = callee.is_kept = False
    callee.depth = depth = frame.depth + 1
    if depth > Recursion.limit:
        raise RecursionError(TOO_DEEP)
    return callee


@without_future
def call_other(frame: Frame, function: Any, args: list[Any], kwargs: dict[str, Any] | None) -> Any:
    """Call what is neither a function nor a method: a builtin, a class, any callable object."""
    kind = type(function)
    if kind is BuiltinFunctionType:
        if id(type(function.__self__)) in CONTAINERS or function in FRAMELESS:
            frame.stack.append(function(*args, **kwargs) if kwargs else function(*args))
            return None
        special = introspection.SPECIAL.get(function)
        if special is not None:
            return special(frame, args, kwargs or {})
    elif kind is type and function in FRAMELESS:
        frame.stack.append(function(*args, **kwargs) if kwargs else function(*args))
        return None
    elif issubclass(kind, type) and kind.__call__ is type.__call__:
        special = introspection.SPECIAL.get(function) if kind is type else None
        if special is not None:
            return special(frame, args, kwargs or {})
        made = construct(frame, function, args, kwargs)
        if made is not None:
            return made
    elif (
        id(kind) in DESCRIPTORS
        and args
        and id(type(args[0])) in introspection.IN_DISGUISE
        and issubclass(args[0].__class__, function.__objclass__)
    ):
        function = getattr(args.pop(0), function.__name__)  # `type(g).send(g, value)`
    frame.stack.append(call_natively(frame, function, args, kwargs))
    return None


DESCRIPTORS = addresses(WrapperDescriptorType, MethodDescriptorType)

# What never asks for the frame that calls it, nor warns in its name: it needs no trampoline.
CONTAINERS = addresses(list, dict, set, frozenset, tuple, deque)
FRAMELESS = frozenset({
    abs, callable, chr, divmod, getattr, hasattr, hash, id, isinstance, issubclass, iter, len, max, min, ord, repr,
    setattr, sorted, sum,
    bool, dict, enumerate, frozenset, list, object, range, reversed, set, slice, tuple, zip,
})  # fmt: skip


# -- making instances -------------------------------------------------------------------------------------------


def construct(frame: Frame, cls: Any, args: list[Any], kwargs: dict[str, Any] | None) -> Frame | None:
    """Make an instance and push the frame of its ``__init__``; None when the host has to do it."""
    if attribute_of(cls, "__new__") is not object_new:
        return None
    init = members_of(cls).get("__init__", MISSING)
    if init is MISSING:
        init = find(cls, "__init__")
    if type(init) is not FunctionType:  # but a static method, a descriptor of the program's, or the host's own
        return None
    code = stand_ins.get(id(host_code(init)))
    if code is None or code.is_generator:
        return None
    instance = object_new(cls, *args, **kwargs or {})  # which complains of arguments where the host does
    callee = push_call(frame, init, code, [instance, *args], kwargs)
    callee.then = instance_is_made
    callee.then_what = instance
    return callee if frame.thread.recorder is None else begin(callee)


object_new = object.__new__
attribute_of = type.__getattribute__  # not the metaclass's


def instance_is_made(frame: Frame, back: Frame, value: Any) -> Frame:
    """``__init__`` has returned: the call's result is the instance."""
    instance = frame.then_what
    del frame.then_what
    if value is not None:
        frame.thread.frame = back
        raise TypeError(f"__init__() should return None, not '{tp_name(type(value))}'")
    back.stack.append(instance)
    return back


# -- resuming generators ----------------------------------------------------------------------------------------


def has_stopped(frame: Frame, back: Frame, value: Any) -> Frame:
    """A generator that was resumed by a call has returned: the call raises what tells its caller."""
    frame.thread.frame = back
    raise StopIteration if value is None else StopIteration(value)


def send(frame: Frame, args: list[Any]) -> Any:
    """``generator.send(value)``."""
    return go_on_in_generator(frame, args[0], args[1], has_stopped) if len(args) == 2 else None


def send_to_wrapper(frame: Frame, args: list[Any]) -> Any:
    """``coroutine.__await__().send(value)``."""
    return go_on_in_generator(frame, args[0]._coroutine, args[1], has_stopped) if len(args) == 2 else None


def call_next(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """``next(generator)``; with a default or another iterator, the host's."""
    if len(args) == 1 and not kwargs and id(type(args[0])) in ITERATORS:
        resumed = go_on_in_generator(frame, args[0], None, has_stopped)
        if resumed is not None:
            return resumed
    frame.stack.append(call_natively(frame, next, args, kwargs))
    return None


ITERATORS = addresses(Generator, IterableCoroutine)
RESUMERS: dict[Any, Any] = {
    Generator.send: send,
    Coroutine.send: send,
    CoroutineWrapper.send: send_to_wrapper,
}
introspection.SPECIAL[next] = call_next


# -- the instructions, version by version -----------------------------------------------------------------------


def split(args: list[Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Take the keyword arguments, which are the last, off ``args``."""
    count = len(names)
    kwargs = dict(zip(names, args[-count:], strict=True))
    del args[-count:]
    return kwargs


@op("CALL_FUNCTION", "(function, args[oparg] -- result)", until=(3, 10))
def CALL_FUNCTION(frame: Frame, stack: Stack, count: int) -> Any:
    """Call a function with positional arguments."""
    args = take(stack, count)
    return call(frame, stack.pop(), args, None)


@op("CALL_FUNCTION_KW", "(function, args[oparg], names -- result)", until=(3, 10))
def CALL_FUNCTION_KW(frame: Frame, stack: Stack, count: int) -> Any:
    """Call a function; the last arguments have the names in the tuple on top."""
    names = stack.pop()
    args = take(stack, count)
    kwargs = split(args, names)
    return call(frame, stack.pop(), args, kwargs)


@op("CALL_METHOD", "(method_or_null, self_or_method, args[oparg] -- result)", until=(3, 10))
@text_for(lambda count: call_text(True, count))
def CALL_METHOD(frame: Frame, stack: Stack, count: int) -> Any:
    """Call what LOAD_METHOD pushed."""
    return call_null_first(frame, stack, count, ())


def call_null_first(frame: Frame, stack: Stack, count: int, names: tuple[str, ...]) -> Any:
    """Call (NULL, callable, args...) or (method, self, args...), as the stack has it up to 3.12."""
    args = stack[-count - 1 :]
    del stack[-count - 1 :]
    function = stack.pop()
    if function is NULL:
        function = args.pop(0)
    return call(frame, function, args, split(args, names) if names else None)


def call_null_last(frame: Frame, stack: Stack, count: int, names: tuple[str, ...]) -> Any:
    """Call (callable, NULL, args...) or (method, self, args...), as the stack has it from 3.13."""
    args = stack[-count - 1 :]
    del stack[-count - 1 :]
    if args[0] is NULL:
        del args[0]
    return call(frame, stack.pop(), args, split(args, names) if names else None)


def count_and_names(code: Code, instruction: Instruction) -> tuple[int, tuple[str, ...]]:
    """CALL's number of arguments, and the keyword names that a KW_NAMES before it announced (3.11, 3.12)."""
    for earlier in reversed(code.bytecode.instructions[: instruction.index]):
        if earlier.opname == "KW_NAMES":
            return instruction.oparg or 0, code.co.co_consts[earlier.oparg or 0]
        if earlier.opname != "PRECALL":
            break
    return instruction.oparg or 0, ()


@op("KW_NAMES", "( -- )", since=(3, 11), until=(3, 12))
@nothing
def KW_NAMES(frame: Frame, stack: Stack, arg: Any) -> None:
    """Announce the names of the next CALL's keyword arguments (which knows them already)."""


def call_text(null_first: bool, count: int, named: int = 0) -> Text:
    """State what CALL does, for a number of arguments, of which the last may have the names in ``{arg}[1]``."""
    args = tuple(f"arg{number}" for number in range(count))
    values = [f"{{{name}}}" for name in args]
    given = ", ".join(values[: count - named])
    last = f", dict(zip({{arg}}[1], [{', '.join(values[count - named :])}]))" if named else ""
    if null_first:
        code = (
            f"return call(frame, {{b}}, [{given}]{last}) if {{a}} is NULL "
            f"else call(frame, {{a}}, [{{b}}, {given}]{last})"
        )
    else:
        code = f"return call(frame, {{a}}, [{given}] if {{b}} is NULL else [{{b}}, {given}])"
    return Text(("a", "b", *args), code, last=True, names={"call": call})


@op("CALL", "(method_or_null, self_or_callable, args[oparg] -- result)", since=(3, 11), until=(3, 12),
    operand=count_and_names)  # fmt: skip
@text_for(lambda operand: call_text(True, operand[0], len(operand[1])))
def CALL_NULL_FIRST(frame: Frame, stack: Stack, operand: tuple[int, tuple[str, ...]]) -> Any:
    """Call a callable with positional arguments, or with the keyword names that KW_NAMES announced."""
    return call_null_first(frame, stack, *operand)


@op("CALL", "(callable, self_or_null, args[oparg] -- result)", since=(3, 13))
@text_for(lambda count: call_text(False, count))
def CALL(frame: Frame, stack: Stack, count: int) -> Any:
    """Call a callable with positional arguments."""
    return call_null_last(frame, stack, count, ())


@op("CALL_KW", "(callable, self_or_null, args[oparg], names -- result)", since=(3, 13))
def CALL_KW(frame: Frame, stack: Stack, count: int) -> Any:
    """Call a callable; the last arguments have the names in the tuple on top."""
    return call_null_last(frame, stack, count, stack.pop())


# -- calls with * and ** ----------------------------------------------------------------------------------------


def positional(function: Any, iterable: Any) -> list[Any]:
    """Return what follows ``*`` as a list; TypeError when it is not iterable."""
    if type(iterable) is not tuple and not is_iterable(iterable):
        raise TypeError(f"{argument_in_errors(function)} after * must be an iterable, not {tp_name(type(iterable))}")
    return list(iterable)


def argument_in_errors(function: Any) -> str:
    """Say what is wrong after ``*`` or ``**``: up to 3.14 the words name the function."""
    return "Value" if PY315 else f"{name_in_errors(function)} argument"


def name_in_errors(function: Any) -> str:
    """Name a callable as CPython's ``_PyObject_FunctionStr`` does: ``module.qualname()``."""
    qualname = getattr(function, "__qualname__", None)
    if qualname is None:
        return str(function)
    module = getattr(function, "__module__", None)
    return f"{module}.{qualname}()" if module is not None and module != "builtins" else f"{qualname}()"


@op("CALL_FUNCTION_EX", "(function, args, kwargs if oparg & 1 -- result)", until=(3, 10))
@op("CALL_FUNCTION_EX", "(null, function, args, kwargs if oparg & 1 -- result)", since=(3, 11), until=(3, 12))
def CALL_FUNCTION_EX(frame: Frame, stack: Stack, flags: int) -> Any:
    """Call with an iterable of arguments and, when the lowest bit is set, a mapping of keyword arguments."""
    kwargs = keywords(stack.pop()) if flags & 1 else None
    args = stack.pop()
    function = stack.pop()
    if PY311:
        stack.pop()
    return call(frame, function, positional(function, args), kwargs)


@op("CALL_FUNCTION_EX", "(function, null, args, kwargs if oparg & 1 -- result)", since=(3, 13), until=(3, 13))
def CALL_FUNCTION_EX_313(frame: Frame, stack: Stack, flags: int) -> Any:
    """The same, with NULL above the function."""
    kwargs = keywords(stack.pop()) if flags & 1 else None
    args = stack.pop()
    stack.pop()
    function = stack.pop()
    return call(frame, function, positional(function, args), kwargs)


@op("CALL_FUNCTION_EX", "(function, null, args, kwargs_or_null -- result)", since=(3, 14))
def CALL_FUNCTION_EX_314(frame: Frame, stack: Stack, arg: Any) -> Any:
    """The same; NULL in place of the mapping when there is none."""
    mapping = stack.pop()
    args = stack.pop()
    stack.pop()
    function = stack.pop()
    kwargs = None if mapping is NULL else keywords(mapping)
    return call(frame, function, positional(function, args), kwargs)


def keywords(mapping: Any) -> dict[str, Any]:
    """Return what follows ``**`` as a dict."""
    return mapping if type(mapping) is dict else dict(mapping)


@op("DICT_MERGE", "(dict, unused[oparg - 1], mapping -- dict, unused[oparg - 1])")
def DICT_MERGE(frame: Frame, stack: Stack, depth: int) -> None:
    """Add a mapping to the keyword arguments of a call; TypeError for a name that is there already."""
    mapping = stack.pop()
    function = stack[-depth - FUNCTION_BELOW]
    given_twice: Any = NULL
    try:
        merge(stack[-depth], mapping)
        return
    except AttributeError:
        if PY315 and hasattr(mapping, "keys"):
            raise  # before, whatever attribute was missing, it is no mapping
    except KeyError as error:
        if (PY315 and type(error) is not GivenTwice) or len(error.args) != 1:
            raise  # before, whatever key was missing, it was there already
        given_twice = error.args[0]
    if given_twice is NULL:
        raise TypeError(f"{argument_in_errors(function)} after ** must be a mapping, not {mapping_name(mapping)}")
    raise TypeError(f"{name_in_errors(function)} got multiple values for keyword argument '{given_twice}'")


FUNCTION_BELOW = 3 if PY313 else 2  # how far beneath the dict the function lies


class GivenTwice(KeyError):
    """A keyword argument that is there already."""


def first_in_both(merged: dict[Any, Any], keys: dict[Any, Any]) -> Any:
    """Return the first of ``keys`` that the other dict has too; uses ``keys`` up, and asks none for its hash."""
    first = NULL
    while len(merged | keys) < len(merged) + len(keys):
        first, _ = keys.popitem()
    return first


def merge(merged: dict[Any, Any], mapping: Any) -> None:
    """Add a mapping to a dict; GivenTwice for a key that the dict has: CPython's ``_PyDict_MergeEx``."""
    if is_a(mapping, dict) and type(mapping).__iter__ is dict.__iter__:
        before = merged.copy()
        # Its own items, whatever a subclass makes of `keys` and `[]`; no key is asked for its hash again.
        merged.update(mapping)
        if len(merged) < len(before) + dict.__len__(mapping):
            raise GivenTwice(first_in_both(before, dict(mapping)))
        return
    keys = mapping.keys()
    if not is_iterable(keys):
        owner, kind = type(mapping), type(keys)
        if PY315:
            raise TypeError(f"{full_name(owner)}.keys() must return an iterable, not {full_name(kind)}")
        raise TypeError(f"{tp_name(owner)}.keys() returned a non-iterable (type {tp_name(kind)})")
    for key in list(keys):
        if key in merged:
            raise GivenTwice(key)
        merged[key] = mapping[key]
