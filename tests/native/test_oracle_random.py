"""Both engines agree on every step of random programs.

Generators, coroutines, async generators, ``try`` in all its forms, ``with``, comprehensions, closures and classes,
nested in each other at random, values that change places, and syntax in combinations that nobody writes.  The seeds
are fixed: a failure comes from a change, not from chance.  ``scripts/check_random.py`` tries others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import random_programs
from random_programs import IN_A_BATCH, difference

BATCHES = 8


def agree(kind: str, folder: Path, seeds: range) -> None:
    steps, what = difference(kind, folder, seeds)
    assert what == ""
    assert steps > 1000


def test_control_flow(tmp_path: Path) -> None:
    agree("control-flow", tmp_path, range(1))


def test_moves(tmp_path: Path) -> None:
    agree("moves", tmp_path, range(2))


def test_syntax(tmp_path: Path) -> None:
    agree("syntax", tmp_path, range(6))


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("kind", sorted(IN_A_BATCH))
def test_much(kind: str, batch: int, tmp_path: Path) -> None:
    many = IN_A_BATCH[kind]
    agree(kind, tmp_path, range(100 + batch * many, 100 + (batch + 1) * many))


def test_the_seed_that_differs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(main: Path) -> dict[str, Any]:
        agrees = "[1, 2, 3]" not in main.read_text() and "[2]" not in main.read_text()
        return {"agree": agrees, "steps": 7, "exit_codes": {}, "difference": {"what": "the instruction"}}

    monkeypatch.setattr(random_programs, "check", check)
    steps, what = difference("control-flow", tmp_path, range(1, 4))
    assert steps == 7
    assert what.startswith(f"seed 2, {tmp_path / '2' / 'main.py'}\nafter 7 steps: the instruction")
