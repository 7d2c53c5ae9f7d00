"""What an encoder must know of a code object, and the row that the trace has of it: worked out once for each.

These are flat arrays, one item an instruction, so that the encoder in C reads them as they lie in memory: an
``Analysis`` says what the code object alone does, ``Facts`` who it is in one trace.
"""

from __future__ import annotations

import json
import weakref
from array import array
from types import CodeType
from typing import TYPE_CHECKING, Any

from ..bytecode import fast_names, stack_depths, stack_effect
from ..versions import PY311, PY312
from .effects import touch_of
from .store import CodeRow, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..bytecode import Bytecode, Instruction, Positions
    from .effects import Touch

QUIET, CALL, MAKES, WHOLE, HANDLER, YIELDS = 1, 2, 4, 8, 16, 32  # flags of an instruction
RERAISES, RAISES_AGAIN = 64, 128  # what lies on the stack; what is being handled
KEEPS = 256  # the receiver stays on the stack while it runs
YIELD_FROM = "YIELD_FROM"  # 3.10: it runs again until its receiver is done
# These take the receiver off the stack when it is done (from 3.12 END_SEND does), which is not the effect they state.
DELEGATES = (YIELD_FROM,) if PY312 else (YIELD_FROM, "SEND")

CO_OPTIMIZED = 0x1  # locals are fast: a function
CO_VARARGS, CO_VARKEYWORDS = 0x4, 0x8
KINDS = {0x20: "generator", 0x80: "coroutine", 0x200: "async generator"}  # CO_GENERATOR, CO_COROUTINE...
MOST_ANALYSES = 10_000  # code objects of which it is remembered what they say
LONGEST_ARGUMENT = 200  # characters of an argument in words that are stored


class Analysis:
    """What the encoders, and the trace, must know of a code object, and it alone says; nothing here keeps it alive.

    ``flags[i]`` of instruction ``i`` are QUIET, CALL, MAKES (see ``Touch``), WHOLE when it writes more than two
    locals, HANDLER when an exception may lead to it, YIELDS, RERAISES, RAISES_AGAIN, KEEPS;
    ``rest[i]`` is how high the stack is beneath what it takes or pushes; ``low[i]``, ``high[i]`` and ``grown[i]`` are
    those of ``effects.Touch``; ``writes`` has two items an instruction, the fast locals that it writes (-1: none).
    ``depths[i]`` is the static depth before it, ``offsets[i]`` its offset, ``index_of[offset // 2]`` its index.
    ``names`` and ``instructions`` are the columns of the trace with what a reader shows.
    """

    __slots__ = (
        "arguments", "depths", "flags", "grown", "high", "index_of", "instructions", "is_fast", "is_init",
        "is_resumable", "kind", "locals", "low", "names", "offsets", "positional", "rest", "writes",
    )  # fmt: skip

    def __init__(self, bytecode: Bytecode) -> None:
        code = bytecode.code
        self.kind = kind_of(code)
        self.is_resumable = self.kind in KINDS.values()
        self.is_fast = bool(code.co_flags & CO_OPTIMIZED)
        self.is_init = code.co_name == "__init__"
        self.locals = len(fast_names(code))
        self.arguments = arguments_of(code)
        self.positional = code.co_argcount + code.co_kwonlyargcount  # before *args and **kwargs
        self.depths = array("i", [0 if depth is None else depth for depth in stack_depths(bytecode)])
        touches = [touch_of(bytecode, instruction) for instruction in bytecode.instructions]
        columns = zip(*map(_traits, bytecode.instructions, touches, self.depths))
        self.flags, self.rest, self.grown, self.low, self.high, first, second = (array("i", each) for each in columns)
        for index in handlers_of(bytecode):
            self.flags[index] |= HANDLER
        self.writes = array("i", [index for pair in zip(first, second) for index in pair])
        self.offsets = array("i", [instruction.offset for instruction in bytecode.instructions])
        self.index_of = array("i", map(bytecode.index_at.__getitem__, range(0, len(code.co_code), 2)))
        self.names = json.dumps([fast_names(code), _in_cells(code)])
        self.instructions = pack(json.dumps(list(self._rows(bytecode)), separators=(",", ":")))

    def standing(self, index: int) -> int:
        """Return how high the stack is while instruction ``index`` runs, or the frame is suspended there."""
        return int(self.rest[index]) + bool(self.flags[index] & KEEPS)

    def _rows(self, bytecode: Bytecode) -> Iterator[list[Any]]:
        """Yield [offset, opname, oparg, argument in words, line, target, depth, rest, place] for each instruction."""
        for index, instruction in enumerate(bytecode.instructions):
            yield [
                instruction.offset,
                instruction.opname,
                instruction.oparg,
                argument(instruction),
                instruction.line,
                instruction.target,
                self.depths[index],
                self.rest[index],
                place(instruction.positions),
            ]


