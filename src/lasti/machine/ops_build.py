"""Instructions that build: tuples, lists, sets, dicts, slices, strings; and that unpack."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..events import NULL
from ..versions import PY314, PY315
from .dispatch import op
from .frame import Frame
from .protocols import is_iterable, mapping_name, tp_name
from .superinstructions import LONGEST, Text, text_for

Stack = list[Any]


def take(stack: Stack, count: int) -> list[Any]:
    """Pop the ``count`` topmost values, bottom first."""
    if not count:
        return []
    values = stack[-count:]
    del stack[-count:]
    return values


def display_text(display: str, count: int) -> Text | None:
    """State how a tuple or list of the topmost values is written; very long ones are left to the stack."""
    operands = tuple(f"item{number}" for number in range(count))
    values = ", ".join(f"{{{operand}}}" for operand in operands)
    return Text(operands, f"{{value}} = {display.format(values=values)}") if 0 < count <= LONGEST else None


@op("BUILD_TUPLE", "(values[oparg] -- tuple)")
@text_for(lambda count: display_text("({values},)", count))
def BUILD_TUPLE(frame: Frame, stack: Stack, count: int) -> None:
    """Make a tuple of the topmost values."""
    stack.append(tuple(take(stack, count)))


@op("BUILD_LIST", "(values[oparg] -- list)")
@text_for(lambda count: display_text("[{values}]", count))
def BUILD_LIST(frame: Frame, stack: Stack, count: int) -> None:
    """Make a list of the topmost values."""
    stack.append(take(stack, count))


@op("BUILD_SET", "(values[oparg] -- set)")
def BUILD_SET(frame: Frame, stack: Stack, count: int) -> None:
    """Make a set of the topmost values."""
    stack.append(set(take(stack, count)))


@op("BUILD_MAP", "(pairs[2 * oparg] -- dict)")
def BUILD_MAP(frame: Frame, stack: Stack, count: int) -> None:
    """Make a dict of the topmost pairs of key and value."""
    items = take(stack, 2 * count)
    stack.append(dict(zip(items[::2], items[1::2], strict=True)))


@op("BUILD_CONST_KEY_MAP", "(values[oparg], keys -- dict)", until=(3, 13))
def BUILD_CONST_KEY_MAP(frame: Frame, stack: Stack, count: int) -> None:
    """Make a dict of a tuple of keys and the values beneath it."""
    keys = stack.pop()
    stack.append(dict(zip(keys, take(stack, count), strict=True)))


@op("BUILD_SLICE", "(bounds[oparg] -- slice)")
def BUILD_SLICE(frame: Frame, stack: Stack, count: int) -> None:
    """Make a slice of two or three bounds."""
    stack.append(slice(*take(stack, count)))


@op("BUILD_STRING", "(pieces[oparg] -- str)")
def BUILD_STRING(frame: Frame, stack: Stack, count: int) -> None:
    """Join the topmost strings."""
    stack.append("".join(take(stack, count)))


# -- growing what is being built: it lies ``depth`` values down, after the pop -------------------------------------


@op("LIST_APPEND", "(list, unused[oparg - 1], value -- list, unused[oparg - 1])")
def LIST_APPEND(frame: Frame, stack: Stack, depth: int) -> None:
    """Append a value to a list."""
    value = stack.pop()
    stack[-depth].append(value)


@op("SET_ADD", "(set, unused[oparg - 1], value -- set, unused[oparg - 1])")
def SET_ADD(frame: Frame, stack: Stack, depth: int) -> None:
    """Add a value to a set."""
    value = stack.pop()
    stack[-depth].add(value)


@op("MAP_ADD", "(dict, unused[oparg - 1], key, value -- dict, unused[oparg - 1])")
def MAP_ADD(frame: Frame, stack: Stack, depth: int) -> None:
    """Put a value into a dict."""
    key, value = take(stack, 2)
    stack[-depth][key] = value


@op("LIST_EXTEND", "(list, unused[oparg - 1], iterable -- list, unused[oparg - 1])")
def LIST_EXTEND(frame: Frame, stack: Stack, depth: int) -> None:
    """Extend a list by an iterable."""
    iterable = stack.pop()
    extended = stack[-depth]
    if is_iterable(iterable):
        extended.extend(iterable)
    else:
        raise TypeError(f"Value after * must be an iterable, not {tp_name(type(iterable))}")


@op("SET_UPDATE", "(set, unused[oparg - 1], iterable -- set, unused[oparg - 1])")
def SET_UPDATE(frame: Frame, stack: Stack, depth: int) -> None:
    """Add what an iterable gives to a set."""
    iterable = stack.pop()
    stack[-depth].update(iterable)


@op("DICT_UPDATE", "(dict, unused[oparg - 1], mapping -- dict, unused[oparg - 1])")
def DICT_UPDATE(frame: Frame, stack: Stack, depth: int) -> None:
    """Update a dict with a mapping."""
    mapping = stack.pop()
    if hasattr(mapping, "keys"):
        try:
            stack[-depth].update(mapping)
        except AttributeError:
            if PY315:
                raise  # before, whatever attribute was missing, it is no mapping
        else:
            return
    raise TypeError(f"'{mapping_name(mapping)}' object is not a mapping")


@op("LIST_TO_TUPLE", "(list -- tuple)", until=(3, 11))
def LIST_TO_TUPLE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Make a tuple of a list."""
    stack[-1] = tuple(stack[-1])


