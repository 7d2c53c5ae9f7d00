"""Recordings leave no memory behind: neither the encoder's own nor Python's."""

from __future__ import annotations

import gc
import os
import tracemalloc
from pathlib import Path

import pytest

import lasti
from lasti.native.proof import complaint

pytestmark = pytest.mark.skipif(bool(complaint()), reason=f"the native engine does not work here: {complaint()}")


class Box:
    def __init__(self, n: int) -> None:
        self.items = {"n": n, "more": [n]}


def work(n: int) -> int:
    boxes = [Box(i) for i in range(n)]
    waiting = (box.items["n"] for box in boxes)
    next(waiting)
    try:
        raise KeyError(n)
    except KeyError:
        return sum(len(box.items) for box in boxes)


def test_recordings_leave_nothing(tmp_path: Path) -> None:
    """Every allocation is counted, those of the C encoder (PyMem_Raw...) too."""

    def record(times: int) -> int:
        for _ in range(times):
            with lasti.record(tmp_path / "run.lasti"):
                work(50)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = record(3)  # what is kept once: imports, tables of this Python's instructions
        after = record(6)
    finally:
        tracemalloc.stop()
    assert after - before < 6 * 12_000  # the encoder's tables alone are 100,000


def test_a_recording_goes_without_the_garbage_collector(tmp_path: Path) -> None:
    """A program that has switched the collector off does not keep one recording after the other."""
    import weakref

    gc.disable()
    try:
        recording = lasti.record(tmp_path / "run.lasti")
        with recording:
            work(5)
        recorder = weakref.ref(recording.recorder)
        assert recorder() is not None
        del recording
        assert recorder() is None
    finally:
        gc.enable()


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_a_thousand_recordings(tmp_path: Path) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    sizes = []
    for round_ in range(10):
        for _ in range(100):
            with lasti.record(tmp_path / f"run{round_}.lasti"):
                work(20)
        sizes.append(resident())
    assert sizes[-1] - sizes[2] < 4_000_000
