"""What recording costs under the native engine, beside what others cost that look at a running program.

    python benchmarks/bench_record.py                    both programs, five rounds
    python benchmarks/bench_record.py fib --rounds 9
    python benchmarks/bench_record.py --clock thread     where other programs run too
    python benchmarks/bench_record.py --times 20         programs that run twenty times as long

Every number is a ratio to the bare program in the same process, of wall-clock time, one after the other in each round;
on a computer that is not idle, of processor time: all threads' (`process`), or without the one that compresses and
writes (`thread`).  Shown are the median and, in brackets, the smallest and the largest.  `recorded`: until the
program has ended, all of which is recorded; `written`: until the file on disk has all of it.  VizTracer and
ChronoTrace are measured when they are installed (`pip install viztracer chronotrace`; the latter wants 3.12).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lasti.native.engine import engine
from lasti.native.proof import complaint
from lasti.trace.recorder import TraceRecorder
from lasti.trace.timeline import Timeline

TASKS, SLEEPS = 200, 20


# -- the programs: what is defined in this file is watched ---------------------------------------------------------


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def run_fib() -> int:
    return fib(20)


async def worker() -> int:
    total = 0
    for i in range(SLEEPS):
        await asyncio.sleep(0)
        total += i
    return total


async def all_workers() -> int:
    return sum(await asyncio.gather(*(worker() for _ in range(TASKS))))


def run_asyncio() -> int:
    return asyncio.run(all_workers())


PROGRAMS: dict[str, Callable[[], int]] = {"fib": run_fib, "asyncio": run_asyncio}
OWN = {run_fib.__code__, fib.__code__, worker.__code__, all_workers.__code__, run_asyncio.__code__}


# -- who looks on --------------------------------------------------------------------------------------------------


@contextmanager
def recording(path: str) -> Iterator[None]:
    """Record natively into a file."""
    with TraceRecorder(path, engine="native") as recorder:
        native = engine(recorder.encoder, lambda code: code.co_filename == __file__)
        recorder.on_code = native.watch
        native.start()
        try:
            yield
        finally:
            native.stop()


@contextmanager
def monitored() -> Iterator[None]:
    """Have ``sys.monitoring`` call a Python function at each instruction of the same code."""
    monitoring = sys.monitoring
    monitoring.use_tool_id(1, "nothing")
    monitoring.register_callback(1, monitoring.events.INSTRUCTION, lambda code, offset: None)
    for code in OWN:
        monitoring.set_local_events(1, code, monitoring.events.INSTRUCTION)
    try:
        yield
    finally:
        for code in OWN:
            monitoring.set_local_events(1, code, 0)
        monitoring.free_tool_id(1)


@contextmanager
def traced() -> Iterator[None]:
    """Have ``sys.settrace`` call a Python function at each instruction of the same code."""

    def trace(frame: Any, event: str, arg: Any) -> Any:
        if frame.f_code not in OWN:
            return None
        frame.f_trace_opcodes = True
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


@contextmanager
def viztraced() -> Iterator[None]:
    """Run under VizTracer."""
    from viztracer import VizTracer

    tracer = VizTracer(verbose=0)
    tracer.start()
    try:
        yield
    finally:
        tracer.stop()


@contextmanager
def chronotraced() -> Iterator[None]:
    """Record under ChronoTrace into a file, as its command does."""
    from chronotrace.recorder import Recorder
    from chronotrace.recorder.scope import Scope
    from chronotrace.store import FileSink

    with tempfile.TemporaryDirectory() as folder:
        sink = FileSink(os.path.join(folder, "bench.chrono"))
        with Recorder(sink, Scope([os.path.dirname(os.path.abspath(__file__))])):
            yield
        sink.close()


WHAT_IS_RECORDED = {
    "recorded": "each instruction, stack, locals, objects; calls, tasks, turns of the loop",
    "written": "the same, in the file",
    "settrace": "nothing: a Python trace function that returns, with opcodes",
    "callback": "nothing: a Python function that sys.monitoring calls at each instruction",
    "viztracer": "calls and returns, of all code",
    "chronotrace": "lines, calls, returns, and the locals that have changed",
}


def others_here() -> dict[str, Callable[[], Any]]:
    """Return who else can look on, by name."""
    others: dict[str, Callable[[], Any]] = {"settrace": traced}
    if hasattr(sys, "monitoring"):
        others["callback"] = monitored
    for name, make in (("viztracer", viztraced), ("chronotrace", chronotraced)):
        if find_spec(name) is not None:
            others[name] = make
    return others


CLOCKS = {"wall": time.perf_counter, "process": time.process_time, "thread": time.thread_time}
clock = time.perf_counter


def seconds(program: Callable[[], int], onlooker: Any, times: int) -> tuple[float, float]:
    """Return what the program takes, and what it takes until the onlooker is done too."""
    with onlooker:
        began = clock()
        for _ in range(times):
            program()
        ended = clock()
    return ended - began, clock() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", help=", ".join(PROGRAMS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=1, help="how often the program runs in each round (1)")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    args = parser.parse_args()
    global clock
    clock = CLOCKS[args.clock]
    if complaint():
        sys.exit(f"the native engine does not work here: {complaint()}")
    others = others_here()
    print(f"Python {sys.version.split()[0]}, {args.rounds} rounds; times the bare program: median (smallest-largest)")
    for name in args.programs or PROGRAMS:
        measure(name, args.rounds, args.times, others)


def measure(name: str, rounds: int, times: int, others: dict[str, Callable[[], Any]]) -> None:
    """Print one program's rows."""
    program = PROGRAMS[name]
    program()
    ratios: dict[str, list[float]] = {"recorded": [], "written": [], **{other: [] for other in others}}
    nanoseconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.lasti")
        for _ in range(rounds):
            bare = min(seconds(program, nullcontext(), times)[0] for _ in range(3))
            took, written = seconds(program, recording(path), times)
            with Timeline.open(path) as timeline:
                steps = len(timeline)
            ratios["recorded"].append(took / bare)
            ratios["written"].append(written / bare)
            nanoseconds.append((took - bare) / steps * 1e9)
            for other, make in others.items():
                ratios[other].append(seconds(program, make(), times)[0] / bare)
        size = Path(path).stat().st_size / steps
    print(f"{name}: {steps} steps, {statistics.median(nanoseconds):.0f} ns and {size:.1f} bytes a step")
    for label, found in ratios.items():
        shown = f"{statistics.median(found):.1f} ({min(found):.1f}-{max(found):.1f})"
        print(f"  {label:<11} {shown:<22} {WHAT_IS_RECORDED[label]}")


if __name__ == "__main__":
    main()
