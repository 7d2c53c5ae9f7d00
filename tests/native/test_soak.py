"""Ten million steps are recorded, opened and sought, and a ring of the last ones stays small."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import pytest

import lasti
from lasti.native.proof import complaint
from lasti.trace.timeline import Timeline

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(bool(complaint()), reason=f"the native engine does not work here: {complaint()}"),
]

STEPS = 10_000_000


class Box:
    def __init__(self, n: int) -> None:
        self.n = n
        self.items = [n]


def work(n: int) -> int:
    boxes = []
    total = 0
    for i in range(n):
        total += i % 7
        if i % 100 == 0:
            boxes.append(Box(i))
            del boxes[:-20]
    return total + len(boxes)


@pytest.fixture(scope="module")
def long_trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soak") / "long.lasti"
    with lasti.record(path, watch=[__name__]):
        work(STEPS // 11)
    return path


def test_ten_million_steps_are_opened_and_sought(long_trace: Path) -> None:
    began = time.process_time()
    with Timeline.open(long_trace) as timeline:
        opened = time.process_time() - began
        assert len(timeline) > 0.9 * STEPS
        timeline.state(0)  # the code objects are read once
        took = []
        for place in range(200):
            step = place * 7_919_773 % len(timeline)
            began = time.process_time()
            state = timeline.state(step)
            took.append(time.process_time() - began)
            values = {name: value.text for name, value in state.call_stack[0].locals.items()}
            if "i" in values and "total" in values:
                i = int(values["i"])
                assert int(values["total"]) in (sum(k % 7 for k in range(i)), sum(k % 7 for k in range(i + 1)))
    size = long_trace.stat().st_size / STEPS
    print(
        f"opened in {opened * 1000:.0f} ms; a state in {statistics.median(took) * 1000:.1f} ms "
        f"({min(took) * 1000:.1f}-{max(took) * 1000:.1f}); {size:.1f} bytes a step"
    )
    # The goals are 1 s and 50 ms; processor time, and room for a machine that is busy otherwise.
    assert opened < 3
    assert statistics.median(took) < 0.15
    assert size < 12


def test_a_ring_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "ring.lasti"
    sizes = []
    with lasti.record(path, watch=[__name__], last=100_000) as recording:
        for _ in range(10):
            work(STEPS // 110)
            recording.recorder.reader()
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            sizes.append((path.stat().st_size, resident))
    assert sizes[-1][0] < 1.2 * sizes[1][0]
    assert sizes[-1][1] < sizes[1][1] + 8_000_000
    with Timeline.open(path) as timeline:
        assert 100_000 <= len(timeline) < 170_000
        assert timeline.dropped > 0.8 * STEPS
