"""The stage: who runs and who is suspended, followed from item to item of a timeline.

``Timeline.state(n)`` tells it for one moment; going through a stretch of thousands of steps, the stage tells it for
each of them at the cost of what changed.  It also remembers, of each activation, what a single state cannot tell: what
it did last, the line in which it was resumed, what it yielded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..trace.records import Event, StepRecord

if TYPE_CHECKING:
    from ..trace.codes import Step
    from ..trace.pictures import Value
    from ..trace.records import State

MAKES_GENERATOR = "RETURN_GENERATOR"


@dataclass(slots=True)
class Track:
    """What is known of an activation.

    ``at`` is its last step's instruction, ``stack`` the value stack before it; ``before`` the same of the step before
    that.  ``caller`` called or resumed it (0: code that nobody watches, None: not known), with ``sent``.  ``resumed``
    is the line in which it goes on: the first that it begins after it was resumed, the line in which it had been
    suspended while there is no such; None when it has not been resumed since the stage was set.
    """

    at: Step | None = None
    stack: tuple[Value, ...] = ()
    before: tuple[Step, tuple[Value, ...]] | None = None
    resumed: int | None = None
    rested: int | None = None  # the line in which it was suspended, while no other has begun
    yielded: Value | None = None
    caller: int | None = None
    sent: Value | None = None


@dataclass
class Stage:
    """Who runs in which thread (outermost first), who is suspended, and what each activation did last."""

    begin: int = 0
    thread: int = 0
    threads: dict[int, list[int]] = field(default_factory=dict)
    suspended: dict[int, None] = field(default_factory=dict)
    tracks: dict[int, Track] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State) -> Stage:
        """Set the stage as it is in a state."""
        stage = cls(state.step, state.thread)
        stacks = {**state.threads, **({state.thread: state.call_stack} if state.call_stack else {})}
        for thread, frames in stacks.items():
            stage.threads[thread] = [frame.activation.number for frame in frames]
        stage.suspended = {frame.activation.number: None for frame in state.suspended}
        for frame in (*state.suspended, *(frame for frames in stacks.values() for frame in frames)):
            stage.tracks[frame.activation.number] = Track(frame.instruction, frame.stack)
        return stage

    def see(self, item: StepRecord | Event) -> None:
        """Take in what happens next."""
        self.thread = item.thread
        if isinstance(item, StepRecord):
            self._step(item)
        elif item.activation is not None:
            self._event(item, item.activation.number)

    def _step(self, record: StepRecord) -> None:
        number = record.activation.number
        if record.number != self.begin:
            self._settle(record.thread, number)
            self._bring_to_top(record.thread, number)
        track = self.track(number)
        if record.number != self.begin and track.at is not None:
            track.before = track.at, track.stack
        track.at, track.stack = record.instruction, record.stack
        line = record.instruction.line
        if track.rested is not None and line is not None and line != track.rested:
            track.resumed, track.rested = line, None

    def _event(self, event: Event, number: int) -> None:
        track = self.track(number)
        if event.kind in ("resume", "throw"):
            line = None if track.at is None else track.at.line
            assert event.activation is not None
            track.rested = track.resumed = event.activation.code.first_line if line is None else line
        elif event.kind == "yield":
            track.yielded = event.values[0] if event.values else None
        if event.kind in ("call", "resume", "throw"):
            track.caller = event.origin
            track.sent = event.values[0] if event.kind == "resume" and event.values else None
        if event.step != self.begin:  # else the state knows it already
            self._move(event, number)

    def _move(self, event: Event, number: int) -> None:
        if event.kind in ("output", "task", "wake", "turn", "run", "select", "cancel", "done"):
            return
        self._settle(event.thread, number)
        if event.kind == "call":
            assert event.activation is not None
            if event.activation.code.is_born_suspended:
                self.suspended[number] = None
            else:
                self.threads.setdefault(event.thread, []).append(number)
        elif event.kind in ("resume", "throw"):
            self._bring_to_top(event.thread, number)
        elif event.kind in ("return", "unwind", "yield", "end"):
            self._leave(event.thread, number)
            self.suspended.pop(number, None)
            if event.kind == "yield":
                self.suspended[number] = None

    def _settle(self, thread: int, number: int) -> None:
        """Suspend the topmost frame when it has just made its generator and something else happens."""
        stack = self.threads.get(thread)
        if stack and stack[-1] != number:
            at = self.track(stack[-1]).at
            if at is not None and at.opname == MAKES_GENERATOR:
                self.suspended[stack.pop()] = None

    def _bring_to_top(self, thread: int, number: int) -> None:
        stack = self.threads.setdefault(thread, [])
        self.suspended.pop(number, None)
        if number not in stack:
            stack.append(number)
            return
        while stack[-1] != number:
            self.suspended[stack.pop()] = None

    def _leave(self, thread: int, number: int) -> None:
        stack = self.threads.get(thread, [])
        if number in stack:
            while stack.pop() != number:
                pass

    def caller_of(self, number: int) -> int:
        """Return who called or resumed an activation, as far as that is known: 0 for code that nobody watches."""
        caller = self.track(number).caller
        if caller is not None:
            return caller
        stack = next((stack for stack in self.threads.values() if number in stack), [number])
        place = stack.index(number)
        return stack[place - 1] if place else 0

    def track(self, number: int) -> Track:
        """Return what is known of an activation."""
        found = self.tracks.get(number)
        if found is None:
            found = self.tracks[number] = Track()
        return found
