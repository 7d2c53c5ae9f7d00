"""What the host knows of a type by its slots: special methods, iterability, and how its errors name the type.

A special method belongs to the type: it is looked up through the type's MRO, past the object's own attributes and the
metaclass's (which ``getattr(kind, name)`` would find).

Source: CPython Objects/typeobject.c (``_PyObject_LookupSpecial``), Objects/abstract.c (``PyObject_GetIter``).
"""

from __future__ import annotations

from typing import Any

MISSING = object()


def has_special(kind: type, name: str) -> bool:
    """Tell whether a type has the special method ``name`` (or None in its place, which fills the slot too)."""
    return any(name in base.__dict__ for base in kind.__mro__)


def lookup_special(owner: Any, name: str) -> Any:
    """Return the special method ``name`` of an object's type, bound to the object; MISSING when there is none."""
    kind = type(owner)
    for base in kind.__mro__:
        found = base.__dict__.get(name, MISSING)
        if found is not MISSING:
            get = getattr(type(found), "__get__", None)
            return found if get is None else get(found, owner, kind)
    return MISSING


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
