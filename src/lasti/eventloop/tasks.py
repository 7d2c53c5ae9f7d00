"""Tasks in Python: what asyncio's C ``Task`` does, to be read, and to be listened to.

A task drives a coroutine.  A step of it sends into the coroutine until that yields a future, is over, or fails; when
the future is done, the next step is put into the loop's ready queue.  So a task is always in one of three states: it
waits (``_fut_waiter`` is the future), its step is in the ready queue, or it runs.

Source: CPython Lib/asyncio/tasks.py, Modules/_asynciomodule.c; PEP 3156.
"""

from __future__ import annotations

import asyncio
import inspect
from asyncio import coroutines
from contextvars import Context, copy_context
from itertools import count
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from ..versions import PY313, PY314, PY315
from . import host
from .futures import FINISHED, PENDING, Future

# asyncio's own register of tasks: what all_tasks() and current_task() read.
_register, _enter, _leave = host.tasks._register_task, host.tasks._enter_task, host.tasks._leave_task
next_number = count(1).__next__
_next_name = host.tasks._task_name_counter


class Task(Future):
    """A coroutine that the loop runs; a future that has the coroutine's result."""

    _log_destroy_pending = True
    _num_cancels_requested = 0
    _coro: Any
    _context: Any
    _name: Any
    _fut_waiter: Any
    _must_cancel: bool

    __class__: Any = asyncio.Task

    def __init__(
        self, coro: Any, *, loop: Any = None, name: Any = None, context: Any = None, eager_start: bool = False
    ) -> None:
        if loop is None or self._has_begun or loop.get_debug():
            Future.__init__(self, loop=loop)
            if self._source_traceback:
                del self._source_traceback[-1]
        else:  # the same, with fewer calls
            self._begin(loop)
        self._fut_waiter = self._coro = None
        self._must_cancel = False
        if type(coro) is not CoroutineType and not coroutines.iscoroutine(coro):
            self._log_destroy_pending = False
            raise TypeError(f"a coroutine was expected, got {coro!r}")
        if PY315 and context is not None and not isinstance(context, Context):
            self._log_destroy_pending = False
            raise TypeError(f"a contextvars.Context was expected, got {type(context).__name__}")
        self._coro = coro
        self._name = _next_name() if name is None else str(name)
        self._context = context = copy_context() if context is None else context
        if eager_start and self._loop.is_running():
            self._start_eagerly()
        else:
            self._loop.call_soon(self._step, context=context)
            _register(self)

    def _repr_info(self) -> list[str]:
        return host.base_tasks._task_repr_info(self)  # type: ignore[no-any-return]

    def __del__(self) -> None:
        if self._state == PENDING and self._log_destroy_pending and self._has_begun:
            context = {"task": self, "message": "Task was destroyed but it is pending!"}
            if self._source_traceback:
                context["source_traceback"] = self._source_traceback
            self._loop.call_exception_handler(context)
        if self._never_retrieved:
            Future.__del__(self)

    # -- asking -----------------------------------------------------------------------------------------------------

    def get_coro(self) -> Any:
        """Return the coroutine (None when the task was over before it was ever put into a queue)."""
        return self._coro

    def get_context(self) -> Context:
        """Return the context in which the steps run."""
        return self._context  # type: ignore[no-any-return]

    def get_name(self) -> str:
        """Return the name."""
        return self._name if type(self._name) is str else f"Task-{self._name}"

    def set_name(self, value: object, /) -> None:
        """Set the name."""
        self._name = str(value)

    def get_stack(self, *, limit: int | None = None) -> list[Any]:
        """Return the coroutine's frame when it is suspended, the frames of its traceback when it failed."""
        return host.base_tasks._task_get_stack(self, limit)  # type: ignore[no-any-return]

    def print_stack(self, *, limit: int | None = None, file: Any = None) -> None:
        """Print the same as a traceback."""
        host.base_tasks._task_print_stack(self, limit, file)

    # -- the outcome is the coroutine's -----------------------------------------------------------------------------

    def set_result(self, result: Any, /) -> None:
        """Refuse: only the coroutine gives the result."""
        raise RuntimeError("Task does not support set_result operation")

    def set_exception(self, exception: Any, /) -> None:
        """Refuse: only the coroutine fails."""
        raise RuntimeError("Task does not support set_exception operation")

    def cancel(self, msg: Any = None) -> bool:
        """Ask the coroutine to end: CancelledError is raised where it waits, in the next turn.

        The coroutine may catch it.  False when the task is done already.
        """
        self._never_retrieved = False
        if self._state != PENDING:
            return False
        self._num_cancels_requested += 1
        if self._fut_waiter is not None and self._fut_waiter.cancel(msg=msg):
            return True  # what it waits for is cancelled; a task there may still refuse, so it stays what we wait for
        self._must_cancel = True  # its step is in the ready queue, or it runs
        self._cancel_message = msg
        return True

    def cancelling(self) -> int:
        """Return how many requests to cancel there are that nobody took back."""
        return self._num_cancels_requested

    def uncancel(self) -> int:
        """Take one request to cancel back; return how many are left."""
        if self._num_cancels_requested > 0:
            self._num_cancels_requested -= 1
            if PY313 and self._num_cancels_requested == 0:
                self._must_cancel = False
        return self._num_cancels_requested

    # -- steps ------------------------------------------------------------------------------------------------------

    def _start_eagerly(self) -> None:
        """Run the first step now, inside of the task that made this one (3.12+)."""
        previous = host.tasks._swap_current_task(self._loop, None)
        try:
            host.tasks._register_eager_task(self)
            try:
                self._context.run(self._step)
            except BaseException:
                self._log_destroy_pending = False
                raise
            finally:
                host.tasks._unregister_eager_task(self)
        finally:
            host.tasks._swap_current_task(self._loop, previous)
            if self._state == PENDING:
                _register(self)
            else:
                self._coro = None

    def _step(self, error: BaseException | None = None) -> None:
        """Send into the coroutine (or throw ``error``) until it waits again or is over; a handle calls this."""
        if self._state != PENDING:
            raise asyncio.InvalidStateError(f"_step(): already done: {self!r}, {error!r}")
        if self._must_cancel:
            self._must_cancel = False
            if not isinstance(error, asyncio.CancelledError):
                error = self._make_cancelled_error()
        self._fut_waiter = None
        loop = self._loop
        _enter(loop, self)
        try:
            awaited = self._coro.send(None) if error is None else self._coro.throw(error)
        except StopIteration as stop:
            if self._must_cancel:  # asked to end when it was just about to
                self._must_cancel = False
                Future.cancel(self, msg=self._cancel_message)
            else:
                self._result = stop.value
                self._finish(FINISHED)
        except asyncio.CancelledError as cancelled:
            self._cancelled_exc = cancelled
            Future.cancel(self)
        except (KeyboardInterrupt, SystemExit) as exit_:
            Future.set_exception(self, exit_)
            raise
        except BaseException as failure:
            Future.set_exception(self, failure)
        else:
            self._wait_for(awaited)
        finally:
            _leave(loop, self)
            del self, error  # a traceback that leads to this frame must not keep the task alive

    def _wakeup(self, future: Any) -> None:
        """Run a step, because ``future`` is done; its failure is raised inside of the coroutine."""
        try:
            if type(future) is Future:  # the usual case, with fewer calls
                if PY314:
                    _forget_waiter(future, self)
                if future._exception is not None or future._state != FINISHED:
                    future.result()
            else:
                if PY314 and issubclass(type(future), Future):
                    _forget_waiter(future, self)
                future.result()
        except BaseException as error:  # CancelledError too
            self._step(error)
        else:
            self._step()
        del self

    def _wait_for(self, awaited: Any) -> None:
        """Arrange for the next step: when the future that was yielded is done, or in the next turn."""
        if awaited is None:  # a bare yield gives way to the others, once
            self._loop.call_soon(self._step, context=self._context)
            return
        is_usual = type(awaited) is Future and awaited._asyncio_future_blocking and awaited._state == PENDING
        if is_usual and awaited._loop is self._loop:  # with fewer calls
            awaited._asyncio_future_blocking = False
            awaited._callbacks.append((self._wakeup, self._context))
            if PY314:
                _note_waiter(awaited, self)
        else:
            is_awaited = getattr(awaited, "_asyncio_future_blocking", None)
            if not is_awaited or awaited is self or _loop_of(awaited) is not self._loop:
                mistake = RuntimeError(self._what_is_wrong_with(awaited, is_awaited))
                self._loop.call_soon(self._step, mistake, context=self._context)
                return
            awaited._asyncio_future_blocking = False
            awaited.add_done_callback(self._wakeup, context=self._context)
            if PY314 and issubclass(type(awaited), Future):
                _note_waiter(awaited, self)
        self._fut_waiter = awaited
        if self._must_cancel and awaited.cancel(msg=self._cancel_message):
            self._must_cancel = False

    def _what_is_wrong_with(self, awaited: Any, is_awaited: bool | None) -> str:
        if is_awaited is None:
            if inspect.isgenerator(awaited):
                return f"yield was used instead of yield from for generator in task {self!r} with {awaited!r}"
            return f"Task got bad yield: {awaited!r}"
        if _loop_of(awaited) is not self._loop:
            return f"Task {self!r} got Future {awaited!r} attached to a different loop"
        if is_awaited:
            return f"Task cannot await on itself: {self!r}"
        return f"yield was used instead of yield from in task {self!r} with {awaited!r}"


