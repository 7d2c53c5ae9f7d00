"""How much slower than the host the machine runs eight programs: bare, and recording every step.

    python benchmarks/bench_machine.py                   all eight, five rounds each
    python benchmarks/bench_machine.py fib nbody --rounds 9
    python benchmarks/bench_machine.py --xpython ~/xp/bin/python

Every number is a ratio to the host in the same process, of CPU time; a round measures the host and the machine one
after the other.  Shown are the median of the rounds with the smallest and the largest, and at the end the geometric
mean of the medians.  Recording includes writing the trace file.

x-python, a machine in Python too, runs in a process of its own, under the Python named with --xpython, against that
Python; there, too, the time is that of the program alone.  Version 1.5.1 for Python 3.10 runs the most programs:

    python3.10 -m venv ~/xp && ~/xp/bin/pip install x-python==1.5.1
    python benchmarks/bench_machine.py --xpython ~/xp/bin/python

What it cannot run, or computes wrongly, is listed beneath the table; the comparison is over the rest.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

from lasti.machine import Machine

PROGRAMS = Path(__file__).with_name("programs")
ENOUGH_S = 0.05  # a measurement calls main() until so much CPU time is spent
XPYTHON_LIMIT_S = 120.0

# Behind the program's own text, under x-python: its main() is run and timed there.
TIMED = """
import time
began = time.process_time()
result = main()
took = time.process_time() - began
print(repr(result))
print(took)
"""


# -- measuring ----------------------------------------------------------------------------------------------------


def seconds_a_call(main: Callable[[], Any]) -> float:
    """Return the CPU time of one call of ``main``, from as many calls as it takes to measure it."""
    calls = 0
    began = now = time.process_time()
    while now - began < ENOUGH_S:
        main()
        calls += 1
        now = time.process_time()
    return (now - began) / calls


@contextmanager
def machine_with(recording: bool) -> Iterator[Machine]:
    """A machine at work; with ``recording`` every step goes into a trace file, which is thrown away."""
    with ExitStack() as opened:
        recorder = None
        if recording:
            folder = opened.enter_context(tempfile.TemporaryDirectory())
            recorder = opened.enter_context(trace_recorder(str(Path(folder, "bench.lasti"))))
        yield opened.enter_context(Machine(recorder))


def trace_recorder(path: str) -> Any:
    """Return what records every step into the trace file at ``path``."""
    from lasti.trace.recorder import TraceRecorder

    return TraceRecorder(path)


def can_record() -> bool:
    """Tell whether this lasti can record."""
    return importlib.util.find_spec("lasti.trace.recorder") is not None


def on_machine(code: CodeType, recording: bool, expected: Any) -> float:
    """Run a program's code on a new machine; return the CPU time of one call of its main(), and of its recording."""
    module: dict[str, Any] = {"__name__": "program"}
    calls = 0
    with machine_with(recording) as machine:
        machine.exec(code, module)
        main = module["main"]
        if not recording:
            check(main(), expected, "the machine")  # and the code is translated
            return seconds_a_call(main)
        began = time.process_time()
        while time.process_time() - began < ENOUGH_S:
            check(main(), expected, "the recording machine")
            calls += 1
    return (time.process_time() - began) / calls  # the file is closed by now


def check(result: Any, expected: Any, who: str) -> None:
    """Stop the benchmark when ``who`` computed something else than the host."""
    if result != expected:
        sys.exit(f"bench_machine.py: {who} says {result!r}, the host {expected!r}: nothing to measure")


def measure(name: str, rounds: int, record: bool) -> tuple[list[float], list[float]]:
    """Return the ratios to the host of the bare machine and (with ``record``) of the recording one, one a round."""
    path = PROGRAMS / f"{name}.py"
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    module: dict[str, Any] = {"__name__": "program"}
    exec(code, module)
    main = module["main"]
    expected = main()
    bare, recording = [], []
    on_machine(code, recording=False, expected=expected)  # warm
    for _ in range(rounds):
        host = seconds_a_call(main)
        bare.append(on_machine(code, False, expected) / host)
        if record:
            recording.append(on_machine(code, True, expected) / host)
    return bare, recording


