"""Superinstructions: put together, the texts of instructions do what their handlers do one after the other."""

from __future__ import annotations

from itertools import product
from typing import Any

from lasti.machine import Machine

# Every way to assign two or three of a function's locals and a constant to some of them at once.
MOVES = [
    (targets, values)
    for count in (2, 3)
    for targets in product("abc", repeat=count)
    for values in product(("a", "b", "c", "''"), repeat=count)
    if count == 2 or (len(set(targets)) == 3 and targets[0] == "a")
]
SOURCE = "".join(
    f"def move{number}(a, b, c):\n {', '.join(targets)} = {', '.join(values)}\n return a, b, c\n"
    for number, (targets, values) in enumerate(MOVES)
)


def expected(targets: tuple[str, ...], values: tuple[str, ...]) -> tuple[Any, ...]:
    names = {"a": 1, "b": 2, "c": 3}
    names.update(zip(targets, [names.get(value, "") for value in values], strict=True))
    return tuple(names.values())


def test_locals_are_read_before_they_are_stored() -> None:
    found: dict[str, Any] = {}
    ending = f"found = [globals()['move' + str(number)](1, 2, 3) for number in range({len(MOVES)})]\n"
    with Machine() as machine:
        machine.exec(compile(SOURCE + ending, "moves.py", "exec", dont_inherit=True), found)
    wrong = [move for move, got in zip(MOVES, found["found"], strict=True) if got != expected(*move)]
    assert not wrong
