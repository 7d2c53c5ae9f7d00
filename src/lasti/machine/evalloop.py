"""The evaluation loop: advance frames, one instruction after another, until the frame that was entered is done.

Calls between watched functions do not recurse here: a handler returns the callee's frame, and the loop goes on in
it.  Host code that calls a watched function enters a new ``Run``; a thread's runs are a stack, as the host's own
calls are.

While the program handles an exception, the loop runs inside an ``except`` clause of its own that handles the same
exception, so that everything that host code asks the interpreter (``sys.exc_info``, the ``__context__`` of a new
exception, a bare ``raise``) has the program's answer.

Source: CPython Python/ceval.c (``_PyEval_EvalFrameDefault``); InternalDocs/interpreter.md.
"""

from __future__ import annotations

import threading
from sys import exc_info
from typing import TYPE_CHECKING, Any

from ..errors import StackEffectError
from ..versions import PY312, PY314
from . import dispatch, mirror
from .dispatch import Reraised, Signal
from .frame import FORGETS_RESUMER, Frame
from .recursion import Recursion, give_back_room
from .unwind import unwind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..events import Recorder


class Thread:
    """The machine's state of one thread of the program: what runs in it, and how deep."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine
        self.recorder: Recorder | None = machine.recorder
        self.advance: Callable[[Thread], Any] = machine.advance
        self.frame: Any = None  # the frame that runs now, None outside the machine
        self.runs: list[Run] = []

    @property
    def depth(self) -> int:
        """How many calls deep the frame is that runs now (0 outside the machine)."""
        return 0 if self.frame is None else self.frame.depth

    def frame_of(self, run: Run) -> Frame | None:
        """Return the frame that ``run`` is in: the newest, or the one from which host code started the next run."""
        following = self.runs.index(run) + 1
        return self.frame if following == len(self.runs) else self.runs[following].caller


class Run:
    """One entry into the loop from host code."""

    __slots__ = ("caller", "host_frame", "thread")

    def __init__(self, thread: Thread, host_frame: Any) -> None:
        self.thread = thread
        self.host_frame = host_frame
        self.caller: Frame | None = thread.frame

    @property
    def frame(self) -> Frame | None:
        """The frame that this run is in."""
        return self.thread.frame_of(self)

    def visible_back(self) -> Any:
        """Return the frame that the program sees beneath this run's first frame."""
        return mirror.visible(mirror.host_back(self.host_frame))


class _PerThread(threading.local):
    thread: Thread | None = None


_local = _PerThread()
machine_at_work: list[Any] = []  # the machine that was entered last serves the threads that begin


def current_thread() -> Thread:
    """Return the machine's state of this thread."""
    thread = _local.thread
    if thread is None or (machine_at_work and thread.machine is not machine_at_work[-1]):
        if not machine_at_work:
            raise RuntimeError("this function was made by a machine that is no longer at work")
        thread = _local.thread = Thread(machine_at_work[-1])
    return thread


def enter_run(frame: Frame, host_frame: Any) -> Run:
    """Make ``frame`` the one that runs, in ``host_frame``."""
    thread = frame.thread
    entered = frame.entry = Run(thread, host_frame)
    thread.runs.append(entered)
    Recursion.runs += 1
    mirror.runs[id(host_frame)] = entered
    thread.frame = frame
    return entered


def leave_run(frame: Frame, entered: Run) -> None:
    """Undo ``enter_run``."""
    thread = entered.thread
    if frame.is_over and frame.is_kept and not (FORGETS_RESUMER and hasattr(frame, "owner")):
        frame.back = entered.visible_back()  # it outlives its call: so does what lies beneath it
    frame.entry = None
    thread.frame = entered.caller
    thread.runs.pop()
    del mirror.runs[id(entered.host_frame)]
    Recursion.runs -= 1
    give_back_room()
    entered.host_frame = None  # which holds `entered`: leave no cycle


