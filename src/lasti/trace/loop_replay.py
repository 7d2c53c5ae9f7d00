"""How event loops and tasks stand, from what a trace says of them: a record for each moment.

``LoopReplay`` takes in the lines that ``loops`` has noted, one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import TraceFormatError
from .loops import ENDS_SLEEP
from .pictures import printable
from .records import HandleState, LoopState, TaskState
from .store import loads

if TYPE_CHECKING:
    from collections.abc import Callable

    from .codes import Code

Told = tuple[str, int, int, str]  # kind of event, task, by which task, text


@dataclass
class _Loop:
    """One loop, now."""

    iteration: int = 0
    time: float = 0.0
    running: HandleState | None = None
    ready: tuple[HandleState, ...] = ()
    timers: tuple[HandleState, ...] = ()
    before: tuple[tuple[HandleState, ...], tuple[HandleState, ...]] = ((), ())  # both, when the running handle began
    is_waiting: bool = False


class LoopReplay:
    """All loops and tasks of a run, as they stand after the lines taken in so far."""

    def __init__(self) -> None:
        self._loops: dict[int, _Loop] = {}
        self._tasks: dict[int, TaskState] = {}
        self._in_order: tuple[TaskState, ...] | None = None  # the tasks, until one changes
        self._explained: set[int] = set()  # tasks in the ready queue of which it was said what for
        self.is_complete = False  # a line has told of all tasks

    def copy(self) -> LoopReplay:
        """Return one that goes on from here."""
        other = LoopReplay()
        other._loops = {number: replace(loop) for number, loop in self._loops.items()}
        other._tasks = dict(self._tasks)
        other._explained = set(self._explained)
        other.is_complete = self.is_complete
        return other

    def loops(self) -> tuple[LoopState, ...]:
        """Return how the loops stand."""
        return tuple(
            LoopState(number, loop.iteration, loop.time, loop.running, loop.ready, loop.timers, loop.is_waiting)
            for number, loop in sorted(self._loops.items())
        )

    def tasks(self) -> tuple[TaskState, ...]:
        """Return how the tasks stand, those that ended in this stretch of the trace among them.

        It is the same tuple as before when none has changed.
        """
        if self._in_order is None:
            self._in_order = tuple(task for _, task in sorted(self._tasks.items()))
        return self._in_order

    def activation_of(self, task: int) -> int:
        """Return the activation of a task's coroutine, 0 when that is not known."""
        known = self._tasks.get(task)
        return 0 if known is None else known.activation

    def take(self, text: str) -> list[Told]:
        """Take in a line; return the events that it means.  TraceFormatError when it is damaged."""
        try:
            kind, *fields = loads(text)
            told: list[Told] = getattr(self, f"_take_{kind}")(*fields)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise TraceFormatError(f"what the trace says of an event loop is damaged ({error})") from None
        return told

    def resumed(self, activation: int, code_of: Callable[[int], Code]) -> None:
        """Take in that an activation was resumed: perhaps the coroutine of the task that runs.

        Of a coroutine that code which nobody watches has called, CPython tells only then.
        """
        for loop in self._loops.values():
            task = self._tasks.get(loop.running.task) if loop.running is not None else None
            if task is not None and not task.activation:
                name = code_of(activation).qualname.rpartition(".")[2]  # 3.10's code objects know no more
                if name == task.coroutine.rpartition(".")[2]:
                    self._set(task.number, activation=activation)

    # -- one method a kind of line --------------------------------------------------------------------------------

    def _take_task(self, number: int, name: str, activation: int, coroutine: str, by: int) -> list[Told]:
        self._tasks[number] = TaskState(number, printable(name), activation, printable(coroutine), "ready", woken_by=by)
        self._in_order = None
        return [("task", number, by, printable(name))]

    def _take_tasks(self, rows: list[Any]) -> list[Told]:
        before, self._tasks, self._in_order = self._tasks, {}, None
        for number, name, activation, coroutine, status, waits_for, waits_for_task in rows:
            known = before.get(number)
            woken_by, woken_why = (known.woken_by, known.woken_why) if known else (0, "")
            self._tasks[number] = TaskState(
                number, printable(name), activation, printable(coroutine), status, printable(waits_for), waits_for_task,
                woken_by, woken_why,
            )  # fmt: skip
        self.is_complete = True
        return []

    def _take_turn(self, number: int, iteration: int, time: float, ready: list[Any], timers: list[Any]) -> list[Told]:
        loop = self._loop(number)
        loop.iteration, loop.time, loop.is_waiting = iteration, time, False
        loop.ready = tuple(map(_handle, ready))
        loop.timers = _timers(timers)
        told: list[Told] = [("turn", 0, 0, str(iteration))]
        for handle in loop.ready:
            told += self._wake(handle.task, 0, "a timer or input")
        return told

    def _take_select(self, number: int, until: float | None) -> list[Told]:
        loop = self._loop(number)
        loop.is_waiting, loop.ready, loop.running = True, (), None
        return [("select", 0, 0, "for ever" if until is None else f"until {until:g}")]

    def _take_loop(
        self, number: int, iteration: int, time: float, running: list[Any] | None, ready: list[Any], timers: list[Any]
    ) -> list[Told]:
        handle = None if running is None else _handle(running)
        self._loops[number] = _Loop(iteration, time, handle, tuple(map(_handle, ready)), _timers(timers))
        if handle is not None:
            self._set(handle.task, status="running", waits_for="", waits_for_task=0)
        return []

    def _take_run(self, number: int, text: str, task: int) -> list[Told]:
        loop = self._loop(number)
        loop.running, loop.is_waiting = HandleState(printable(text), task), False
        loop.ready = loop.ready[1:]
        loop.before = loop.ready, loop.timers
        self._explained.discard(task)
        self._set(task, status="running", waits_for="", waits_for_task=0)
        return [("run", task, 0, printable(text))]

    def _take_ran(
        self,
        number: int,
        task: int,
        status: str,
        waits_for: str,
        waits_for_task: int,
        new: list[Any],
        timers: list[Any],
    ) -> list[Told]:
        loop = self._loop(number)
        ran = "" if loop.running is None else loop.running.text
        loop.running = None
        ready_before, timers_before = loop.before
        loop.ready = ready_before + tuple(map(_handle, new))
        loop.timers = _sorted(timers_before + _timers(timers))
        self._set(task, status=status, waits_for=printable(waits_for), waits_for_task=waits_for_task)
        told: list[Told] = []
        for handle in map(_handle, new):
            told += self._wake(handle.task, task, self._why(handle.task, task, ran))
        return told

    def _why(self, woken: int, by: int, ran: str) -> str:
        """Say why a task is ready, as far as what has just run tells; lasti's own loop knows and says it itself."""
        if by and by == woken:
            return "it gave way to the others"
        task = self._tasks.get(woken)
        if task is not None and task.status == "ready":
            return "it was made"
        return "" if by or not ran else f"its future was completed by {'a timer' if ran == ENDS_SLEEP else ran}"

    def _take_add(self, number: int, text: str, task: int, when: float | None, by: int, why: str) -> list[Told]:
        loop = self._loop(number)
        handle = HandleState(printable(text), task, when)
        if when is None:
            loop.ready += (handle,)
        else:
            loop.timers = _sorted((*loop.timers, handle))
        if not task:
            return []
        self._explained.add(task)
        self._set(task, status="ready", waits_for="", waits_for_task=0, woken_by=by, woken_why=printable(why))
        return [("wake", task, by, printable(why))]

    def _take_name(self, task: int, name: str) -> list[Told]:
        self._set(task, name=printable(name))
        return []

    def _take_cancel(self, task: int, by: int) -> list[Told]:
        return [("cancel", task, by, "")]

    def _take_done(self, task: int, how: str) -> list[Told]:
        self._set(task, status=how)
        return [("done", task, 0, how)]

    # -- how ------------------------------------------------------------------------------------------------------

    def _loop(self, number: int) -> _Loop:
        return self._loops.setdefault(number, _Loop())

    def _set(self, number: int, **fields: Any) -> None:
        if number in self._tasks:
            self._tasks[number] = self._tasks[number]._replace(**fields)
            self._in_order = None

    def _wake(self, number: int, by: int, why: str) -> list[Told]:
        """A step of a task has come into the ready queue."""
        task = self._tasks.get(number)
        if (
            task is None
            or number in self._explained
            or task.status in ("done", "failed", "cancelled")
            or (task.status == "ready" and not by)
        ):
            return []
        self._set(number, status="ready", waits_for="", waits_for_task=0, woken_by=by, woken_why=why)
        return [("wake", number, by, why)]


def _handle(row: list[Any]) -> HandleState:
    text, task = row
    return HandleState(printable(text), task)


def _sorted(timers: tuple[HandleState, ...]) -> tuple[HandleState, ...]:
    return tuple(sorted(timers, key=lambda timer: timer.when or 0.0))


def _timers(rows: list[Any]) -> tuple[HandleState, ...]:
    return tuple(HandleState(printable(text), task, when) for text, task, when in rows)
