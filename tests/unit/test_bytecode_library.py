"""The decoder against ``dis``, instruction by instruction: sixty modules of the library, or (soak) all of it."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any

import pytest

from lasti.bytecode import block_stacks, decode, stack_depths, stack_effect
from lasti.versions import PY, PY311, PY312, PY313, PY314
from stdlib import code_objects, sample, source_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import CodeType

    from lasti.bytecode import Bytecode, Instruction

MODULES = sample(60)
CHUNKS = 40  # of the whole library, so that no single test takes minutes

# What dis has only in words (argrepr), or not at all: argval is the word.
WORDS = {"BINARY_OP", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2", "LOAD_SPECIAL"}
WORDS_OF_FLAG = {"IS_OP": ("is", "is not"), "CONTAINS_OP": ("in", "not in")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_sample_of_the_library(path: Path) -> None:
    assert differences(path) == []


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whole_library(chunk: int) -> None:
    assert [each for path in source_files()[chunk::CHUNKS] for each in differences(path)] == []


def test_the_sample_has_something_in_it() -> None:
    assert len(set(MODULES)) == 60
    assert sum(len(decode(code).instructions) for path in MODULES for code in code_objects(path)) > 20_000


def differences(path: Path) -> list[str]:
    """Return, one a line, where the decoder and ``dis`` disagree on a file (twenty at most)."""
    found = []
    for code in code_objects(path):
        for text in compare(code):
            found.append(f"{path}:{code.co_firstlineno} {code.co_name}: {text}")
            if len(found) == 20:
                return found
    return found


def compare(code: CodeType) -> Iterator[str]:
    bytecode = decode(code)
    theirs = list(dis.get_instructions(code))
    real = [each for each in theirs if each.opname != "EXTENDED_ARG"]
    if len(real) != len(bytecode.instructions):
        yield f"{len(bytecode.instructions)} instructions, dis has {len(real)}"
        return
    yield from compare_layout(bytecode)
    yield from compare_tables(bytecode)
    yield from compare_stacks(bytecode)
    targets, lines = jump_targets(bytecode, theirs), line_starts(code)
    for ours, other in zip(bytecode.instructions, real, strict=True):
        yield from compare_instruction(ours, other)
        prefixes = range(ours.start, ours.offset + 1, 2)
        if ours.is_jump_target != any(offset in targets for offset in prefixes):
            yield f"{ours}: is_jump_target"
        if ours.starts_line != any(offset in lines for offset in prefixes):
            yield f"{ours}: starts_line"


# -- one instruction --------------------------------------------------------------------------------------------


def compare_instruction(ours: Instruction, other: Any) -> Iterator[str]:
    pairs: list[tuple[str, Any, Any]] = [
        ("opname", ours.opname, other.opname),
        ("opcode", ours.opcode, other.opcode),
        ("offset", ours.offset, other.offset),
        ("oparg", ours.oparg, other.arg),
        ("argval", shown(ours.argval), shown(expected_argval(ours, other))),
        ("argrepr", ours.argrepr, expected_argrepr(ours, other)),
        ("target", ours.target, other.argval if is_jump(other) else None),
        ("effect", *effects(ours, other)),
    ]
    if PY311:
        pairs.append(("positions", tuple(ours.positions), tuple(other.positions)))
    if PY313:
        pairs.append(("start", ours.start, other.start_offset))
        pairs.append(("line", ours.line, other.line_number))
        pairs.append(("caches", 2 * ours.caches, other.end_offset - other.cache_offset))
    for name, mine, theirs in pairs:
        if mine != theirs:
            yield f"{ours}: {name} {mine!r}, dis has {theirs!r}"


def shown(value: object) -> tuple[type, str]:
    """Make constants comparable: 1 is not True, nor 0.0 -0.0, and nan is itself."""
    return type(value), repr(value)


def expected_argval(ours: Instruction, other: Any) -> object:
    if other.opname in WORDS_OF_FLAG:
        return WORDS_OF_FLAG[other.opname][other.arg]
    if other.opname in WORDS:
        return other.argrepr
    if (other.opname == "LOAD_COMMON_CONSTANT" and PY == (3, 14)) or (other.opname == "KW_NAMES" and not PY312):
        return ours.argval  # dis does not say; test_bytecode.py does
    return other.argval


def expected_argrepr(ours: Instruction, other: Any) -> str:
    if is_jump(other):
        return f"to {other.argval}"
    if other.opname == "END_ASYNC_FOR" and PY314:
        return f"from {other.argval}"
    if other.opname in WORDS_OF_FLAG:
        return WORDS_OF_FLAG[other.opname][other.arg]
    if other.opname == "KW_NAMES" and not PY312:
        return repr(ours.argval)
    return str(other.argrepr)


def is_jump(other: Any) -> bool:
    """From 3.14, dis lists END_ASYNC_FOR among the jumps; it never jumps."""
    return other.opcode in dis.hasjrel + dis.hasjabs and other.opname != "END_ASYNC_FOR"


def effects(ours: Instruction, other: Any) -> tuple[list[int], list[int]]:
    """Return the stack effects without and with a jump, ours and those of dis (as far as dis tells the truth)."""
    takes_oparg = other.opcode in dis.hasarg if PY312 else other.opcode >= dis.HAVE_ARGUMENT
    mine = [stack_effect(ours.opname, ours.oparg, jump) for jump in (False, True)]
    if other.opname == "RETURN_GENERATOR":
        return mine, [1, 1]
    if PY == (3, 11) and other.opname in ("PRECALL", "CALL"):
        return mine, [0, 0] if other.opname == "PRECALL" else [-other.arg - 1] * 2
    oparg = other.arg if takes_oparg else None
    return mine, [dis.stack_effect(other.opcode, oparg, jump=jump) for jump in (False, True)]


# -- the whole code object --------------------------------------------------------------------------------------


def jump_targets(bytecode: Bytecode, theirs: Iterable[Any]) -> set[int]:
    """Return what dis marks as jump targets, less what END_ASYNC_FOR names, and the handlers."""
    targets = {each.argval for each in theirs if is_jump(each)}
    marked = {each.offset for each in theirs if each.is_jump_target}
    assert targets <= marked
    return targets | {entry.target for entry in bytecode.exception_table}


def line_starts(code: CodeType) -> set[int]:
    """Return where dis sees a line begin; from 3.13 it counts stretches without a line, and repeats."""
    starts, last = set(), None
    for offset, line in dis.findlinestarts(code):
        if line is not None and line != last:
            starts.add(offset)
            last = line
    return starts


def compare_layout(bytecode: Bytecode) -> Iterator[str]:
    """Every code unit belongs to one instruction, in order."""
    instructions = bytecode.instructions
    if [each.index for each in instructions] != list(range(len(instructions))):
        yield "the indices do not count"
    edges = [0, *(each.end for each in instructions)]
    if [each.start for each in instructions] != edges[:-1] or edges[-1] != len(bytecode.code.co_code):
        yield "the instructions do not lie side by side"
    for offset in range(0, len(bytecode.code.co_code), 2):
        owner = instructions[bytecode.index_at[offset]]
        if not owner.start <= offset < owner.end:
            yield f"index_at[{offset}] leads to {owner}"


def compare_tables(bytecode: Bytecode) -> Iterator[str]:
    if PY311:
        theirs = [tuple(entry) for entry in dis._parse_exception_table(bytecode.code)]  # type: ignore[attr-defined]
        if [tuple(entry) for entry in bytecode.exception_table] != theirs:
            yield f"exception table {bytecode.exception_table}, dis has {theirs}"
    ranges = list(bytecode.code.co_lines())
    for each in bytecode.instructions:
        line = next(line for start, end, line in ranges if start <= each.offset < end)
        if each.line != line:
            yield f"{each}: line {each.line}, co_lines has {line}"
            return
        while ranges and ranges[0][1] <= each.offset:
            ranges.pop(0)
    names = tuple(name for name in bytecode.flags if not name.startswith("FUTURE_"))
    theirs = tuple(name for name in dis.pretty_flags(bytecode.code.co_flags).split(", ") if not is_future(name))
    if names != theirs:
        yield f"flags {names}, dis has {theirs}"


def is_future(name: str) -> bool:
    """dis shows the bits of ``from __future__`` as numbers, and says 0x0 when no bit is set."""
    return name.startswith("0x") and (int(name, 16) == 0 or 0x2_0000 <= int(name, 16) <= 0x100_0000)


def compare_stacks(bytecode: Bytecode) -> Iterator[str]:
    depths, blocks = stack_depths(bytecode), block_stacks(bytecode)
    known = [depth for depth in depths if depth is not None]
    if min(known) < 0 or max(known) > bytecode.code.co_stacksize:
        yield f"depths from {min(known)} to {max(known)}, the stack's size is {bytecode.code.co_stacksize}"
    for instruction, depth, stack in zip(bytecode.instructions, depths, blocks, strict=True):
        if (depth is None) != (stack is None):
            yield f"{instruction}: depth {depth}, blocks {stack}"
        if stack and depth is not None and (PY311 or max(block.depth for block in stack) > depth):
            yield f"{instruction}: depth {depth}, blocks {stack}"
        if instruction.opname == "RETURN_VALUE" and depth not in (None, 1):
            yield f"{instruction}: returns with depth {depth}"
