"""Unwinding: an exception looks for its handler, frame by frame.

From 3.11 a code object's exception table says which handler covers an instruction and how high the stack stands
there; on 3.10 the frame's block stack does.  A handler finds the exception on the stack; nothing else is special
about it.

Source: CPython Python/ceval.c (``exception_unwind``), InternalDocs/exception_handling.md; PyPy's
``handle_operation_error`` has the same four moves: look up, trim the stack, push lasti, push the exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY311
from . import mirror

if TYPE_CHECKING:
    from .dispatch import Reraised
    from .evalloop import Thread
    from .frame import Frame


def unwind(thread: Thread, error: BaseException, reraised: Reraised | None) -> BaseException | None:
    """Go on with the handler of ``error``, and return None; or return what leaves the frame that host code entered.

    Every frame that the exception passes gets a traceback entry, but for the one that only raised it again.
    """
    frame: Frame = thread.frame
    traceback = mirror.without_machine(mirror.host_traceback(error))
    recorder = thread.recorder
    while True:
        thread.frame = frame  # what is dropped on the way is dropped here
        if reraised is None and frame.pc >= frame.code.first_traceable:
            traceback = mirror.traceback_entry(frame, traceback)
        mirror.set_host_traceback(error, traceback)
        lasti = None if reraised is None else reraised.lasti
        if enter_handler(frame, error, frame.code.raised_at[frame.pc] // 2 if lasti is None else lasti):
            if recorder is not None:
                recorder.handle(frame, error)
            return None
        if lasti is not None:
            frame.pc = frame.code.bytecode.index_at[2 * lasti]
        frame.stack.clear()
        if recorder is not None:
            recorder.unwind(frame, error)
        reraised = None
        frame.is_over = True
        back = frame.back
        # 3.15: a generator expression calls iter() before its RETURN_GENERATOR.
        if frame.code.is_generator and frame.generator is not None:
            leaving = frame.generator.end_with(error)
            if leaving is not error:  # PEP 479: a new exception, which begins a traceback of its own
                error, traceback = leaving, None
        if back is None:
            return error
        frame = back


def _enter_by_table(frame: Frame, error: BaseException, lasti: int) -> bool:
    """Let the exception table's handler go on, if there is one (3.11+); ``lasti`` is where the exception was raised."""
    handler = frame.code.handlers()[frame.pc]
    if handler is None:
        return False
    index, depth, push_lasti = handler
    stack = frame.stack
    if len(stack) > depth:
        frame.pc = frame.code.bytecode.index_at[2 * lasti]  # RERAISE may have said so: what is dropped dies there
        del stack[depth:]
    if push_lasti:
        stack.append(lasti)
    stack.append(error)
    frame.pc = index - 1
    return True


def _enter_by_blocks(frame: Frame, error: BaseException, lasti: int) -> bool:
    """Let the innermost SETUP_FINALLY block's handler go on, if there is one (3.10)."""
    stack = frame.stack
    while frame.blocks:
        kind, index, level = frame.blocks.pop()
        if kind == "EXCEPT_HANDLER":
            restore_handled(frame, level)
            continue
        del stack[level:]
        frame.blocks.append(("EXCEPT_HANDLER", lasti, len(stack)))
        stack += triple(frame.exc_state.error)
        stack += triple(error)
        frame.exc_state.error = error
        frame.pc = index - 1
        return True
    return False


def triple(error: BaseException | None) -> list[Any]:
    """The three slots in which 3.10 keeps an exception: traceback, value, type."""
    if error is None:
        return [NULL, NULL, None]
    return [error.__traceback__, error, type(error)]


def restore_handled(frame: Frame, level: int) -> None:
    """Drop the stack to ``level`` + 3 and give back what was being handled before (3.10's UNWIND_EXCEPT_HANDLER)."""
    stack = frame.stack
    del stack[level + 3 :]
    frame.exc_state.error = pop_triple(stack)


def pop_triple(stack: list[Any]) -> BaseException | None:
    """Take an exception's three slots off the stack."""
    _, error, _ = stack.pop(), stack.pop(), stack.pop()
    return None if error is NULL else error


enter_handler = _enter_by_table if PY311 else _enter_by_blocks