_analyses: dict[int, tuple[weakref.ref[CodeType], Analysis]] = {}  # by address


def analysis_of(code: CodeType, decoded: Callable[[], Bytecode]) -> Analysis:
    """Return what a code object says, worked out once in a process: ``lasti.recorded`` may record a function often."""
    known = _analyses.get(id(code))
    if known is not None and known[0]() is code:
        return known[1]
    if len(_analyses) >= MOST_ANALYSES:
        _analyses.clear()
    made = Analysis(decoded())
    _analyses[id(code)] = weakref.ref(code), made
    return made


class Facts(Analysis):
    """Code object ``number`` of a trace, for the encoders; activations with one ``counter`` are counted together."""

    __slots__ = ("code", "counter", "number", "qualname")

    def __init__(self, code: CodeType, analysis: Analysis, qualname: str, number: int, counter: int) -> None:
        for name in Analysis.__slots__:
            setattr(self, name, getattr(analysis, name))
        self.code = code
        self.qualname = qualname
        self.number = number
        self.counter = counter

    def row(self, file: int) -> CodeRow:
        """Return what the trace has of this code object."""
        code = self.code
        return CodeRow(
            self.number, file, self.qualname, self.kind, code.co_firstlineno, code.co_flags, self.names,
            self.instructions,
        )  # fmt: skip


def _in_cells(code: CodeType) -> list[int]:
    """Return the fast locals that are cells."""
    cells = {*code.co_cellvars, *code.co_freevars}
    return [
        index for index, name in enumerate(fast_names(code)) if name in cells and (PY311 or index >= code.co_nlocals)
    ]


def handlers_of(bytecode: Bytecode) -> set[int]:
    """Return the indices of the instructions to which an exception may lead."""
    if PY311:
        return {bytecode.index_at[entry.target] for entry in bytecode.exception_table}
    return {
        bytecode.index_at[instruction.target]
        for instruction in bytecode.instructions
        if instruction.opname in ("SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH") and instruction.target is not None
    }


def _traits(instruction: Instruction, touch: Touch, depth: int) -> tuple[int, ...]:
    """Return an instruction's flags, rest, grown, low, high, and the first two fast locals that it writes."""
    low, high = touch.operands
    first, second, *_ = *touch.writes, -1, -1
    flags = _flags(instruction.opname, instruction.oparg, touch)
    return flags, _rest(instruction, touch, depth), touch.grown, low, high, first, second


def _flags(opname: str, oparg: int | None, touch: Touch) -> int:
    flags = QUIET * touch.is_quiet | CALL * touch.is_call | MAKES * touch.makes | WHOLE * (len(touch.writes) > 2)
    if opname in ("YIELD_VALUE", YIELD_FROM):
        flags |= YIELDS
    elif opname in ("RERAISE", "END_ASYNC_FOR"):
        flags |= RERAISES
    elif opname == "RAISE_VARARGS" and not oparg:
        flags |= RAISES_AGAIN
    return flags | KEEPS * (opname in DELEGATES)


def _rest(instruction: Instruction, touch: Touch, depth: int) -> int:
    """Return how much of the stack lies untouched beneath an instruction."""
    if instruction.opname in DELEGATES:
        return depth - 2
    after = depth + stack_effect(instruction.opname, instruction.oparg)
    return max(min(after - touch.pushes, depth), 0)


def arguments_of(code: CodeType) -> int:
    """Return how many fast locals are bound when a frame is called: its parameters."""
    variadic = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + variadic


def kind_of(code: CodeType) -> str:
    """Return what kind of activation a code object makes."""
    for flag, kind in KINDS.items():
        if code.co_flags & flag:
            return kind
    if code.co_flags & CO_OPTIMIZED:
        return "function"
    return "module" if code.co_name == "<module>" else "class body"


def place(positions: Positions) -> tuple[int, ...] | int:
    """Return (line, column, last line, column behind it), 0 where one of them is not known."""
    line, last, column, end = positions
    return 0 if line is None or last is None or column is None or end is None else (line, column, last, end)


# -- in words -----------------------------------------------------------------------------------------------------


def argument(instruction: Any) -> str | None:
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
