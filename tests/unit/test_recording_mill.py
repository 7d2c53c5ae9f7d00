"""The thread that writes a trace: what waits for it is written at once, and the program waits when that is too much."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lasti.trace import recorder
from lasti.trace.recorder import Mill, TraceRecorder


class Block(NamedTuple):
    """As much of a block as a mill looks at."""

    name: str
    size: int = 60


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(recorder, "monotonic", clock)
    monkeypatch.setattr(recorder, "ENOUGH", 100)
    monkeypatch.setattr(recorder, "MOST_WAITING", 200)
    return clock


class Written:
    """What a mill whose thread never gets its turn has written, by names."""

    def __init__(self) -> None:
        self.batches: list[str] = []
        self.mill = Mill(self._write, self._nothing, self._nothing)
        self.mill._is_running = True

    def _write(self, blocks: list[Any]) -> None:
        self.batches.append("".join(block.name for block in blocks))

    def _nothing(self) -> None:
        pass

    def put(self, names: str) -> list[str]:
        """Put blocks, one after the other; return what has been written so far."""
        for name in names:
            self.mill.put(Block(name))  # type: ignore[arg-type]
        return self.batches


def test_what_waits_is_written_at_once(clock: Clock) -> None:
    written = Written()
    assert written.put("a") == []
    assert not written.mill._bell.is_set()
    assert written.put("b") == []
    assert written.mill._bell.is_set()  # the thread is woken: it is enough for one transaction
    written.mill.finish_waiting()
    assert written.batches == ["ab"]
    written.mill.finish_waiting()
    assert written.batches == ["ab"]


def test_the_program_waits_when_it_is_too_much(clock: Clock) -> None:
    written = Written()
    assert written.put("abc") == []
    assert written.put("d") == ["abcd"]
    assert written.put("efg") == ["abcd"]
    assert written.put("h") == ["abcd", "efgh"]


def test_the_program_waits_when_it_takes_too_long(clock: Clock) -> None:
    """Or more than the last second would be lost with it."""
    written = Written()
    assert written.put("a") == []
    clock.now += 0.8
    assert written.put("b") == []
    clock.now += 0.2
    assert written.put("c") == ["abc"]
    clock.now += 0.8
    assert written.put("d") == ["abc"]


def test_a_handler_of_a_signal_does_not_write_in_the_midst_of_it(clock: Clock) -> None:
    written = Written()

    def write(blocks: list[Any]) -> None:
        written.batches.append("".join(block.name for block in blocks))
        if len(written.batches) == 1:
            written.put("xyz")

    written.mill._write = write
    assert written.put("abcd") == ["abcd", "xyz"]


def test_its_thread_writes_what_is_enough_and_what_is_left(clock: Clock) -> None:
    written = Written()
    is_written = threading.Event()

    def write(blocks: list[Any]) -> None:
        written.batches.append("".join(block.name for block in blocks))
        is_written.set()

    written.mill._write = write
    written.mill.start()
    written.put("ab")
    assert is_written.wait(60)
    written.put("c")
    written.mill.stop()
    assert "".join(written.batches) == "abc"


class Lock:
    """A recorder's lock, which sets ``event`` when the thread that made it wants it."""

    def __init__(self, lock: Any, event: threading.Event) -> None:
        self._lock = lock
        self._event = event
        self._thread = threading.current_thread()

    def __enter__(self) -> None:
        if threading.current_thread() is self._thread:
            self._event.set()
        self._lock.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self._lock.release()


def test_the_program_does_not_end_before_it_is_told_that_writing_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    has_failed, is_ending = threading.Event(), threading.Event()

    def count() -> int:
        has_failed.set()
        assert is_ending.wait(60)
        return 5

    monkeypatch.setattr(os, "write", lambda descriptor, text: happened.append(text.decode()))
    recording = TraceRecorder(tmp_path / "run.lasti")
    with closing(recording._writer.connection):
        monkeypatch.setattr(recording._writer, "steps", count)
        recording._lock = Lock(recording._lock, is_ending)  # type: ignore[assignment]
        failing = threading.Thread(target=recording._fail, args=(OSError("the disk is full"),))
        failing.start()
        assert has_failed.wait(60)
        recording.close()
        happened.append("closed")
        is_ending.set()
        failing.join()
    assert [text.partition(" after ")[0] for text in happened] == ["lasti: the recording stopped", "closed"]


def test_what_fails_at_the_very_end_is_told_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    recording = TraceRecorder(tmp_path / "run.lasti")
    recording.encoder.note("L", '["select",1,null]')
    with closing(recording._writer.connection):
        recording._mill.stop()
        recording._writer.commit()
        recording._writer.connection.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON blocks BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        recording.close()
    told = capfd.readouterr().err
    assert told.startswith("lasti: the recording stopped after 0 steps: cannot write ")
    assert told.count("\n") == 1
