"""How fast the event loop is, against asyncio's own loop in the same process.

    python benchmarks/bench_loop.py [--rounds 7] [--only stream] [--uvloop]

Each row is a small program; each round runs it on every loop in turn, on asyncio's once before and after.  Printed
are the medians of the rounds' ratios to asyncio, with the smallest and the largest.  ``asyncio`` itself is the second
of its runs against the first: that is the noise.  All times are the process's CPU time, so that others on the machine
count less.  The rows of virtual time have no ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from lasti.eventloop import Loop, Network, OwnTasksLoop, Random, VirtualClock, WatchedLoop

Program = Callable[[], Awaitable[Any]]


# -- the programs -------------------------------------------------------------------------------------------------


async def chained_call_soon(count: int = 100_000) -> None:
    """One callback that calls itself again."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def step(left: int) -> None:
        if left:
            loop.call_soon(step, left - 1)
        else:
            done.set_result(None)

    step(count)
    await done


async def tasks_that_yield(tasks: int = 10_000, turns: int = 10) -> None:
    """Many tasks, each of which gives way some times."""

    async def worker() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    await asyncio.gather(*[worker() for _ in range(tasks)])


async def spawn_and_gather(count: int = 50_000) -> None:
    """Tasks that end at once."""

    async def nothing() -> None:
        pass

    await asyncio.gather(*[nothing() for _ in range(count)])


async def queue_ping_pong(count: int = 20_000) -> None:
    """Two tasks and two queues."""
    there: asyncio.Queue[int] = asyncio.Queue(1)
    back: asyncio.Queue[int] = asyncio.Queue(1)

    async def other() -> None:
        for _ in range(count):
            await back.put(await there.get())

    task = asyncio.create_task(other())
    for number in range(count):
        await there.put(number)
        await back.get()
    await task


async def timers(count: int = 10_000) -> None:
    """Many sleeps of different lengths, all over within some milliseconds."""
    await asyncio.gather(*[asyncio.sleep(number % 50 / 10_000) for number in range(count)])


async def stream_echo(count: int = 2_000) -> None:
    """One kilobyte there and back over a real connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # the client goes when it has what it wants
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for _ in range(count):
        writer.write(b"x" * 1024)
        await reader.readexactly(1024)
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


PROGRAMS: dict[str, Program] = {
    "chained call_soon": chained_call_soon,
    "10,000 tasks x 10 sleep(0)": tasks_that_yield,
    "spawn and gather 50,000": spawn_and_gather,
    "queue ping-pong": queue_ping_pong,
    "10,000 timers": timers,
    "stream echo of 1 KB": stream_echo,
}


class Nobody:
    """A listener to whom it is all the same: what is measured is our Task and Future, and the telling."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: None


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.SelectorEventLoop,
    "lasti": Loop,
    "own tasks": OwnTasksLoop,
    "listened to": lambda: WatchedLoop(listener=Nobody()),
    "virtual": lambda: Loop(clock=VirtualClock()),
    "random:7": lambda: Loop(clock=VirtualClock(), order=Random(7)),
}


def seconds(program: Program, make_loop: Callable[[], asyncio.AbstractEventLoop]) -> float:
    """Return the CPU seconds that ``program`` takes on a new loop, the making of the loop apart."""
    loop = make_loop()
    try:
        gc.collect()
        began = time.process_time()
        loop.run_until_complete(program())  # type: ignore[arg-type]
        return time.process_time() - began
    finally:
        loop.close()


def ratios(program: Program, rounds: int) -> dict[str, list[float]]:
    """Return, for each loop, the ratio to asyncio of every round."""
    found: dict[str, list[float]] = {name: [] for name in LOOPS}
    for _ in range(rounds):
        before = seconds(program, asyncio.SelectorEventLoop)
        taken = {name: seconds(program, make_loop) for name, make_loop in LOOPS.items() if name != "asyncio"}
        after = seconds(program, asyncio.SelectorEventLoop)
        found["asyncio"].append(after / before)
        for name, value in taken.items():
            found[name].append(value / ((before + after) / 2))
    return found


# -- virtual time ---------------------------------------------------------------------------------------------------


def short_run(sleeps: int, count: int = 200) -> float:
    """Return the median seconds of a short run: loop made, three tasks that sleep so often each, loop closed."""

    async def worker() -> None:
        for _ in range(sleeps):
            await asyncio.sleep(1)

    async def main() -> None:
        await asyncio.gather(worker(), worker(), worker())

    def run(seed: int) -> float:
        began = time.process_time()
        loop = Loop(clock=VirtualClock(), order=Random(seed))
        loop.run_until_complete(main())
        loop.close()
        return time.process_time() - began

    return statistics.median(run(seed) for seed in range(count))


def hour_of_traffic(tasks: int = 1_000) -> float:
    """Return the seconds that an hour of 1,000 clients takes: each sleeps a while, sends a line, reads the answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("server", 80)
        loop = asyncio.get_running_loop()
        while loop.time() < 3600:
            await asyncio.sleep(60 + number % 60)
            writer.write(b"hello\n")
            await reader.readline()
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(serve, "server", 80):
            await asyncio.gather(*[client(number) for number in range(tasks)])

    began = time.process_time()
    loop = Loop(clock=VirtualClock(), order=Random(7), network=Network(seed=7, latency=0.05, jitter=0.02))
    loop.run_until_complete(main())
    loop.close()
    return time.process_time() - began


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="default: 7")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the rows with TEXT in their names")
    parser.add_argument("--loop", action="append", metavar="NAME", help="only this column; may be given several times")
    parser.add_argument("--uvloop", action="store_true", help="uvloop too, if it is installed")
    args = parser.parse_args(argv)
    if args.uvloop:
        import uvloop

        LOOPS["uvloop"] = uvloop.new_event_loop
    for name in [name for name in LOOPS if args.loop and name not in args.loop]:
        del LOOPS[name]
    LOOPS.setdefault("asyncio", asyncio.SelectorEventLoop)
    print(f"Python {sys.version.split()[0]}, {args.rounds} rounds; ratio to asyncio: median (smallest to largest)")
    for row, program in PROGRAMS.items():
        if args.only not in row:
            continue
        print(row, flush=True)
        for name, values in ratios(program, args.rounds).items():
            print(
                f"    {name:12} {statistics.median(values):5.2f}  ({min(values):.2f} to {max(values):.2f})", flush=True
            )
    if args.only in "virtual time":
        print(f"virtual time: a run of 9 sleeps in 3 tasks, 27 callbacks, loop and all: {1000 * short_run(3):.3f} ms")
        print(f"virtual time: a run of 24 sleeps in 3 tasks, 57 callbacks, loop and all: {1000 * short_run(8):.3f} ms")
        print(f"virtual time: an hour of 1,000 clients: {hour_of_traffic():.1f} s")


if __name__ == "__main__":
    main()
