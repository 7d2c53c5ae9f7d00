"""What the blocks before a moment know: frames at rest, pictures of objects, activations.

A block's columns are read when they are asked for, and the last ones are remembered.  What an object looked like before
a block is found through the lists of objects that each block has a picture of: for the blocks of the same group one by
one, for older groups through an index that says where it was pictured last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TraceFormatError
from .loop_replay import LoopReplay
from .replay import number_of, read_loops
from .store import GROUP, loads, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .pictures import Picture
    from .store import Reader

BLOCKS_KEPT = 64  # whose columns are remembered
GROUPS_KEPT = 8
ENDS_TOGETHER = 1024  # activations, one after the other, whose ends are read at once


class Rest(NamedTuple):
    """The states in which a block has left the frames that ran in it: recorded lines, by activation."""

    states: dict[int, str]
    names: dict[int, dict[str, str]]  # of frames whose locals are kept by name: name -> text


class Birth(NamedTuple):
    """How an activation began: its number, code, ordinal among those of its name, parent, first step."""

    number: int
    code: int
    ordinal: int
    parent: int
    first: int


class Past:
    """What can be looked up in a trace by the number of a block."""

    def __init__(self, reader: Reader, read_picture: Callable[[str], Picture]) -> None:
        self._reader = reader
        self._read_picture = read_picture
        self._oldest = reader.blocks[0].number if reader.blocks else 0
        kept, few = lru_cache(BLOCKS_KEPT), lru_cache(GROUPS_KEPT)
        self.rest = kept(self._read_rest)
        self.births = kept(self._read_births)
        self._ends = kept(lambda block: {int(number): int(step) for number, step in self._list("ends", block)})
        self._later_ends = kept(self._read_later_ends)
        self._seen = kept(lambda block: [int(number) for number in self._list("seen", block)])
        self._groups = few(self._read_group)
        self._again: dict[int, list[int]] = {}  # the last block of each group that pictured an object known before it
        self._read_up_to = self._oldest // GROUP * GROUP  # which groups that tells of
        self._first_objects = [block.first_object for block in reader.blocks]
        self._lines_of_pictures = kept(self._read_lines_of_pictures)
        self._loops_after = kept(self._read_loops)
        self._latest: tuple[int, dict[int, int]] = -1, {}
        self._pictures: tuple[int, dict[int, Picture | None]] = -1, {}

    # -- activations ----------------------------------------------------------------------------------------------

    def last_step(self, activation: int, block: int) -> int | None:
        """Return the step after the end of an activation that began in ``block``; None while it lives."""
        ends = self._ends(block)
        if activation in ends:
            return ends[activation]
        return self._later_ends(activation // ENDS_TOGETHER).get(activation)

    def _read_later_ends(self, place: int) -> dict[int, int]:
        first = place * ENDS_TOGETHER
        wanted = "SELECT activation, step FROM ends WHERE activation BETWEEN ? AND ?"
        return {int(number): int(step) for number, step in self._reader.rows(wanted, first, first + ENDS_TOGETHER - 1)}

    # -- event loops ----------------------------------------------------------------------------------------------

    def loops(self, block: int) -> LoopReplay:
        """Return how the event loops stand when ``block`` begins."""
        told = read_loops(self._reader.column("keyframe", block))
        return LoopReplay() if told is None or not self._oldest <= told < block else self._loops_after(told).copy()

    def _read_loops(self, block: int) -> LoopReplay:
        """Take in what a block says of loops; when it tells of all tasks, what was before does not matter."""
        stream = f"\n{self._reader.column('stream', block)}"
        lines = [text.partition("\n")[0] for text in stream.split("\nL")[1:]]
        is_told = any('\t["tasks",' in line for line in lines)
        loops = LoopReplay() if is_told else self.loops(block)
        for line in lines:
            loops.take(line.partition("\t")[2])
        return loops

    # -- objects --------------------------------------------------------------------------------------------------

    def picture(self, number: int, block: int) -> Picture | None:
        """Return what an object looked like when ``block`` began; None when it had not been seen."""
        if self._pictures[0] != block:
            self._pictures = block, {}
        known = self._pictures[1]
        if number not in known:
            known[number] = self._find_picture(number, block)
        return known[number]

    def _find_picture(self, number: int, block: int) -> Picture | None:
        where = self._latest_in_group(block).get(number)
        if where is None:
            where = self._seen_again(number, block // GROUP * GROUP)
        if where is None:
            birth = self._block_of_birth(number) // GROUP * GROUP
            where = self._groups(birth).get(number) if birth < block // GROUP * GROUP else None
        line = None if where is None else self._lines_of_pictures(where).get(number)
        return None if line is None else self._read_picture(line)

    def _block_of_birth(self, number: int) -> int:
        """Return the block in which an object was seen for the first time."""
        return self._oldest + max(bisect_right(self._first_objects, number) - 1, 0)

    def warm(self) -> Iterator[None]:
        """Read ahead, a little at a time, what tells where objects are that have not changed for long."""
        while self._read_up_to + GROUP < self._oldest + len(self._first_objects):
            self._read_on()
            yield

    def _seen_again(self, number: int, group: int) -> int | None:
        """Return where an object was pictured last in the groups before one, but for that in which it was born."""
        while self._read_up_to < group:
            self._read_on()
        blocks = self._again.get(number, ())
        place = bisect_left(blocks, group)
        return blocks[place - 1] if place else None

    def _read_on(self) -> None:
        first = self._read_up_to
        known = self._first_objects[max(first - self._oldest, 0)]
        for number, block in self._groups(first).items():
            if number < known:
                self._again.setdefault(number, []).append(block)
        self._read_up_to += GROUP

    def _latest_in_group(self, block: int) -> dict[int, int]:
        """Return where the objects were pictured last in the blocks of the same group before ``block``."""
        if self._latest[0] != block:
            found: dict[int, int] = {}
            for earlier in range(max(block // GROUP * GROUP, self._oldest), block):
                found.update(dict.fromkeys(self._seen(earlier), earlier))
            self._latest = block, found
        return self._latest[1]

    # -- columns --------------------------------------------------------------------------------------------------

    def lines(self, name: str, block: int) -> list[str]:
        """Return the lines of a column."""
        text = self._reader.column(name, block)
        return text.split("\n") if text else []

    def _list(self, name: str, block: int) -> list[Any]:
        found = loads(self._reader.column(name, block) or "[]")
        if not isinstance(found, list):
            raise TraceFormatError(f"{self._reader.path}: the column {name!r} of block {block} is no list")
        return found

    def _read_rest(self, block: int) -> Rest:
        rest = Rest({}, {})
        for line in self.lines("rest", block):
            number, *texts = line.removeprefix("N").split("\t")
            if line[:1] == "N":
                rest.names[int(number)] = {str(loads(name)): text for name, text in zip(texts[::2], texts[1::2])}
            else:
                rest.states[int(number)] = line
        return rest

    def _read_births(self, block: int) -> dict[int, Birth]:
        births = (Birth(*map(int, line.split("\t"))) for line in self.lines("births", block))
        return {birth.number: birth for birth in births}

    def _read_lines_of_pictures(self, block: int) -> dict[int, str]:
        """Return the last picture of each object that the block has pictures of."""
        return {number_of(line): line for line in self.lines("pictures", block)}

    def _read_group(self, first: int) -> dict[int, int]:
        rows = self._reader.rows("SELECT objects FROM seen WHERE first_block = ?", first)
        return dict(zip(*loads(unpack(rows[0][0])))) if rows else {}
