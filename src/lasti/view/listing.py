"""A code object as text: an instruction a line, as in ``dis``, with the depth of the value stack before it.

Nothing runs and nothing is compiled here; the lines are made from a ``Bytecode`` alone.  ``record`` gives the same as
plain data, for JSON.
"""

from __future__ import annotations

import math
import os
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..bytecode import block_stacks, stack_depths
from .interleaving import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..bytecode import Block, Bytecode, Instruction

UNREACHED = "-"  # in place of the depth, where no path leads to an instruction


def listing(bytecode: Bytecode, qualname: str, raw: bool = False, style: Style = PLAIN) -> list[str]:
    """List a code object: a heading, its instructions, its exception table (3.10: its block stack).

    ``raw`` puts the bytes of ``co_code`` beside the names: opcode, oparg, opcode, oparg...
    """
    return [
        *_heading(bytecode, qualname, style),
        "",
        *_table(bytecode, raw, style),
        *_exception_table(bytecode, style),
        *_block_table(bytecode, style),
    ]


def _heading(bytecode: Bytecode, qualname: str, style: Style) -> list[str]:
    code = bytecode.code
    path = os.path.relpath(code.co_filename) if os.path.isabs(code.co_filename) else code.co_filename
    place = f"{path if len(path) < len(code.co_filename) else code.co_filename}:{code.co_firstlineno}"
    names = ", ".join(bytecode.flags) or "none"
    return [
        f"{style.paint(qualname, 'bold')}  {style.paint(place, 'dim')}",
        style.paint(f"flags {code.co_flags} ({names}), value stack of at most {code.co_stacksize}", "dim"),
    ]


# -- instructions -----------------------------------------------------------------------------------------------


def _table(bytecode: Bytecode, raw: bool, style: Style) -> Iterator[str]:
    """Yield the columns' names, then the instructions, with an empty line before each new line of the source."""
    names = max(len("opname"), *(len(each.opname) for each in bytecode.instructions))
    numbers = max(3, *(len(str(each.oparg or 0)) for each in bytecode.instructions))
    byte_lists = [_bytes_text(bytecode, each) if raw else "" for each in bytecode.instructions]
    lists = max(len("co_code"), *map(len, byte_lists)) + 2 if raw else 0
    heading = f"{'line':>5}  {'depth':>5}     {'offset':>6}  {'co_code' if raw else '':{lists}}{'opname':{names}}"
    yield style.paint(f"{heading}  {'arg':>{numbers}}  (argval)", "dim")
    for each, depth, bytes_text in zip(bytecode.instructions, stack_depths(bytecode), byte_lists, strict=True):
        if each.starts_line and each.index:
            yield ""
        line = each.line if each.starts_line else ""
        mark = ">>" if each.is_jump_target else ""
        number = "" if each.oparg is None else each.oparg
        where = f"{line:>5}  {UNREACHED if depth is None else depth:>5}  {mark:>2} {each.offset:>6}  "
        shown = style.paint(f"{bytes_text:{lists}}", "dim")
        yield f"{where}{shown}{each.opname:{names}}  {number:>{numbers}}{_argument(each, style)}".rstrip()


def _argument(instruction: Instruction, style: Style) -> str:
    text = _text(instruction)
    shown = f"  ({text})" if text else ""
    if instruction.start == instruction.offset:
        return shown
    return shown + style.paint(f"  EXTENDED_ARG at {instruction.start}", "dim")


def _text(instruction: Instruction) -> str:
    """Return what the argument means; a code object without its address, which is another one each time."""
    value = instruction.argval
    if hasattr(value, "co_code"):
        return f"<code object {value.co_name}, line {value.co_firstlineno}>"
    return instruction.argrepr


def _bytes_text(bytecode: Bytecode, instruction: Instruction) -> str:
    """Show the bytes of an instruction and its prefixes as a list; inline caches, which are zeros, are counted."""
    text = str(list(bytecode.code.co_code[instruction.start : instruction.offset + 2]))
    if not instruction.caches:
        return text
    return f"{text} + {instruction.caches} cache{'s' if instruction.caches > 1 else ''}"


# -- where an exception goes on ---------------------------------------------------------------------------------


def _exception_table(bytecode: Bytecode, style: Style) -> Iterator[str]:
    if bytecode.exception_table:
        yield from ["", style.paint("exception table: raised from, up to (excluded) -> handler [depth]", "dim")]
    for entry in bytecode.exception_table:
        lasti = " lasti" if entry.lasti else ""
        yield f"  {entry.start} to {entry.end} -> {entry.target} [{entry.depth}]{lasti}"


def _block_table(bytecode: Bytecode, style: Style) -> Iterator[str]:
    """Yield what 3.10 has in place of an exception table: from where to where each block is open."""
    spans = _spans(bytecode)
    if spans:
        yield from ["", style.paint("block stack: open from, up to (excluded) -> handler [depth]", "dim")]
    for block, start, end in spans:
        handler = "" if block.kind == "EXCEPT_HANDLER" else f" -> {block.handler}"
        yield f"  {start} to {end}{handler} [{block.depth}]  {block.kind} of {block.setup}"


def _spans(bytecode: Bytecode) -> list[tuple[Block, int, int]]:
    """Return (block, start, end) for each unbroken range of offsets in which a block is open, in their order."""
    stacks = block_stacks(bytecode)
    spans = []
    for block in {block for stack in stacks if stack for block in stack}:
        flagged = zip(bytecode.instructions, stacks, strict=True)
        for is_open, group in groupby(flagged, key=lambda pair: block in (pair[1] or ())):
            inside = [instruction for instruction, _ in group]
            if is_open:
                spans.append((block, inside[0].start, inside[-1].end))
    return sorted(spans, key=lambda span: (span[1], -span[2], span[0]))


# -- as data ----------------------------------------------------------------------------------------------------


def records(bytecode: Bytecode, qualname: str) -> Iterator[dict[str, Any]]:
    """Yield a record of each instruction, of values that JSON has; what it has not is shown as text.

    Offsets are bytes; ``handler`` is where an exception that the instruction raises goes on, None for out of the frame;
    ``raw`` are its bytes in ``co_code``, prefixes and inline caches included.
    """
    code = bytecode.code
    handlers = _handlers(bytecode)
    for each, depth in zip(bytecode.instructions, stack_depths(bytecode), strict=True):
        yield {
            "function": qualname,
            "file": code.co_filename,
            "line": each.line,
            "offset": each.offset,
            "opname": each.opname,
            "arg": each.oparg,
            "argval": _plain(each),
            "argrepr": _text(each),
            "depth": depth,
            "target": each.target,
            "is_jump_target": each.is_jump_target,
            "handler": handlers.get(each.index),
            "positions": each.positions,
            "caches": each.caches,
            "start": each.start,
            "raw": list(code.co_code[each.start : each.end]),
        }


def _handlers(bytecode: Bytecode) -> dict[int, int]:
    """Return the offset of the handler that covers each instruction, by index."""
    covered = {
        bytecode.index_at[offset]: entry.target
        for entry in bytecode.exception_table
        for offset in range(entry.start, entry.end, 2)
    }
    for index, stack in enumerate(block_stacks(bytecode)):
        for block in stack or ():
            if block.kind != "EXCEPT_HANDLER":  # an exception within a handler leaves that block too
                covered[index] = block.handler
    return covered


def _plain(instruction: Instruction) -> Any:
    value = instruction.argval
    if type(value) is int:
        return value if value.bit_length() <= 64 else _text(instruction)
    if type(value) in (bool, str) or (type(value) is float and math.isfinite(value)):
        return value
    return None if value is None else _text(instruction) or None
