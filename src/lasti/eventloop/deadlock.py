"""The deadlock report: each task that waits, the line it waits at, and what it waits for."""

from __future__ import annotations

import asyncio
import linecache
from typing import TYPE_CHECKING, Any

from ..errors import LastiError
from .handles import task_of
from .waiting import waits_for, where

if TYPE_CHECKING:
    from .loop import Loop


class Deadlock(LastiError, RuntimeError):
    """Nothing can run any more: every task waits, and no timer, file, thread or child process will end that."""


def deadlock(loop: Loop) -> Deadlock:
    """Return the error with its report, after which the program's tasks can be cancelled.

    Tasks that wait for each other in a circle could not: ``Task.cancel`` of asyncio's goes round it until the stack is
    full (on all versions so far).  So one task of each circle gets its CancelledError here.
    """
    error = Deadlock(report(loop))
    for task in sorted(asyncio.all_tasks(loop), key=_age):
        if _waits_for_itself(task):
            _throw_into(task, loop)
    return error


def report(loop: Loop) -> str:
    """Return the text: a line for the loop, then two or three for each task, in the order of their making."""
    tasks = sorted((task for task in asyncio.all_tasks(loop) if not task.done()), key=_age)
    head = "nothing can run any more: no timer, no input and no thread will wake"
    if not tasks:
        return f"{head} the loop, and it has no task"
    head += f" the {len(tasks)} tasks that wait" if len(tasks) > 1 else " the task that waits"
    lines = [f"{head} (loop time {loop.time():g})"]
    for task in tasks:
        lines += _lines(task)
    return "\n".join(lines)


def _age(task: asyncio.Task[Any]) -> tuple[int, str]:
    """Sort as a person would: Task-2 before Task-10."""
    name = task.get_name()
    digits = name.rpartition("-")[2]
    return (int(digits) if digits.isdecimal() else 0, name)


def _waits_for_itself(task: Any) -> bool:
    seen: set[int] = set()
    left = _awaited(task)
    while left:
        future = left.pop()
        if future is task:
            return True
        if id(future) not in seen:
            seen.add(id(future))
            left += _awaited(future)
    return False


def _awaited(future: Any) -> list[Any]:
    """Return what ``cancel`` goes on to: what a task waits for, the children of a ``gather``."""
    waiter = getattr(future, "_fut_waiter", None)
    found = [waiter] if waiter is not None else list(getattr(future, "_children", ()))
    return [each for each in found if not each.done()]


def _throw_into(task: Any, loop: Loop) -> None:
    """Have CancelledError raised where ``task`` waits, and leave alone what it waits for."""
    waiter = task._fut_waiter
    for callback, context in waiter._callbacks or ():
        if task_of(callback) is task:
            waiter.remove_done_callback(callback)
            waiter.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else will ask
            cancelled = loop.create_future()
            cancelled.cancel()
            context.run(callback, cancelled)
            return


def _lines(task: asyncio.Task[Any]) -> list[str]:
    wait = waits_for(task)
    lines = [f"  task {task.get_name()!r} ({wait.coroutine}) waits for {wait.text}"]
    place = where(task)
    if place is not None:
        source = linecache.getline(place.file, place.line).strip()
        lines.append(f"    at {place.file}:{place.line} in {place.function}" + (f": {source}" if source else ""))
    return lines