class NumberedTask(asyncio.Task):  # type: ignore[type-arg]
    """asyncio's C task, for a run that is to be had again: the order of tasks in a set is that of their making.

    asyncio keeps tasks in sets (``all_tasks``, what ``wait`` returns), and cancels them in the order in which they come
    out of one; by the address of each, that is another order in each run.
    """

    number: int
    if not TYPE_CHECKING:
        __slots__ = ("number",)

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """Number it, before asyncio puts it into a set."""
        task = super().__new__(cls)
        task.number = next_number()
        return task

    def __hash__(self) -> int:
        return self.number


NumberedTask.__name__ = NumberedTask.__qualname__ = "Task"  # what its repr begins with, as everybody's


def _loop_of(future: Any) -> Any:
    get_loop = getattr(future, "get_loop", None)
    return future._loop if get_loop is None else get_loop()


def _note_waiter(future: Future, task: Task) -> None:
    """Keep who awaits whom, for ``asyncio.print_call_graph`` (3.14+)."""
    waiters = future._waiters
    if waiters is None:
        future._waiters = task
    elif type(waiters) is set:
        waiters.add(task)
    else:
        future._waiters = {waiters, task}


def _forget_waiter(future: Future, task: Task) -> None:
    if future._waiters is task:
        future._waiters = None
    elif type(future._waiters) is set:
        future._waiters.discard(task)
