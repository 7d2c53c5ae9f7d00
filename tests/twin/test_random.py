"""Random programs do on the machine what they do on the host: wild control flow, syntax that nobody writes,
and values that change places.

Each batch is one program, a ``main.py`` that imports one module a seed; its output is compared part by part.  The seeds
are fixed: a failure comes from a change, not from chance.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import generated, moves, soup, write_batch
from harness import differences, normalized, on_host, on_machine, read_program
from soup import write_soup

SOUP, GENERATED, MOVES = 8, 40, 8  # modules in a batch


def assert_twins(main: Path, *options: str) -> None:
    """Run a batch on both sides; say which seed differs first, and how."""
    program = read_program(main)
    host, machine = on_host(program), on_machine(program, *options)
    assert host.exit_code == 0
    assert host.output.count("\n===== ") > 1
    for expected, got in zip(host.output.split("\n===== "), machine.output.split("\n===== ")):
        if normalized(expected) != normalized(got):
            seed = expected.split()[0]
            pytest.fail(f"seed {seed}, {main.with_name(f'random_{seed}.py')}\n{first_difference(expected, got)}")
    assert not differences(program, host, machine), differences(program, host, machine)


def first_difference(expected: str, got: str) -> str:
    """Return the lines around the first one that differs."""
    theirs, ours = expected.splitlines(), got.splitlines()
    index = next((i for i, (one, other) in enumerate(zip(theirs, ours)) if one != other), min(len(theirs), len(ours)))
    before = theirs[max(index - 4, 0) : index]
    return "\n".join([*before, "host:", *theirs[index : index + 6], "machine:", *ours[index : index + 6]])


def test_control_flow(tmp_path: Path) -> None:
    assert_twins(soup(tmp_path, range(SOUP)))


def test_syntax(tmp_path: Path) -> None:
    assert_twins(generated(tmp_path, range(GENERATED)))


def test_moves(tmp_path: Path) -> None:
    assert_twins(moves(tmp_path, range(MOVES)))


def test_moves_recorded(tmp_path: Path) -> None:
    """Recording takes every instruction by itself; without, some run together."""
    assert_twins(moves(tmp_path, range(MOVES // 2)), "-o", str(tmp_path / "moves.lasti"))


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(1, 16))
def test_much_control_flow(batch: int, tmp_path: Path) -> None:
    assert_twins(soup(tmp_path, range(batch * SOUP, (batch + 1) * SOUP)))


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(1, 11))
def test_much_syntax(batch: int, tmp_path: Path) -> None:
    assert_twins(generated(tmp_path, range(batch * GENERATED, (batch + 1) * GENERATED)))


@pytest.mark.soak
@pytest.mark.parametrize("batch", range(1, 11))
def test_many_moves(batch: int, tmp_path: Path) -> None:
    assert_twins(moves(tmp_path, range(batch * 8 * MOVES, (batch + 1) * 8 * MOVES)))


def test_the_same_seed_gives_the_same_program() -> None:
    assert write_soup(3) == write_soup(3) != write_soup(4)


def test_a_difference_is_found(tmp_path: Path) -> None:
    """The comparison itself: a module that knows where it runs does not pass, and its seed is named."""

    def write(seed: int) -> str:
        return "import sys\nprint('lasti.machine' in sys.modules)\n" if seed == 2 else "print('the same')\n"

    main = write_batch(tmp_path, "soup_support.py", write, range(4), 'importlib.import_module(f"random_{seed}")')
    with pytest.raises(pytest.fail.Exception, match=r"seed 2, .*random_2\.py\n(?s:.*)host:\nFalse\nmachine:\nTrue"):
        assert_twins(main)
