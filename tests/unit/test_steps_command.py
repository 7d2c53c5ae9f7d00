"""``lasti run -o`` and ``lasti steps``: what a recording has, as a listing and as JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
def worker(n):
    got = yield n
    return got

w = worker(1)
print(next(w))
try:
    w.send("\\x1b[31m")
except StopIteration as stop:
    print(len(stop.value))
"""
KEYS = ["step", "event", "activation", "function", "file", "line", "offset", "opname", "arg", "argval", "stack",
        "locals", "text"]  # fmt: skip


def lasti(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lasti", *words], capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steps")
    (folder / "prog.py").write_text(PROGRAM, encoding="utf-8")
    done = lasti("run", "--quiet", "-o", str(folder / "run.lasti"), str(folder / "prog.py"))
    assert (done.stdout, done.stderr, done.returncode) == ("1\n5\n", "", 0)
    return folder / "run.lasti"


def records(trace: Path, *options: str) -> list[dict[str, object]]:
    done = lasti("steps", "--json", *options, str(trace))
    assert (done.stderr, done.returncode) == ("", 0)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_json_lines_have_the_keys_in_order(trace: Path) -> None:
    assert all(list(record) == KEYS for record in records(trace))


def test_steps_are_numbered_without_gaps(trace: Path) -> None:
    numbers = [record["step"] for record in records(trace) if record["event"] == "step"]
    assert numbers == list(range(len(numbers)))


def test_a_generator_s_life_is_there(trace: Path) -> None:
    kinds = [record["event"] for record in records(trace, "--function", "worker") if record["event"] != "step"]
    assert kinds == ["call", "resume", "yield", "resume", "return"]


def test_output_stands_where_it_was_written(trace: Path) -> None:
    written = [record["text"] for record in records(trace) if record["event"] == "output"]
    assert written
    assert all(str(text).startswith("stdout ") for text in written)


def test_a_stretch(trace: Path) -> None:
    steps = [record["step"] for record in records(trace, "--from", "5", "--to", "8") if record["event"] == "step"]
    assert steps == [5, 6, 7]


def test_hostile_text_is_escaped(trace: Path) -> None:
    listing = lasti("steps", str(trace)).stdout
    assert "\x1b" not in listing
    assert r"\x1b[31m" in listing


@pytest.mark.parametrize("name", ["worker#3", "nobody"])
def test_a_name_that_nobody_has(trace: Path, name: str) -> None:
    done = lasti("steps", "--function", name, str(trace))
    expected = f"lasti: --function {name!r}: no function of that name was called in {str(trace)!r}\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", expected, 2)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["no-such.lasti"], "no-such.lasti"),
        ([__file__], "is no"),
        (["--from", "9", "--to", "3", "x.lasti"], "--from 9 --to 3"),
        (["--from", "-4", "x.lasti"], "--from -4: steps are numbered from 0"),
    ],
)
def test_misuse(words: list[str], text: str) -> None:
    done = lasti("steps", *words)
    assert done.returncode == 2
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
