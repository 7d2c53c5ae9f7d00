"""Both engines agree on every step of the examples and of the conformance programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "twin"))

from harness import Program, programs
from oracle import CANNOT_AGREE, ROOT, check, explanation, is_parted

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
QUICK = {
    "asyncgens/hooks", "callbacks/iter_protocol", "classes/enums", "coroutines/throw_close", "exceptions/chaining",
    "functions/arguments", "generators/finalization", "generators/yield_from", "lifetime/del_order", "with_/forms",
}  # fmt: skip
ALL = [each for each in programs() if each.runs_here and each.interrupt_after is None and not each.watch]


def agree(name: str, path: Path, *arguments: str, stdin: str = "") -> None:
    if name in CANNOT_AGREE:
        pytest.skip(CANNOT_AGREE[name])
    found = check(path, *arguments, stdin=stdin)
    if is_parted(found):
        pytest.skip("the program goes another way in each run")
    assert explanation(found) == ""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    agree(f"examples/{path.stem}", path)


@pytest.mark.parametrize("program", [each for each in ALL if each.name in QUICK], ids=lambda each: each.name)
def test_a_few_programs(program: Program) -> None:
    agree(program.name, program.path, *program.argv, stdin=program.stdin)


@pytest.mark.soak
@pytest.mark.parametrize("program", [each for each in ALL if each.name not in QUICK], ids=lambda each: each.name)
def test_all_other_programs(program: Program) -> None:
    agree(program.name, program.path, *program.argv, stdin=program.stdin)


def test_the_quick_ones_exist() -> None:
    assert {program.name for program in programs()} >= QUICK


def test_what_cannot_agree_exists() -> None:
    names = {program.name for program in programs()} | {f"examples/{path.stem}" for path in EXAMPLES}
    assert names >= set(CANNOT_AGREE)
