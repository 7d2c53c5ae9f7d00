"""How values cross from one interpreter into another on 3.10 to 3.13: pickled, and refused in a sentence of ours.

The C half of ``pickle`` is taken by itself: the rest of that module costs each interpreter 10 ms to import.
"""

from __future__ import annotations

from _pickle import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["NotShareableError", "dumped", "dumps", "loaded", "loads"]


class NotShareableError(TypeError, ValueError):
    """A value cannot cross from one interpreter into another (3.13 has it as ValueError, 3.14 as TypeError)."""


def dumped(value: object) -> bytes:
    """Pickle what goes into an interpreter; NotShareableError when it cannot be."""
    try:
        return dumps(value)
    except Exception as error:
        raise NotShareableError(f"this cannot go into another interpreter: {error}") from error


def loaded(data: bytes) -> Any:
    """Unpickle what came out of an interpreter; NotShareableError when it means nothing here."""
    try:
        return loads(data)
    except Exception as error:
        raise NotShareableError(f"what came out of the interpreter means nothing here: {error}") from error
