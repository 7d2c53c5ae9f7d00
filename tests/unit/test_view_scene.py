"""What a screen shows at a step: the stage that is followed, the scene that is made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lasti.errors import UsageError
from lasti.machine import Machine
from lasti.trace.recorder import TraceRecorder
from lasti.trace.records import StepRecord
from lasti.trace.timeline import Timeline
from lasti.view.lanes import lanes_of
from lasti.view.scene import Scene, lines_of, scene_at
from lasti.view.stage import Stage

PROGRAMS = Path(__file__).parents[1] / "programs"

COUNTING = """
def counting(n):
    while n:
        yield n
        n -= 1

def total():
    result = 0
    for each in counting(3):
        result += each
    return result

answer = total()
"""


@contextmanager
def recorded(source: str, name: str) -> Iterator[Timeline]:
    with TraceRecorder() as recorder:
        with Machine(recorder) as machine:
            machine.exec(compile(source, name, "exec"), {"__name__": "__main__"})
        yield Timeline.of(recorder)


@pytest.fixture(scope="module")
def timeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timeline]:
    path = tmp_path_factory.mktemp("scene") / "program.py"
    path.write_text(COUNTING, encoding="utf-8")
    with recorded(COUNTING, str(path)) as timeline:
        yield timeline


def scenes(timeline: Timeline) -> list[Scene]:
    return [scene_at(timeline, step) for step in range(len(timeline) + 1)]


SLEEPING = """
import asyncio

async def sleeper():
    await asyncio.sleep(0.001)
    await asyncio.sleep(0)

async def main():
    await asyncio.gather(sleeper(), sleeper())

asyncio.run(main())
"""


def test_what_no_frame_holds_any_more_has_a_name() -> None:
    """A future that was yielded to the loop, or popped when its coroutine goes on, lies on no stack."""
    with recorded(SLEEPING, "sleeping.py") as timeline:
        seen = scenes(timeline)
    popped = [text for scene in seen for text in scene.popped]
    yielded = [frame.yielded for scene in seen for frame in scene.heap]
    assert any("Future#" in text for text in popped)
    assert any("Future#" in text for text in yielded)
    assert not [text for text in popped + yielded if text.startswith("#")]


def test_a_task_that_is_made_waits_for_its_turn(tmp_path: Path) -> None:
    (tmp_path / "sleeping.py").write_text(SLEEPING, encoding="utf-8")
    command = [sys.executable, "-m", "lasti", "run", "--quiet", "-o", "run.lasti", "sleeping.py"]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=60)
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        why = [event.text for event in timeline.events() if event.kind == "wake" and event.task == 3]
        lanes = {lane.name: [piece.state for piece in lane.pieces] for lane in lanes_of(timeline, 0, len(timeline))}
    assert why == ["it was made", "its future was completed by a timer", "it gave way to the others"]
    assert lanes["sleeper#2"][:4] == ["suspended", "ready", "running", "suspended"]  # while the first one runs


@pytest.mark.parametrize(
    "name", ["coroutines/await_chain.py", "asyncgens/basics.py", "aio/gather.py", "threads/generators_across.py"]
)
def test_the_stage_is_that_of_every_state(name: str) -> None:
    path = PROGRAMS / name
    with recorded(path.read_text(encoding="utf-8"), str(path)) as timeline:
        for begin in (0, len(timeline) // 2):
            stage = Stage.of(timeline.state(begin))
            for item in timeline.items(begin, begin + 600):
                stage.see(item)
                if isinstance(item, StepRecord):
                    state = timeline.state(item.number)
                    assert stage.threads[state.thread] == [frame.activation.number for frame in state.call_stack]
                    assert sorted(stage.suspended) == [frame.activation.number for frame in state.suspended]


def test_what_the_last_instruction_pushed_and_popped(timeline: Timeline) -> None:
    found = next(
        (before, after)
        for before, after in zip(scenes(timeline), scenes(timeline)[1:])
        if before.frame is not None and before.frame.opname in ("BINARY_OP", "INPLACE_ADD") and after.frame is not None
        and before.frame.activation.name == "total#1"
    )  # fmt: skip
    before, after = found
    assert [slot.text for slot in before.stack[-2:]] == ["0", "3"]
    assert after.popped == ("0", "3")
    assert [(slot.text, slot.is_pushed) for slot in after.stack[-1:]] == [("3", True)]
    assert not any(slot.is_pushed for slot in after.stack[:-1])


def test_a_suspended_generator_stays_on_the_heap(timeline: Timeline) -> None:
    found = [scene for scene in scenes(timeline) if any(view.state == "suspended" for view in scene.heap)]
    assert found
    view = found[-1].heap[0]
    assert (view.activation.name, view.yielded, view.line) == ("counting#1", "1", 4)
    assert dict(view.locals) == {"n": "1"}


def test_arrows_stand_where_it_was_resumed_and_suspended(timeline: Timeline) -> None:
    marks = {
        (line.number, mark.arrow)
        for scene in scenes(timeline)
        for line in scene.source
        for mark in line.marks
        if mark.activation.name == "counting#1"
    }
    # Resumed in line 4 it goes on in line 5, but for the first time, when it begins in line 3.
    assert marks >= {(4, "<-"), (5, "->"), (3, "->"), (4, ">"), (5, ">")}


def test_changed_locals_are_marked(timeline: Timeline) -> None:
    changed = [[each.name for each in scene.locals if each.is_changed] for scene in scenes(timeline)]
    assert ["result"] in changed
    assert ["each"] in changed


def test_tables_have_what_instructions_use(timeline: Timeline) -> None:
    tables = next(
        scene.tables for scene in scenes(timeline) if scene.frame and scene.frame.activation.name == "total#1"
    )
    assert list(tables.varnames.values()) == ["result", "each"]
    assert "counting" in tables.names.values()


def test_the_end_has_no_frame(timeline: Timeline) -> None:
    scene = scene_at(timeline, len(timeline))
    assert (scene.frame, scene.call_stack, scene.heap) == (None, (), ())


def test_there_is_no_step_beyond(timeline: Timeline) -> None:
    with pytest.raises(UsageError, match="there is no step"):
        scene_at(timeline, len(timeline) + 1)


def test_writes_become_lines() -> None:
    writes = [("stdout", "a"), ("stdout", " b\nc"), ("stderr", "!\n"), ("stdout", "\n\n")]
    assert lines_of(writes) == [("stdout", "a b"), ("stdout", "c"), ("stderr", "!"), ("stdout", "")]
