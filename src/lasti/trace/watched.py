"""What a recorder works out once for each code object: where to look after which instruction, and the row it stores.

The answers are small, because they are asked for at every step: for each instruction a *look* (0, ONE, AGAIN or a
``Sight``), which says what must be seen once it has run, and a *change*, which says what it may do to which operands.
"""

from __future__ import annotations

import json
from sys import getrefcount
from types import CodeType
from typing import TYPE_CHECKING, Any

from ..bytecode import fast_names, stack_depths
from ..versions import PY311
from .capture import WRITERS
from .effects import PLAIN, VALUE, effect_of, effect_of_jump, first_effect
from .store import CodeRow, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..bytecode import Bytecode, Instruction
    from .effects import Effect, Entry, Look
    from .tape import Tape

    Text = Callable[[Any], str]

# What must be seen after an instruction.
NOTHING = 0
AGAIN = 1  # the value on top, which is known: but an object may look different
ONE = 2  # the value on top, which is recorded
CALLED = 3  # the same, after a call that may have changed its operands
OLD = 4  # as ONE, of a value that has lain where it was loaded from
OLD_BELOW = 5  # the same with NULL on top of it
LOADED = 6  # as OLD, unless nothing else refers to the value: then it may be new
CHANGED = 7  # the operand that was changed
# ... or a Sight, for everything else

CO_OPTIMIZED = 0x1  # locals are fast: a function
CO_VARARGS, CO_VARKEYWORDS = 0x4, 0x8
KINDS = {0x20: "generator", 0x80: "coroutine", 0x200: "async generator"}  # CO_GENERATOR, CO_COROUTINE...
LONGEST_ARGUMENT = 200  # characters of an argument in words that are stored


# -- where to look ------------------------------------------------------------------------------------------------


class Sight:
    """What must be seen after an instruction with several values, or with objects that it has made or changed."""

    __slots__ = ("again", "cells", "grown", "is_made", "locals", "positions")

    def __init__(self, effect: Effect, look: Look) -> None:
        pushed = len(effect.pushes)
        self.positions = [place - pushed for place, source in enumerate(effect.pushes) if source == "v"]
        self.locals = [index for index, source in effect.writes if source == "v"]
        self.again = look.again
        self.grown = look.grown
        self.cells = look.cells
        self.is_made = look.makes

    def see(self, tape: Tape, frame: Any) -> str:
        """Return the texts to record, separated by tabs; look again at what may look different."""
        gallery, emit = tape.gallery, tape.emit
        stack, fast = frame.stack, frame.fast
        if self.is_made and id(type(stack[-1])) not in WRITERS:
            return gallery.look(stack[-1], emit, is_new=True)
        for position in self.again:
            gallery.text_of_old(stack[position], emit)
        for position in self.grown:
            gallery.look(stack[position], emit, is_same=True)
        for index in self.cells:
            gallery.text(fast[index], emit)
        texts = [gallery.text(stack[position], emit) for position in self.positions]
        texts += [gallery.text(fast[index], emit) for index in self.locals]
        return "\t".join(texts)


def _references(values: list[Any], position: int) -> int:
    return getrefcount(values[position])


ALONE = _references([object()], 0)  # the number differs between versions


def is_alone(stack: list[Any], position: int) -> bool:
    """Tell whether nothing but the value stack refers to the object at ``position``."""
    return _references(stack, position) <= ALONE


def _look(effect: Effect, look: Look) -> Any:
    """Return what must be seen after an instruction."""
    if look.is_call:
        return CALLED
    if look.operands and not effect.pushes:
        return CHANGED
    if look.is_loaded:
        return LOADED
    if look.is_old:
        return OLD if effect.pushes[-1] == "v" else OLD_BELOW
    is_recorded = "v" in effect.pushes or any(source == "v" for _, source in effect.writes)
    if look == PLAIN:
        return ONE if effect == VALUE else Sight(effect, look) if is_recorded else NOTHING
    return AGAIN if look.again == (-1,) and effect.pushes else Sight(effect, look)


def _change(effect: Effect, look: Look) -> Any:
    """Return what must be done before an instruction that may change objects: None, or (kind of store, positions...).

    A call has the kind "", with the positions of all its operands.
    """
    if look.is_call:
        return "", *look.operands
    if not look.operands:
        return None
    kind = effect.store[0] if effect.store else "other"
    return (kind, *look.operands, *([effect.store[2]] if kind == "attribute" else []))


