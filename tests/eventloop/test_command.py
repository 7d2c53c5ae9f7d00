"""``lasti run`` with our loop: its options, virtual time for watched code, the line that runs it again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lasti.eventloop import VirtualClock, patched_time
from lasti.eventloop.settings import Choices, Settings, conditions_of
from lasti.trace.records import State
from lasti.trace.timeline import Timeline

RACE = """\
import asyncio, time
balance = 100
async def pay(amount):
    global balance
    await asyncio.sleep(1)
    if amount == 20 and balance == 100:
        raise SystemExit("overdrawn")
    balance -= amount
async def main():
    began = time.monotonic(), time.time(), time.monotonic_ns()
    await asyncio.gather(pay(10), pay(20))
    time.sleep(100)
    ended = time.monotonic(), time.time(), time.monotonic_ns()
    print(balance, *[round(after - before, 3) for before, after in zip(began, ended)])
asyncio.run(main())
"""


JOBS = """\
import asyncio, threading, time
def job(seconds):
    time.sleep(seconds)
    return time.monotonic()
async def main():
    loop = asyncio.get_running_loop()
    print(await asyncio.to_thread(job, 5), end=" ")
    done = loop.create_future()
    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(done.set_result, job(7)))
    thread.start()
    print(await done, loop.time())
    thread.join()
