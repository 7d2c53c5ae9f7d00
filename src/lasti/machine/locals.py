"""``f_locals`` of a machine frame from 3.13 on: a live view of the fast locals, as PEP 667 has it.

Names that are no locals are kept beside them.  A local that belongs to an inlined comprehension of a module or class
body is *hidden*: it can be read while it is bound, and not written.

Source: CPython Objects/frameobject.c (``framelocalsproxy_getkeyindex`` and those that call it).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from reprlib import recursive_repr
from types import CellType
from typing import TYPE_CHECKING, Any, NoReturn

from ..events import NULL
from ..versions import PY313

if TYPE_CHECKING:
    from .frame import Frame

CANNOT_REMOVE = "cannot remove local variables from FrameLocalsProxy"


class FrameLocals:
    """Read and write the fast locals of one frame by name."""

    __slots__ = ("_frame",)
    host_type: type = type((lambda: sys._getframe())().f_locals) if PY313 else dict

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.host_type

    @property
    def _extra(self) -> dict[Any, Any]:
        """The names that are no locals."""
        try:
            return self._frame.locals_seen
        except AttributeError:
            self._frame.locals_seen = {}
            return self._frame.locals_seen

    def _find(self, name: Any) -> tuple[int | None, Any]:
        """Return the index of a local and its value; None and NULL for a name that is none."""
        from .frame import value_of

        hash(name)  # TypeError for a name that can be none, in the words of `hash`
        index = self._frame.code.index_of_fast.get(name)
        return (None, NULL) if index is None else (index, value_of(self._frame, index))

    def __getitem__(self, name: Any) -> Any:
        value = self._find(name)[1]
        if value is not NULL:
            return value
        if name not in self._extra:
            raise KeyError(f"local variable '{name!r}' is not defined")
        return self._extra[name]

    def __setitem__(self, name: Any, value: Any) -> None:
        index = self._find(name)[0]
        frame = self._frame
        if index is None or (frame.code.has_hidden_locals and index < len(frame.code.co.co_varnames)):
            self._extra[name] = value
            return
        held = frame.fast[index]
        if type(held) is CellType and frame.code.is_cell(frame, index):
            held.cell_contents = value
        else:
            frame.fast[index] = value

    def __delitem__(self, name: Any) -> None:
        if self._find(name)[0] is not None:
            raise ValueError(CANNOT_REMOVE)
        del self._extra[name]

    def __contains__(self, name: Any) -> bool:
        return self._find(name)[1] is not NULL or name in self._extra

    def _items(self) -> dict[Any, Any]:
        from .frame import update_locals

        bound: dict[Any, Any] = {}
        update_locals(self._frame, bound)
        return bound | self._extra | bound  # what was written to a hidden local is seen when that is unbound

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __reversed__(self) -> list[Any]:
        return self.keys()[::-1]

    def __len__(self) -> int:
        return len(self._items())

    def keys(self) -> list[Any]:
        """Return the names of what is bound now."""
        return list(self._items())

    def values(self) -> list[Any]:
        """Return the values of what is bound now."""
        return list(self._items().values())

    def items(self) -> list[tuple[Any, Any]]:
        """Return the names and values of what is bound now."""
        return list(self._items().items())

    def get(self, name: Any, default: Any = None, /) -> Any:
        """Return the value of ``name``, or ``default``."""
        value = self._find(name)[1]
        return self._extra.get(name, default) if value is NULL else value

    def setdefault(self, name: Any, default: Any = None, /) -> Any:
        """Return the value of ``name``, which is bound to ``default`` if it is not bound."""
        if name not in self:
            self[name] = default
        return self[name]

    def pop(self, name: Any, *default: Any) -> Any:
        """Take out a name that is no local."""
        if self._find(name)[0] is not None:
            raise ValueError(CANNOT_REMOVE)
        return self._extra.pop(name, *default)

    def update(self, other: Any, /) -> None:
        """Set what ``other``, a dict or another frame's locals, has."""
        given = self._as_dict(other)
        if given is None:
            raise TypeError("update() argument must be dict or another FrameLocalsProxy")
        for name, value in given.items():
            self[name] = value

    def _as_dict(self, other: Any) -> dict[Any, Any] | None:
        """Return a dict of what a dict or another frame's locals have; None of anything else."""
        if isinstance(other, dict):
            return dict(other)
        return other.copy() if type(other) is FrameLocals else None

    def copy(self) -> dict[Any, Any]:
        """Return a dict of what is bound now."""
        return self._items()

    def __or__(self, other: Any) -> Any:
        given = self._as_dict(other)
        return NotImplemented if given is None else self._items() | given

    def __ror__(self, other: Any) -> Any:
        given = self._as_dict(other)
        return NotImplemented if given is None else given | self._items()

    def __ior__(self, other: Any) -> Any:
        if self._as_dict(other) is None:
            return NotImplemented
        self.update(other)
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is FrameLocals:
            return self._frame is other._frame
        return self._items() == other if isinstance(other, dict) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @recursive_repr("{...}")
    def __repr__(self) -> str:
        return repr(self._items())

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("cannot pickle 'FrameLocalsProxy' object")

    def __dir__(self) -> list[str]:
        return dir(self.host_type)


Mapping.register(FrameLocals)  # sets the flag for which MATCH_MAPPING looks
