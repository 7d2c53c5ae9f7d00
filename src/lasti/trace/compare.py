"""The oracle: two traces of the same program, by two engines, event by event, to the first difference.

``first_difference(left, right)`` goes through both timelines in step.  Of each step it compares the activation, the
instruction, the value stack and the locals; of each other event its kind, activation, origin and value; of each object
that lies there what it looks like.  Numbers of objects and activations need only be the same up to a renaming, one to
one.  Threads are compared one by one, for how they interleave is nobody's promise.

What the two legitimately see differently is left out here, in ``is_compared``, and nowhere else:

* Instructions that CPython never reports: the prologue of a code object (COPY_FREE_VARS, MAKE_CELL, RETURN_GENERATOR
  and the POP_TOP behind it; from 3.15 also the GET_ITER before it), RESUME (3.10: GEN_START), prefixes (EXTENDED_ARG),
  and what ends a ``for`` loop (END_FOR and, from 3.13, the POP_TOP behind it, from 3.14 POP_ITER), NOT_TAKEN.
* The offset (in code units) that a handler finds on the stack: CPython's may lie within the inline cache of the
  instruction that failed, depending on whether that was specialised.
* ``call`` of a generator or coroutine: CPython tells nothing of one that C code makes (``anext``); it is met when it is
  first seen.  Its activation is compared when it runs.  From 3.15 also ``unwind`` out of its prologue, when what it
  iterates over cannot be iterated over.
* ``end``: that a suspended generator was closed or dropped without running.  In the same step CPython may warn that a
  coroutine was never awaited; the native engine learns of the end before that, or, when C code has closed it, later.
* Times, and addresses in texts.

Source: PEP 669; CPython Python/instrumentation.c, ``_PyInstruction_...`` and ``_co_firsttraceable``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .pictures import Picture, Value, printable, read_picture, value_of
from .replay import NULL_TEXT
from .store import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .codes import Code
    from .replay import Frame, Happening, Replay
    from .timeline import Timeline

UNREPORTED = frozenset(
    {"RESUME", "GEN_START", "COPY_FREE_VARS", "MAKE_CELL", "RETURN_GENERATOR", "EXTENDED_ARG", "CACHE"}
    | {"END_FOR", "POP_ITER", "NOT_TAKEN"}
)
BEFORE_UNREPORTED_POP_TOP = ("RETURN_GENERATOR", "END_FOR")
UNCOMPARED_EVENTS = ("end", "loop")

PICTURED_EARLIER = "?"  # what lies in a cell of which an earlier block has the picture
AROUND = 5  # items that are shown before a difference


class Item(NamedTuple):
    """A step or an event, as it is compared.

    ``texts`` are recorded values by where they lie ("stack 0", "local x", "value 0"); ``pictures`` what the objects
    among them and in them look like: lines of the trace by number.
    """

    kind: str
    step: int  # the number that the trace has for it
    thread: int
    activation: int
    name: str  # of the activation: "worker#2"
    origin: int
    offset: int  # of a step, else -1
    words: str  # of a step: the instruction; of output: the stream and the text
    texts: dict[str, str]
    pictures: dict[int, str]
    code: Code | None = None  # of a step
    has_all_names: bool = True  # its activation began in this block of the trace: names set earlier are not at hand


@dataclass(frozen=True)
class Difference:
    """The first difference: ``what`` differs, and the last items of both sides, that at which it differs being last."""

    what: str
    left: list[Item] = field(repr=False)
    right: list[Item] = field(repr=False)
    pictures: tuple[str, str] | None = None  # of the object that differs, as both traces have it


@dataclass(frozen=True)
class Comparison:
    """How far two traces agree: ``steps`` and ``events`` were equal; ``difference`` is None when all were."""

    steps: int
    events: int
    difference: Difference | None


def is_compared(happening: Happening, code: Code | None, pc: int) -> bool:
    """Tell whether something is seen alike by both engines."""
    if happening.kind != "step":
        is_made = happening.kind == "call" and code is not None and code.is_resumable
        is_unmade = happening.kind == "unwind" and code is not None and 0 <= pc < code.begins
        return happening.kind not in UNCOMPARED_EVENTS and not is_made and not is_unmade
    assert code is not None
    opname = code.instructions[pc].opname
    if pc < code.begins:
        return False
    if opname == "POP_TOP" and pc > 0:
        return code.instructions[pc - 1].opname not in BEFORE_UNREPORTED_POP_TOP
    return opname not in UNREPORTED


class Unsteady:
    """What two runs on one engine have shown to be different each time: times, ports, addresses.

    ``places`` are (thread, how many items of it came before, where), ``objects`` those with an unsteady picture; both
    as the second of the two traces has them.
    """

    def __init__(self) -> None:
        self.places: set[tuple[int, int, str]] = set()
        self.objects: set[int] = set()

    def __len__(self) -> int:
        return len(self.places) + len(self.objects)


def collect(found: Unsteady, again: Timeline, right: Timeline) -> Comparison:
    """Compare two traces by one engine; add to ``found`` what they hold that differs."""
    return first_difference(again, right, found, is_collecting=True)


def first_difference(
    left: Timeline, right: Timeline, apart_from: Unsteady | None = None, *, is_collecting: bool = False
) -> Comparison:
    """Compare two traces of one program; TraceFormatError when one cannot be read.

    What ``apart_from`` has is not compared; when ``is_collecting``, values that differ are added to it.
    """
    comparison = _Comparison(Unsteady() if apart_from is None else apart_from, is_collecting)
    waiting: tuple[dict[int, deque[Item]], dict[int, deque[Item]]] = {}, {}
    sides = [_items(left), _items(right)]
    while sides[0] is not None or sides[1] is not None:
        for side in (0, 1):
            item = next(sides[side], None) if sides[side] is not None else None
            if item is None:
                sides[side] = None  # type: ignore[call-overload]
                continue
            mine, others = waiting[side].setdefault(item.thread, deque()), waiting[1 - side].get(item.thread)
            mine.append(item)
            if others:
                pair = mine.popleft(), others.popleft()
                what = comparison.compare(*(pair if side == 0 else pair[::-1]))
                if what:
                    return comparison.result(what, item.thread)
    return comparison.rest(*waiting)


def _items(timeline: Timeline) -> Iterator[Item]:
    """Yield what is compared of a trace."""
    for replay, happening in timeline.happenings(0, None):
        frame = replay.frames.get(happening.activation)
        if is_compared(happening, None if frame is None else frame.code, -1 if frame is None else frame.pc):
            yield _item(timeline, replay, happening, frame)


def _item(timeline: Timeline, replay: Replay, happening: Happening, frame: Frame | None) -> Item:
    kind, step, thread, number, _, origin, text, _, _ = happening
    maker = replay.frames.get(origin)
    if maker is not None and maker.code.begins > maker.pc >= 0:  # unreported as yet: what its caller does
        origin = timeline.activation(origin).parent
    name = timeline.activation(number).name if number else ""
    texts: dict[str, str] = {}
    offset, words = -1, ""
    if kind == "output":
        stream, written, _ = loads(text)
        words = f"{stream} {written!r}"
    elif kind == "step" and frame is not None:
        at = frame.code.instructions[frame.pc]
        offset, words = at.offset, f"{at.opname} {at.argument}".rstrip()
        texts = {f"stack {place}": value for place, value in enumerate(frame.stack)}
        texts |= _locals(frame, replay.pictures)
    elif text:
        texts = {f"value {place}": value for place, value in enumerate(text.split("\t"))}
    pictures = _pictures(texts, replay.pictures)
    code = frame.code if kind == "step" and frame is not None else None
    has_all_names = frame is None or frame.is_born
    return Item(kind, step, thread, number, name, origin, offset, words, texts, pictures, code, has_all_names)


def _locals(frame: Frame, pictures: dict[int, str]) -> dict[str, str]:
    """Return what the locals hold; of a cell, what lies in it (the cell itself is seen on the stack, if anywhere)."""
    found = {}
    for index, text in enumerate(frame.fast):
        if index in frame.code.cells and _number(text):
            text = _content_of_cell(text, pictures)
        if text != NULL_TEXT:
            found[f"local {frame.code.locals[index]}"] = text
    found |= {f"name {printable(name)}": text for name, text in frame.names.items() if text != NULL_TEXT}
    return found


def _content_of_cell(text: str, pictures: dict[int, str]) -> str:
    line = pictures.get(_number(text))
    if line is None:
        return PICTURED_EARLIER
    data = loads(line)
    if data[1] != "cell":
        return text
    return _dumped(data[3]["value"]) if "value" in data[3] else NULL_TEXT


def _dumped(data: Any) -> str:
    import json

    return json.dumps(data, separators=(",", ":"))


def _pictures(texts: dict[str, str], pictures: dict[int, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for text in texts.values():
        line = pictures.get(_number(text))
        if line is not None:
            found[_number(text)] = line
    return found


def _number(text: str) -> int:
    """Return the number of the object that a text means, 0 when it means none."""
    return int(text[1:-1]) if text[:1] == "[" and text[1:-1].isdigit() else 0


# -- two items --------------------------------------------------------------------------------------------------------


class _Renaming:
    """Which number of the left side is which of the right.

    An object is known by its address, and an address is used again when its object is dead; then it depends on the
    engine whether the new object can be told from the old one.  So objects are renamed one to one at any moment, in all
    that is compared of one step; activations, which have no address, for good.
    """

    def __init__(self) -> None:
        self._right: dict[int, int] = {0: 0}
        self._left: dict[int, int] = {0: 0}

    def agrees(self, left: int, right: int) -> bool:
        """Tell whether the two may be the same; they are, from now on."""
        return self._right.setdefault(left, right) == right and self._left.setdefault(right, left) == left


class _Comparison:
    """What is known so far of which is which."""

    def __init__(self, apart_from: Unsteady, is_collecting: bool) -> None:
        self.steps = self.events = 0
        self._apart_from = apart_from
        self._is_collecting = is_collecting
        self._counts: dict[int, int] = {}  # items by thread
        self._objects = _Renaming()
        self._activations = _Renaming()
        self._latest: dict[int, tuple[deque[Item], deque[Item]]] = {}  # by thread
        self._pictures: tuple[str, str] | None = None  # of what differs
        self._seen: dict[int, tuple[str, str]] = {}  # left object -> the pictures that were compared last

    def compare(self, left: Item, right: Item) -> str:
        """Return in words what differs, "" when nothing does."""
        latest = self._latest.setdefault(left.thread, (deque(maxlen=AROUND + 1), deque(maxlen=AROUND + 1)))
        latest[0].append(left)
        latest[1].append(right)
        what = self._difference(left, right)
        self._counts[left.thread] = self._counts.get(left.thread, 0) + 1
        if not what:
            self.steps += left.kind == "step"
            self.events += left.kind != "step"
        return what

    def result(self, what: str, thread: int) -> Comparison:
        """Return the result when something differs in a thread."""
        left, right = self._latest[thread]
        return Comparison(self.steps, self.events, Difference(what, list(left), list(right), self._pictures))

    def rest(self, left: dict[int, deque[Item]], right: dict[int, deque[Item]]) -> Comparison:
        """Return the result when both are gone through, but for what one has and the other has not."""
        for side, (waiting, word) in enumerate(((left, "second"), (right, "first"))):
            for thread, items in waiting.items():
                if items:
                    latest = self._latest.setdefault(thread, (deque(maxlen=AROUND + 1), deque(maxlen=AROUND + 1)))
                    latest[side].append(items[0])
                    return self.result(f"the {word} has nothing more", thread)
        return Comparison(self.steps, self.events, None)

    def _difference(self, left: Item, right: Item) -> str:
        self._objects = _Renaming()
        if left.kind != right.kind:
            return "what happens"
        if left.name.partition("#")[0] != right.name.partition("#")[0]:
            return "whose turn it is"
        if not self._activations.agrees(left.activation, right.activation):
            return "which activation it is"
        if not self._activations.agrees(left.origin, right.origin):
            return "who called or resumed it"
        if (left.offset, _without_addresses(left.words)) != (right.offset, _without_addresses(right.words)):
            return "the instruction" if left.kind == "step" else "the output"
        for place in left.texts | right.texts:
            if not self._hold_the_same(left, right, place) and not self._is_unsteady(left.thread, place):
                return place
        return self._difference_of_pictures(left, right)

    def _hold_the_same(self, left: Item, right: Item, place: str) -> bool:
        mine, other = left.texts.get(place), right.texts.get(place)
        if PICTURED_EARLIER in (mine, other):
            return True
        if mine is None or other is None:
            return place.startswith("name ") and not (left.has_all_names and right.has_all_names)
        return self._are_alike(_parsed(mine), _parsed(other)) or _are_one_instruction(left.code, mine, other)

    def _is_unsteady(self, thread: int, place: str) -> bool:
        where = thread, self._counts.get(thread, 0), place
        if self._is_collecting:
            self._apart_from.places.add(where)
        return where in self._apart_from.places

    def _difference_of_pictures(self, left: Item, right: Item) -> str:
        for place, text in left.texts.items():
            number, twin = _number(text), _number(right.texts.get(place, ""))
            mine, other = left.pictures.get(number), right.pictures.get(twin)
            if mine is None or other is None or self._seen.get(number) == (mine, other):
                continue
            self._seen[number] = mine, other
            if twin in self._apart_from.objects or self._look_alike(read_picture(mine), read_picture(other)):
                continue
            if self._is_collecting:
                self._apart_from.objects.add(twin)
            else:
                self._pictures = mine, other
                return f"what {place} looks like"
        return ""

    def _look_alike(self, left: Picture, right: Picture) -> bool:
        """Compare two pictures; of what is written in C only the name, for the machine's own are functions."""
        if left.kind == right.kind == "builtin":
            return left.name == right.name
        if not self._activations.agrees(left.activation, right.activation):
            return False
        return all(map(self._are_alike, left[1:-2], right[1:-2]))

    def _are_alike(self, left: Any, right: Any) -> bool:
        if type(left) is not type(right):
            return False
        if isinstance(left, Value) and left.number and right.number:
            return self._objects.agrees(left.number, right.number)
        if isinstance(left, tuple):
            return len(left) == len(right) and all(map(self._are_alike, left, right))
        if isinstance(left, str):
            return left == right or _without_addresses(left) == _without_addresses(right)
        return bool(left == right)


def _are_one_instruction(code: Code | None, left: str, right: str) -> bool:
    """Tell whether two numbers are places within one instruction and its inline cache."""
    if code is None or not (left.isdigit() and right.isdigit()):
        return False
    offsets = [step.offset for step in code.instructions]
    return bisect_right(offsets, 2 * int(left)) == bisect_right(offsets, 2 * int(right))


def _without_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x...", text)


_parsed = lru_cache(maxsize=4096)(value_of)
