"""The capture rules, for every engine: what is written down of a value, without running any code of the program's.

A value becomes a *text* in JSON.  What has no parts that could change stands there by value, cut where it is long:

    12  "text"  true  null  ["str", "cut te", 9000]  ["bytes", "\\u0000\\u00ff", 2]  ["int", "0x1f...", bits]
    ["float", "3ff8000000000000"]  ["complex", "1j"]  ["range", 0, 9, 1]  ["slice", null, 2, null]
    ["..."]  ["NotImplemented"]  []

(``[]`` is NULL; a float has all its bits, as in IEEE 754).  Every other object stands there as ``[7]``:
the seventh object that was seen.  What is known of it is its *picture*, a line that is recorded when the object is
first looked at, and again whenever it looks different:

    [7, "list", "Stack", {"items": [1, 2, [5]], "attributes": ["name", "a"]}]

A picture is shallow: the objects in it are texts again.  No object is kept alive: an object is known by its address,
so an address that comes again with a type (or, of an immutable object, with contents) of its own is another object.

``docs/format.md`` has the whole grammar.
"""

from __future__ import annotations

from itertools import count
from json.encoder import encode_basestring_ascii as quote
from struct import Struct
from typing import TYPE_CHECKING, Any

from ..events import NULL
from .anatomy import HEAD, TAIL, Plan, plain, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPER = 6  # levels at which a known object is looked at again when a trace begins anew
LONGEST = 200  # characters of a str, bytes of a bytes object that are kept
LARGEST_BITS = 256  # of an int that is kept in full
LARGEST, SMALLEST = 1 << LARGEST_BITS, -(1 << LARGEST_BITS)
_double = Struct(">d").pack

# -- what stands there by value -----------------------------------------------------------------------------------


def _int(value: int) -> str:
    if SMALLEST < value < LARGEST:
        return f"{value}"
    bits = value.bit_length()
    sign = "-" if value < 0 else ""
    return f'["int","{sign}{abs(value) >> (bits - 64):#x}",{bits}]'  # decimal digits would take for ever


def _float(value: float) -> str:
    return f'["float","{_double(value).hex()}"]'  # its shortest digits take long to find


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


def write(value: Any) -> str:
    """Return the text of a value that stands there by value."""
    return WRITERS[id(type(value))](value)


# -- objects ------------------------------------------------------------------------------------------------------


class Entry:
    """What is remembered of the object at an address: its number, and how it looked."""

    __slots__ = ("content", "epoch", "named", "pictured", "plan", "text")

    def __init__(self, text: str, plan: Plan) -> None:
        self.text = text
        self.plan = plan
        self.epoch = 0  # when it was last looked at
        self.content = 0  # hash of what stands in its last picture, 0 before the first
        self.named = self.pictured = 0  # the generation in which it was that last


