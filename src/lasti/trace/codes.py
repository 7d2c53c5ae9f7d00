"""Code objects as a trace has them: their instructions, and how much of the stack each leaves alone.

Everything comes from the file, so that a trace can be read by another Python than the one that wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import TraceFormatError
from .pictures import printable
from .store import loads, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME_WRITES = {
    "STORE_NAME": ("name", False),
    "DELETE_NAME": ("name", True),
    "STORE_GLOBAL": ("global", False),
    "DELETE_GLOBAL": ("global", True),
}
RESUMABLE = ("generator", "coroutine", "async generator")


@dataclass(frozen=True)
class Step:
    """One instruction, as the views show it.

    ``offset`` and ``target`` (of a jump) are bytes into ``co_code``; ``argument`` is what the ``oparg`` means, in
    words, "" when the number says it all; ``depth`` is that of the value stack before it, None where no path leads.
    ``span`` is where its expression stands: (line, column, last line, column behind it), columns in bytes of UTF-8 and
    from 0 (PEP 657); None on 3.10, and where the compiler says nothing.
    """

    index: int
    offset: int
    opname: str
    oparg: int | None
    argument: str
    line: int | None
    target: int | None
    depth: int | None
    span: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Code:
    """A code object of the trace.

    ``locals`` are the names of the fast locals, ``cells`` those of them (by index) that lie in cells.  ``rests[i]`` is
    how high the value stack is beneath what instruction ``i`` takes or pushes.  ``name_writes[i]`` is there when it
    writes a variable that is no fast local: (scope, name, whether it is deleted), the scope being "name" or "global".
    """

    number: int
    file: str
    qualname: str
    kind: str
    first_line: int
    flags: int
    locals: tuple[str, ...]
    cells: frozenset[int]
    instructions: tuple[Step, ...] = field(default=(), repr=False)
    rests: tuple[int, ...] = field(default=(), repr=False)
    name_writes: Mapping[int, tuple[str, str, bool]] = field(default_factory=dict, repr=False)

    @property
    def is_resumable(self) -> bool:
        """Tell whether its activations are generators, coroutines or async generators."""
        return self.kind in RESUMABLE

    @cached_property
    def begins(self) -> int:
        """Return the index of RETURN_GENERATOR, at which a generator is made of the frame; 0 where there is none."""
        return next((step.index for step in self.instructions if step.opname == "RETURN_GENERATOR"), 0)

    @property
    def is_born_suspended(self) -> bool:
        """Tell whether an activation is suspended before it has begun (3.10)."""
        return self.is_resumable and not any(step.opname == "RETURN_GENERATOR" for step in self.instructions)

    def resting_depth(self, index: int) -> int:
        """Return how much of the stack lies beneath what instruction ``index`` takes or pushes."""
        return self.rests[index] if 0 <= index < len(self.rests) else 0

    def standing_depth(self, index: int) -> int:
        """Return how high the stack is while instruction ``index`` runs, or the frame is suspended there.

        YIELD_FROM (3.10) and 3.11's SEND take their receiver off only when it is done.
        """
        step = self.instructions[index] if 0 <= index < len(self.instructions) else None
        keeps = step is not None and (step.opname == "YIELD_FROM" or (step.opname == "SEND" and self._takes_two(step)))
        return self.resting_depth(index) + keeps

    def _takes_two(self, step: Step) -> bool:
        return step.depth is not None and self.rests[step.index] == step.depth - 2


def read_code(row: Any, file: str) -> Code:
    """Make a Code of a row of the trace; TraceFormatError when it is damaged."""
    number, _, qualname, kind, first_line, flags, local_names, packed = row
    try:
        names, cells = loads(local_names)
        rows = loads(unpack(packed))
        instructions = tuple(_step(index, row) for index, row in enumerate(rows))
        return Code(
            number,
            file,
            printable(qualname),
            kind,
            first_line,
            flags,
            tuple(map(printable, names)),
            frozenset(cells),
            instructions,
            tuple(int(row[7]) for row in rows),
            dict(_name_writes(instructions)),
        )
    except (TypeError, ValueError, IndexError) as error:
        raise TraceFormatError(f"code object {number} of the trace is damaged ({error})") from None


def _step(index: int, row: list[Any]) -> Step:
    offset, opname, oparg, argument, line, target, depth = row[:7]
    span = tuple(map(int, row[8])) if len(row) > 8 and row[8] else None
    if span is not None and len(span) != 4:
        raise ValueError("a place has four numbers")
    return Step(index, offset, printable(opname), oparg, printable(argument or ""), line, target, depth, span)


def _name_writes(instructions: tuple[Step, ...]) -> Iterator[tuple[int, tuple[str, str, bool]]]:
    for step in instructions:
        if step.opname in NAME_WRITES:
            scope, is_deleted = NAME_WRITES[step.opname]
            yield step.index, (scope, step.argument, is_deleted)
