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
    from .frame import ExcState, Frame


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
        raised = frame.pc if lasti is None else frame.code.bytecode.index_at[2 * lasti]
        if enter_handler(frame, error, frame.code.raised_at[frame.pc] // 2 if lasti is None else lasti):
            if recorder is not None:
                recorder.handle(frame, error, raised)
            return None
        frame.pc = raised
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
        stack += triple(frame.exc_state)
        frame.exc_state.error, frame.exc_state.traceback = error, mirror.host_traceback(error)
        stack += triple(frame.exc_state)
        frame.pc = index - 1
        return True
    return False


def triple(state: ExcState) -> list[Any]:
    """The three slots in which 3.10 keeps an exception: traceback, value, type."""
    if state.error is None:
        return [NULL, NULL, None]
    return [state.traceback, state.error, type(state.error)]


def restore_handled(frame: Frame, level: int) -> None:
    """Drop the stack to ``level`` + 3 and give back what was being handled before (3.10's UNWIND_EXCEPT_HANDLER)."""
    stack = frame.stack
    del stack[level + 3 :]
    pop_triple(stack, frame.exc_state)


def pop_triple(stack: list[Any], state: ExcState) -> None:
    """Take an exception's three slots off the stack: it is handled again."""
    stack.pop()
    error, traceback = stack.pop(), stack.pop()
    state.error, state.traceback = (None, None) if error is NULL else (error, traceback)


enter_handler = _enter_by_table if PY311 else _enter_by_blocks
