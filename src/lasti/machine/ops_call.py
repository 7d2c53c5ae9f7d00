"""Calls: a watched function's frame is pushed, everything else is called on the host.

A class without a metaclass of its own, whose ``__new__`` is ``object``'s, is called here too, so that ``__init__``
runs in a frame beneath its caller's.  What a watched frame does to a generator of the machine (``next``, ``send``)
resumes it without a detour over the host.

Source: CPython Python/bytecodes.c (CALL, CALL_FUNCTION_EX), Objects/typeobject.c (``type_call``).
"""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY311, PY313, PY315
from . import introspection
from .dispatch import nothing, op
from .evalloop import go_on_in
from .frame import Frame
from .function import begin, push_call
from .generator import Coroutine, CoroutineWrapper, Generator, IterableCoroutine, make_generator, resume
from .mirror import host_code, stand_ins
from .ops_build import take
from .protocols import find, full_name, is_a, is_iterable
from .trampoline import call_natively

if TYPE_CHECKING:
    from ..bytecode import Instruction
    from .code import Code

Stack = list[Any]


def call(frame: Frame, function: Any, args: list[Any], kwargs: dict[str, Any] | None) -> Any:
    """Call ``function`` from ``frame``: push its frame and return it, or push the result."""
    kind = type(function)
    if kind is MethodType:
        args.insert(0, function.__self__)
        function = function.__func__
        kind = type(function)
    if kind is FunctionType:
        code = stand_ins.get(id(host_code(function)))
        if code is not None:
            callee = push_call(frame, function, code, args, kwargs)
            return callee if code.starts_plainly and frame.thread.recorder is None else start(frame, callee, function)
        resumer = RESUMERS.get(function)
        if resumer is not None and not kwargs:
            resumed = resumer(frame, args)
            if resumed is not None:
                return resumed
    elif kind is BuiltinFunctionType:
        special = introspection.SPECIAL.get(function)
        if special is not None:
            return special(frame, args, kwargs or {})
    elif issubclass(kind, type) and kind.__call__ is type.__call__:
        special = introspection.SPECIAL.get(function) if kind is type else None
        if special is not None:
            return special(frame, args, kwargs or {})
        made = construct(frame, function, args, kwargs)
        if made is not None:
            return made
    elif (
        kind in DESCRIPTORS
        and args
        and type(args[0]) in introspection.IN_DISGUISE
        and issubclass(args[0].__class__, function.__objclass__)
    ):
        function = getattr(args.pop(0), function.__name__)  # `type(g).send(g, value)`
    frame.stack.append(call_natively(frame, function, args, kwargs))
    return None


def start(frame: Frame, callee: Frame, function: FunctionType) -> Any:
    """Go on in the frame of a call; on 3.10 a generator's frame waits, and the generator is the result."""
    code = callee.code
    if code.is_generator:
        callee.function_name, callee.function_qualname = function.__name__, function.__qualname__
    recorder = frame.thread.recorder
    if recorder is not None:
        callee.activation = 0
        recorder.call(callee, frame)
    if code.born_suspended:
        frame.stack.append(make_generator(callee))
        return None
    return callee


DESCRIPTORS = frozenset({WrapperDescriptorType, MethodDescriptorType})


# -- making instances -------------------------------------------------------------------------------------------


def construct(frame: Frame, cls: Any, args: list[Any], kwargs: dict[str, Any] | None) -> Frame | None:
    """Make an instance and push the frame of its ``__init__``; None when the host has to do it."""
    if cls.__new__ is not object.__new__:
        return None
    init = find(cls, "__init__")
    if type(init) is not FunctionType:  # but a static method, a descriptor of the program's, or the host's own
        return None
    code = stand_ins.get(id(host_code(init)))
    if code is None or code.is_generator:
        return None
    instance = object.__new__(cls, *args, **kwargs or {})  # which complains of arguments where the host does
    callee = push_call(frame, init, code, [instance, *args], kwargs)
    callee.then = instance_is_made
    callee.then_what = instance
    begin(callee)
    return callee


