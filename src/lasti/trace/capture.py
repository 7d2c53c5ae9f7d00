"""The capture rules, for every engine: what is written down of a value, without running any code of the program's.

A value becomes a *text* in JSON.  What has no parts that could change stands there by value, cut where it is long:

    12  1.5  "text"  true  null  ["str", "cut te", 9000]  ["bytes", "\\u0000\\u00ff", 2]  ["int", "0x1f...", bits]
    ["float", "nan"]  ["complex", "1j"]  ["range", 0, 9, 1]  ["slice", null, 2, null]  ["..."]  ["NotImplemented"]  []

(``[]`` is NULL).  Every other object stands there as ``[7]``: the seventh object that was seen.  What is known of it is
its *picture*, a line that is recorded when the object is first looked at, and again whenever it looks different:

    [7, "list", "Stack", {"items": [1, 2, [5]], "attributes": ["name", "a"]}]

A picture is shallow: the objects in it are texts again.  No object is kept alive: an object is known by its address,
so an address that comes again with a type (or, of an immutable object, with contents) of its own is another object.

``docs/format.md`` has the whole grammar.
"""

from __future__ import annotations

from itertools import count
from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING, Any

from ..events import NULL
from .anatomy import HEAD, MOST_ITEMS, TAIL, Plan, plain, plan_of, qualname_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Emit = Callable[[str], None]  # takes the line of a picture

LONGEST = 200  # characters of a str, bytes of a bytes object that are kept
LARGEST_BITS = 256  # of an int that is kept in full
LARGEST, SMALLEST = 1 << LARGEST_BITS, -(1 << LARGEST_BITS)

# -- what stands there by value -----------------------------------------------------------------------------------


def _int(value: int) -> str:
    if SMALLEST < value < LARGEST:
        return f"{value}"
    bits = value.bit_length()
    sign = "-" if value < 0 else ""
    return f'["int","{sign}{abs(value) >> (bits - 64):#x}",{bits}]'  # decimal digits would take for ever


def _float(value: float) -> str:
    return repr(value) if value - value == 0 else f'["float","{value!r}"]'  # JSON has no inf and no nan


def _str(value: str) -> str:
    return quote(value) if len(value) <= LONGEST else f'["str",{quote(value[:LONGEST])},{len(value)}]'


def _bytes(value: bytes) -> str:
    return f'["bytes",{quote(value[:LONGEST].decode("latin-1"))},{len(value)}]'


def _range(value: range) -> str:
    return f'["range",{_part(value.start)},{_part(value.stop)},{_part(value.step)}]'


def _slice(value: slice) -> str:
    return f'["slice",{_part(value.start)},{_part(value.stop)},{_part(value.step)}]'


def _part(value: Any) -> str:
    """Write a bound of a range or slice, which may be any object."""
    kind = type(value)
    return _int(value) if kind is int else "null" if value is None else f'["?",{quote(plain(plan_of(kind).name))}]'


WRITERS: dict[int, Callable[[Any], str]] = {
    id(kind): write
    for kind, write in (
        (int, _int),
        (float, _float),
        (str, _str),
        (bytes, _bytes),
        (bool, lambda value: "true" if value else "false"),
        (type(None), lambda value: "null"),
        (complex, lambda value: f'["complex","{value!r}"]'),
        (type(...), lambda value: '["..."]'),
        (type(NotImplemented), lambda value: '["NotImplemented"]'),
        (range, _range),
        (slice, _slice),
        (type(NULL), lambda value: "[]"),
    )
}
"""By the address of the type (to look a type up in a dict would call its metaclass's ``__hash__``)."""


# -- objects ------------------------------------------------------------------------------------------------------


