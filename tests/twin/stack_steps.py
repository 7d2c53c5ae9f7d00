"""Run a program on the machine and print, a JSON line a step of one function: opname, argval, value stack, locals.

Usage: ``python stack_steps.py PROGRAM FUNCTION``.  A process of its own, because a machine changes built-in types.  The
last line is of the event that ends the function: ``["return", value, [], {}]``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lasti.events import NULL
from lasti.machine import Machine


class Steps:
    """A recorder that writes down one function's steps."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.lines: list[str] = []

    def call(self, frame: Any, caller: Any) -> None:
        frame.activation = 1

    def step(self, frame: Any) -> None:
        if frame.code.co.co_name == self.function:
            instruction = frame.code.bytecode.instructions[frame.pc]
            names = frame.code.co.co_varnames
            bound = {name: shown(value) for name, value in zip(names, frame.fast) if value is not NULL}
            stack = [shown(value) for value in frame.stack if value is not NULL]
            self.lines.append(json.dumps([instruction.opname, shown(instruction.argval), stack, bound]))

    def return_(self, frame: Any, value: object) -> None:
        if frame.code.co.co_name == self.function:
            self.lines.append(json.dumps(["return", shown(value), [], {}]))

    def ignore(self, *_: Any) -> None:
        pass

    yield_ = resume = throw = unwind = handle = output = ignore


def shown(value: Any) -> Any:
    """Return plain values as they are, functions by name."""
    return value if type(value) in (int, str, type(None)) else getattr(value, "__name__", type(value).__name__)


if __name__ == "__main__":
    program, function = sys.argv[1:]
    steps = Steps(function)
    with Machine(steps) as machine:
        machine.exec(compile(Path(program).read_text(encoding="utf-8"), program, "exec"), {"__name__": "__main__"})
    print("", *steps.lines, sep="\nstep ")
