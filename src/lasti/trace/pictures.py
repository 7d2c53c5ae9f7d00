"""Values and pictures of objects, as they were recorded: records for the views, and their text.

A ``Value`` is what lay in one place: a scalar, NULL, or a reference to an object by number.  A ``Picture`` is what an
object looked like at some moment.  Their texts are safe to print: everything that is not a printable character is
escaped.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TraceFormatError
from .store import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LONGEST_TEXT = 120  # characters of one object's text


class Value(NamedTuple):
    """What lay in a place: ``kind`` is a type's name, "object", or "NULL".

    ``text`` is how Python would write it, cut where it was cut ("..."); ``length`` the real length of what was cut (of
    an int: in bits).  ``number`` is an object's, 0 for everything else.
    """

    kind: str
    text: str
    number: int = 0
    length: int | None = None


NULL = Value("NULL", "NULL")


class Picture(NamedTuple):
    """What object ``number`` looked like.

    ``kind``: "list", "dict", "instance", "function", "class"... (``docs/format.md`` lists them); ``type`` is its type's
    name.  ``length`` is the real number of items or pairs; ``items`` has the first of them, ``last`` the last ones of a
    long list.  ``attributes`` are those of the instance.  ``name`` is a function's, class's, module's or generator's;
    ``activation`` that of a generator on the machine.  ``value`` is what lies in a cell, or under a subclass of int,
    str... ``is_seen`` is false while only its type is known.
    """

    number: int
    kind: str
    type: str
    length: int = 0
    items: tuple[Value, ...] = ()
    last: tuple[Value, ...] = ()
    pairs: tuple[tuple[Value, Value], ...] = ()
    attributes: tuple[tuple[Value, Value], ...] = ()
    name: str = ""
    value: Value | None = None
    owner: Value | None = None  # of a method
    activation: int = 0
    is_seen: bool = True


# -- reading what was recorded ------------------------------------------------------------------------------------


def value_of(text: str) -> Value:
    """Return the value that a recorded text means; TraceFormatError when it means none."""
    return read_value(loads(text))


def read_value(data: Any) -> Value:
    """Return the value that a JSON structure means."""
    if data is None:
        return Value("None", "None")
    if isinstance(data, bool):
        return Value("bool", str(data))
    if isinstance(data, int):
        return Value("int", str(data))
    if isinstance(data, str):
        return Value("str", quoted(data))
    try:
        return _read_list(data)
    except (TypeError, ValueError, KeyError, IndexError, struct.error) as error:
        raise TraceFormatError(f"a value of the trace is damaged ({error})") from None


def _read_list(data: Any) -> Value:
    if not data:
        return NULL
    if isinstance(data[0], int):
        return Value("object", f"#{data[0]}", number=data[0])
    return _LISTS[data[0]](*data[1:])


def _bound(data: Any) -> str:
    return f"<{printable(data[1])}>" if isinstance(data, list) else str(data)


def _slice(start: Any, stop: Any, step: Any) -> Value:
    bounds = f"{_bound(start)}, {_bound(stop)}, {_bound(step)}"
    return Value("slice", f"slice({bounds})")


def _range(start: Any, stop: Any, step: Any) -> Value:
    bounds = f"{_bound(start)}, {_bound(stop)}" + ("" if step == 1 else f", {_bound(step)}")
    return Value("range", f"range({bounds})")


def _bytes(text: str, length: int) -> Value:
    data = text.encode("latin-1")
    return Value("bytes", repr(data) + ("" if len(data) == length else "..."), length=length)


_LISTS: dict[str, Callable[..., Value]] = {
    "str": lambda text, length: Value("str", quoted(text) + "...", length=length),
    "bytes": _bytes,
    "int": lambda leading, bits: Value("int", f"{leading}... ({bits} bits)", length=bits),
    "float": lambda bits: Value("float", repr(struct.unpack(">d", bytes.fromhex(bits))[0])),
    "complex": lambda text: Value("complex", printable(text)),
    "range": _range,
    "slice": _slice,
    "...": lambda: Value("ellipsis", "Ellipsis"),
    "NotImplemented": lambda: Value("NotImplementedType", "NotImplemented"),
}


def printable(text: Any) -> str:
    """Return a text with everything that is not printable escaped."""
    text = str(text)
    return (
        text
        if text.isprintable()
        else "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    )


def quoted(text: str) -> str:
    """Return a string as Python writes it (``repr`` escapes what is not printable)."""
    return repr(text)


def read_picture(line: str) -> Picture:
    """Return the picture that a recorded line means; TraceFormatError when it is damaged."""
    data = loads(line)
    try:
        number, kind, type_name, content = data
        return _picture(int(number), str(kind), printable(type_name), content)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise TraceFormatError(f"a picture of the trace is damaged ({error})") from None


def _picture(number: int, kind: str, type_name: str, content: dict[str, Any]) -> Picture:
    items = content.get("items", content.get("args", []))
    pairs = content.get("pairs", [])
    shown = len(pairs) // 2 if pairs else len(items)
    return Picture(
        number,
        "builtin" if "builtin" in content else kind,
        type_name,
        length=content.get("length", shown + content.get("more_pairs", 0)),
        items=tuple(map(read_value, items)),
        last=tuple(map(read_value, content.get("last", []))),
        pairs=_read_pairs(pairs),
        attributes=_read_pairs(content.get("attributes", [])),
        name=_name_of(content),
        value=read_value(content["value"]) if "value" in content else None,
        owner=read_value(content["self"]) if "self" in content else None,
        activation=content.get("activation", 0),
        is_seen="unseen" not in content and "unreadable" not in content,
    )


def _name_of(content: dict[str, Any]) -> str:
    name = content.get("name")
    if not isinstance(name, str):
        return ""
    return printable(name.rpartition(".")[2] if "builtin" in content else name)


def _read_pairs(flat: list[Any]) -> tuple[tuple[Value, Value], ...]:
    values = list(map(read_value, flat))
    return tuple(zip(values[::2], values[1::2]))


# -- text ---------------------------------------------------------------------------------------------------------


def text_of(value: Value, objects: Mapping[int, Picture], depth: int = 2) -> str:
    """Write a value for a line of text: an object with what is in it, ``depth`` levels deep."""
    if not value.number:
        return value.text
    picture = objects.get(value.number)
    if picture is None:
        return value.text
    return shorten(_text_of_picture(picture, objects, depth))


def shorten(text: str) -> str:
    """Cut a text that is too long for a line."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."


