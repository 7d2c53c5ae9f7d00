"""What a recording by CPython says of the event loop where asyncio itself, which nobody watches, makes the tasks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

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
