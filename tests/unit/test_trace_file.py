"""The trace's file: what is damaged, cut off, newer or no trace at all gets one sentence, and what can be read is."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lasti.errors import TraceFormatError, UsageError
from lasti.machine import Machine
from lasti.trace.recorder import TraceRecorder
from lasti.trace.timeline import State, Timeline

LOOP = """\
def turns(n):
    total = 0
    for i in range(n):
        total += i
    return total
print(turns({count}), flush=True)
"""


def lasti(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lasti", *words], capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def long_trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trace of several blocks."""
    folder = tmp_path_factory.mktemp("trace")
    (folder / "loop.py").write_text(LOOP.format(count=20_000), encoding="utf-8")
    done = lasti("run", "--quiet", "-o", str(folder / "run.lasti"), str(folder / "loop.py"))
    assert (done.stdout, done.returncode) == ("199990000\n", 0)
    return folder / "run.lasti"


def test_every_step_can_be_reached_from_both_sides(long_trace: Path) -> None:
    with Timeline.open(long_trace) as timeline:
        assert len(timeline) > 80_000
        steps = [0, 1, 4_000, 4_096, 4_097, 50_000, len(timeline) - 1, len(timeline)]
        forwards = [timeline.state(step) for step in steps]
        backwards = [timeline.state(step) for step in reversed(steps)]
    assert forwards == backwards[::-1]
    total, i = forwards[5].call_stack[-1].locals["total"], forwards[5].call_stack[-1].locals["i"]
    assert int(total.text) in (sum(range(int(i.text))), sum(range(int(i.text) + 1)))


CHANGING = """\
import collections
old, numbers = [], {"a": 1}
class Box:
    def __init__(self, value):
        self.value = value
def countdown(n):
    box = Box(n)
    while box.value:
        try:
            box.value -= 1
            got = yield box
            if got: raise KeyError(got)
        except KeyError as error:
            n = error.args
        finally:
            old.append(box.value)
def closure(n):
    def inner():
        nonlocal n
        n += 1
        return n
    return inner
first, second, count = countdown(40), countdown(30), closure(0)
for i in range(12):
    next(first)
    next(second)
    if i % 4 == 3:
        first.send(f"key{i}")
        numbers["a"] = numbers["a"] * 2
        old[0] = Box(count())
second.close()
"""


def recorded_in_blocks(path: Path, lines: int, monkeypatch: pytest.MonkeyPatch) -> Timeline:
    """Record CHANGING, in blocks of so many lines, four of which share an index."""
    monkeypatch.setenv("LASTI_ENCODER", "python")
    monkeypatch.setattr("lasti.trace.encoder.BLOCK", lines)
    for module in ("recorder", "past", "ring"):
        monkeypatch.setattr(f"lasti.trace.{module}.GROUP", 4)
    with TraceRecorder(path) as recorder, Machine(recorder) as machine:
        machine.exec(compile(CHANGING, "changing.py", "exec"), {"__name__": "__main__"})
    return Timeline.open(path)


def without_numbers(state: State) -> object:
    """Return what a state's frames hold; which object has which number depends on the addresses of what was freed."""
    frames = [*state.call_stack, *state.suspended]
    return [
        (frame.activation.name, frame.instruction, ["object" if value.number else value.text for value in frame.stack],
         {name: value.kind if value.number else value.text for name, value in frame.locals.items()})
        for frame in frames
    ]  # fmt: skip


