"""``f_locals`` of a machine frame from 3.13 on: a live view of the fast locals, as PEP 667 has it."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from types import CellType
from typing import TYPE_CHECKING, Any

from ..events import NULL

if TYPE_CHECKING:
    from .frame import Frame


class FrameLocals(MutableMapping[Any, Any]):
    """Read and write the fast locals of one frame by name; names that are no locals are kept beside them."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def _extra(self) -> dict[Any, Any]:
        try:
            return self._frame.locals_seen
        except AttributeError:
            self._frame.locals_seen = {}
            return self._frame.locals_seen

    def _index(self, name: Any) -> int | None:
        return self._frame.code.index_of_fast.get(name) if isinstance(name, str) else None

    def _value(self, index: int) -> Any:
        from .frame import value_of

        return value_of(self._frame, index)

    def __getitem__(self, name: Any) -> Any:
        index = self._index(name)
        if index is None:
            return self._extra()[name]
        value = self._value(index)
        if value is NULL:
            raise KeyError(name)
        return value

    def __setitem__(self, name: Any, value: Any) -> None:
        index = self._index(name)
        if index is None:
            self._extra()[name] = value
            return
        held = self._frame.fast[index]
        if type(held) is CellType and self._frame.code.is_cell(self._frame, index):
            held.cell_contents = value
        else:
            self._frame.fast[index] = value

    def __delitem__(self, name: Any) -> None:
        if self._index(name) is not None:
            raise ValueError("cannot remove local variables from FrameLocalsProxy")
        del self._extra()[name]

    def __iter__(self) -> Iterator[Any]:
        for index, name in enumerate(self._frame.code.names_of_fast):
            if self._value(index) is not NULL:
                yield name
        yield from self._extra()

    def __reversed__(self) -> Iterator[Any]:
        return iter(list(self)[::-1])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def copy(self) -> dict[Any, Any]:
        """Return a plain dict of what the view shows now."""
        return dict(self)

    def __or__(self, other: Any) -> dict[Any, Any]:
        return {**self, **other}

    def __ror__(self, other: Any) -> dict[Any, Any]:
        return {**other, **self}

    def __ior__(self, other: Any) -> FrameLocals:
        self.update(other)
        return self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrameLocals):
            return self._frame is other._frame
        return dict(self) == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self))


FrameLocals.__name__ = FrameLocals.__qualname__ = "FrameLocalsProxy"
