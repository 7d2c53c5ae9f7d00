"""The tables that come with a code object: lines, positions, exception handlers, the names of the fast locals.

Each is unpacked into something indexed or plain.  A *code unit* is two bytes of ``co_code``, inline caches included;
offsets are in bytes, the end of a range is exclusive.

Source: CPython InternalDocs/exception_handling.md and code_objects.md; PEP 626 (lines), PEP 657 (positions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..versions import PY311

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

__all__ = ["ExceptionEntry", "Positions", "cell_names", "exception_table", "fast_names", "line_table", "position_table"]

# (lineno, end_lineno, col_offset, end_col_offset): columns are bytes of the line in UTF-8; None where it is not known
Positions = tuple["int | None", "int | None", "int | None", "int | None"]


class ExceptionEntry(NamedTuple):
    """An exception raised from ``start`` up to, not including, ``end`` goes on at ``target`` (byte offsets).

    The value stack is cut to ``depth`` values first; then the offset of the raising instruction is pushed when
    ``lasti`` is true, then the exception.
    """

    start: int
    end: int
    target: int
    depth: int
    lasti: bool


def exception_table(code: CodeType) -> tuple[ExceptionEntry, ...]:
    """Return the exception table in the order of its ranges, which do not overlap; () on 3.10, which has none."""
    return tuple(_exception_entries(code.co_exceptiontable)) if PY311 else ()


def _exception_entries(table: bytes) -> Iterator[ExceptionEntry]:
    numbers = _varints(table)
    for start, length, target, depth_lasti in zip(*[numbers] * 4, strict=True):
        start, length, target = 2 * start, 2 * length, 2 * target
        yield ExceptionEntry(start, start + length, target, depth_lasti >> 1, bool(depth_lasti & 1))


def _varints(table: bytes) -> Iterator[int]:
    """Yield the numbers of a table: six bits a byte, the highest first, bit 6 (64) set on all but the last byte."""
    number = 0
    for byte in table:
        number = number << 6 | byte & 63
        if not byte & 64:
            yield number
            number = 0


def line_table(code: CodeType) -> list[int | None]:
    """Return the line of each code unit; None where the compiler gave it none."""
    lines: list[int | None] = [None] * (len(code.co_code) // 2)
    for start, end, line in code.co_lines():
        if line is not None:
            lines[start // 2 : end // 2] = [line] * (end // 2 - start // 2)
    return lines


def position_table(code: CodeType) -> list[Positions]:
    """Return the positions of each code unit; on 3.10 only the line is known."""
    if not PY311:
        return [(line, None, None, None) for line in line_table(code)]
    positions: list[Positions] = list(code.co_positions())
    missing = len(code.co_code) // 2 - len(positions)  # not 0 only where code.replace() made the code longer
    return positions + [(None, None, None, None)] * missing


def fast_names(code: CodeType) -> tuple[str, ...]:
    """Return the names of the fast locals: ``co_varnames``, then cells, then free variables.

    From 3.11 an argument that an inner function uses keeps its one place among ``co_varnames``; on 3.10 it has a
    second one among the cells.
    """
    cells = tuple(name for name in code.co_cellvars if not PY311 or name not in code.co_varnames)
    return code.co_varnames + cells + code.co_freevars


def cell_names(code: CodeType) -> tuple[str, ...]:
    """Return the names by which the instructions on cells count: the fast locals', on 3.10 the cells' alone."""
    return fast_names(code) if PY311 else code.co_cellvars + code.co_freevars