def test_a_state_is_the_same_however_it_is_come_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In blocks of any size; step by step; by a jump, which leaves out what has ended before."""
    with recorded_in_blocks(tmp_path / "one.lasti", 100_000, monkeypatch) as whole:
        steps = range(0, len(whole) + 1, 3)
        expected = [whole.state(step) for step in steps]
        jumped = [whole.state(step) for step in reversed(steps)]
    assert len(expected) > 300
    assert jumped[::-1] == expected
    with recorded_in_blocks(tmp_path / "many.lasti", 40, monkeypatch) as timeline:
        assert len(timeline._blocks) > 12
        stepped = [timeline.state(step) for step in steps]
    assert list(map(without_numbers, stepped)) == list(map(without_numbers, expected))
    with Timeline.open(tmp_path / "many.lasti") as timeline:
        assert sum(1 for _ in timeline.warm()) == (len(timeline._blocks) - 1) // 4
        assert [timeline.state(step) for step in reversed(steps)] == stepped[::-1]


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off_is_read_up_to_the_cut(long_trace: Path, tmp_path: Path, kept: float) -> None:
    data = long_trace.read_bytes()
    cut = tmp_path / "cut.lasti"
    cut.write_bytes(data[: int(len(data) * kept)])
    first = ("--to", "100")
    done = lasti("steps", str(cut), *first)
    # 1: some of it can be read.  All of it, when nothing but pages that SQLite keeps free are missing.
    assert done.returncode in (1, 2) or (kept == 0.9 and done.stdout == lasti("steps", str(long_trace), *first).stdout)
    assert done.stdout or done.stderr.startswith("lasti: ")
    assert done.stderr.count("\n") <= 1


def test_damaged_columns_are_said_to_be_damaged(long_trace: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.lasti"
    damaged.write_bytes(long_trace.read_bytes())
    with sqlite3.connect(damaged) as connection:
        ((first,),) = connection.execute("SELECT first_step FROM blocks WHERE number = 1")
        connection.execute("UPDATE blocks SET stream = ? WHERE number = 1", (b"no zlib",))
    connection.close()
    with Timeline.open(damaged) as timeline:
        assert timeline.state(first - 10).step == first - 10
        with pytest.raises(TraceFormatError, match="damaged"):
            timeline.state(first + 10)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "it is empty"), (b"PK\3\4 something else", "no file that"), (b"SQLite format 3\0" + bytes(84), "no file")],
)
def test_what_is_no_trace(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(TraceFormatError, match=sentence):
        Timeline.open(path)
    done = lasti("steps", str(path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_newer_format(long_trace: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.lasti"
    newer.write_bytes(long_trace.read_bytes())
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(TraceFormatError, match="format 99, which a newer lasti has written"):
        Timeline.open(newer)


def test_a_trace_of_another_python(long_trace: Path, tmp_path: Path) -> None:
    """All of it is text: it can be read, and says who wrote it."""
    other = tmp_path / "other.lasti"
    other.write_bytes(long_trace.read_bytes())
    with sqlite3.connect(other) as connection:
        connection.execute("UPDATE meta SET value = '3.9.2' WHERE key = 'python'")
        connection.execute("UPDATE meta SET value = 'aarch64' WHERE key = 'machine'")
    connection.close()
    done = lasti("steps", str(other), "--to", "3")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4)
    assert done.stderr == (
        f"lasti: the trace was recorded by Python 3.9.2 ({sys.platform} aarch64), whose instructions it shows\n"
    )


def test_a_trace_of_another_machine(long_trace: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.lasti"
    other.write_bytes(long_trace.read_bytes())
    with sqlite3.connect(other) as connection:
        connection.execute("UPDATE meta SET value = 'aarch64\x1b[1m' WHERE key = 'machine'")
    connection.close()
    done = lasti("steps", str(other), "--to", "3")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4)
    assert done.stderr == f"lasti: the trace was recorded on another machine ({sys.platform} aarch64\\x1b[1m)\n"


def test_a_step_that_is_not_there(long_trace: Path) -> None:
    with Timeline.open(long_trace) as timeline, pytest.raises(UsageError, match="there is no step -1"):
        timeline.state(-1)


KILLED = """\
import os, signal, time
def turn():
    return time.monotonic()
began = turn()
while turn() < began + 1.5:
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_program_leaves_what_was_written(tmp_path: Path) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED, encoding="utf-8")
    done = lasti("run", "--quiet", "-o", str(tmp_path / "run.lasti"), str(program))
    assert done.returncode == -signal.SIGKILL
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert not timeline.is_complete
        assert timeline.state(len(timeline)).time > 250_000_000  # ns: half a second may be lost, says docs/recording.md
        assert timeline.state(len(timeline)).call_stack


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a limit on the size of files")
def test_a_full_disk_stops_the_recording_and_not_the_program(tmp_path: Path) -> None:
    program = tmp_path / "loop.py"
    program.write_text(LOOP.format(count=60_000), encoding="utf-8")
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from lasti.cli import main\n"
        f"sys.exit(main(['run', '--quiet', '-o', {str(tmp_path / 'run.lasti')!r}, {str(program)!r}]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8")
    assert (done.stdout, done.returncode) == ("1799970000\n", 0)
    assert done.stderr.startswith("lasti: the recording stopped after ")
    assert done.stderr.endswith("(the program goes on)\n")
    assert done.stderr.count("\n") == 1