class Entry:
    """What is remembered of the object at an address: its number, and how it looked."""

    __slots__ = ("block", "content", "epoch", "ids", "nested", "pins", "places", "plan", "shape", "text")

    def __init__(self, text: str, plan: Plan) -> None:
        self.text = text
        self.plan = plan
        self.epoch = 0  # when it was last looked at
        self.block = -1  # in which it was last pictured
        self.content = 0  # hash of what stands in its last picture, 0 before the first
        self.shape: Any = None
        self.ids: list[int] | None = None  # addresses of what it showed; None: look closer
        self.pins: list[
            Any
        ] = []  # the scalars among it, None for the objects: kept, so that no other has their address
        self.nested: frozenset[str] = frozenset()  # texts of the objects among it
        self.places: dict[str, int] | None = None  # of the attributes among what it showed, once somebody asks


class Gallery:
    """All objects seen in one run, by number, and the pictures of them.

    Memory: about 200 bytes for each address at which an object was seen (so it is bounded by the program's own peak),
    and more only for what was looked at during the last blocks (see ``begin_block``).

    ``epoch`` counts the moments at which code may have run that nobody watched; between two of them an object changes
    only where a watched instruction changes it, which then looks at it.
    """

    def __init__(self) -> None:
        self.epoch = 1
        self.block = 0
        self.seen = 0  # number of the newest object
        self.known: dict[int, Entry] = {}  # by address
        self._plans: dict[int, Plan] = {}
        self._numbers = count(1)
        self._warm: list[Entry] = []
        self._cooling: list[Entry] = []
        self._stored: dict[str, Entry] = {}  # changed by stores that only a reader of this block can tell

    def text(self, value: Any, emit: Emit) -> str:
        """Return the text of ``value``; ``emit`` is given the pictures that are new."""
        write = WRITERS.get(id(type(value)))
        return write(value) if write is not None else self.look(value, emit)

    def text_of_old(self, value: Any, emit: Emit) -> str:
        """Return the text of a value that has lain where it was found since it was last seen there."""
        kind = type(value)
        write = WRITERS.get(id(kind))
        if write is not None:
            return write(value)
        entry = self.known.get(id(value))
        if entry is not None and (entry.epoch == self.epoch or entry.plan.stable is kind):
            return entry.text
        return self.look(value, emit, is_same=True)

    def look(self, value: Any, emit: Emit, *, is_new: bool = False, is_same: bool = False, nesting: int = 1) -> str:
        """Look at an object, and return its text.

        ``is_new`` says that it was just made, so that what was known at its address is over; ``is_same``, that it is
        what was seen at its address, even if its class has changed.  What lies in it is looked at too, ``nesting``
        levels deep, when it appears there for the first time.
        """
        kind = type(value)
        plan = self._plans.get(id(kind))
        if plan is None or (plan.stamp is not None and qualname_of(kind) is not plan.stamp):
            plan = self._plans[id(kind)] = plan_of(kind)
        try:
            shape, shown = plan.read(value)
        except Exception:  # C code that refuses, such as an uninitialised object's
            shape, shown = None, []
        ids = [id(part) for part in shown]
        entry = self.known.get(id(value))
        if entry is None or is_new or (entry.plan is not plan and not is_same):
            entry = self.known[id(value)] = Entry(self._next_text(), plan)
        elif entry.ids == ids and entry.shape == shape and entry.plan is plan:
            entry.epoch = self.epoch
            return entry.text
        elif not shown and plan.is_resumable:
            return entry.text  # a generator that is over: it was seen with its frame
        entry.epoch, entry.plan = self.epoch, plan
        self._draw(entry, shape, shown, ids, emit, nesting, plan.is_immutable and not is_same)
        return entry.text

    def begin_block(self, number: int) -> None:
        """Forget how the objects looked that have not been looked at closely in the last block."""
        self.block = number
        for entry in self._cooling:
            entry.ids = entry.places = None
            entry.pins = []
            entry.nested = frozenset()
        self._cooling, self._warm = self._warm, []

    # -- stores that a reader can make for itself, in the last picture of the same block -------------------------------

    def store_attribute(self, owner: Any, name: str, value: Any) -> bool:
        """Notice a coming ``owner.name = value``; False when it may not be as simple as that."""
        entry = self.known.get(id(owner))
        if entry is None or entry.ids is None or entry.epoch != self.epoch or not entry.plan.stores(type(owner), name):
            return False
        if entry.shape >= MOST_ITEMS or not self._is_pictured(entry):
            return False
        places = entry.places
        if places is None:
            places = entry.places = {key: place for place, key in enumerate(entry.pins[: entry.shape])}
        place = places.get(name)
        if place is None:
            place = places[name] = entry.shape
            entry.shape += 1
            entry.ids.insert(place, id(name))
            entry.pins.insert(place, name)
            entry.ids.append(0)
            entry.pins.append(None)
        return self._put(entry, entry.shape + place, value)

    def store_item(self, owner: Any, key: Any, value: Any) -> bool:
        """Notice a coming ``owner[key] = value`` of a list; False when it may not be as simple as that."""
        entry = self.known.get(id(owner))
        if type(owner) is not list or type(key) is not int or entry is None or entry.ids is None:
            return False
        length = len(owner)
        if entry.epoch != self.epoch or entry.shape != length or not -length <= key < length:
            return False
        place = place_of(key if key >= 0 else length + key, length)
        if place is None:
            return True  # nobody sees it
        return self._is_pictured(entry) and self._put(entry, place, value)

    def store_last(self, owner: Any, value: Any) -> bool:
        """Notice a coming ``owner.append(value)`` of a list; False when it may not be as simple as that."""
        entry = self.known.get(id(owner))
        if type(owner) is not list or entry is None or entry.ids is None:
            return False
        if entry.epoch != self.epoch or entry.shape != len(owner) or not self._is_pictured(entry):
            return False
        if entry.shape >= MOST_ITEMS:
            del entry.ids[HEAD], entry.pins[HEAD]
        entry.shape += 1
        entry.ids.append(0)
        entry.pins.append(None)
        return self._put(entry, len(entry.ids) - 1, value)

    def _is_pictured(self, entry: Entry) -> bool:
        """Tell whether this block has a picture, which a store can change; if not, the next look will make one."""
        if entry.block == self.block:
            return True
        entry.content, entry.ids = 0, None
        return False

    def _put(self, entry: Entry, place: int, value: Any) -> bool:
        assert entry.ids is not None
        entry.content = 0  # the last picture is no longer what the object looks like
        self._stored[entry.text] = entry
        entry.ids[place] = id(value)
        write = WRITERS.get(id(type(value)))
        if write is None:
            entry.pins[place] = None
            entry.nested |= {self.known[id(value)].text} if id(value) in self.known else set()
        else:
            entry.pins[place] = value
            if len(write(value)) > LONGEST:  # too big to be kept for comparison
                entry.ids = None
        return True

    def draw_stored(self, emit: Emit) -> None:
        """Picture what stores have changed in this block, so that the last picture of an object is true."""
        for entry in self._stored.values():
            if entry.content or entry.ids is None:
                continue  # pictured since; or it will be, when it is looked at again
            texts = [
                WRITERS[id(type(pin))](pin) if pin is not None or address == id(None) else self.known[address].text
                for pin, address in zip(entry.pins, entry.ids)
            ]
            content = _content(entry.plan, entry.shape, texts)
            entry.content = hash(content)
            self._emit(entry, content, emit)
        self._stored.clear()

    # -- how ------------------------------------------------------------------------------------------------------

    def _next_text(self) -> str:
        self.seen = number = next(self._numbers)
        return f"[{number}]"

    def _draw(
        self, entry: Entry, shape: Any, shown: list[Any], ids: list[int], emit: Emit, nesting: int, is_fixed: bool
    ) -> None:
        """Record the picture of an object that looks different; if it ``is_fixed``, it is another one, then."""
        if entry.ids is None:
            self._warm.append(entry)
        # Set before what lies in it is looked at, which may lead back here.
        entry.ids, entry.shape, entry.places = ids, shape, None
        texts: list[str] = []
        pins: list[Any] = []
        nested: list[str] = []
        is_long = False
        for part in shown:
            write = WRITERS.get(id(type(part)))
            if write is None:
                text = self._text_of_part(part, entry.nested, emit, nesting)
                nested.append(text)
                pins.append(None)
            else:
                text = write(part)
                pins.append(part)
                is_long = is_long or len(text) > LONGEST  # too big to be kept for comparison
            texts.append(text)
        if is_long:
            entry.ids, pins = None, []
        entry.pins, entry.nested = pins, frozenset(nested)
        content = _content(entry.plan, shape, texts)
        if hash(content) != entry.content:
            if entry.content and is_fixed:
                entry.text = self._next_text()
            entry.content = hash(content)
            self._emit(entry, content, emit)

    def _emit(self, entry: Entry, content: str, emit: Emit) -> None:
        entry.block = self.block
        emit(f'[{entry.text[1:-1]},"{entry.plan.kind}",{quote(entry.plan.name)},{content}]')

    def _text_of_part(self, part: Any, before: frozenset[str], emit: Emit, nesting: int) -> str:
        """Return the text of an object in another one, and look at it when it was not there ``before``."""
        entry = self.known.get(id(part))
        if entry is not None and entry.text in before and (entry.plan is self._plans.get(id(type(part)))):
            return entry.text
        if nesting:
            return self.look(part, emit, nesting=nesting - 1)
        plan = self._plans.get(id(type(part)))
        if plan is None:
            plan = self._plans[id(type(part))] = plan_of(type(part))
        if entry is None or entry.plan is not plan:
            entry = self.known[id(part)] = Entry(self._next_text(), plan)
            self._emit(entry, '{"unseen":true}', emit)
        return entry.text