def xpython_ratio(python: str, name: str) -> float | str:
    """Return how many times slower than its own host x-python runs the program, or why it does not."""
    source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8").replace('if __name__ == "__main__":', "if False:")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.py")
        path.write_text(source + TIMED, encoding="utf-8")
        commands = [[python, str(path)], [python, "-m", "xpython", str(path)]]
        try:
            runs = [
                subprocess.run(command, capture_output=True, text=True, timeout=XPYTHON_LIMIT_S, check=False)
                for command in commands
            ]
        except subprocess.TimeoutExpired:
            return f"takes more than {XPYTHON_LIMIT_S:g} s"
    said = [run.stdout.splitlines()[-2:] for run in runs]
    if any(run.returncode or len(lines) != 2 for run, lines in zip(runs, said)):
        return "".join(runs[1].stderr.splitlines()[-1:]) or "prints nothing"
    if said[0][0] != said[1][0]:
        return f"says {said[1][0]}, the host {said[0][0]}"
    return float(said[1][1]) / float(said[0][1])


def versions_of_xpython(python: str) -> str:
    """Return "x-python 1.5.1 on Python 3.10.13"."""
    ask = "import importlib.metadata as m, sys; print(m.version('x-python'), 'on Python', sys.version.split()[0])"
    said = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    return f"x-python {said.stdout.strip()}"


# -- the report ---------------------------------------------------------------------------------------------------


def spread(ratios: Sequence[float]) -> str:
    """Return "27.1 (26.8-28.0)": the median, the smallest and the largest."""
    if not ratios:
        return "-"
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})"


def geometric_mean(ratios: Sequence[float]) -> str:
    """Return the geometric mean, in one decimal."""
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.1f}" if ratios else "-"


def names() -> list[str]:
    """Return the names of the programs."""
    return sorted(path.stem for path in PROGRAMS.glob("*.py"))


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=f"of {', '.join(names())}; default: all")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds a program (default: 5)")
    parser.add_argument("--no-recording", action="store_true", help="leave out the recording machine")
    parser.add_argument("--xpython", metavar="PYTHON", help="a Python that has x-python")
    args = parser.parse_args(argv)
    unknown = set(args.programs) - set(names())
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))} (there are {', '.join(names())})")
    return args


def has_xpython(python: str | None) -> bool:
    """Tell whether ``python`` has x-python."""
    ask = "import importlib.util, sys; sys.exit(importlib.util.find_spec('xpython') is None)"
    return python is not None and subprocess.run([python, "-c", ask], check=False, timeout=60).returncode == 0


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    args = parse(argv)
    record = can_record() and not args.no_recording
    peer = args.xpython if has_xpython(args.xpython) else None
    print(f"Python {sys.version.split()[0]}, {args.rounds} rounds")
    print("times slower than the host: median (smallest-largest)")
    if not can_record():
        print("recording: not measured (this lasti has no lasti.trace.recorder)")
    if peer is None:
        missing = f"{args.xpython} does not have it" if args.xpython else "no --xpython"
        print(f"x-python: not measured ({missing})")
    else:
        print(versions_of_xpython(peer))
    print(f"{'program':12} {'machine':>20} {'recording':>22} {'x-python':>10}")
    columns: tuple[list[float], list[float], list[float]] = ([], [], [])
    failures: list[str] = []
    faster: list[float] = []
    for name in args.programs or names():
        bare, recording = measure(name, args.rounds, record)
        theirs = xpython_ratio(peer, name) if peer else "-"
        shown = f"{theirs:.0f}" if isinstance(theirs, float) else "-"
        print(f"{name:12} {spread(bare):>20} {spread(recording):>22} {shown:>10}", flush=True)
        columns[0].append(statistics.median(bare))
        if recording:
            columns[1].append(statistics.median(recording))
        if isinstance(theirs, float):
            columns[2].append(theirs)
            faster.append(theirs / statistics.median(bare))
        elif peer:
            failures.append(f"  {name}: {theirs}")
    mine, recorded, others = map(geometric_mean, columns)
    print(f"{'mean':12} {mine:>20} {recorded:>22} {others:>10}   (geometric, of the medians)")
    if faster:
        print(f"the machine is {geometric_mean(faster)} times faster than x-python where that runs the program")
    if failures:
        print("x-python does not run", *failures, sep="\n")


if __name__ == "__main__":
    main()
