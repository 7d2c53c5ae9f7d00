"""Tails: a code object's instructions, translated for the evaluation loop.

A tail is a list of ``(pc, handler, arg)`` from some instruction on, to the end of its basic block (or a bounded way).
The loop iterates over one tail after another; a jump's argument *is* the tail at its target, so that jumping costs
nothing but returning it.  What only jumps is followed, what does nothing (NOP, RESUME, ...) is left out, and a few
instructions become one entry (see ``superinstructions.py``) - unless every step is asked for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..errors import UnsupportedOpcode
from . import dispatch, superinstructions

if TYPE_CHECKING:
    from collections.abc import Callable

    from .code import Code

    Entry = tuple[int, Any, Any]
    Tail = list[Entry]
    To = Callable[[int], Tail]  # the tail at an index, which may be filled later

LENGTH = 64  # bounds what one tail copies; longer blocks go on in the next tail
ENDS_BLOCK = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})


class Tails:
    """The tails of one code object, by the index of their first instruction."""

    __slots__ = ("_code", "_every_step", "at")

    def __init__(self, code: Code, every_step: bool) -> None:
        self._code = code
        self._every_step = every_step
        self.at: list[Tail | None] = [None] * (len(code.offsets) + 1)
        """None where nothing has led to yet."""

    def cut(self, index: int) -> Tail:
        """Make the tail that begins at ``index``, and those to which it may jump.

        Nobody sees one of them before all are filled: other threads, and signal handlers, may run this code meanwhile.
        Who needs the same tail at the same time makes one of the same entries.
        """
        made: dict[int, Tail] = {}
        waiting: list[int] = []  # indices of tails that have not been filled

        def to(index: int) -> Tail:
            tail = self.at[index] or made.get(index)
            if tail is None:
                tail = made[index] = []
                waiting.append(index)
            return tail

        tail = to(index)
        while waiting:
            index = waiting.pop()
            made[index][:] = self._every_entry(index, to) if self._every_step else self._entries(index, to)
        for index, each in made.items():
            self.at[index] = each
        return tail

    def _entry(self, index: int, to: To) -> Entry:
        """Translate one instruction."""
        code = self._code
        instruction = code.bytecode.instructions[index]
        op = dispatch.find(instruction.opname, instruction.oparg or 0)
        if op is None:
            return index, unsupported, (code, instruction)
        arg = op.operand(code, instruction)
        if instruction.opname == "LOAD_FAST" and arg in code.always_bound:
            return index, dispatch.load_bound[0], arg  # up to 3.11: an argument needs no check
        return index, op.handler, to(arg.index) if type(arg) is dispatch.Target else arg

    def _every_entry(self, index: int, to: To) -> Tail:
        """Return an entry for each instruction from ``index`` to the end of the basic block."""
        instructions = self._code.bytecode.instructions
        tail: Tail = []
        while index < len(instructions) and len(tail) < LENGTH:
            tail.append(self._entry(index, to))
            if instructions[index].opname in ENDS_BLOCK:
                break
            index += 1
        return tail

    def _entries(self, index: int, to: To) -> Tail:
        """Return the entries that nobody watches: fewer, to the same effect."""
        instructions = self._code.bytecode.instructions
        tail: Tail = []
        pc, passed = index, set()
        while index not in passed and index < len(instructions) and len(tail) < LENGTH:
            passed.add(index)
            pc, instruction = index, instructions[index]
            op = dispatch.find(instruction.opname, instruction.oparg or 0)
            if op is not None and op.only_jumps:
                index = dispatch.target_index(self._code, instruction)
                continue
            if op is None or not op.does_nothing:
                tail.append(self._entry(index, to))
            if instruction.opname in ENDS_BLOCK:
                return superinstructions.put_in(tail)
            index += 1
        return [*superinstructions.put_in(tail), (pc, go_on, to(index))]


def go_on(frame: Any, stack: list[Any], tail: Tail) -> Tail:
    """Go on in the next tail, at the end of one."""
    return tail


def unsupported(frame: Any, stack: list[Any], arg: Any) -> None:
    """Stand in for an instruction that the table does not have: UnsupportedOpcode."""
    code, instruction = arg
    raise UnsupportedOpcode(
        f"{instruction.opname} at byte {instruction.offset} of {code.co.co_name!r} "
        f"({code.co.co_filename}:{instruction.line}): the machine does not know it on Python "
        f"{sys.version.split()[0]}; please report this"
    )
