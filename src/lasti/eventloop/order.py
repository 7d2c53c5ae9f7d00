"""Orders: in which order the handles run that are ready at the same time.

An order gets the ready queue at the beginning of a turn and may rearrange it; what becomes ready during the turn waits
for the next one.  Not every handle may change its place.  ``call_soon`` is documented as first in, first out, so a
plain callback stays where it is and nothing overtakes it; what lies between two plain callbacks are steps of tasks and
timers, and these change places (``Rule.STEPS``).  Timers of different times keep their order.  ``Rule.IO`` is stricter:
only what came from outside in this turn (input, timers, jobs of executors) changes places.

Each choice is written down: among the k handles that are left, number n was taken.  These numbers are the schedule, and
``Replay`` takes them again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any

from .handles import TimerHandle, is_step, task_of
from .others import copy_state
from .schedule import Schedule, ScheduleMismatch

if TYPE_CHECKING:
    from collections import deque

    Handles = list[asyncio.Handle]


class Rule(Enum):
    """Which handles may change places."""

    STEPS = "steps"
    IO = "io"


class Order:
    """Asks ``choose`` for each choice that there is, and writes it down.  Fifo is the order that has no choice."""

    name = ""
    seed: int | None = None

    def __init__(self, rule: Rule = Rule.STEPS) -> None:
        self.rule = rule
        self.choices: list[int] = []

    def choose(self, handles: Handles) -> int:
        """Return the index of the handle that runs next; there are at least two."""
        raise NotImplementedError

    def arrange(self, ready: deque[asyncio.Handle], arrived: int) -> None:
        """Rearrange the ready queue in place; its last ``arrived`` handles came from outside in this turn."""
        if len(ready) < 2:
            return
        batch = list(ready)
        for first, last in _groups(batch, len(batch) - arrived, self.rule):
            # In place, and never empty in between: another thread may append at any time.
            for index, handle in enumerate(self._arranged(batch[first:last]), first):
                ready[index] = handle

    def _arranged(self, handles: Handles) -> Handles:
        arranged = []
        while len(handles) > 1:
            index = self.choose(handles)
            self.choices.append(index)
            arranged.append(handles.pop(index))
        arranged.append(handles[0])
        return arranged

    def schedule(self) -> Schedule:
        """Return what was chosen so far."""
        return Schedule(tuple(self.choices), self.rule.value, self.seed)


def _groups(batch: Handles, first_arrival: int, rule: Rule) -> list[tuple[int, int]]:
    """Return (first, behind the last) of each stretch of at least two handles that may change places."""
    groups = []
    steps_may_move = rule is Rule.STEPS
    first = 0
    time: float | None = None  # of the timers in the stretch
    for index, handle in enumerate(batch):
        if type(handle) is TimerHandle:
            is_of_another_time = time is not None and time != handle._when
            time = handle._when
            if not is_of_another_time:
                continue
            following = index
        else:
            callback: Any = handle._callback  # type: ignore[attr-defined]  # None: it was cancelled
            came = callback is not None and (index >= first_arrival or callback is copy_state)
            if is_step(callback) if steps_may_move else came:
                continue
            following, time = index + 1, None
        if index - first > 1:
            groups.append((first, index))
        first = following
    if len(batch) - first > 1:
        groups.append((first, len(batch)))
    return groups


class Lifo(Order):
    """Last in, first out, within a turn."""

    name = "lifo"

    def choose(self, handles: Handles) -> int:
        """Take the last."""
        return len(handles) - 1


class Random(Order):
    """Each choice at random, the same ones for the same seed."""

    name = "random"

    def __init__(self, seed: int = 0, rule: Rule = Rule.STEPS) -> None:
        super().__init__(rule)
        self.seed = seed
        self._random = random.Random(seed).random

    def choose(self, handles: Handles) -> int:
        """Take any."""
        return int(self._random() * len(handles))


class Priority(Order):
    """The handle of the highest priority first; among equals, the one that came first.

    Without ``key`` each task gets a priority of its own at random, and now and then the one that was just chosen gets
    the lowest: few changes of priority find most bugs that depend on order ("probabilistic concurrency testing",
    Burckhardt and others, 2010).  ``key(task)`` (``task`` is None for a timer) gives the priority otherwise.
    """

    name = "priority"

    def __init__(
        self, seed: int = 0, rule: Rule = Rule.STEPS, *, key: Callable[[Any], float] | None = None, change: float = 0.02
    ) -> None:
        super().__init__(rule)
        self.seed = seed
        self._random = random.Random(seed).random
        self._key = key
        self._change = change
        self._priorities: dict[str, float] = {}
        self._lowest = 0.0

    def choose(self, handles: Handles) -> int:
        """Take the most important one."""
        priorities = [self._priority(handle) for handle in handles]
        index = priorities.index(max(priorities))
        if self._key is None and self._random() < self._change:
            self._lowest -= 1
            self._priorities[_name(handles[index])] = self._lowest
        return index

    def _priority(self, handle: asyncio.Handle) -> float:
        if self._key is not None:
            return self._key(task_of(handle._callback))  # type: ignore[attr-defined]
        name = _name(handle)
        if name not in self._priorities:
            self._priorities[name] = self._random()
        return self._priorities[name]


def _name(handle: Any) -> str:
    task = task_of(handle._callback)
    return "" if task is None else task.get_name()


class Replay(Order):
    """The choices of a schedule again; first in, first out where it has ended.

    ScheduleMismatch when the schedule takes a handle that is not there: then the program is another one, or depends on
    something else than the order.
    """

    name = "replay"

    def __init__(self, schedule: Schedule | str) -> None:
        recorded = Schedule.from_text(schedule) if isinstance(schedule, str) else schedule
        super().__init__(Rule(recorded.rule))
        self.seed = recorded.seed
        self._recorded = recorded.choices

    def choose(self, handles: Handles) -> int:
        """Take the one that was taken."""
        number = len(self.choices)
        index = self._recorded[number] if number < len(self._recorded) else 0
        if index >= len(handles):
            self._recorded = ()  # so that the program can clean up
            raise ScheduleMismatch(
                f"choice {number + 1} of the schedule takes number {index + 1} of the handles that are ready, but there"
                f" are {len(handles)}: does the program depend on real time, threads or chance, or was it changed?"
            )
        return index
