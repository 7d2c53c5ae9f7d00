"""A trace of the last steps only: it is bounded, and what it has is what a whole trace has."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lasti
from lasti.errors import TraceFormatError, UsageError
from lasti.native.proof import complaint
from lasti.trace.pictures import Value
from lasti.trace.records import FrameState, State
from lasti.trace.timeline import Timeline

native_only = pytest.mark.skipif(bool(complaint()), reason=f"the native engine does not work here: {complaint()}")

PROGRAM = """\
import asyncio

class Node:
    def __init__(self, depth):
        self.below = Node(depth - 1) if depth else None

def kept(box):
    received = yield
    while True:
        box.append(received)
        del box[:-3]
        received = yield len(box)

def work(count, unseen):
    quiet, busy = kept(["quiet"]), kept([])
    next(quiet), next(busy)
    for i in range(count):
        if i % 50 == 0:
            print(busy.send(i), end=" ")
    return {3}

async def sleeper(name):
    nodes = [Node(3)]
    await asyncio.sleep(60)
    return nodes

async def main():
    asleep = asyncio.ensure_future(sleeper("long"))
    await asyncio.sleep(0)
    for i in range(4):
        work({count}, ("untouched", [i]))
        await asyncio.sleep(0)
    asleep.cancel()

asyncio.run(main())
"""

LIVING = ("sleeper#1", "kept#7", "kept#8")

SMALL_BLOCKS = """\
import sys
from lasti.trace import encoder
encoder.BLOCK = 500
from lasti.cli import main
sys.exit(main(sys.argv[1:]))
"""


def record(path: Path, program: Path, engine: str, *more: str) -> str:
    """Run a program and record it; the machine with the reference encoder and small blocks."""
    words = ["run", "--quiet", "--engine", engine, "-o", str(path), *more, str(program)]
    start = ["-m", "lasti"] if engine == "native" else ["-c", SMALL_BLOCKS]
    done = subprocess.run(
        [sys.executable, *start, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "LASTI_ENCODER": "" if engine == "native" else "python"},
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def shown(state: State) -> Any:
    """What a state shows, but for numbers and times."""
    # A generator that nobody has any more is shown until the block is over.
    alive = [frame for frame in state.suspended if frame.activation.name in LIVING]
    every = [state.call_stack, alive, *state.threads.values()]
    loops = [(loop.iteration, loop.running, loop.ready, [timer.text for timer in loop.timers]) for loop in state.loops]
    tasks = [task._replace(woken_by=0) for task in state.tasks if task.status in ("ready", "running", "waiting")]
    return [[_frame(state, frame) for frame in frames] for frames in every], loops, tasks


def _frame(state: State, frame: FrameState) -> Any:
    values = [*frame.stack, *frame.locals.values()]
    inside = [
        [_text(value), *map(_text, state.objects[value.number].items if value.number in state.objects else ())]
        for value in values
    ]
    offset = None if frame.instruction is None else frame.instruction.offset
    return frame.activation.name, offset, list(frame.locals), inside, frame.activation.parent and True


def _text(value: Value) -> str:
    return "object" if value.number else value.text


@pytest.fixture(params=[pytest.param("native", marks=native_only), "machine"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_kept_is_what_a_whole_trace_has(engine: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("{count}", "4000" if engine == "native" else "250"), encoding="utf-8")
    last = 20_000 if engine == "native" else 1500
    outputs = {
        record(tmp_path / "whole", program, engine),
        record(tmp_path / "ring", program, engine, "--last", str(last)),
    }
    assert len(outputs) == 1
    with Timeline.open(tmp_path / "whole") as whole, Timeline.open(tmp_path / "ring") as ring:
        dropped = len(whole) - len(ring)
        assert last <= len(ring) < 2.5 * last < len(whole) / 1.5
        assert ring.dropped == dropped
        assert ring.is_complete
        assert not ring.problem
        for step in (0, 1, 77, len(ring) // 2, len(ring) - 300, len(ring) - 1, len(ring)):
            assert shown(ring.state(step)) == shown(whole.state(dropped + step))
        kept, all_of_it = list(ring.steps(0, 500)), list(whole.steps(dropped, dropped + 500))
        for one, other in zip(kept, all_of_it):
            assert (one.number, one.instruction) == (other.number - dropped, other.instruction)
            assert (one.activation.name, len(one.stack)) == (other.activation.name, len(other.stack))
        written = "".join(text for _, text in ring.output())
        assert "".join(text for _, text in whole.output()).endswith(written)
        assert ring.state(len(ring)).output_length == len(written)
        names = [activation.name for activation in ring.activations()]
        assert len(names) == len(set(names))
        assert {"sleeper#1", "main#1", "kept#1"} & set(names) >= {"sleeper#1", "main#1"}


@native_only
def test_the_file_does_not_grow(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    sizes = []
    for count in (8_000, 40_000):
        program.write_text(PROGRAM.replace("{count}", str(count)), encoding="utf-8")
        record(tmp_path / "ring", program, "native", "--last", "5000")
        sizes.append((tmp_path / "ring").stat().st_size)
    assert sizes[1] < 1.3 * sizes[0]


@native_only
def test_rows_of_what_is_gone_are_gone(tmp_path: Path) -> None:
    import threading

    def turn(n: int) -> int:
        for _ in range(n):
            pass
        return n

    with lasti.record(tmp_path / "ring", last=1000):
        for n in range(60):
            thread = threading.Thread(target=turn, args=(1000,), name=f"thread {n}")
            thread.start()
            thread.join()
    with Timeline.open(tmp_path / "ring") as timeline:
        assert timeline.dropped
        assert len(timeline.thread_names()) < 30
        assert timeline.thread_names()[1] == "MainThread"
        assert "thread 59" in timeline.thread_names().values()
    with sqlite3.connect(tmp_path / "ring") as connection:
        assert connection.execute("SELECT count(*) FROM blocks").fetchone()[0] < 8
        assert connection.execute("SELECT count(*) FROM ends").fetchone()[0] < 30
    connection.close()


@native_only
def test_a_short_run_is_kept_whole(tmp_path: Path) -> None:
    with lasti.record(tmp_path / "ring", last=1_000_000):
        sorted(range(10))
    with Timeline.open(tmp_path / "ring") as timeline:
        assert (timeline.dropped, timeline.note) == (0, "")


@native_only
def test_what_is_dropped_while_somebody_reads(tmp_path: Path) -> None:
    def turn(n: int) -> None:
        for _ in range(n):
            pass

    with lasti.record(tmp_path / "ring", last=1000) as recording:
        turn(100_000)
        recording.recorder.reader()  # what waits is written
        with Timeline.open(tmp_path / "ring") as timeline:
            turn(100_000)
            recording.recorder.reader()
            with pytest.raises(TraceFormatError, match="dropped by now: open the trace again"):
                timeline.state(0)


def test_steps_says_what_was_dropped(tmp_path: Path) -> None:
    program = tmp_path / "loop.py"
    program.write_text("for _ in range(20_000): pass\n", encoding="utf-8")
    lasti_ = [sys.executable, "-m", "lasti"]
    subprocess.run([*lasti_, "run", "--quiet", "-o", "ring", "--last", "100", "loop.py"], cwd=tmp_path, check=True)
    done = subprocess.run([*lasti_, "steps", "ring", "--to", "1"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert "the trace keeps the last" in done.stderr
    assert done.stdout.splitlines()[0].split()[:2] == ["0", "<module>#1"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--last", "100"], "name its file with -o"),
        (["--last", "0", "-o", "x"], "expected a number of steps"),
        (["--last", "many", "-o", "x"], "invalid int value"),
    ],
)
def test_what_is_refused(words: list[str], sentence: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lasti", "run", *words, "-c", "1"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert sentence in done.stderr


def test_what_record_refuses(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="last=0: expected a number of steps, at least 1"):
        lasti.record(tmp_path / "ring", last=0)
    for watch in (None, 3, [None], b"app"):
        with pytest.raises(UsageError, match=f"watch={re.escape(repr(watch))}: expected patterns of modules' names"):
            lasti.record(tmp_path / "ring", watch=watch)  # type: ignore[arg-type]
