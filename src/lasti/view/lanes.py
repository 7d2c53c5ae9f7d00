"""Lanes: who does what from which step to which, a lane for each thread, coroutine and generator.

A lane's pieces are "running", "ready" (woken, and waiting for its turn), "calling" (something that it called runs) and
"suspended"; where it has none it is not alive.  x is steps, not seconds: a program that waits makes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..trace.timeline import Timeline

STATES = ("suspended", "calling", "ready", "running")  # where several share a place, the last of them is shown


class Piece(NamedTuple):
    """What a lane does from step ``begin`` to before step ``end``."""

    state: str
    begin: int
    end: int


class Lane(NamedTuple):
    """A lane: that of an activation, or of a thread (``activation`` is 0 then)."""

    name: str
    activation: int
    pieces: tuple[Piece, ...]


class Mark(NamedTuple):
    """Something that happens at a step: a "wake" of an activation by another (0: not known), or its "output"."""

    kind: str
    step: int
    activation: int
    by: int = 0


def marks_of(timeline: Timeline, begin: int, end: int) -> list[Mark]:
    """Return the wake-ups and the output of the steps from ``begin`` to before ``end``.

    Output belongs to the innermost coroutine or generator that was running, 0 when it was none.
    """
    marks = []
    for replay, happening in timeline.happenings(begin, end):
        if happening.kind == "loop":
            activation_of = replay.loops.activation_of
            marks += [
                Mark("wake", happening.step, activation_of(task), activation_of(by))
                for kind, task, by, _ in replay.told
                if kind == "wake"
            ]
        elif happening.kind == "output":
            running = (each for each in reversed(replay.threads.get(happening.thread, ())))
            owner = next((each for each in running if timeline.activation(each).code.is_resumable), 0)
            marks.append(Mark("output", max(happening.step - 1, begin), owner))
    return marks


def lanes_of(timeline: Timeline, begin: int, end: int) -> list[Lane]:
    """Return the lanes of the steps from ``begin`` to before ``end``: threads first, then as they were called."""
    collector = _Collector(timeline, begin, end)
    for replay, happening in timeline.happenings(begin, end):
        if happening.kind == "loop":
            for kind, task, _, _ in replay.told:
                if kind == "wake":
                    collector.wake(replay.loops.activation_of(task), happening.step)
        elif happening.kind == "step" and happening.step < end:
            collector.step(happening.step, happening.thread, replay.threads)
    return collector.lanes()


class _Collector:
    """Follows the call stacks; ``_open`` has what each lane has done since when."""

    def __init__(self, timeline: Timeline, begin: int, end: int) -> None:
        self._timeline = timeline
        self._begin, self._end = begin, end
        first = timeline.state(begin)
        self._open: dict[tuple[int, int], tuple[str, int]] = {
            (0, frame.activation.number): ("suspended", begin) for frame in first.suspended
        }
        ready = {task.activation for task in first.tasks if task.status == "ready"}
        for key in self._open:
            if key[1] in ready:
                self._open[key] = "ready", begin
        self._pieces: dict[tuple[int, int], list[Piece]] = {}
        self._now: tuple[int, tuple[int, ...]] = (0, ())  # thread, and those on its stack that can be suspended

    def wake(self, activation: int, step: int) -> None:
        """Let a task's coroutine be ready, unless it runs; one that is not open yet was made after the first step."""
        key = (0, activation)
        if activation and self._open.get(key, ("suspended", step))[0] == "suspended":
            self._change(key, "ready", step)

    def step(self, step: int, thread: int, stacks: Mapping[int, Sequence[int]]) -> None:
        """Take in who runs at a step, in which thread; ``stacks`` are the call stacks of all."""
        resumable = tuple(each for each in stacks[thread] if self._timeline.activation(each).code.is_resumable)
        if self._now == (thread, resumable):
            return
        for number in self._now[1]:
            if number not in resumable:
                last = self._timeline.activation(number).last
                self._change((0, number), "" if last is not None and last <= step else "suspended", step)
        if self._now[0] not in (0, thread):
            self._change((self._now[0], 0), "suspended" if stacks.get(self._now[0]) else "", step)
        self._now = thread, resumable
        self._change((thread, 0), "calling" if resumable else "running", step)
        for number in resumable:
            self._change((0, number), "running" if number == resumable[-1] else "calling", step)

    def _change(self, key: tuple[int, int], state: str, step: int) -> None:
        before, since = self._open.get(key, ("", step))
        if before == state:
            return
        if not before and key not in self._open and key[1]:  # suspended since it was called
            before, since = "suspended", max(self._timeline.activation(key[1]).first, self._begin)
        if before and since < step:
            self._pieces.setdefault(key, []).append(Piece(before, since, step))
        self._open[key] = state, step

    def lanes(self) -> list[Lane]:
        """Return what was found."""
        for key, (state, since) in list(self._open.items()):
            last = self._timeline.activation(key[1]).last if key[1] else None
            end = self._end if last is None else min(last, self._end)
            if state and end > since:
                self._pieces.setdefault(key, []).append(Piece(state, since, end))
        names = self._timeline.thread_names()
        return [
            Lane(
                self._timeline.activation(activation).name if activation else names.get(thread, f"thread {thread}"),
                activation,
                tuple(pieces),
            )
            for (thread, activation), pieces in sorted(self._pieces.items(), key=lambda item: (item[0][1], item[0][0]))
        ]


def cells(pieces: Iterable[Piece], begin: int, end: int, width: int) -> list[str]:
    """Return what a lane does in each of ``width`` equal parts of the steps from ``begin`` to ``end`` ("": nothing)."""
    found = [""] * width
    scale = width / max(end - begin, 1)
    for state, first, last in pieces:
        if last <= begin or first >= end:
            continue
        left = min(int((max(first, begin) - begin) * scale), width - 1)
        right = min(max(int((last - begin) * scale), left + 1), width)
        for place in range(left, right):
            if not found[place] or STATES.index(state) > STATES.index(found[place]):
                found[place] = state
    return found