def _text_of_picture(picture: Picture, objects: Mapping[int, Picture], depth: int) -> str:
    label = f"{picture.type}#{picture.number}"
    if picture.kind in ("function", "class", "module", "code", "builtin", "method"):
        return f"<{picture.kind} {picture.name or label}>"
    if picture.kind in ("generator", "coroutine", "async_generator"):
        return f"<{picture.kind.replace('_', ' ')} {picture.name or label}>"
    if picture.kind == "cell":
        return f"<cell {text_of(picture.value, objects, depth) if picture.value else 'empty'}>"
    if not picture.is_seen or not depth:
        return f"<{label}>"
    if picture.kind == "exception":
        return f"{picture.type}({_list(picture.items, (), len(picture.items), objects, depth)})"
    if picture.value is not None:
        return f"<{label} {text_of(picture.value, objects, depth)}>"
    if picture.kind == "instance":
        shown = ", ".join(f"{_name(name)}={text_of(each, objects, depth - 1)}" for name, each in picture.attributes)
        return f"<{label} {shown}>" if shown else f"<{label}>"
    text = _container(picture, objects, depth)
    return f"<{label}>" if text is None else text if picture.type == picture.kind else f"<{label} {text}>"


def _name(value: Value) -> str:
    return value.text[1:-1] if value.kind == "str" else value.text


def _container(picture: Picture, objects: Mapping[int, Picture], depth: int) -> str | None:
    if picture.kind == "dict":
        pairs = [f"{text_of(key, objects, 0)}: {text_of(each, objects, depth - 1)}" for key, each in picture.pairs]
        return "{" + ", ".join(pairs + (["..."] if picture.length > len(pairs) else [])) + "}"
    inner = _list(picture.items, picture.last, picture.length, objects, depth)
    if picture.kind == "tuple":
        return f"({inner},)" if picture.length == 1 else f"({inner})"
    if picture.kind == "set":
        return f"{{{inner}}}" if picture.length else "set()"
    if picture.kind == "list":
        return f"[{inner}]"
    return f"{picture.kind}({inner})" if picture.kind in ("frozenset", "deque") else None


def _list(
    items: Sequence[Value], last: Sequence[Value], length: int, objects: Mapping[int, Picture], depth: int
) -> str:
    texts = [text_of(item, objects, depth - 1) for item in items]
    if length > len(items) + len(last) or last:
        texts.append("...")
    return ", ".join(texts + [text_of(item, objects, depth - 1) for item in last])
