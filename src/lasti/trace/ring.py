"""A trace of the last steps only: which of its blocks are kept, for programs that run for days.

The trace is a row of segments.  Each begins with a block of no steps that has all that is alive at that moment (births
of activations, states of their frames, pictures of what these hold), so that nothing after it needs anything before it.
A segment is dropped when all that follow it hold enough steps.  So a file keeps at least ``last`` steps, and at most a
quarter more and two blocks; SQLite uses the room of what was dropped again.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from .store import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

SEGMENTS = 4  # in which the kept steps lie, about
GENERATIONS = SEGMENTS + 2  # an object that was not seen in so many segments is in no part of the trace


class Segment(NamedTuple):
    """Where a segment begins: its first block, the step, the threads known then, and those of them that lived."""

    block: int
    step: int
    threads: int
    live: tuple[int, ...]

    def statements(self) -> Iterator[tuple[Any, ...]]:
        """Yield (statement, parameter) for all rows that are older than this segment."""
        yield "DELETE FROM blocks WHERE number < ?", self.block
        yield "DELETE FROM ends WHERE step < ?", self.step
        yield "DELETE FROM seen WHERE first_block < ?", self.block - GROUP + 1
        live = ", ".join(map(str, self.live)) or "0"
        yield f"DELETE FROM threads WHERE number <= ? AND number NOT IN ({live})", self.threads


class Ring:
    """Says when a segment begins and which ones are dropped; ``last`` is how many steps are kept at least."""

    def __init__(self, last: int) -> None:
        self.last = last
        self._segments = deque([Segment(0, 0, 0, ())])
        self._coming: deque[tuple[int, tuple[int, ...]]] = deque()  # threads, live ones, of those that are not written
        self._steps_taken = 0
        self._begun = 0  # the step at which the newest segment begins, as far as was taken

    def is_due(self, steps: int) -> bool:
        """Tell whether a segment begins behind a block of ``steps`` steps, which is about to be taken."""
        self._steps_taken += steps
        if self._steps_taken - self._begun < self.last // SEGMENTS:
            return False
        self._begun = self._steps_taken
        return True

    def announce(self, threads: int, live: list[int]) -> None:
        """Note that a segment begins, as far as was taken: ``threads`` are known, those in ``live`` have not ended."""
        self._coming.append((threads, tuple(live)))

    def begin(self, block: int, step: int) -> None:
        """Note that a segment begins, as far as was written."""
        self._segments.append(Segment(block, step, *self._coming.popleft()))

    def first_to_keep(self, steps: int) -> Segment | None:
        """Return the segment before which everything can be dropped, now that there are ``steps`` steps, if any."""
        first = None
        while len(self._segments) > 1 and steps - self._segments[1].step >= self.last:
            self._segments.popleft()
            first = self._segments[0]
        return first
