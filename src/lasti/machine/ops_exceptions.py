"""Instructions that raise and handle exceptions, and that return.

From 3.11 the handled exception is one value on the stack; on 3.10 it is three: traceback, value, type.

Source: CPython InternalDocs/exception_handling.md; Python/ceval.c (``do_raise``).
"""

# ruff: noqa: F821  (exception groups are builtins from 3.11; only its instructions name them)

from __future__ import annotations

from typing import Any

from ..versions import PY312, PY314
from . import mirror
from .dispatch import Reraised, Signal, constant, op, target, target_index
from .evalloop import leave
from .frame import Frame
from .protocols import is_a, mro_of, tp_name
from .superinstructions import text
from .unwind import pop_triple, restore_handled

Stack = list[Any]


@op("RETURN_VALUE", "(value -- )")
@text("result", code="return leave(frame, {result})", last=True, names={"leave": leave})
def RETURN_VALUE(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Return the top to the caller."""
    return leave(frame, stack.pop())


@op("RETURN_CONST", "( -- )", since=(3, 12), until=(3, 13), operand=constant)
@text(code="return leave(frame, {arg})", last=True, names={"leave": leave})
def RETURN_CONST(frame: Frame, stack: Stack, value: Any) -> Any:
    """Return a constant to the caller."""
    return leave(frame, value)


# -- raising ----------------------------------------------------------------------------------------------------


def make_exception(value: Any, message: str) -> BaseException:
    """Return an exception from an exception or a class of exceptions; TypeError with ``message`` for anything else."""
    if is_a(value, type) and issubclass(value, BaseException):
        made = value()
        if not is_a(made, BaseException):
            raise TypeError(f"calling {value!r} should have returned an instance of BaseException, not {type(made)!r}")
        return made
    if is_a(value, BaseException):
        return value
    raise TypeError(message)


@op("RAISE_VARARGS", "(values[oparg] -- )")
def RAISE_VARARGS(frame: Frame, stack: Stack, count: int) -> Any:
    """Raise: the current exception again (0), the top (1), or what lies beneath it with the top as its cause (2)."""
    if count == 0:
        error = frame.exc_state.topmost() or handled_by_host()
        if error is None:
            raise RuntimeError("No active exception to reraise")
        return Reraised(error)
    cause = stack.pop() if count == 2 else None
    error = make_exception(stack.pop(), "exceptions must derive from BaseException")
    if count == 2:
        if cause is not None:
            cause = make_exception(cause, "exception causes must derive from BaseException")
        mirror.set_cause(error, cause)
    try:
        raise error
    finally:
        del error, cause


def handled_by_host() -> BaseException | None:
    """Return the exception that host code beneath this run handles, or None."""
    import sys

    return sys.exc_info()[1]


# -- handling, from 3.11 ----------------------------------------------------------------------------------------


@op("PUSH_EXC_INFO", "(error -- previous, error)", since=(3, 11))
def PUSH_EXC_INFO(frame: Frame, stack: Stack, arg: Any) -> Signal:
    """Begin to handle the top: what was being handled goes beneath it."""
    state = frame.exc_state
    error = stack.pop()
    stack += (state.error, error)
    state.error = error
    return Signal.HANDLED


@op("POP_EXCEPT", "(previous -- )", since=(3, 11))
def POP_EXCEPT(frame: Frame, stack: Stack, arg: Any) -> Signal:
    """End handling: the top is what is being handled now (or None)."""
    frame.exc_state.error = stack.pop()
    return Signal.HANDLED


CATCHABLE = "catching classes that do not inherit from BaseException is not allowed"


def check_catchable(kinds: Any) -> None:
    """Raise the TypeError for what ``except`` cannot name."""
    for kind in kinds if is_a(kinds, tuple) else (kinds,):
        if not (is_a(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(CATCHABLE)


def matches(error: Any, kinds: Any) -> bool:
    """Tell whether ``except kinds`` catches ``error``: by the class's own bases, no hook is asked."""
    mro = mro_of(error if is_a(error, type) else type(error))
    return any(kind is base for kind in (kinds if is_a(kinds, tuple) else (kinds,)) for base in mro)


@op("CHECK_EXC_MATCH", "(error, kinds -- error, matches)", since=(3, 11))
def CHECK_EXC_MATCH(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace the class (or tuple of classes) of an ``except`` by whether it matches."""
    kinds = stack.pop()
    if type(kinds) is type and issubclass(kinds, BaseException):  # the usual case: no metaclass has a say in it
        stack.append(issubclass(type(stack[-1]), kinds))
        return
    check_catchable(kinds)
    stack.append(matches(stack[-1], kinds))


@op("RERAISE", "(lasti[oparg], error -- lasti[oparg])", since=(3, 11))
def RERAISE(frame: Frame, stack: Stack, depth: int) -> Reraised:
    """Raise the top again; with an oparg, as if the instruction that first raised it did."""
    return Reraised(stack.pop(), stack[-depth] if depth else None)


@op("PREP_RERAISE_STAR", "(original, raised -- error)", since=(3, 11), until=(3, 11))
def PREP_RERAISE_STAR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Put together what ``except*`` clauses left of a group, and what they raised."""
    raised = stack.pop()
    stack[-1] = prep_reraise_star(stack[-1], raised)


@op("CHECK_EG_MATCH", "(error, kinds -- rest, match)", since=(3, 11))
def CHECK_EG_MATCH(frame: Frame, stack: Stack, arg: Any) -> Signal | None:
    """Split an exception (group) into the part that an ``except*`` catches and the rest."""
    kinds = stack.pop()
    check_catchable(kinds)
    for kind in kinds if is_a(kinds, tuple) else (kinds,):
        if issubclass(kind, BaseExceptionGroup):
            raise TypeError("catching ExceptionGroup with except* is not allowed. Use except instead.")
    error = stack[-1]
    match, rest = split_group(frame, error, kinds)
    if match is None:  # 3.11 leaves the group itself, not the copy that `split` made
        stack[-1:] = (rest if PY312 else error, None)
        return None
    stack[-1:] = (rest, match)
    frame.exc_state.error = match
    return Signal.HANDLED


def split_group(frame: Frame, error: Any, kinds: Any) -> tuple[Any, Any]:
    """Return (match, rest) of an exception for ``except*``: CPython's ``exception_group_match``."""
    if error is None:
        return None, None
    if matches(error, kinds):
        if is_a(error, BaseExceptionGroup):
            return error, None
        group = ExceptionGroup if isinstance(error, Exception) else BaseExceptionGroup
        wrapped = group("", (error,))
        if PY314:
            wrapped.__traceback__ = mirror.traceback_entry(frame, None)
        return wrapped, None
    if not is_a(error, BaseExceptionGroup):
        return None, error
    pair = error.split(kinds)
    if not is_a(pair, tuple):
        name = tp_name(type(error))
        raise TypeError(f"{name}.split must return a tuple, not {tp_name(type(pair))}")
    if len(pair) < 2:
        raise TypeError(f"{tp_name(type(error))}.split must return a 2-tuple, got tuple of size {len(pair)}")
    return pair[0], pair[1]


def prep_reraise_star(original: Any, raised: list[Any]) -> Any:
    """Return what ``except*`` clauses leave to be raised of ``original``: CPython's ``_PyExc_PrepReraiseStar``."""
    left = [error for error in raised if error is not None]
    if not left:
        return None
    if not isinstance(original, BaseExceptionGroup):
        # A naked exception was caught and wrapped: only one clause ran.
        return left[0]
    new: list[BaseException] = []
    again: list[BaseException] = []
    for error in left:
        (again if is_part_of(error, original) else new).append(error)
    rest = projection(original, again) if again else None
    if not new:
        return rest
    if rest is not None:
        new.append(rest)
    return new[0] if len(new) == 1 else BaseExceptionGroup("", new)


def is_part_of(error: BaseException, original: BaseException) -> bool:
    """Tell whether ``error`` was split off ``original``: it has the same notes, traceback, cause and context."""
    return (
        mirror.host_traceback(error) is mirror.host_traceback(original)
        and mirror.cause_of(error) is mirror.cause_of(original)
        and mirror.context_of(error) is mirror.context_of(original)
        and getattr(error, "__notes__", None) is getattr(original, "__notes__", None)
    )


def projection(group: Any, parts: list[BaseException]) -> Any:
    """Return the part of ``group`` whose leaves are those of ``parts``."""
    leaves: set[int] = set()
    pending = list(parts)
    while pending:
        part = pending.pop()
        if isinstance(part, BaseExceptionGroup):
            pending.extend(part.exceptions)
        else:
            leaves.add(id(part))
    return group.subgroup(lambda error: id(error) in leaves)


# -- handling, on 3.10 ------------------------------------------------------------------------------------------


@op("SETUP_FINALLY", "( -- | -- handled[6])", until=(3, 10), operand=target_index)
def SETUP_FINALLY(frame: Frame, stack: Stack, handler: int) -> None:
    """Open a block: an exception in it goes to the handler, at this height of the stack."""
    frame.blocks.append(("SETUP_FINALLY", handler, len(stack)))


@op("POP_BLOCK", "( -- )", until=(3, 10))
def POP_BLOCK(frame: Frame, stack: Stack, arg: Any) -> None:
    """Close the innermost block."""
    frame.blocks.pop()


@op("POP_EXCEPT", "(traceback, value, kind -- )", until=(3, 10))
def POP_EXCEPT_310(frame: Frame, stack: Stack, arg: Any) -> Signal:
    """End handling: the three topmost values are what is being handled now (beneath them a value to return may lie)."""
    frame.blocks.pop()
    pop_triple(stack, frame.exc_state)
    return Signal.HANDLED


@op("JUMP_IF_NOT_EXC_MATCH", "(kind, kinds -- )", until=(3, 10), operand=target)
def JUMP_IF_NOT_EXC_MATCH(frame: Frame, stack: Stack, tail: list[Any]) -> Any:
    """Jump when the exception is of none of the kinds that ``except`` names."""
    kinds = stack.pop()
    kind = stack.pop()
    check_catchable(kinds)
    return None if matches(kind, kinds) else tail


@op("RERAISE", "(traceback, value, kind -- )", until=(3, 10))
def RERAISE_310(frame: Frame, stack: Stack, depth: int) -> Reraised:
    """Raise the three topmost values again."""
    stack.pop()
    error = stack.pop()
    traceback = stack.pop()
    mirror.set_host_traceback(error, traceback)
    return Reraised(error, frame.blocks[-1][1] if depth else None)


@op("END_ASYNC_FOR", "(iterator_and_handled[7] -- )", until=(3, 10))
def END_ASYNC_FOR_310(frame: Frame, stack: Stack, arg: Any) -> Any:
    """End an ``async for`` that stopped with StopAsyncIteration; raise anything else again."""
    stack.pop()
    error = stack.pop()
    traceback = stack.pop()
    if not is_a(error, StopAsyncIteration):
        mirror.set_host_traceback(error, traceback)
        return Reraised(error)
    _, _, level = frame.blocks.pop()
    restore_handled(frame, level)
    stack.pop()  # the async iterator
    return Signal.HANDLED


@op("END_ASYNC_FOR", "(iterator, error -- )", since=(3, 11))
def END_ASYNC_FOR(frame: Frame, stack: Stack, arg: Any) -> Any:
    """End an ``async for`` that stopped with StopAsyncIteration; raise anything else again."""
    error = stack.pop()
    stack.pop()
    return None if is_a(error, StopAsyncIteration) else Reraised(error)