def place_of(index: int, length: int) -> int | None:
    """Return where a picture shows item ``index`` of a list; None when it does not."""
    if length <= MOST_ITEMS or index < HEAD:
        return index
    return index - length + MOST_ITEMS if index >= length - TAIL else None


def _content(plan: Plan, shape: Any, texts: list[str]) -> str:
    """Write what is in a picture."""
    if shape is None:
        return '{"unreadable":true}'
    fields = [field for key, length, some in plan.split(shape, texts) for field in _FIELDS[key](length, some)]
    return "{" + ",".join(fields) + "}"


def _items(length: int, texts: list[str]) -> list[str]:
    if len(texts) == length:
        return [f'"items":[{",".join(texts)}]']
    if len(texts) == HEAD + TAIL:
        return [f'"items":[{",".join(texts[:HEAD])}]', f'"last":[{",".join(texts[HEAD:])}]', f'"length":{length}']
    return [f'"items":[{",".join(texts)}]', f'"length":{length}']


def _elements(length: int, texts: list[str]) -> list[str]:
    """Write a set: numbers in its own order, all else sorted, for that order differs from run to run."""
    if not all(text[0] in "-0123456789tf" for text in texts):
        texts = sorted(texts)
    return _items(length, texts) if len(texts) == length else [f'"items":[{",".join(texts)}]', f'"length":{length}']


def _keyed(name: str) -> Callable[[int, list[str]], list[str]]:
    def write(length: int, texts: list[str]) -> list[str]:
        half = len(texts) // 2
        if not length and name == "attributes":
            return []
        pairs = ",".join(f"{key},{value}" for key, value in zip(texts[:half], texts[half:]))
        return [f'"{name}":[{pairs}]', *([] if half == length else [f'"more_{name}":{length - half}'])]

    return write


def _single(name: str) -> Callable[[int, list[str]], list[str]]:
    return lambda length, texts: [f'"{name}":{text}' for text in texts]


_FIELDS: dict[str, Callable[[int, list[str]], list[str]]] = {
    "items": _items,
    "elements": _elements,
    "pairs": _keyed("pairs"),
    "attributes": _keyed("attributes"),
    "args": lambda length, texts: [f'"args":[{",".join(texts)}]'],
    "contents": _single("value"),
    "value": _single("value"),
    "name": _single("name"),
    "self": _single("self"),
    "activation": _single("activation"),
}
