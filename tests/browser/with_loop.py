"""A timeline with a loop in it, made up around a recorded one: who waits, who is ready, what the loop does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lasti.trace.records import Event, HandleState, LoopState, State, StepRecord, TaskState
from lasti.trace.timeline import Timeline


class WithLoop:
    """Each coroutine's outermost activation is a task; a task is ready for two steps before it is resumed."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        coroutines = [each for each in timeline.activations() if each.kind == "coroutine"]
        self._tasks = {each.number: number for number, each in enumerate(coroutines, 1)}
        self._names = {each.number: each.code.qualname for each in coroutines}
        self._turns = [
            (event.step, event.activation.number)
            for event in timeline.events()
            if event.kind == "resume" and event.activation is not None and event.activation.number in self._tasks
        ]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._timeline, name)

    def __len__(self) -> int:
        return len(self._timeline)

    def _status(self, number: int, state: State) -> str:
        if any(frame.activation.number == number for frame in state.call_stack):
            return "running"
        if any(frame.activation.number == number for frame in state.suspended):
            is_ready = any(step - 2 <= state.step < step for step, resumed in self._turns if resumed == number)
            return "ready" if is_ready else "waiting"
        return "done"

    def state(self, step: int, most_objects: int = 500) -> State:
        """Return the state with the loop and the tasks that have been made by then."""
        state = self._timeline.state(step, most_objects)
        tasks = []
        for number, task in self._tasks.items():
            if self._timeline.activation(number).first > step:
                continue
            status = self._status(number, state)
            waits = "Future#1 <script>" if status == "waiting" else ""
            woken = 1 if status in ("ready", "running") and task > 1 else 0
            name = self._names[number]
            tasks.append(TaskState(task, f"Task-{task}", number, name, status, waits, 0, woken))
        handles = {status: [HandleState("Task.__step", task.number) for task in tasks if task.status == status]
                   for status in ("running", "ready")}  # fmt: skip
        timers = tuple(HandleState("set_result", task.number, 1.0) for task in tasks if task.status == "waiting")
        running = handles["running"][0] if handles["running"] else None
        loop = LoopState(1, step // 20, step / 1000, running, tuple(handles["ready"]), timers, running is None)
        return replace(state, loops=(loop,), tasks=tuple(tasks))

    def loops(self, step: int) -> tuple[tuple[LoopState, ...], tuple[TaskState, ...]]:
        """Return the loop and the tasks alone."""
        state = self.state(step)
        return state.loops, state.tasks

    def items(self, begin: int = 0, end: int | None = None, **options: Any) -> Iterator[StepRecord | Event]:
        """Yield what happens, and what the loop does: a task is made, woken, run."""
        for item in self._timeline.items(begin, end, **options):
            step = item.number if isinstance(item, StepRecord) else item.step
            if isinstance(item, StepRecord):
                yield Event("turn", step, item.thread, None, 0, item.time)
                for number, task in self._tasks.items():
                    if self._timeline.activation(number).first == step:
                        yield Event("task", step, item.thread, None, 0, item.time, text=f"Task-{task}", task=task)
                    if any(turn - 2 == step and resumed == number for turn, resumed in self._turns):
                        by = next((t for n, t in self._tasks.items() if n == item.activation.number), 0)
                        yield Event("wake", step, item.thread, None, 0, item.time, text="done", task=task, by=by)
            yield item
