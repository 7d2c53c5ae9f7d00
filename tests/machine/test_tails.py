"""Translated code is shared by all threads: none may see a part of it before the whole is there."""

from __future__ import annotations

from typing import Any

import pytest

from lasti.machine import Machine, dispatch
from lasti.machine.code import Code

assert Machine  # importing it enters the instructions in the table


def function(words: list[str]) -> int:
    """Loops and branches: tails that lead to each other."""
    found = 0
    for word in words:
        while word:
            if word[0] == "a":
                found += 1
            word = word[1:]
    return found


@pytest.mark.parametrize("every_step", [False, True])
def test_no_tail_is_seen_before_it_is_filled(every_step: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may look after each instruction that is translated."""
    code = Code(function.__code__)
    tails = code.every_step if every_step else code.tails
    find: Any = dispatch.find
    looks: list[bool] = []

    def find_while_another_looks(*args: Any) -> Any:
        looks.append(all(tail is None or is_whole(tail) for tail in tails.at))
        return find(*args)

    monkeypatch.setattr(dispatch, "find", find_while_another_looks)
    first = tails.cut(0)
    assert len(looks) > 10
    assert all(looks)
    assert tails.at[0] is first
    assert is_whole(first)


def is_whole(tail: list[Any]) -> bool:
    """Tell whether no tail is empty that is reached from this one; one entry may have several, in tuples."""
    seen: list[Any] = []
    waiting: list[Any] = [tail]
    while waiting:
        found = waiting.pop()
        if type(found) is list and not any(found is each for each in seen):
            if not found:
                return False
            seen.append(found)
            waiting += [arg for _, _, arg in found]
        elif type(found) is tuple:
            waiting += found
    return True
