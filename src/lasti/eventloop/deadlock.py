"""The deadlock report: each task that waits, the line it waits at, and what it waits for."""

from __future__ import annotations

import asyncio
import linecache
from typing import TYPE_CHECKING, Any

from ..errors import LastiError
from .waiting import waits_for, where

if TYPE_CHECKING:
    from .loop import Loop


class Deadlock(LastiError, RuntimeError):
    """Nothing can run any more: every task waits, and no timer, file, thread or child process will end that."""


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


def _lines(task: asyncio.Task[Any]) -> list[str]:
    wait = waits_for(task)
    lines = [f"  task {task.get_name()!r} ({wait.coroutine}) waits for {wait.text}"]
    place = where(task)
    if place is not None:
        source = linecache.getline(place.file, place.line).strip()
        lines.append(f"    at {place.file}:{place.line} in {place.function}" + (f": {source}" if source else ""))
    return lines