def run(frame: Frame, throw: BaseException | None = None) -> Any:
    """Advance ``frame`` until it returns, yields or raises; return what it returned or yielded.

    With ``throw``, that exception is raised in the frame first, at the place where it waits.
    """
    entered = enter_run(frame, mirror.host_getframe())
    try:
        if throw is not None and frame.exc_state.error is not None:
            _set_context(throw, frame.exc_state.error)
        error = _run_to_the_end(frame.thread, throw)
        if error is None:
            result, frame.result = frame.result, None  # a generator that was made here has this very frame
            return result
        context, successor = mirror.context_of(error), _successor(error)
        try:
            raise error
        finally:  # it was raised before: what is handled out here is not its context
            _link(error, context, successor)
    finally:
        leave_run(frame, entered)
        error = throw = context = successor = None  # the exception's traceback leads here: leave no cycle


def _run_to_the_end(thread: Thread, error: BaseException | None) -> BaseException | None:
    """Run until the entered frame is done; return the exception that left it, or None."""
    reraised: Reraised | None = None
    while True:
        if error is not None:
            leaving = unwind(thread, error, reraised)
            if leaving is not None:
                return leaving
            error = reraised = outcome = None  # keep the exception no longer than the program does
        handled = thread.frame.exc_state.topmost()
        try:
            outcome = thread.advance(thread) if handled is None else _handling(handled, thread.advance, thread)
        except BaseException as raised:
            error, reraised = raised, None if PY312 else _failed_to_be_made(raised)
            continue
        if outcome is Signal.OVER:
            return None
        if outcome is not Signal.HANDLED:
            error, reraised = outcome.error, outcome
            outcome = None


def _failed_to_be_made(error: BaseException) -> Reraised | None:
    """Return ``Reraised(error)`` when ``error`` came about as an exception that C code raised was made; else None.

    Up to 3.11 C code may raise a class and its arguments; the exception is made where it is caught, and what its
    constructor raises there has no traceback entry of that frame.
    """
    caught_in = mirror.host_tb_frame(mirror.host_traceback(error)).f_code
    return None if caught_in is _run_to_the_end.__code__ else Reraised(error)


def _handling(handled: BaseException, do: Callable[[Any], Any], argument: Any) -> Any:
    """Return ``do(argument)``, called inside an ``except`` clause that handles ``handled``."""
    traceback, context = mirror.host_traceback(handled), mirror.context_of(handled)
    successor = _successor(handled)
    try:
        raise handled
    except BaseException:
        # Raised here only so that the interpreter knows of it: the exception itself stays as it was.
        mirror.set_host_traceback(handled, traceback)
        _link(handled, context, successor)
        del traceback, context, successor  # the program may drop them while this goes on
        return do(argument)


def _link(error: BaseException, context: BaseException | None, successor: BaseException | None) -> None:
    """Put an exception, which was raised anew, back into the chain where it was."""
    mirror.set_context(error, context)
    if successor is not None:
        mirror.set_context(successor, error)


def _successor(error: BaseException) -> BaseException | None:
    """Return the exception whose context is ``error`` in the chain of what the host handles, or None.

    To raise ``error`` there would unlink the two, lest the chain should lead around in a circle.
    """
    handled = exc_info()[1]
    seen: set[int] = set()  # it may lead around in a circle all the same
    while handled is not None and id(handled) not in seen:
        if mirror.context_of(handled) is error:
            return handled
        seen.add(id(handled))
        handled = mirror.context_of(handled)
    return None


def _set_context(error: BaseException, handled: BaseException) -> None:
    """Let the interpreter set ``error.__context__`` where ``handled`` is handled: ``_PyErr_ChainStackItem``."""
    traceback = mirror.host_traceback(error)
    try:
        _handling(handled, _raise, error)
    except BaseException:
        mirror.set_host_traceback(error, traceback)


def _raise(error: BaseException) -> None:
    raise error


