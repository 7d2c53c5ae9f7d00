"""What the value stack (and 3.10's block stack) holds before each instruction, as far as the code alone can tell.

``stack_effect`` is what an instruction does to the height of the stack at *run* time, which is not everywhere what
``dis.stack_effect`` says.  One walk over the flow of control (``_walk``) gives the depths and the block stacks.  A code
object whose paths disagree did not come from the compiler; it is refused.

Source: CPython Python/compile.c (``stack_effect``, 3.10 to 3.12), Objects/frameobject.c (``mark_stacks``, 3.10).
"""

from __future__ import annotations

from functools import lru_cache
from opcode import stack_effect as _host_stack_effect
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..errors import LastiError
from ..versions import PY311
from .opcodes import NEVER_FALLS_THROUGH, OPCODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .decoder import Bytecode, Instruction
    from .tables import ExceptionEntry

__all__ = ["Block", "block_stacks", "stack_depths", "stack_effect"]

State = TypeVar("State")


@lru_cache(maxsize=4096)
def stack_effect(opname: str, oparg: int | None, jump: bool = False) -> int:
    """Return by how many values an instruction changes the height of the value stack at run time.

    ``jump`` tells whether it jumps (FOR_ITER: whether the iterator is exhausted).  From 3.12 an exhausted FOR_ITER goes
    on behind the END_FOR that its jump leads to; the effect counts as if END_FOR ran.  KeyError for an unknown opname.
    """
    known = OPCODES[opname]
    if opname == "RETURN_GENERATOR":
        return 1  # 3.11, 3.12 say 0; what the frame finds when it is resumed is the value that was sent
    if not PY311 or opname not in ("PRECALL", "CALL") or "PRECALL" not in OPCODES:
        return _host_stack_effect(known.number, (oparg or 0) if known.takes_oparg else None, jump=jump)
    # 3.11: the compiler splits the effect of a call; at run time PRECALL moves nothing.
    return 0 if opname == "PRECALL" else -((oparg or 0) + 1)


def stack_depths(bytecode: Bytecode) -> tuple[int | None, ...]:
    """Return the depth of the value stack before each instruction, in values; None where no path leads to it.

    A NULL counts as a value.  LastiError when two paths bring different depths to one instruction.
    """

    def after(instruction: Instruction, depth: int, jump: bool) -> int:
        return depth + stack_effect(instruction.opname, instruction.oparg, jump)

    def handled(entry: ExceptionEntry, depth: int) -> int:
        return entry.depth + entry.lasti + 1

    # 3.10: a generator's frame begins with the None that starts it, which GEN_START drops.
    first = bytecode.instructions[0]
    return _walk(bytecode, int(first.opname == "GEN_START"), after, handled)


class Block(NamedTuple):
    """An entry of 3.10's block stack: where an exception goes on, or (EXCEPT_HANDLER) that one is being handled.

    ``setup`` is the offset of the SETUP_* instruction that it comes from, ``handler`` that of the handler's first
    instruction; ``depth`` is the number of values on the stack that stay when the block is left.
    """

    kind: str  # SETUP_FINALLY, SETUP_WITH, SETUP_ASYNC_WITH or EXCEPT_HANDLER
    setup: int
    handler: int
    depth: int


_SETUPS = ("SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH")
_LEAVES_BLOCK = ("POP_BLOCK", "POP_EXCEPT", "END_ASYNC_FOR")
_EXCEPTION_VALUES = 6  # type, value, traceback of the exception, and of the one that was being handled before


def block_stacks(bytecode: Bytecode) -> tuple[tuple[Block, ...] | None, ...]:
    """Return the blocks that are open before each instruction, outermost first; None where no path leads to it.

    From 3.11, which has no block stack, each is empty.
    """
    no_blocks: tuple[Block, ...] = ()
    depths = stack_depths(bytecode)
    if PY311:
        return tuple(None if depth is None else no_blocks for depth in depths)

    def after(instruction: Instruction, blocks: tuple[Block, ...], jump: bool) -> tuple[Block, ...]:
        if instruction.opname in _LEAVES_BLOCK:
            return blocks[:-1]
        if instruction.opname not in _SETUPS:
            return blocks
        depth, handler = depths[instruction.index], instruction.target
        assert depth is not None
        assert handler is not None
        depth += stack_effect(instruction.opname, instruction.oparg, jump=True) - _EXCEPTION_VALUES
        kind = "EXCEPT_HANDLER" if jump else instruction.opname
        return (*blocks, Block(kind, instruction.offset, handler, depth))

    stacks = _walk(bytecode, no_blocks, after, lambda entry, blocks: blocks)
    return stacks


def _walk(
    bytecode: Bytecode,
    first: State,
    after: Callable[[Instruction, State, bool], State],
    handled: Callable[[ExceptionEntry, State], State],
) -> tuple[State | None, ...]:
    """Follow every path from the first instruction; return the state before each instruction, None if unreached.

    ``after(instruction, state, jump)`` and ``handled(entry, state)`` give the state behind an instruction and at the
    beginning of a handler.  LastiError when two paths bring different states to one instruction.
    """
    instructions, index_at = bytecode.instructions, bytecode.index_at
    covering = _covering(bytecode)
    states: dict[int, State] = {}  # by index
    todo = [(0, first)]
    while todo:
        index, state = todo.pop()
        while index < len(instructions):
            instruction = instructions[index]
            if index in states:
                _check_agreement(bytecode, instruction, states[index], state)
                break
            states[index] = state
            entry = covering.get(index)
            if entry is not None:
                todo.append((index_at[entry.target], handled(entry, state)))
            if instruction.target is not None:
                todo.append((index_at[instruction.target], after(instruction, state, True)))
            if instruction.opname in NEVER_FALLS_THROUGH:
                break
            state = after(instruction, state, False)
            index += 1
    return tuple(states.get(index) for index in range(len(instructions)))


def _covering(bytecode: Bytecode) -> dict[int, ExceptionEntry]:
    """Lead from an instruction's index to the entry of the exception table that covers it."""
    return {
        bytecode.index_at[offset]: entry
        for entry in bytecode.exception_table
        for offset in range(entry.start, entry.end, 2)
    }


def _check_agreement(bytecode: Bytecode, instruction: Instruction, found: object, state: object) -> None:
    if found != state:
        raise LastiError(
            f"{instruction.opname} at byte {instruction.offset} of {bytecode.code.co_name!r} "
            f"({bytecode.code.co_filename}:{instruction.line}): one path brings {found} to it, another {state}, "
            "which no code of Python's compiler does"
        )