class Gallery:
    """All objects seen in one run, by number, and the pictures of them; ``emit`` is given numbers and new pictures.

    Memory: about 200 bytes for each address at which an object was seen, so that it is bounded by the program's own
    peak.  ``epoch`` counts the moments at which an object may have changed: between two of them nobody looks twice.
    ``generation`` counts how often the trace has begun anew: in each an object is pictured again.
    """

    def __init__(self, emit: Callable[[int, str], None]) -> None:
        self.epoch = 1
        self.generation = 1
        self.seen = 0  # number of the newest object
        self._emit_line = emit
        self._known: dict[int, Entry] = {}  # by address
        self._plans: dict[int, Plan] = {}
        self._numbers = count(1)

    def text(self, value: Any, *, is_single: bool = False) -> str:
        """Return the text of a value, having looked at it if it is an object."""
        write = WRITERS.get(id(type(value)))
        return write(value) if write is not None else self.look(value, is_single=is_single)

    def name(self, value: Any) -> str:
        """Return the text of a value without looking closely at an object that is known."""
        write = WRITERS.get(id(type(value)))
        if write is not None:
            return write(value)
        entry = self._known.get(id(value))
        return entry.text if entry is not None and entry.named == self.generation else self.look(value)

    def look(
        self, value: Any, *, is_new: bool = False, is_same: bool = False, is_single: bool = False, nesting: int = 1
    ) -> str:
        """Look at an object, and return its text.

        ``is_new`` says that it was just made, so that what was known at its address is over; ``is_same``, that it is
        what was seen at its address, even if its class or its contents have changed; ``is_single``, that it is not if
        it looks different, or if nothing is to be seen of it.  What lies in it is looked at too,
        ``nesting`` levels deep.
        """
        plan = self.plan(type(value))
        entry = self._known.get(id(value))
        if entry is None or is_new or (entry.plan is not plan and not is_same):
            entry = self._known[id(value)] = Entry(self._next_text(), plan)
        elif entry.epoch == self.epoch and entry.plan is plan:
            return entry.text
        # Set before what lies in it is looked at, which may lead back here.
        entry.epoch, entry.plan, entry.named = self.epoch, plan, self.generation
        content = self._content(value, plan, nesting)
        if content is not None:
            is_other = hash(content) != entry.content or (is_single and content == "{}")
            if is_other and entry.content and (plan.is_immutable or is_single) and not is_same:
                entry.text = self._next_text()
            if is_other or entry.pictured != self.generation:
                entry.content, entry.pictured = hash(content), self.generation
                self._emit(entry, content)
        return entry.text

    def renew(self, kept: int) -> None:
        """Begin a generation; forget the objects that were not named in the last ``kept``."""
        self.generation += 1
        self.epoch += 1
        oldest = self.generation - kept
        self._known = {address: entry for address, entry in self._known.items() if entry.named >= oldest}

    def plan(self, kind: type) -> Plan:
        """Return how to look at objects of this type; another type may lie at the address of one that is gone."""
        plan = self._plans.get(id(kind))
        if plan is None or (plan.stamp is not None and plan.stamp() is not kind):
            plan = self._plans[id(kind)] = plan_of(kind)
        return plan

    # -- how ------------------------------------------------------------------------------------------------------

    def _content(self, value: Any, plan: Plan, nesting: int) -> str | None:
        """Write what is in an object; None for a generator that is over, which was seen with its frame."""
        found = read(plan, value)
        if found is None:
            return '{"unreadable":true}'
        shape, shown = found
        if not shown and plan.is_resumable:
            return None
        return content_of(plan, shape, [self._part(part, nesting) for part in shown])

    def _part(self, value: Any, nesting: int) -> str:
        """Return the text of what lies in an object."""
        write = WRITERS.get(id(type(value)))
        if write is not None:
            return write(value)
        if nesting > 0:
            return self.look(value, nesting=nesting - 1)
        plan = self.plan(type(value))
        entry = self._known.get(id(value))
        if entry is None or entry.plan is not plan:
            entry = self._known[id(value)] = Entry(self._next_text(), plan)
        elif entry.pictured and entry.named != self.generation and nesting > -DEEPER:
            return self.look(value, nesting=nesting - 1)  # known from before the trace began anew
        if entry.named != self.generation:
            entry.named = self.generation
            self._emit(entry, '{"unseen":true}')
        return entry.text

    def _next_text(self) -> str:
        self.seen = number = next(self._numbers)
        return f"[{number}]"

    def _emit(self, entry: Entry, content: str) -> None:
        number = entry.text[1:-1]
        self._emit_line(int(number), f'[{number},"{entry.plan.kind}",{quote(entry.plan.name)},{content}]')


def read(plan: Plan, value: Any) -> tuple[Any, list[Any]] | None:
    """Return (shape, what is shown) of an object; None when C code refuses, such as that of one without contents."""
    try:
        return plan.read(value)
    except Exception:
        return None


def content_of(plan: Plan, shape: Any, texts: list[str]) -> str:
    """Write what is in a picture."""
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
        if not length and name == "attributes":
            return []
        more = [] if len(texts) == 2 * length else [f'"more_{name}":{length - len(texts) // 2}']
        return [f'"{name}":[{",".join(texts)}]', *more]

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
    "builtin": _single("builtin"),
    "activation": _single("activation"),
}
