"""``lasti check`` and the comparison itself: it finds what differs, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lasti.trace.compare import Comparison, Unsteady, collect, first_difference
from lasti.trace.timeline import Timeline

PROGRAM = """\
def worker(n):
    items = [n]
    yield items
    return {}

for items in worker(1):
    print(items)
"""


def lasti(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lasti", *words], capture_output=True, text=True, encoding="utf-8", input=stdin
    )


def record(folder: Path, name: str, source: str, engine: str) -> Path:
    """Record a program called prog.py."""
    (folder / "prog.py").write_text(source, encoding="utf-8")
    trace = folder / f"{name}.lasti"
    done = lasti("run", "--quiet", "--engine", engine, "-o", str(trace), str(folder / "prog.py"))
    assert (done.stderr, done.returncode) == ("", 0)
    return trace


def compared(left: Path, right: Path) -> Comparison:
    with Timeline.open(left) as one, Timeline.open(right) as other:
        return first_difference(one, other)


def test_a_trace_agrees_with_itself(tmp_path: Path) -> None:
    trace = record(tmp_path, "one", PROGRAM, "machine")
    found = compared(trace, trace)
    assert found.difference is None
    assert found.steps > 20


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("return {}", "return 7", "the instruction"),
        ("worker(1)", "worker(True)", "the instruction"),
        ("print(items)", "print(items, end='')", "the instruction"),
        ("worker(1)", "worker(id(0) % 7 + 1.5)", "the instruction"),
        ("def worker", "def other", "the instruction"),
    ],
)
def test_another_program_differs(tmp_path: Path, before: str, after: str, what: str) -> None:
    source = PROGRAM.replace(before, after).replace("worker(1)", "other(1)" if "other" in after else "worker(1)")
    found = compared(record(tmp_path, "one", PROGRAM, "machine"), record(tmp_path, "other", source, "machine"))
    assert found.difference is not None
    assert found.difference.what == what


VALUES = """\
import os
box = {contents}
"""


@pytest.mark.parametrize(
    ("contents", "what"),
    [
        ("'X' in os.environ", "stack 0"),
        ("list(map(os.environ.get, 'X'))", "what stack 0 looks like"),
    ],
)
def test_another_value_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contents: str, what: str) -> None:
    """The same code, and at one place another value."""
    source = VALUES.format(contents=contents)
    left = record(tmp_path, "one", source, "machine")
    monkeypatch.setenv("X", "")
    right = record(tmp_path, "other", source, "machine")
    found = compared(left, right)
    assert found.difference is not None
    assert found.difference.what == what


def test_what_differs_in_each_run_is_left_out(tmp_path: Path) -> None:
    source = "import time\nnow = time.monotonic_ns()\nlater = [now]\nprint('done')\n"
    traces = [record(tmp_path, name, source, "machine") for name in ("one", "two", "three")]
    with Timeline.open(traces[0]) as one, Timeline.open(traces[1]) as two, Timeline.open(traces[2]) as three:
        assert first_difference(one, two).difference is not None
        found = Unsteady()
        of_itself = collect(found, three, two)
        assert of_itself.difference is None
        assert len(found) > 0
        assert first_difference(one, two, found).difference is None


# -- the command ------------------------------------------------------------------------------------------------------


def test_check_says_that_all_agrees(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(PROGRAM, encoding="utf-8")
    done = lasti("check", "--keep", str(tmp_path), str(tmp_path / "prog.py"))
    assert (done.stderr, done.returncode) == ("", 0)
    count, rest = done.stdout.split(" ", 1)
    assert int(count) > 20
    assert rest.endswith("events agree\n")
    assert (tmp_path / "machine.lasti").exists()
    assert (tmp_path / "native.lasti").exists()


def test_check_shows_the_first_difference_of_both_sides(tmp_path: Path) -> None:
    source = "import sys\nis_on_machine = 'lasti.machine' in sys.modules\nprint('end')\n"
    (tmp_path / "prog.py").write_text(source, encoding="utf-8")
    done = lasti("check", str(tmp_path / "prog.py"))
    assert done.returncode == 1
    assert "this differs: what stack 1 looks like" in done.stdout  # the modules
    assert "machine:" in done.stdout
    assert "native:" in done.stdout
    found = json.loads(lasti("check", "--json", str(tmp_path / "prog.py")).stdout)
    assert found["agree"] is False
    assert found["difference"]["native"][-1]["activation"] == "<module>#1"


def test_check_gives_standard_input_to_both(tmp_path: Path) -> None:
    done = lasti("check", "-c", "print(input())", stdin="hello\n")
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "name a program to run"),
        (["no such file.py"], "no such file"),
        (["--keep", "no such folder", "x.py"], "there is no such folder"),
        (["--timeout", "0.01", "-c", "pass"], "did not end within"),
        (["--watch", "no_such_module", "-c", "pass"], "no code that is watched has run"),
        (["-c", "x = = 1"], "the program ended with exit code 1, SyntaxError: invalid syntax"),
    ],
)
def test_what_cannot_be_checked(words: list[str], sentence: str) -> None:
    done = lasti("check", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
