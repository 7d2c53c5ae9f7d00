"""Decode a code object into instructions: what ``dis`` does, done once, as records, and fast.

EXTENDED_ARG and CACHE are no instructions here: a prefix is folded into the oparg of its instruction, and inline
caches are counted (``Instruction.caches``).  ``Bytecode.index_at`` leads from every offset, theirs included, to the
instruction that it belongs to.  Nothing is executed and nothing is known about stacks (see ``depths``).

Source: CPython Lib/dis.py, InternalDocs/interpreter.md; checked against ``dis`` over the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .opcodes import BY_NUMBER, OPCODES, argument_text, flag_names
from .tables import ExceptionEntry, Positions, cell_names, exception_table, fast_names, line_table, position_table

if TYPE_CHECKING:
    from types import CodeType

    from .opcodes import Opcode

__all__ = ["Bytecode", "Instruction", "decode"]

_EXTENDED_ARG = OPCODES["EXTENDED_ARG"].number


class Instruction(NamedTuple):
    """One instruction; offsets are bytes into ``co_code``.

    ``argval`` is what the oparg stands for: what ``dis`` says, or the thing itself where ``dis`` has it only in words
    (an operator's symbol, an intrinsic's name, a common constant).
    """

    index: int  # type: ignore[assignment]  # into Bytecode.instructions; tuple.index is not missed
    offset: int  # of the opcode itself: f_lasti while it runs
    start: int  # of the first EXTENDED_ARG prefix; == offset without one
    opname: str
    opcode: int
    oparg: int | None  # prefixes folded in; None when the instruction takes none
    argval: Any
    line: int | None
    positions: Positions
    target: int | None  # where it may jump to, byte offset (of a prefix, if the target has one)
    caches: int  # inline cache units that follow, two bytes each
    is_jump_target: bool  # an exception handler's first instruction is one too
    starts_line: bool  # the line is known and not the one last known

    @property
    def argrepr(self) -> str:
        """The argument in words, as in the last column of ``dis``; "" where the number says it all."""
        return argument_text(self.opname, self.oparg, self.argval)

    @property
    def end(self) -> int:
        """Offset behind the instruction and its inline caches."""
        return self.offset + 2 + 2 * self.caches


@dataclass(frozen=True, slots=True)
class Bytecode:
    """A code object, decoded.  Invariant: ``instructions[i].index == i``, in the order of their offsets."""

    code: CodeType
    instructions: tuple[Instruction, ...]
    exception_table: tuple[ExceptionEntry, ...]  # () on 3.10: see depths.block_stacks
    index_at: dict[int, int]  # byte offset of an opcode, prefix or cache unit -> index into instructions
    flags: tuple[str, ...]  # names of the bits in co_flags


class _Unit(NamedTuple):
    """An instruction, cut out of ``co_code`` and not yet understood."""

    start: int
    offset: int
    opcode: Opcode
    oparg: int | None
    target: int | None


def decode(code: CodeType) -> Bytecode:
    """Decode a code object of the running Python; constants that are code objects are left as they are.

    Code that no compiler made (an oparg that leads out of a table) may raise IndexError.
    """
    units = _cut(code.co_code)
    handlers = exception_table(code)
    return Bytecode(
        code=code,
        instructions=_instructions(code, units, {entry.target for entry in handlers}),
        exception_table=handlers,
        index_at=_index_at(units),
        flags=flag_names(code.co_flags),
    )


def _cut(co_code: bytes) -> list[_Unit]:
    """Cut ``co_code`` into instructions: fold EXTENDED_ARG prefixes in, step over inline caches."""
    units = []
    start = offset = 0
    extended = 0
    while offset < len(co_code):
        number, byte = co_code[offset], co_code[offset + 1]
        if number == _EXTENDED_ARG:
            extended = (extended | byte) << 8
            offset += 2
            continue
        opcode = BY_NUMBER[number]
        oparg = extended | byte if opcode.takes_oparg else None
        units.append(_Unit(start, offset, opcode, oparg, _jump_target(opcode, offset, oparg)))
        start = offset = offset + 2 + 2 * opcode.caches
        extended = 0
    return units


def _jump_target(opcode: Opcode, offset: int, oparg: int | None) -> int | None:
    operand = opcode.meaning.operand
    if oparg is None or operand not in ("forward", "backward", "absolute"):
        return None
    if operand == "absolute":  # 3.10
        return 2 * oparg
    behind = offset + 2 + 2 * opcode.caches
    return behind + 2 * oparg if operand == "forward" else behind - 2 * oparg


def _instructions(code: CodeType, units: list[_Unit], targets: set[int]) -> tuple[Instruction, ...]:
    pools = {"constant": code.co_consts, "name": code.co_names, "fast": fast_names(code), "cell": cell_names(code)}
    lines, positions = line_table(code), position_table(code)
    targets |= {unit.target for unit in units if unit.target is not None}
    instructions = []
    last_line = None
    for index, (start, offset, opcode, oparg, target) in enumerate(units):
        line = lines[offset // 2]
        instructions.append(
            Instruction(
                index,
                offset,
                start,
                opcode.name,
                opcode.number,
                oparg,
                _argval(opcode, offset, oparg, pools) if target is None else target,
                line,
                positions[offset // 2],
                target,
                opcode.caches,
                start in targets,
                line is not None and line != last_line,
            )
        )
        if line is not None:
            last_line = line
    return tuple(instructions)


def _argval(opcode: Opcode, offset: int, oparg: int | None, pools: dict[str, tuple[Any, ...]]) -> Any:
    """Return what an oparg stands for; a jump's has been worked out before."""
    if oparg is None:
        return None
    meaning = opcode.meaning
    operand = meaning.operand
    if operand in pools:
        return pools[operand][oparg >> meaning.shift]
    if operand == "number":
        return oparg
    if operand == "table":
        return meaning.table[oparg >> meaning.shift][0]
    if operand == "pair":
        names = pools["fast"]
        return names[oparg >> 4], names[oparg & 15]
    return offset + 2 - 2 * oparg  # "origin"


def _index_at(units: list[_Unit]) -> dict[int, int]:
    """Lead from the offset of each code unit to the index of the instruction that it belongs to."""
    return {
        offset: index
        for index, unit in enumerate(units)
        for offset in range(unit.start, unit.offset + 2 + 2 * unit.opcode.caches, 2)
    }
