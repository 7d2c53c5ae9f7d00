"""Instructions of ``with`` and ``async with``.

Source: PEP 343, PEP 492; CPython Python/bytecodes.c (BEFORE_WITH, WITH_EXCEPT_START, LOAD_SPECIAL).
"""

from __future__ import annotations

from typing import Any

from ..events import NULL
from ..versions import PY311, PY314
from . import mirror
from .dispatch import op, target_index
from .frame import Frame
from .ops_call import call
from .protocols import MISSING, full_name, load_special, lookup_special, tp_name

Stack = list[Any]


def context_methods(manager: Any, enter: str, leave: str) -> tuple[Any, Any]:
    """Return a context manager's two methods; TypeError (AttributeError on 3.10) when it lacks one."""
    entering = lookup_special(manager, enter)
    leaving = MISSING if entering is MISSING else lookup_special(manager, leave)
    if entering is not MISSING and leaving is not MISSING:
        return entering, leaving
    if not PY311:
        raise AttributeError(enter if entering is MISSING else leave)
    raise TypeError(not_a_manager(manager, enter, leave if entering is not MISSING else ""))


def not_a_manager(manager: Any, name: str, missing: str = "") -> str:
    """Say in the host's words that an object is no context manager (``missing``: it lacks only this method)."""
    asynchronous = name.startswith("__a")
    protocol = "asynchronous context manager" if asynchronous else "context manager"
    kind = type(manager)
    text = f"'{full_name(kind) if PY314 else tp_name(kind)}' object does not support the {protocol} protocol"
    if missing:
        text += f" (missed {missing} method)"
    return text


@op("BEFORE_WITH", "(manager -- exit, result)", since=(3, 11), until=(3, 13))
def BEFORE_WITH(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Replace a context manager by its bound ``__exit__`` and the result of its ``__enter__``."""
    entering, leaving = context_methods(stack[-1], "__enter__", "__exit__")
    stack[-1] = leaving
    return call(frame, entering, [])


@op("BEFORE_ASYNC_WITH", "(manager -- exit, awaitable)", until=(3, 13))
def BEFORE_ASYNC_WITH(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Replace a context manager by its bound ``__aexit__`` and what its ``__aenter__`` returns."""
    entering, leaving = context_methods(stack[-1], "__aenter__", "__aexit__")
    stack[-1] = leaving
    return call(frame, entering, [])


@op("SETUP_WITH", "(manager -- exit, result | manager -- exit, handled[6])", until=(3, 10), operand=target_index)
def SETUP_WITH(frame: Frame, stack: Stack, handler: int) -> None:
    """Replace a context manager by its bound ``__exit__``, open a block, and push the result of its ``__enter__``."""
    entering, leaving = context_methods(stack[-1], "__enter__", "__exit__")
    stack[-1] = leaving
    result = entering()
    frame.blocks.append(("SETUP_FINALLY", handler, len(stack)))
    stack.append(result)


@op("SETUP_ASYNC_WITH", "(result -- result | result -- handled[6])", until=(3, 10), operand=target_index)
def SETUP_ASYNC_WITH(frame: Frame, stack: Stack, handler: int) -> None:
    """Open a block beneath the result of ``__aenter__``."""
    result = stack.pop()
    frame.blocks.append(("SETUP_FINALLY", handler, len(stack)))
    stack.append(result)


@op("WITH_EXCEPT_START", "(exit, previous[3], error[3] -- exit, previous[3], error[3], result)",
    until=(3, 10))  # fmt: skip
def WITH_EXCEPT_START_310(frame: Frame, stack: Stack, arg: Any) -> None:
    """Call ``__exit__``, seven values down, with the exception on top."""
    kind, error, traceback = stack[-1], stack[-2], stack[-3]
    stack.append(stack[-7](kind, error, traceback))


@op("WITH_EXCEPT_START", "(exit, lasti, previous, error -- exit, lasti, previous, error, result)",
    since=(3, 11), until=(3, 13))  # fmt: skip
def WITH_EXCEPT_START(frame: Frame, stack: Stack, arg: Any) -> Any:
    """Call ``__exit__``, four values down, with the exception on top."""
    error = stack[-1]
    return call(frame, stack[-4], [type(error), error, mirror.host_traceback(error)])


@op("WITH_EXCEPT_START", "(exit, self, lasti, previous, error -- exit, self, lasti, previous, error, result)",
    since=(3, 14))  # fmt: skip
def WITH_EXCEPT_START_314(frame: Frame, stack: Stack, arg: Any) -> Any:
    """The same; ``self`` may lie above ``__exit__``."""
    error = stack[-1]
    leaving, self = stack[-5], stack[-4]
    details = [type(error), error, mirror.host_traceback(error)]
    return call(frame, leaving, details if self is NULL else [self, *details])


SPECIAL_NAMES = ("__enter__", "__exit__", "__aenter__", "__aexit__")


@op("LOAD_SPECIAL", "(owner -- method, self_or_null)", since=(3, 14),
    operand=lambda code, instruction: SPECIAL_NAMES[instruction.oparg or 0])  # fmt: skip
def LOAD_SPECIAL(frame: Frame, stack: Stack, name: str) -> None:
    """Replace an object by a special method of its type and itself (or NULL); TypeError when the type has none."""
    owner = stack[-1]
    method, self = load_special(owner, name)
    if method is MISSING:
        raise TypeError(special_error(owner, name))
    stack[-1:] = (method, self)


def special_error(owner: Any, name: str) -> str:
    """Say what a ``with`` misses; the text suggests the other kind of ``with`` when that would do (3.14+)."""
    asynchronous = name.startswith("__a")
    text = not_a_manager(owner, name, missing=name)
    other = ("__enter__", "__exit__") if asynchronous else ("__aenter__", "__aexit__")
    if all(hasattr(type(owner), method) for method in other):
        protocol, statement = (
            ("context manager", "with") if asynchronous else ("asynchronous context manager", "async with")
        )
        text += f" but it supports the {protocol} protocol. Did you mean to use '{statement}'?"
    return text
