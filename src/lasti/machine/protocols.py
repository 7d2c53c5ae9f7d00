"""What the host knows of a type by its slots: special methods, iterability, and how its errors name the type.

A special method belongs to the type: it is looked up through the type's MRO, past the object's own attributes and the
metaclass's (which ``getattr(kind, name)`` would find).

Source: CPython Objects/typeobject.c (``_PyObject_LookupSpecial``), Objects/abstract.c (``PyObject_GetIter``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..events import NULL
from ..versions import PY315

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import TypeIs

T = TypeVar("T")

MISSING = object()

# The type's own, whatever the metaclass has under these names.
mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
members_of: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__


def is_a(value: object, kind: type[T] | tuple[type[T], ...]) -> TypeIs[T]:
    """Tell whether an object is of a type, or of one derived from it, without asking for its ``__class__``."""
    return issubclass(type(value), kind)


def addresses(*kinds: type) -> frozenset[int]:
    """Return what tells by ``id(kind)`` whether a type is one of these.

    To look for the type itself in a set would run what its metaclass has for ``__hash__`` and ``__eq__``.
    """
    return frozenset(map(id, kinds))


def find(kind: type, name: str) -> Any:
    """Return what a type has or inherits under ``name``, as it stands in the class's dictionary; else MISSING."""
    for base in mro_of(kind):
        members = members_of(base)
        if name in members:
            return members[name]
    return MISSING


def has_special(kind: type, name: str) -> bool:
    """Tell whether a type has the special method ``name`` (or None in its place, which fills the slot too)."""
    return find(kind, name) is not MISSING


def lookup_special(owner: Any, name: str) -> Any:
    """Return the special method ``name`` of an object's type, bound to the object; MISSING when there is none."""
    kind = type(owner)
    found = find(kind, name)
    get = find(type(found), "__get__")
    return found if get is MISSING else get(found, owner, kind)


def load_special(owner: Any, name: str) -> tuple[Any, Any]:
    """Return a special method as it stands in the type, and ``owner``; bound, and NULL, when it is no plain method."""
    found = find(type(owner), name)
    if type(found).__flags__ & TPFLAGS_METHOD_DESCRIPTOR:
        return found, owner
    return lookup_special(owner, name), NULL


TPFLAGS_METHOD_DESCRIPTOR = 1 << 17  # of functions, and of the methods of C types


def is_iterable(value: Any) -> bool:
    """Tell whether the type says that its objects can be iterated over; none of the program's code runs."""
    if has_special(type(value), "__iter__"):
        return True
    try:
        iter(value)  # of a sequence, whose items are asked for later
    except TypeError:
        return False
    return True


def full_name(kind: type) -> str:
    """Name a type as ``%T`` does in CPython's messages (3.13+): with its module, but for builtins and ``__main__``."""
    module = kind.__module__
    if not isinstance(module, str) or module in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{module}.{kind.__qualname__}"


def tp_name(kind: type) -> str:
    """Name a type as C code does in messages: one that is defined in C with its module, a class without.

    No attribute has ``tp_name``, but a message of ``bool.__new__``, which asks the type for nothing else.
    """
    if kind is bool:
        return "bool"
    try:
        bool.__new__(kind)
    except TypeError as refused:  # "bool.__new__(X): X is not a subtype of bool"
        twice = str(refused)[len("bool.__new__(") : -len(" is not a subtype of bool")]
    return twice[: (len(twice) - len("): ")) // 2]


def mapping_name(value: Any) -> str:
    """Name the type of what should be a mapping and is none."""
    return full_name(type(value)) if PY315 else tp_name(type(value))
