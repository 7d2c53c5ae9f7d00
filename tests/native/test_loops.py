"""What a recording by CPython says of the event loop where asyncio itself, which nobody watches, makes the tasks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lasti.trace.timeline import Timeline
from lasti.view.scene import scene_at

SERVER = """\
import asyncio
async def serve(reader, writer):
    writer.write(await reader.readline())
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "example.org", 80)
    reader, writer = await asyncio.open_connection("example.org", 80)
    writer.write(b"hello")
    writer.write_eof()
    await reader.readline()
    server.close()
asyncio.run(main())
"""

TWO_LOOPS = """\
import asyncio, threading
inside, over = threading.Event(), threading.Event()
async def holds():
    inside.set()
    over.wait()
thread = threading.Thread(target=asyncio.run, args=(holds(),))
thread.start()
inside.wait()
async def child():
    pass
async def main():
    await asyncio.create_task(child(), name="child")
asyncio.run(main())
over.set()
thread.join()
"""


@pytest.fixture(scope="module")
def timeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timeline]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "server.py").write_text(SERVER)
    options = ["--quiet", "--engine", "native", "--net", "simulated:latency=1", "-o", "run.lasti"]
    subprocess.run([sys.executable, "-m", "lasti", "run", *options, "server.py"], cwd=folder, check=True)
    with Timeline.open(folder / "run.lasti") as opened:
        yield opened


def test_tasks_are_those_of_their_coroutines(timeline: Timeline) -> None:
    found = set()
    for step in range(len(timeline)):
        state = timeline.state(step)
        running = [task for task in state.tasks if task.status == "running"]
        if running and state.call_stack[-1].activation.name.startswith(("serve", "main")):
            found.add((running[0].activation, state.call_stack[-1].activation.number))
    assert len(found) == 2
    assert all(of_task == of_frame for of_task, of_frame in found)


def test_what_a_suspended_coroutine_awaits(timeline: Timeline) -> None:
    """Up to 3.11, what suspends takes it off the stack when it is done; from 3.15 on, something else lies above it."""
    awaited = {view.awaits for step in range(len(timeline)) for view in scene_at(timeline, step).heap}
    assert "<coroutine StreamReader.readline>" in awaited
    assert not any("NULL" in each for each in awaited)


@pytest.mark.parametrize("engine", ["native", "machine"])
def test_who_makes_a_task_runs_in_the_same_thread(tmp_path: Path, engine: str) -> None:
    """Another thread's loop may be in the midst of a task's step."""
    (tmp_path / "loops.py").write_text(TWO_LOOPS)
    command = [sys.executable, "-m", "lasti", "run", "--quiet", "--engine", engine, "-o", "run.lasti", "loops.py"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        made = [(event.task, event.by) for event in timeline.events() if event.kind == "task"]
    assert made[:3] == [(1, 0), (2, 0), (3, 2)]
    assert not any(by for _, by in made[3:])  # asyncio.run has made these, when its task was over
