"""Tails: a code object's instructions, translated for the evaluation loop.

A tail is a list of ``(pc, handler, arg)`` from some instruction on, to the end of its basic block (or a bounded way).
The loop iterates over one tail after another; a jump's argument *is* the tail at its target, so that jumping costs
nothing but returning it.  What does nothing (NOP, RESUME, ...) is left out, and a load and the operator that
takes its value are one entry, unless every step is asked for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..errors import UnsupportedOpcode
from . import dispatch

if TYPE_CHECKING:
    from .code import Code

    Tail = list[tuple[int, Any, Any]]

LENGTH = 64  # bounds what one tail copies; longer blocks go on in the next tail
ENDS_BLOCK = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})


class Tails(dict[int, "Tail"]):
    """The tails of one code object by the index of their first instruction, made when they are first asked for."""

    __slots__ = ("_at_targets", "_code", "_entries", "_every_step")

    def __init__(self, code: Code, every_step: bool) -> None:
        super().__init__()
        self._code = code
        self._every_step = every_step
        self._entries: list[tuple[int, Any, Any] | None] = []  # None: does nothing
        self._at_targets: dict[int, Tail] = {}

    def __missing__(self, index: int) -> Tail:
        if not self._entries:
            self._translate()
        tail = self[index] = self._at_targets.get(index) or self._cut(index)
        return tail

    def _translate(self) -> None:
        self._entries = [self._entry(index) for index in range(len(self._code.offsets))]
        for index, tail in self._at_targets.items():
            tail += self._cut(index)

    def _entry(self, index: int) -> tuple[int, Any, Any] | None:
        code = self._code
        instruction = code.bytecode.instructions[index]
        op = dispatch.find(instruction.opname, instruction.oparg or 0)
        if op is None:
            return index, unsupported, (code, instruction)
        if op.does_nothing and not self._every_step:
            return None
        arg = op.operand(code, instruction)
        if instruction.opname == "LOAD_FAST" and arg in code.always_bound:
            return index, dispatch.load_bound[0], arg  # up to 3.11: an argument needs no check
        if type(arg) is dispatch.Target:
            arg = self._at_targets.setdefault(arg.index, [])  # filled when all is translated
        return index, op.handler, arg

    def _cut(self, index: int) -> Tail:
        tail: Tail = []
        instructions = self._code.bytecode.instructions
        while index < len(self._entries) and len(tail) < LENGTH:
            entry = self._entries[index]
            if entry is not None:
                if not self._every_step:
                    entry = fused(self._entries[index : index + 3]) or entry
                tail.append(entry)
                index = entry[0]  # the last of those that were fused
            if instructions[index].opname in ENDS_BLOCK:
                break
            index += 1
        return tail


def fused(entries: list[tuple[int, Any, Any] | None]) -> tuple[int, Any, Any] | None:
    """Return one entry in place of the first three or two, at the place of the last (which alone can fail), or None."""
    while len(entries) > 1:
        if None not in entries:
            found = dispatch.FUSED.get(tuple(entry[1] for entry in entries if entry is not None))
            if found is not None:
                (_, _, first), (_, _, second) = entries[:2]  # type: ignore[misc]
                handler, operands = found
                return entries[-1][0], handler, first if operands == 1 else (first, second)  # type: ignore[index]
        entries = entries[:-1]
    return None


def unsupported(frame: Any, stack: list[Any], arg: Any) -> None:
    """Stand in for an instruction that the table does not have: UnsupportedOpcode."""
    code, instruction = arg
    raise UnsupportedOpcode(
        f"{instruction.opname} at byte {instruction.offset} of {code.co.co_name!r} "
        f"({code.co.co_filename}:{instruction.line}): the machine does not know it on Python "
        f"{sys.version.split()[0]}; please report this"
    )
