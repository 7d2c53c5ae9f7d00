"""``lasti view --text``: one moment as text, and what bad input gets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lasti.trace.timeline import Timeline
from lasti.view import text
from lasti.view.text import what_happens

PROGRAM = """\
import asyncio

async def worker(n):
    await asyncio.sleep(0)
    return "\\x1b[31m" * n

async def main():
    print("begin")
    await worker(2)

asyncio.run(main())
"""


def lasti(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lasti", *words], capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("text")
    (folder / "prog.py").write_text(PROGRAM, encoding="utf-8")
    done = lasti("run", "-o", str(folder / "prog.lasti"), str(folder / "prog.py"))
    assert done.returncode == 0, done.stderr
    return str(folder / "prog.lasti")


def step_of(trace: str, opname: str, function: str) -> int:
    with Timeline.open(trace) as timeline:
        return next(step.number for step in timeline.steps(function=function) if step.instruction.opname == opname)


def test_a_moment_has_all_that_there_is_to_see(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        step = next(
            s.number for s in timeline.steps(function="main") if s.number > step_of(trace, "RETURN_VALUE", "worker")
        )
    printed = lasti("view", "--text", "--step", str(step - 1), trace).stdout
    assert f"step {step - 1} of" in printed
    assert "worker#1, line 5 of" in printed
    for title in ("Source", "Bytecode", "Value stack (top first)", "Locals", "Call stack (newest first)", "Output"):
        assert f"\n{title}\n" in printed
    assert "  begin\n" in printed
    assert "    n = 2\n" in printed
    assert "main#1               coroutine       calling   line 9" in printed
    assert "RETURN_VALUE: `worker#1` is done" in printed


def test_before_and_after_stand_beside_the_sentence(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        at = step_of(trace, "RETURN_VALUE", "worker")
        returns, next_in_main = list(what_happens(timeline, at, "en")), list(what_happens(timeline, at + 1, "en"))
        begin, end = (list(what_happens(timeline, step, "en")) for step in (0, len(timeline)))
        korean = list(what_happens(timeline, at, "ko"))
    assert returns[0].startswith("RETURN_VALUE: `worker#1` is done")
    assert re.match(r"Before: [A-Z_]+( \d+)?: .+\.$", returns[1])  # the instruction before it
    assert len(returns) == 2  # another frame is next
    assert next_in_main[1].startswith("Before: `worker#1` is done")
    assert next_in_main[2].startswith("After: ")
    assert [line.partition(" ")[0] for line in begin[1:]] == ["Before:", "After:"]
    assert end[0] == "Everything has run."
    assert korean[1].startswith("앞 단계: ")


def test_in_korean_nothing_is_left_in_english(trace: str) -> None:
    """But for names: those of the program, of Python's own tables and opcodes."""
    korean = lasti("view", "--text", "--step", "30", "--language", "ko", trace).stdout
    for title in ("소스", "바이트코드", "값 스택 (위부터)", "호출 스택 (최근 것부터)", "코드의 표"):
        assert f"\n{title}\n" in korean
    english = {"step", "suspended", "running", "calling", "line", "awaits", "coroutine", "iteration", "ready", "waits"}
    states = korean[korean.index("\n호출 스택") :]
    assert not english & set(re.findall(r"[a-z]+", states))


def test_nothing_but_printable_text_comes_out(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        for step in range(len(timeline) + 1):
            for language in ("en", "ko"):
                assert all(line.isprintable() for line in text.picture(timeline, step, language=language))


def test_a_suspended_coroutine_is_still_there(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        shown = ["\n".join(text.picture(timeline, step)) for step in range(len(timeline) + 1)]
    assert any(
        "Heap (suspended)" in each and "worker#1             coroutine       suspended" in each for each in shown
    )
    lines = {line.strip() for each in shown for line in each.splitlines() if "# worker#1" in line}
    assert "<->     4      await asyncio.sleep(0)    # worker#1" in lines


def test_around_says_how_much(trace: str) -> None:
    step = step_of(trace, "RETURN_VALUE", "worker")
    with Timeline.open(trace) as timeline:
        narrow, wide = (dict(text.panes(text.scene_at(timeline, step), around)) for around in (0, 100))
    assert len(narrow["Source"]) == len(narrow["Bytecode"]) == 1
    assert len(wide["Source"]) == len(PROGRAM.splitlines())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--text", "--step", "100000"], "steps, numbered from 0"),
        (["--text", "--step", "-1"], "steps, numbered from 0"),
        (["--text", "--language", "xx"], "there is no language 'xx' (there are en, ko)"),
        (["--text", "--around", "-1"], "expected a number of lines"),
        (["--around", "3"], "--around goes with --text"),
        (["--text", "-o", "x.html"], "-o does not"),
    ],
)
def test_bad_input(trace: str, words: list[str], complaint: str) -> None:
    done = lasti("view", *words, trace)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_trace(tmp_path: Path) -> None:
    (tmp_path / "no.lasti").write_text("no", encoding="utf-8")
    done = lasti("view", "--text", str(tmp_path / "no.lasti"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