# -- the loop, three times: plain, recording, checked -----------------------------------------------------------


def advance(thread: Thread) -> Any:
    """Run instructions, from frame to frame; return the Signal or Reraised with which one of them stops the loop."""
    frame = thread.frame
    while True:
        stack = frame.stack
        tails = frame.code.tails
        tail = tails.at[frame.pc + 1] or tails.cut(frame.pc + 1)
        while True:
            for frame.pc, handler, arg in tail:
                target = handler(frame, stack, arg)
                if target is not None:
                    break
            if type(target) is not list:
                break
            tail = target
        if type(target) is not Frame:
            return target
        thread.frame = frame = target


def advance_recording(thread: Thread) -> Any:
    """As ``advance``, telling the recorder of each step."""
    assert thread.recorder is not None
    step = thread.recorder.step
    frame = thread.frame
    while True:
        stack = frame.stack
        tails = frame.code.every_step
        tail = tails.at[frame.pc + 1] or tails.cut(frame.pc + 1)
        while True:
            for frame.pc, handler, arg in tail:
                step(frame)
                target = handler(frame, stack, arg)
                if target is not None:
                    break
            else:  # at the end of the tail
                tail = tails.at[frame.pc + 1] or tails.cut(frame.pc + 1)
                continue
            if type(target) is not list:
                break
            tail = target
        if type(target) is not Frame:
            return target
        thread.frame = frame = target


def advance_checked(thread: Thread) -> Any:
    """As ``advance``, comparing what each instruction did to the stack with the effect that it states."""
    recorder = thread.recorder if getattr(thread.recorder, "wants_steps", True) else None
    frame = thread.frame
    while True:
        stack = frame.stack
        tails = frame.code.every_step
        tail = tails.at[frame.pc + 1] or tails.cut(frame.pc + 1)
        while True:
            for frame.pc, handler, arg in tail:
                if recorder is not None:
                    recorder.step(frame)
                height = len(stack)
                target = handler(frame, stack, arg)
                if target is None or type(target) is list:
                    _check_effect(frame, len(stack) - height, jumped=target is not None)
                if target is not None:
                    break
            else:  # at the end of the tail
                tail = tails.at[frame.pc + 1] or tails.cut(frame.pc + 1)
                continue
            if type(target) is not list:
                break
            tail = target
        if type(target) is not Frame:
            return target
        thread.frame = frame = target


def _check_effect(frame: Frame, change: int, jumped: bool) -> None:
    instruction = frame.code.bytecode.instructions[frame.pc]
    number = instruction.oparg or 0
    entry = dispatch.find(instruction.opname, number)
    assert entry is not None
    stated = dispatch.effect(entry, number, jumped)
    if change != stated:
        raise StackEffectError(
            f"{instruction.opname} {number} at byte {instruction.offset} of {frame.code.co.co_name!r} "
            f"({frame.code.co.co_filename}:{instruction.line}) changed the stack by {change:+}, and states "
            f"{stated:+} {entry.effect}; please report this"
        )


# -- what handlers do to end or suspend a frame ----------------------------------------------------------------


def leave(frame: Frame, value: Any) -> Any:
    """Return ``value`` from ``frame``: to the machine frame beneath, or out of the loop."""
    frame.is_over = True
    recorder = frame.thread.recorder
    if recorder is not None:
        recorder.return_(frame, value)
    back = frame.back
    if frame.generator is not None:
        frame.generator.end()
    if not PY314 and not frame.is_kept:
        frame.fast.reverse()  # a list drops its last item first; a frame, up to 3.13, its first local
    if back is None:
        frame.result = value
        return Signal.OVER
    if frame.then is not None:
        return frame.then(frame, back, value)
    back.stack.append(value)
    return back


def go_on_in(frame: Frame) -> Signal:
    """Switch to ``frame``, in which another exception may be the one that is being handled."""
    frame.thread.frame = frame
    return Signal.HANDLED