def instance_is_made(frame: Frame, back: Frame, value: Any) -> Frame:
    """``__init__`` has returned: the call's result is the instance."""
    instance = frame.then_what
    del frame.then_what
    if value is not None:
        frame.thread.frame = back
        raise TypeError(f"__init__() should return None, not '{type(value).__name__}'")
    back.stack.append(instance)
    return back


# -- resuming generators ----------------------------------------------------------------------------------------


def has_stopped(frame: Frame, back: Frame, value: Any) -> Frame:
    """A generator that was resumed by a call has returned: the call raises what tells its caller."""
    frame.thread.frame = back
    raise StopIteration if value is None else StopIteration(value)


def send(frame: Frame, args: list[Any]) -> Any:
    """``generator.send(value)``."""
    if len(args) != 2 or args[0].frame_to_resume is None:
        return None
    return go_on_in_generator(frame, args[0], args[1])


def send_to_wrapper(frame: Frame, args: list[Any]) -> Any:
    """``coroutine.__await__().send(value)``."""
    if len(args) != 2 or args[0]._coroutine.frame_to_resume is None:
        return None
    return go_on_in_generator(frame, args[0]._coroutine, args[1])


def go_on_in_generator(frame: Frame, generator: Any, value: Any) -> Any:
    """Resume ``generator`` in place of a call."""
    resumed = resume(generator, value, frame)
    resumed.then = has_stopped
    return resumed if resumed.exc_state.error is None else go_on_in(resumed)


def call_next(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """``next(generator)``; with a default or another iterator, the host's."""
    if len(args) == 1 and not kwargs and type(args[0]) in ITERATORS and args[0].frame_to_resume is not None:
        return go_on_in_generator(frame, args[0], None)
    frame.stack.append(call_natively(frame, next, args, kwargs))
    return None


ITERATORS = frozenset({Generator, IterableCoroutine})
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


@op("CALL", "(method_or_null, self_or_callable, args[oparg] -- result)", since=(3, 11), until=(3, 12),
    operand=count_and_names)  # fmt: skip
def CALL_NULL_FIRST(frame: Frame, stack: Stack, operand: tuple[int, tuple[str, ...]]) -> Any:
    """Call a callable with positional arguments, or with the keyword names that KW_NAMES announced."""
    return call_null_first(frame, stack, *operand)


@op("CALL", "(callable, self_or_null, args[oparg] -- result)", since=(3, 13))
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
        raise TypeError(f"{argument_in_errors(function)} after * must be an iterable, not {type(iterable).__name__}")
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
        raise TypeError(f"{argument_in_errors(function)} after ** must be a mapping, not {type(mapping).__name__}")
    if not is_a(given_twice, str):
        raise TypeError("keywords must be strings")
    raise TypeError(f"{name_in_errors(function)} got multiple values for keyword argument '{given_twice}'")


FUNCTION_BELOW = 3 if PY313 else 2  # how far beneath the dict the function lies


class GivenTwice(KeyError):
    """A keyword argument that is there already."""


def merge(merged: dict[Any, Any], mapping: Any) -> None:
    """Add a mapping to a dict; GivenTwice for a key that the dict has: CPython's ``_PyDict_MergeEx``."""
    if is_a(mapping, dict) and type(mapping).__iter__ is dict.__iter__:
        if not merged:
            merged.update(mapping)  # which asks no key for its hash again
            return
        mapping = dict(mapping)  # its own items, whatever a subclass makes of `keys` and `[]`
        keys = mapping
    else:
        keys = mapping.keys()
        if not is_iterable(keys):
            owner, kind = type(mapping), type(keys)
            if PY315:
                raise TypeError(f"{full_name(owner)}.keys() must return an iterable, not {full_name(kind)}")
            raise TypeError(f"{owner.__name__}.keys() returned a non-iterable (type {kind.__name__})")
    for key in list(keys):
        if key in merged:
            raise GivenTwice(key)
        merged[key] = mapping[key]
