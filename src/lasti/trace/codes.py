"""Code objects as a trace has them: their instructions, and what each does to a frame.

Everything comes from the file, so that a trace can be read by another Python than the one that wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TraceFormatError
from .pictures import printable
from .store import loads, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .replay import Frame

RESUMABLE = ("generator", "coroutine", "async generator")
NULL_TEXT = "[]"


@dataclass(frozen=True)
class Step:
    """One instruction, as the views show it.

    ``offset`` and ``target`` (of a jump) are bytes into ``co_code``; ``argument`` is what the ``oparg`` means, in
    words, "" when the number says it all; ``depth`` is that of the value stack before it, None where no path leads.
    """

    index: int
    offset: int
    opname: str
    oparg: int | None
    argument: str
    line: int | None
    target: int | None
    depth: int | None


class Action(NamedTuple):
    """What is left behind by an instruction (see ``lasti.trace.effects.Effect``)."""

    pushes: tuple[str, ...]
    writes: tuple[tuple[int, str], ...]
    names: tuple[tuple[str, str, str], ...]
    is_one_value: bool  # which is recorded

    def apply(self, frame: Frame, text: str, depth: int) -> list[tuple[str, str, str]]:
        """Change a frame's stack and locals; return the names that were written: (scope, name, text).

        ``text`` has the recorded values, ``depth`` is the height of the stack afterwards.
        """
        values = iter(text.split("\t"))
        pushed = [_value(source, frame, values) for source in self.pushes]
        written = [(index, _value(source, frame, values)) for index, source in self.writes]
        names = [(scope, name, _value(source, frame, values)) for scope, name, source in self.names]
        del frame.stack[depth - len(pushed) :]
        frame.stack += pushed
        for index, value in written:
            frame.fast[index] = value
        return names


def _value(source: str, frame: Frame, values: Iterator[str]) -> str:
    """Return the text that a source means, before the instruction has changed anything."""
    how = source[0]
    if how == "v":
        return next(values, NULL_TEXT)
    if how == "s":
        return frame.stack[-int(source[1:])]
    if how == "l":
        return frame.fast[int(source[1:])]
    return NULL_TEXT if how == "N" else source[1:]


@dataclass(frozen=True)
class Code:
    """A code object of the trace.

    ``locals`` are the names of the fast locals, ``cells`` those of them (by index) that lie in cells.  ``effects[i]``
    is what instruction ``i`` leaves behind when the next follows, ``jumps[i]`` when it jumps; None: nothing.
    ``effects[-1]`` is what a frame begins with.
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
    effects: tuple[Action | None, ...] = field(default=(), repr=False)
    jumps: tuple[Action | None, ...] = field(default=(), repr=False)
    stores: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    depths: tuple[int, ...] = field(default=(), repr=False)
    created_at: int = -2  # index of RETURN_GENERATOR

    @property
    def is_resumable(self) -> bool:
        """Tell whether its activations are generators, coroutines or async generators."""
        return self.kind in RESUMABLE

    @property
    def is_born_suspended(self) -> bool:
        """Tell whether an activation is suspended before it has begun (3.10)."""
        return self.is_resumable and self.created_at < 0

    def resting_depth(self, index: int) -> int:
        """Return how much of the stack remains while instruction ``index`` runs, its operands being gone."""
        if not 0 <= index < len(self.instructions):
            return 0
        if self.instructions[index].opname == "YIELD_FROM":  # 3.10: it will run again
            return self.depths[index] - 1
        action = self.effects[index]
        after = self.depths[index + 1] if index + 1 < len(self.depths) else 0
        return min(after - (len(action.pushes) if action else 0), self.depths[index])


def read_code(row: Any, file: str) -> Code:
    """Make a Code of a row of the trace; TraceFormatError when it is damaged."""
    number, _, qualname, kind, first_line, flags, local_names, packed = row
    try:
        names, cells = loads(local_names)
        rows = loads(unpack(packed))
        instructions = tuple(_step(index, row) for index, row in enumerate(rows[:-1]))
        opnames = [instruction.opname for instruction in instructions]
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
            (*(_action(row[7]) for row in rows[:-1]), _action(rows[-1][0])),
            (*(_action(row[8] or row[7]) for row in rows[:-1]), None),
            tuple(tuple(row[7][3]) for row in rows[:-1]),
            tuple(row[6] or 0 for row in rows[:-1]),
            opnames.index("RETURN_GENERATOR") if "RETURN_GENERATOR" in opnames else -2,
        )
    except (TypeError, ValueError, IndexError) as error:
        raise TraceFormatError(f"code object {number} of the trace is damaged ({error})") from None


def _step(index: int, row: list[Any]) -> Step:
    offset, opname, oparg, argument, line, target, depth = row[:7]
    return Step(index, offset, printable(opname), oparg, printable(argument or ""), line, target, depth)


def _action(data: list[Any]) -> Action | None:
    """Return None for what leaves nothing behind."""
    pushes, writes, names, _ = data
    if not pushes and not writes and not names:
        return None
    is_one_value = pushes == ["v"] and not writes and not names
    return Action(tuple(pushes), tuple(map(tuple, writes)), tuple(map(tuple, names)), is_one_value)
