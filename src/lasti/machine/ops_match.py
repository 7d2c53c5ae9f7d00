"""Instructions of ``match`` statements.

Source: PEP 634; CPython Python/ceval.c (``match_class``, ``match_keys``).
"""

from __future__ import annotations

from typing import Any

from ..versions import PY312, PY315
from .dispatch import op
from .frame import Frame
from .ops_build import take
from .protocols import is_a, tp_name

Stack = list[Any]

TPFLAGS_SEQUENCE, TPFLAGS_MAPPING, TPFLAGS_MATCH_SELF = 1 << 5, 1 << 6, 1 << 22
MISSING = object()


@op("MATCH_MAPPING", "(subject -- subject, is_mapping)")
def MATCH_MAPPING(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push whether the top is a mapping."""
    stack.append(bool(type(stack[-1]).__flags__ & TPFLAGS_MAPPING))


@op("MATCH_SEQUENCE", "(subject -- subject, is_sequence)")
def MATCH_SEQUENCE(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push whether the top is a sequence that patterns may take apart (no string, no bytes)."""
    stack.append(bool(type(stack[-1]).__flags__ & TPFLAGS_SEQUENCE))


@op("MATCH_KEYS", "(subject, keys -- subject, keys, values_or_none, found)", until=(3, 10))
def MATCH_KEYS_310(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the mapping's values under a tuple of keys and True, or None and False when it lacks one."""
    values = values_of_keys(stack[-2], stack[-1])
    stack += (values, values is not None)


@op("MATCH_KEYS", "(subject, keys -- subject, keys, values_or_none)", since=(3, 11))
def MATCH_KEYS(frame: Frame, stack: Stack, arg: Any) -> None:
    """Push the mapping's values under a tuple of keys, or None when it lacks one."""
    stack.append(values_of_keys(stack[-2], stack[-1]))


def values_of_keys(subject: Any, keys: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the values, or None; ``get`` is asked, so that no default of the mapping's makes a match."""
    if not keys:
        return ()
    get = subject.get
    seen = set()
    values = []
    for key in keys:
        if key in seen:
            raise ValueError(f"mapping pattern checks duplicate key ({key!r})")
        seen.add(key)
        value = get(key, MISSING)
        if value is MISSING:
            return None
        values.append(value)
    return tuple(values)


@op("MATCH_CLASS", "(subject, cls, names -- attributes, matched)", until=(3, 10))
def MATCH_CLASS_310(frame: Frame, stack: Stack, count: int) -> None:
    """Replace the subject by a tuple of attributes and True, or leave it with False."""
    names = stack.pop()
    cls = stack.pop()
    attributes = match_class(stack[-1], cls, count, names)
    if attributes is not None:
        stack[-1] = attributes
    stack.append(attributes is not None)


@op("MATCH_CLASS", "(subject, cls, names -- attributes_or_none)", since=(3, 11))
def MATCH_CLASS(frame: Frame, stack: Stack, count: int) -> None:
    """Replace (subject, class, names) by the tuple of attributes that a class pattern asks for, or None."""
    subject, cls, names = take(stack, 3)
    stack.append(match_class(subject, cls, count, names))


NOT_A_CLASS = (
    "class pattern must refer to a class" if PY315
    else "called match pattern must be a class" if PY312
    else "called match pattern must be a type"
)  # fmt: skip


def match_class(subject: Any, cls: Any, count: int, names: tuple[str, ...]) -> tuple[Any, ...] | None:
    """Return the attributes for ``count`` positional and the named patterns; None when the class does not match."""
    if not is_a(cls, type):
        raise TypeError(NOT_A_CLASS)
    if not isinstance(subject, cls):
        return None
    seen: set[str] = set()
    attributes = []
    if count:
        match_self = False
        try:
            match_args = cls.__match_args__  # type: ignore[attr-defined]
        except AttributeError:
            match_args = ()
            match_self = bool(cls.__flags__ & TPFLAGS_MATCH_SELF)  # bool, int, str... and what derives from them
        if type(match_args) is not tuple:
            raise TypeError(f"{tp_name(cls)}.__match_args__ must be a tuple (got {tp_name(type(match_args))})")
        allowed = 1 if match_self else len(match_args)
        if allowed < count:
            plural = "" if allowed == 1 else "s"
            raise TypeError(f"{tp_name(cls)}() accepts {allowed} positional sub-pattern{plural} ({count} given)")
        if match_self:
            attributes.append(subject)
        else:
            for name in match_args[:count]:
                if type(name) is not str:
                    raise TypeError(f"__match_args__ elements must be strings (got {tp_name(type(name))})")
                value = attribute(subject, cls, name, seen)
                if value is MISSING:
                    return None
                attributes.append(value)
    for name in names:
        value = attribute(subject, cls, name, seen)
        if value is MISSING:
            return None
        attributes.append(value)
    return tuple(attributes)


def attribute(subject: Any, cls: type, name: str, seen: set[str]) -> Any:
    """Return an attribute, or MISSING; TypeError when the pattern asks for it twice."""
    if name in seen:
        raise TypeError(f"{tp_name(cls)}() got multiple sub-patterns for attribute {name!r}")
    seen.add(name)
    return getattr(subject, name, MISSING)


@op("COPY_DICT_WITHOUT_KEYS", "(subject, keys -- subject, rest)", until=(3, 10))
def COPY_DICT_WITHOUT_KEYS(frame: Frame, stack: Stack, arg: Any) -> None:
    """Replace the keys by a dict of everything else in the subject."""
    rest = dict(stack[-2])
    for key in stack[-1]:
        del rest[key]
    stack[-1] = rest
