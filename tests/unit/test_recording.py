"""``lasti.record``, ``lasti.recorded`` and ``lasti.frames``: recording from Python."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import lasti
from lasti.errors import UsageError
from lasti.native import proof
from lasti.native.extension import extension
from lasti.native.proof import complaint
from lasti.trace.timeline import Timeline

pytestmark = pytest.mark.skipif(bool(complaint()), reason=f"the native engine does not work here: {complaint()}")


def letters(n: int) -> Iterator[str]:
    for index in range(n):
        yield "abc"[index]


def total(numbers: list[int]) -> int:
    result = 0
    for number in numbers:
        result += number
    return result


def names(timeline: Timeline) -> set[str]:
    return {activation.name for activation in timeline.activations()}


def test_a_block(tmp_path: Path) -> None:
    with lasti.record(tmp_path / "run.lasti"):
        assert total([1, 2, 3]) == 6
        assert list(letters(2)) == ["a", "b"]
    total([4])  # no longer recorded
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert {"total#1", "letters#1"} <= names(timeline)
        assert "total#2" not in names(timeline)
        results = [event.values[0].text for event in timeline.events() if event.kind == "return"]
        assert "6" in results
        assert timeline.is_complete


def test_two_recordings_one_after_the_other(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with lasti.record(tmp_path / name):
            total([1])
        with Timeline.open(tmp_path / name) as timeline:
            assert "total#1" in names(timeline)


def test_one_recording_at_a_time(tmp_path: Path) -> None:
    with lasti.record(tmp_path / "outer"):
        with pytest.raises(UsageError, match="a recording goes on already"), lasti.record(tmp_path / "inner"):
            pass
        total([1])
    with Timeline.open(tmp_path / "outer") as timeline:
        assert "total#1" in names(timeline)


def test_start_and_stop_in_a_running_loop(tmp_path: Path) -> None:
    async def worker(n: int) -> int:
        await asyncio.sleep(0)
        return n

    async def main() -> list[int]:
        early = asyncio.ensure_future(worker(1))
        await asyncio.sleep(0)
        recording = lasti.record(tmp_path / "run.lasti").start()
        try:
            return await asyncio.gather(worker(2), early)
        finally:
            recording.stop()

    assert asyncio.run(main()) == [2, 1]
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        ended = {event.values[0].text for event in timeline.events() if event.kind == "return"}
        assert {"1", "2"} <= ended
        assert any(state.tasks for state in map(timeline.state, range(0, len(timeline), 5)))


def test_patterns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lasti.record(tmp_path / "run.lasti", watch=["nothing.of.this.name"]):
        total([1])
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "nothing.of.this.name" in sentence
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert len(timeline) == 0


def test_a_decorated_function(tmp_path: Path) -> None:
    @lasti.recorded(tmp_path / "run.lasti")
    def work() -> int:
        return total([1, 2])

    assert work() == 3
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert "total#1" in names(timeline)


def test_a_decorated_generator_function(tmp_path: Path) -> None:
    @lasti.recorded(tmp_path / "run.lasti", watch=[__name__])
    def pairs() -> Iterator[int]:
        yield total([1, 2])
        yield total([3])

    assert list(pairs()) == [3, 3]
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert {"total#1", "total#2"} <= names(timeline)
        assert [event.kind for event in timeline.events() if "pairs" in event.activation.name][-1] == "return"


def test_an_async_generator_function_is_not_decorated(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"takes no async generator function, as .*numbers' is"):

        @lasti.recorded(tmp_path / "run.lasti")
        async def numbers() -> AsyncIterator[int]:
            yield 1


def test_objects_die_when_they_would(tmp_path: Path) -> None:
    """The recorder keeps nothing alive: finalizers run where they run without it."""
    program = tmp_path / "dies.py"
    program.write_text(
        "import weakref\n"
        "class Box:\n"
        "    def __del__(self): seen.append('gone')\n"
        "seen = []\n"
        "def work():\n"
        "    box = Box()\n"
        "    ref = weakref.ref(box, lambda _: seen.append('callback'))\n"
        "    held = [box]\n"
        "    del box\n"
        "    seen.append('before')\n"
        "    held.pop()\n"
        "    seen.append('after')\n"
        "    return ref() is None\n"
        "print(work(), seen)\n",
        encoding="utf-8",
    )
    plain = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    words = [
        sys.executable,
        "-m",
        "lasti",
        "run",
        "--quiet",
        "--engine",
        "native",
        "-o",
        str(tmp_path / "t"),
        str(program),
    ]
    recorded = subprocess.run(words, capture_output=True, text=True)
    assert recorded.stdout == plain.stdout
    assert "gone" in plain.stdout


# -- whether the native engine is believed ------------------------------------------------------------------------


class Stub:
    """An extension that reads frames as well as the real one, with other offsets."""

    def __init__(self, told: int) -> None:
        self.offsets = lambda: {"localsplus": (told, 80)}
        self.slots = extension().slots


@pytest.mark.parametrize(("told", "wrong"), [(80, ""), (72, "otherwise than its headers say (localsplus: 72, not 80)")])
def test_what_python_tells_of_its_layout_is_compared(monkeypatch: pytest.MonkeyPatch, told: int, wrong: str) -> None:
    monkeypatch.setattr(proof, "extension", lambda: Stub(told))
    found = complaint.__wrapped__()
    assert found.endswith(wrong)
    assert bool(found) == bool(wrong)


def test_python_tells_of_its_layout() -> None:
    offsets = extension().offsets()
    assert len(offsets) > 5 if sys.version_info >= (3, 13) else offsets == {}


def test_auto_says_once_that_the_machine_has_to_record(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("print(3)\n", encoding="utf-8")
    script = "from lasti.native import extension as e; e.extension = lambda: None; from lasti.cli import main; main()"
    words = [sys.executable, "-c", script, "run", "--quiet", "-o", "run.lasti", "prog.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("3\n", 0)
    assert done.stderr == (
        "lasti: the machine records, for the native engine does not work here: the C extension is not there "
        "(see lasti doctor)\n"
    )
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert timeline.meta["engine"] == "machine"


# -- frames -------------------------------------------------------------------------------------------------------


def test_frames_of_a_suspended_generator() -> None:
    def pairs(first: int) -> Iterator[list[int]]:
        yield [first, *(yield [first])]

    generator = pairs(7)
    assert next(generator) == [7]
    (frame,) = lasti.frames(generator)
    assert frame.function.endswith("pairs")
    assert frame.locals == {"first": "7"}
    assert frame.stack == ("[7]",)
    assert frame.is_suspended
    assert frame.f_lasti == generator.gi_frame.f_lasti  # type: ignore[attr-defined]


def test_frames_of_a_task_that_waits() -> None:
    async def inner() -> None:
        await asyncio.sleep(0)

    async def outer() -> None:
        text = "outer's"
        await inner()
        assert text

    async def main() -> lasti.frames.Frames:  # type: ignore[name-defined]
        task = asyncio.ensure_future(outer())
        await asyncio.sleep(0)
        found = lasti.frames(task)
        await task
        return found

    found = asyncio.run(main())
    assert [frame.function.rpartition(".")[2] for frame in found][:2] == ["outer", "inner"]
    assert found[0].locals["text"] == '"outer\'s"'
    assert "outer" in str(found)


def test_frames_of_the_call_stack() -> None:
    found = lasti.frames()
    assert found[-1].function.endswith("test_frames_of_the_call_stack")
    assert not found[-1].is_suspended


def test_frames_of_nothing() -> None:
    with pytest.raises(UsageError, match="not an object of type 'int'"):
        lasti.frames(3)