class Watched:
    """A code object of the recording: ``number`` is that of its row in the trace.

    ``looks[i]`` is what must be seen after instruction ``i`` when the next one follows, ``jump_looks[i]`` when it
    jumped; both have one more at the end, for a frame that has not begun, whose last instruction is -1.  ``changes[i]``
    is what must be done before it.
    """

    __slots__ = (
        "arrows", "bound", "bytecode", "changes", "created_at", "is_born_suspended", "is_init", "is_resumable",
        "jump_looks", "kind", "looks", "makes_arguments", "number", "ordinals", "qualname", "tab",
    )  # fmt: skip

    def __init__(self, bytecode: Bytecode, qualname: str, number: int, ordinals: Iterator[int]) -> None:
        self.bytecode = bytecode
        self.qualname = qualname
        self.number = number
        self.tab = f"\t{number}\t"
        self.ordinals = ordinals  # shared by all codes of this name
        self.kind = kind_of(bytecode.code)
        self.is_resumable = self.kind in KINDS.values()
        self.is_init = bytecode.code.co_name == "__init__"
        names = [instruction.opname for instruction in bytecode.instructions]
        # 3.10 has no RETURN_GENERATOR: the frame is suspended before it begins.
        self.is_born_suspended = self.is_resumable and "RETURN_GENERATOR" not in names
        self.created_at = names.index("RETURN_GENERATOR") if "RETURN_GENERATOR" in names else -2
        self.bound, self.makes_arguments = _bound(bytecode.code)
        self.arrows = [f"@{index}" for index in range(len(names))]
        self.looks: list[Any] = []
        self.jump_looks: list[Any] = []
        self.changes: list[Any] = []

    def work_out(self, file: int, text: Text) -> CodeRow:
        """Work out where to look; return the row to store.  ``text`` gives the text of a constant."""
        bytecode, instructions = self.bytecode, self.bytecode.instructions
        entries = [effect_of(bytecode, instruction, text) for instruction in instructions]
        jumps = [effect_of_jump(instruction, entry[0]) for instruction, entry in zip(instructions, entries)]
        first = first_effect(bytecode)
        self.looks = [*(_look(*entry) for entry in entries), _look(first, PLAIN)]
        self.jump_looks = [
            *(_look(jump, entry[1] if jump is entry[0] else PLAIN) for jump, entry in zip(jumps, entries)),
            0,
        ]
        self.changes = [_change(*entry) for entry in entries]
        rows = json.dumps(list(_instruction_rows(bytecode, entries, jumps, first)), separators=(",", ":"))
        code = bytecode.code
        cells = {*code.co_cellvars, *code.co_freevars}
        fast = fast_names(code)
        is_slot = [name in cells and (PY311 or index >= code.co_nlocals) for index, name in enumerate(fast)]
        names = json.dumps([fast, [index for index, is_cell in enumerate(is_slot) if is_cell]])
        return CodeRow(
            self.number, file, self.qualname, self.kind, code.co_firstlineno, code.co_flags, names, pack(rows)
        )


def _bound(code: CodeType) -> tuple[int, bool]:
    """Return how many fast locals are bound when a frame is called, and whether there are new objects among them.

    These are the arguments, with a new tuple for ``*args`` and a new dict for ``**kwargs``; on 3.10 also the cells.
    """
    variadic = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    if not PY311 and (code.co_cellvars or code.co_freevars):
        return len(fast_names(code)), True
    return code.co_argcount + code.co_kwonlyargcount + variadic, bool(variadic)


def kind_of(code: CodeType) -> str:
    """Return what kind of activation a code object makes."""
    for flag, kind in KINDS.items():
        if code.co_flags & flag:
            return kind
    if code.co_flags & CO_OPTIMIZED:
        return "function"
    return "module" if code.co_name == "<module>" else "class body"


# -- what is stored -----------------------------------------------------------------------------------------------


def _instruction_rows(
    bytecode: Bytecode, entries: list[Entry], jumps: list[Effect], first: Effect
) -> Iterator[list[Any]]:
    """Yield [offset, opname, oparg, argument in words, line, target, depth, effect, effect of a jump] for each.

    The last row is [effect] of the frame's beginning.
    """
    depths = stack_depths(bytecode)
    for instruction, (effect, _), jump in zip(bytecode.instructions, entries, jumps):
        yield [
            instruction.offset,
            instruction.opname,
            instruction.oparg,
            argument(instruction),
            instruction.line,
            instruction.target,
            depths[instruction.index],
            effect,
            None if jump is effect else jump,
        ]
    yield [first]


def argument(instruction: Instruction) -> str | None:
    """Return what an instruction's number means, in words; None when it says it all."""
    if instruction.opname in ("LOAD_CONST", "RETURN_CONST", "LOAD_SMALL_INT", "KW_NAMES"):
        text = constant(instruction.argval)
    else:
        text = instruction.argrepr
    return text if len(text) <= LONGEST_ARGUMENT else text[:LONGEST_ARGUMENT] + "..."


def constant(value: Any) -> str:
    """Return the text of a constant, the same in each run (no address, no order of a set's own)."""
    if type(value) is CodeType:
        return f"<code object {value.co_name}>"
    if type(value) is int and value.bit_length() > 256:
        return f"<int of {value.bit_length()} bits>"
    if type(value) is tuple:
        items = [constant(item) for item in value[:LONGEST_ARGUMENT]]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if type(value) is frozenset:
        return f"frozenset({{{', '.join(sorted(map(constant, value)))}}})"
    if type(value) in (str, bytes):
        return repr(value[:LONGEST_ARGUMENT])
    return repr(value)
