"""Bytecode: what a code object says, as records.

``decode(code)`` gives its instructions, exception table and flags; ``stack_depths`` and ``block_stacks`` tell what the
stacks hold before each instruction, ``stack_effect`` what an instruction does to the value stack; ``nested_code`` finds
the code objects within one.  Everything is keyed by opcode name; nothing here runs anything.
"""

from __future__ import annotations

from .decoder import Bytecode, Instruction, decode
from .depths import Block, block_stacks, stack_depths, stack_effect
from .nesting import nested_code
from .tables import ExceptionEntry, Positions, fast_names

__all__ = [
    "Block",
    "Bytecode",
    "ExceptionEntry",
    "Instruction",
    "Positions",
    "block_stacks",
    "decode",
    "fast_names",
    "nested_code",
    "stack_depths",
    "stack_effect",
]
