"""What a watched loop tells, and records of how it stands: the LoopListener protocol, and pictures of tasks and queues.

The methods get *live* objects.  A listener reads what it wants before it returns, runs none of the program's code,
keeps no reference, and calls nothing of the loop that changes it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import MethodType
from typing import TYPE_CHECKING, Any, Protocol

from .handles import task_of
from .waiting import waits_for

if TYPE_CHECKING:
    from .watched import WatchedLoop


class LoopListener(Protocol):
    """One call an event, in the order in which things happen; ``by`` is the task that runs, None outside of any."""

    def task_created(self, loop: WatchedLoop, task: asyncio.Task[Any], by: asyncio.Task[Any] | None) -> None:
        """A task was made; its first step is in the ready queue (an eager one runs now)."""

    def named(self, loop: WatchedLoop, task: asyncio.Task[Any]) -> None:
        """``task`` was given a name, after it was made (as asyncio.create_task does up to 3.12)."""

    def woken(self, loop: WatchedLoop, task: asyncio.Task[Any], by: asyncio.Task[Any] | None, why: str) -> None:
        """A step of ``task`` was put into the ready queue; ``why`` says in words what for."""

    def queued(self, loop: WatchedLoop, handle: asyncio.Handle) -> None:
        """A handle that is no step of a task was put into the ready queue; a TimerHandle: among the timers."""

    def turn(self, loop: WatchedLoop) -> None:
        """An iteration of the loop begins."""

    def select(self, loop: WatchedLoop, until: float) -> None:
        """The loop waits, until the time ``until`` (``inf``: for ever); not told when something is ready."""

    def handle_begins(self, loop: WatchedLoop, handle: asyncio.Handle, task: asyncio.Task[Any] | None) -> None:
        """A handle begins to run: a step of ``task``, or a callback (None)."""

    def handle_ends(self, loop: WatchedLoop, handle: asyncio.Handle, task: asyncio.Task[Any] | None) -> None:
        """It is over."""

    def cancelled(self, loop: WatchedLoop, task: asyncio.Task[Any], by: asyncio.Task[Any] | None) -> None:
        """``task`` was asked to end."""

    def done(self, loop: WatchedLoop, task: asyncio.Task[Any], how: str) -> None:
        """``task`` is over: "done", "failed" or "cancelled"."""


# -- how it stands ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskPicture:
    """A task now.

    ``status`` is "running", "ready", "waiting", "done", "failed" or "cancelled"; ``waits_for`` says what it waits for,
    ``waits_for_task`` is that task if it is one, ``woken_by`` the task that last put a step of it into the ready queue
    and ``woken_why`` what for.
    """

    task: Any
    name: str
    coroutine: str
    status: str
    waits_for: str
    waits_for_task: Any
    woken_by: Any
    woken_why: str


@dataclass(frozen=True)
class HandlePicture:
    """A handle now: the qualified name of its callback, the task it steps, the time it is for (None: it is ready)."""

    text: str
    task: Any
    when: float | None


def picture_of_task(task: Any) -> TaskPicture:
    """Return how a task stands."""
    wait = waits_for(task)
    woken = getattr(task, "woken", None)
    return TaskPicture(
        task,
        task.get_name(),
        wait.coroutine,
        status_of(task),
        wait.text,
        wait.task,
        woken.by if woken is not None else None,
        woken.why if woken is not None else "",
    )


def status_of(task: Any) -> str:
    """Return the one word for how a task stands."""
    if task.done():
        return outcome_of(task)
    if asyncio.current_task(task.get_loop()) is task:
        return "running"
    waiter = task._fut_waiter
    return "ready" if waiter is None or waiter.done() else "waiting"


def outcome_of(task: Any) -> str:
    """Return the word for how a task ended, without counting its exception as retrieved."""
    if task.cancelled():
        return "cancelled"
    return "done" if task._exception is None else "failed"


def picture_of_handle(handle: Any) -> HandlePicture:
    """Return what a handle is."""
    when = handle._when if isinstance(handle, asyncio.TimerHandle) and handle._scheduled else None  # type: ignore[attr-defined]
    return HandlePicture(name_of(handle._callback), task_of(handle._callback), when)


def ready_queue(loop: Any) -> list[HandlePicture]:
    """Return the ready queue, first to last, without what was cancelled."""
    return [picture_of_handle(handle) for handle in list(loop._ready) if not handle._cancelled]


def timers(loop: Any) -> list[HandlePicture]:
    """Return the timers, the next one first, without what was cancelled."""
    return [picture_of_handle(handle) for handle in sorted(loop._scheduled) if not handle._cancelled]


def name_of(callback: Any) -> str:
    """Return the qualified name of a callback; of a step, ``Task.step``; runs none of the program's code."""
    if task_of(callback) is not None:
        return "Task.step"
    function = callback.__func__ if type(callback) is MethodType else callback
    name = type(function).__dict__.get("__qualname__") is not None and getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else type(callback).__name__