# -- unpacking --------------------------------------------------------------------------------------------------


def unpack(iterable: Any, before: int, after: int = -1) -> list[Any]:
    """Take ``before`` values from an iterable; with ``after`` >= 0 a list of the middle and ``after`` values more.

    Source: CPython's ``unpack_iterable``; an iterator is not asked for more than one value too many.
    """
    if not is_iterable(iterable):
        raise TypeError(f"cannot unpack non-iterable {tp_name(type(iterable))} object")
    iterator = iter(iterable)
    values: list[Any] = []
    while len(values) < before:
        value = next(iterator, NULL)
        if value is NULL:
            break
        values.append(value)
    if len(values) < before:
        expected = f"at least {before + after}" if after >= 0 else str(before)
        raise ValueError(f"not enough values to unpack (expected {expected}, got {len(values)})")
    if after < 0:
        if next(iterator, NULL) is not NULL:
            raise ValueError(_too_many(iterable, before))
        return values
    middle = list(iterator)
    if len(middle) < after:
        got = before + len(middle)
        raise ValueError(f"not enough values to unpack (expected at least {before + after}, got {got})")
    cut = len(middle) - after
    return [*values, middle[:cut], *middle[cut:]]


def _too_many(iterable: Any, expected: int) -> str:
    text = f"too many values to unpack (expected {expected}"
    if PY314 and type(iterable) in (list, tuple, dict):
        return f"{text}, got {len(iterable)})"
    return text + ")"


@op("UNPACK_SEQUENCE", "(iterable -- values[oparg])")
def UNPACK_SEQUENCE(frame: Frame, stack: Stack, count: int) -> None:
    """Replace an iterable by its values, the first on top."""
    iterable = stack.pop()
    if type(iterable) in (tuple, list) and len(iterable) == count:
        stack += iterable[::-1]
    else:
        stack += reversed(unpack(iterable, count))


@op("UNPACK_EX", "(iterable -- after[oparg >> 8], middle, before[oparg & 255])")
def UNPACK_EX(frame: Frame, stack: Stack, number: int) -> None:
    """Replace an iterable by its first values, a list of the middle, and its last values; the first on top."""
    stack += reversed(unpack(stack.pop(), number & 255, number >> 8))


# -- f-strings and t-strings ------------------------------------------------------------------------------------

CONVERSIONS = {0: None, 1: str, 2: repr, 3: ascii}


@op("FORMAT_VALUE", "(value, spec if oparg & 4 -- str)", until=(3, 12))
def FORMAT_VALUE(frame: Frame, stack: Stack, number: int) -> None:
    """Format a value for an f-string: ``number & 3`` is the conversion, ``number & 4`` asks for a spec."""
    spec = stack.pop() if number & 4 else ""
    value = stack[-1]
    convert = CONVERSIONS[number & 3]
    if convert is not None:
        value = convert(value)
    stack[-1] = format(value, spec)


@op("CONVERT_VALUE", "(value -- str)", since=(3, 13))
def CONVERT_VALUE(frame: Frame, stack: Stack, number: int) -> None:
    """Apply an f-string's ``!s``, ``!r`` or ``!a``."""
    convert = CONVERSIONS[number]
    assert convert is not None
    stack[-1] = convert(stack[-1])


@op("FORMAT_SIMPLE", "(value -- str)", since=(3, 13))
def FORMAT_SIMPLE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Format a value without a spec."""
    if type(stack[-1]) is not str:
        stack[-1] = format(stack[-1], "")


@op("FORMAT_WITH_SPEC", "(value, spec -- str)", since=(3, 13))
def FORMAT_WITH_SPEC(frame: Frame, stack: Stack, arg: Any) -> None:
    """Format a value with a spec."""
    spec = stack.pop()
    stack[-1] = format(stack[-1], spec)


@cache
def template_types() -> tuple[type, type]:
    """Return Template and Interpolation; ``string.templatelib`` itself gets them out of a t-string, as is done here."""
    template = eval('t"{0}"')
    return type(template), type(template.interpolations[0])


@op("BUILD_INTERPOLATION", "(value, text, spec if oparg & 1 -- interpolation)", since=(3, 14))
def BUILD_INTERPOLATION(frame: Frame, stack: Stack, number: int) -> None:
    """Make a t-string's interpolation of a value and its source text (PEP 750)."""
    spec = stack.pop() if number & 1 else ""
    text = stack.pop()
    conversion = (None, "s", "r", "a")[number >> 2]
    stack[-1] = template_types()[1](stack[-1], text, conversion, spec)


@op("BUILD_TEMPLATE", "(strings, interpolations -- template)", since=(3, 14))
def BUILD_TEMPLATE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Make a t-string's template of its strings and interpolations, which take turns."""
    interpolations = stack.pop()
    strings = stack[-1]
    pieces = [strings[0]]
    for interpolation, string in zip(interpolations, strings[1:], strict=True):
        pieces += (interpolation, string)
    stack[-1] = template_types()[0](*pieces)
