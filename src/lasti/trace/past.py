"""What the blocks before a moment know: frames at rest, pictures of objects, activations.

A block's columns are read when they are asked for, and the last ones are remembered.  What an object looked like before
a block is found through the lists of objects that each block has a picture of: for the blocks of the same group one by
one, for older groups through an index that says where it was pictured last.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ..errors import TraceFormatError
from .loop_replay import LoopReplay
from .pictures import read_picture
from .replay import number_of, read_keyframe
from .store import GROUP, loads, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pictures import Picture
    from .store import Reader

T = TypeVar("T")

BLOCKS_KEPT = 64  # whose columns are remembered


class Kept(Generic[T]):
    """The last results of a function of a number."""

    def __init__(self, make: Callable[[int], T], most: int = BLOCKS_KEPT) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[int, T] = OrderedDict()

    def __call__(self, number: int) -> T:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        made = self._kept[number] = self._make(number)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made


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

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._oldest = reader.blocks[0].number if reader.blocks else 0
        self.rest = Kept(self._read_rest)
        self.births = Kept(self._read_births)
        self._ends = Kept(lambda block: {int(number): int(step) for number, step in self._list("ends", block)})
        self._seen = Kept(lambda block: [int(number) for number in self._list("seen", block)])
        self._groups = Kept(self._read_group)
        self._lines_of_pictures = Kept(self._read_lines_of_pictures)
        self._loops_after = Kept(self._read_loops)
        self._latest: tuple[int, dict[int, int]] = -1, {}

    # -- activations ----------------------------------------------------------------------------------------------

    def last_step(self, activation: int, block: int) -> int | None:
        """Return the step after the end of an activation that began in ``block``; None while it lives."""
        ends = self._ends(block)
        if activation in ends:
            return ends[activation]
        rows = self._reader.rows("SELECT step FROM ends WHERE activation = ?", activation)
        return int(rows[0][0]) if rows else None

    # -- event loops ----------------------------------------------------------------------------------------------

    def loops(self, block: int) -> LoopReplay:
        """Return how the event loops stand when ``block`` begins."""
        told = read_keyframe(self._reader.column("keyframe", block)).loops
        return LoopReplay() if told is None or not self._oldest <= told < block else self._loops_after(told).copy()

    def _read_loops(self, block: int) -> LoopReplay:
        """Take in what a block says of loops; when it tells of all tasks, what was before does not matter."""
        lines = [line for line in self.lines("stream", block) if line[:1] == "L"]
        is_told = any('\t["tasks",' in line for line in lines)
        loops = LoopReplay() if is_told else self.loops(block)
        for line in lines:
            loops.take(line.partition("\t")[2])
        return loops

    # -- objects --------------------------------------------------------------------------------------------------

    def picture(self, number: int, block: int) -> Picture | None:
        """Return what an object looked like when ``block`` began; None when it had not been seen."""
        where = self._latest_in_group(block).get(number)
        group = block // GROUP * GROUP
        while where is None and group > self._oldest:
            group -= GROUP
            where = self._groups(group).get(number)
        line = None if where is None else self._lines_of_pictures(where).get(number)
        return None if line is None else read_picture(line)

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