asyncio.run(main())
"""


def lasti(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lasti", *args]
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=60, env=dict(os.environ))


@pytest.fixture
def race(tmp_path: Path) -> Path:
    (tmp_path / "race.py").write_text(RACE)
    return tmp_path


def test_virtual_time_for_watched_code(race: Path) -> None:
    done = lasti("run", "--quiet", "--clock", "virtual", "race.py", cwd=race)
    assert (done.returncode, done.stdout) == (0, "70 101.0 101.0 101000000000\n"), done.stderr


def test_threads_of_the_program_sleep_in_virtual_time(tmp_path: Path) -> None:
    """On the machine, which hides lasti's frames from whoever looks at what a thread is doing."""
    (tmp_path / "jobs.py").write_text(JOBS)
    done = lasti("run", "--quiet", "--engine", "machine", "--clock", "virtual", "jobs.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "5.0 12.0 12.0\n"), done.stderr


def test_a_failure_prints_the_line_that_has_it_again(race: Path) -> None:
    done = lasti("run", "--quiet", "--clock", "virtual", "--order", "lifo", "race.py", cwd=race)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    line = lines[lines.index("lasti: this order again:") + 1]
    assert line == "lasti run --loop lasti --clock virtual --order replay:111 race.py"
    again = lasti(*line.split()[1:], cwd=race)
    assert again.returncode == 1
    assert "overdrawn" in again.stderr
    assert line in again.stderr


def test_the_same_seed_is_the_same_trace(race: Path) -> None:
    """Each step, each value on the stack, each turn of the loop: byte for byte, but for the real times of the steps."""

    def trace(name: str) -> str:
        options = ["--quiet", "--engine", "machine", "--clock", "virtual", "--order", "random:7", "-o", name]
        assert lasti("run", *options, "race.py", cwd=race).returncode in (0, 1)
        lines = lasti("export", name, "--jsonl", "-", cwd=race).stdout
        _, _, events = re.sub(r'"time":\d+,', "", lines).partition("\n")
        return events

    first = trace("first.lasti")
    assert len(first.splitlines()) > 100
    assert '"event":"turn"' in first
    assert trace("second.lasti") == first


SETS = """\
import sys
class Thing: pass
things = {Thing(): number for number in range(30)}
print(*{"ann", "bob", "cy", "dora", "eve", "finn", "gus"})
print(*[things[each] for each in set(things)])
print(sys.argv[1:], sys.flags.dev_mode, sys.stdin.read())
sys.exit(3)
"""


def run_sets(*options: str, **variables: str) -> list[str]:
    """Return the lines that SETS prints, which orders of sets decide, and what lasti says of them."""
    command = [sys.executable, "-X", "dev", "-m", "lasti", "run", "--quiet", *options, "-c", SETS, "a word"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"} | variables
    done = subprocess.run(command, input="typed", capture_output=True, encoding="utf-8", timeout=60, env=environment)
    texts, objects, last = done.stdout.splitlines()
    assert (done.returncode, last) == (3, "['a word'] True typed"), done.stderr
    return [texts, objects, done.stderr]


def test_sets_come_out_the_same() -> None:
    """With a clock or an order of ours neither the hash seed nor addresses are left to chance."""
    texts, objects, said = run_sets("--order", "random:7")
    again = run_sets("--order", "random:7")
    assert again[0] == texts == run_sets("--clock", "virtual")[0]
    assert "\nlasti run" in said
    if can_fix_addresses():
        assert again[1] == objects


def test_a_hash_seed_of_the_user_s_is_kept() -> None:
    texts, _, said = run_sets("--order", "random:7", PYTHONHASHSEED="2")
    assert run_sets("--loop", "lasti", PYTHONHASHSEED="2")[0] == texts != run_sets("--clock", "virtual")[0]
    assert "\nPYTHONHASHSEED=2 lasti run" in said


def can_fix_addresses() -> bool:
    """Tell whether the system lets a process begin with fixed addresses."""
    command = [sys.executable, "-c", "from lasti import chance; print(chance._fix_addresses())"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout == "True\n"


ALARM = """\
import asyncio

async def alarm(ringing):
    await asyncio.sleep(2)
    ringing.set()

async def main():
    ringing = asyncio.Event()
    task = asyncio.create_task(alarm(ringing), name="alarm")
    asyncio.get_running_loop().call_soon(print, "hello")
    await ringing.wait()
    await task

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def alarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[State]]:
    """Return the states before each step of ALARM."""
    folder = tmp_path_factory.mktemp("alarm")
    (folder / "alarm.py").write_text(ALARM)
    options = ["--quiet", "--engine", "machine", "--loop", "lasti", "--clock", "virtual", "-o", "alarm.lasti"]
    done = lasti("run", *options, "alarm.py", cwd=folder)
    assert done.returncode == 0, done.stderr
    with Timeline.open(folder / "alarm.lasti") as timeline:
        yield [timeline.state(step) for step in range(len(timeline))]


def line_of(state: State) -> int:
    return state.call_stack[-1].line


def standing(states: list[State], line: int) -> list[tuple[int, float, str, str]]:
    """Return how the loop stands at each step of a line: turn, time, ready queue, timers; each way once."""
    found = []
    for state in states:
        if line_of(state) == line and state.loops:
            (loop,) = state.loops
            timers = [f"{handle.text} at {handle.when}" for handle in loop.timers]
            ready = " ".join(handle.text for handle in loop.ready)
            found.append((loop.iteration, loop.time, ready, " ".join(timers)))
    return list(dict.fromkeys(found))


def test_a_recording_has_the_queues_at_every_step(alarm: list[State]) -> None:
    """What a line puts into the ready queue is there at the next step, not only when the handle is over."""
    assert standing(alarm, 9) == [(1, 0.0, "", ""), (1, 0.0, "alarm", "")]
    assert standing(alarm, 11) == [(1, 0.0, "alarm print", ""), (5, 2.0, "", "")]
    asleep = standing(alarm, 4)
    assert (asleep[0], asleep[-1]) == ((2, 0.0, "print", ""), (4, 2.0, "", ""))
    assert standing(alarm, 5) == [(4, 2.0, "", ""), (4, 2.0, "main", "")]


def test_a_recording_says_who_woke_whom_and_why(alarm: list[State]) -> None:
    main, ringing = next(state for state in reversed(alarm) if line_of(state) == 12).tasks[:2]
    assert (main.coroutine, main.woken_by, main.woken_why) == ("main", 2, "its future was completed by task 'alarm'")
    assert (ringing.name, ringing.woken_by, ringing.woken_why) == ("alarm", 0, "its future was completed by a timer")


def test_a_run_that_does_not_fail_prints_nothing_of_it(race: Path) -> None:
    done = lasti("run", "--quiet", "--clock", "virtual", "--order", "replay:", "race.py", cwd=race)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_deadlock_on_the_real_clock(tmp_path: Path) -> None:
    source = "import asyncio\nasync def main():\n    await asyncio.Queue().get()\nasyncio.run(main())"
    (tmp_path / "stuck.py").write_text(source)
    done = lasti("run", "--quiet", "--deadlock", "stuck.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "Deadlock: nothing can run any more" in done.stderr
    assert "stuck.py:3 in main: await asyncio.Queue().get()" in done.stderr


def test_a_simulated_network(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("""\
import asyncio
async def serve(reader, writer):
    writer.write(await reader.readline())
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "example.org", 80)
    reader, writer = await asyncio.open_connection("example.org", 80)
    writer.write(b"hello\\n")
    print(await reader.readline(), asyncio.get_running_loop().time())
    writer.close()
    server.close()
asyncio.run(main())
""")
    done = lasti("run", "--quiet", "--net", "simulated:latency=2", "net.py", cwd=tmp_path)  # in virtual time
    assert (done.returncode, done.stdout) == (0, "b'hello\\n' 8.0\n"), done.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--order", "sorted"], "'sorted' is no order: there are fifo, lifo"),
        (["--loop", "asyncio", "--order", "lifo"], "--order needs lasti's loop"),
        (["--clock", "real", "--net", "simulated"], "the simulated network runs in virtual time"),
        (["--clock", "virtual", "--net", "simulated:speed=3"], "'speed=3' is no condition: there are latency"),
        (["--clock", "virtual", "--net", "simulated:loss=2"], "network: loss cannot be 2.0"),
        (["--net", "ethernet"], "'ethernet' is no network"),
        (["--order", "replay:!"], "'!' is no schedule"),
    ],
)
def test_misuse(options: list[str], complaint: str, race: Path) -> None:
    done = lasti("run", *options, "race.py", cwd=race)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_help_teaches(tmp_path: Path) -> None:
    done = lasti("run", "--help", cwd=tmp_path)
    for word in ("--loop", "--clock", "--order", "random:SEED", "--net", "--deadlock", "the event loop"):
        assert word in done.stdout


# -- from Python ----------------------------------------------------------------------------------------------------


def test_only_watched_code_lives_in_virtual_time() -> None:
    clock = VirtualClock(start=5.0)
    before = time.monotonic
    watched = {"__name__": "watched"}
    exec("import time\ndef now(): return time.monotonic(), time.monotonic_ns()\ndef rest(): time.sleep(1000)", watched)
    with patched_time(clock, lambda module: module.get("__name__") == "watched"):
        watched["rest"]()  # type: ignore[operator]
        assert watched["now"]() == (1005.0, 1_005_000_000_000)  # type: ignore[operator]
        assert time.monotonic() != 1005.0
    assert time.monotonic is before
    assert clock.now == 1005.0


def test_each_loop_has_a_network_with_the_order_s_seed() -> None:
    choices = Choices(Settings(clock="virtual", order="random:9", net="simulated:latency=0.5"))
    first, second = choices.new_loop(), choices.new_loop()
    assert first.network is not second.network
    assert first.network is not None
    assert (first.network.seed, first.network.conditions.latency) == (9, 0.5)
    assert first.order is second.order
    assert first.clock is second.clock
    first.close()
    second.close()
    words = choices.words_to_replay()
    assert words == "--loop lasti --clock virtual --order replay:@9 --net simulated:latency=0.5"


def test_conditions_by_name() -> None:
    assert conditions_of("real") is None
    assert conditions_of("simulated") == {}
    assert conditions_of("simulated:latency=1,seed=3,window=10") == {"latency": 1.0, "seed": 3, "window": 10}


def test_a_picture_of_the_loop(race: Path) -> None:
    """A row for each handle: the queues, what ran, and what came of it."""
    (race / "alarm.py").write_text(ALARM)
    options = ["--quiet", "--engine", "machine", "--loop", "lasti", "--clock", "virtual", "-o", "alarm.lasti"]
    assert lasti("run", *options, "alarm.py", cwd=race).returncode == 0
    done = lasti("picture", "alarm.lasti", "--loop", "-o", "loop.svg", cwd=race)
    assert (done.returncode, done.stderr) == (0, "")
    texts = [element.text for element in ElementTree.parse(race / "loop.svg").iter() if element.tag.endswith("text")]
    turn = texts.index("2, t = 0 s")
    assert texts[turn : turn + 5] == ["2, t = 0 s", "alarm", "print", "-", "2, t = 0 s"]
    assert texts[turn + 5 : turn + 9] == ["print", "-", "2 s: alarm", "nothing: it waits"]
    assert "alarm is ready: its future was completed by a timer" in texts
    assert texts[-1] == "Task-1 is over (done)"
    wrong = lasti("picture", "alarm.lasti", "--loop", "-o", "loop.gif", cwd=race)
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
