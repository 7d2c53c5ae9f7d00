"""All four engines on the same ports, each in a process of its own: whether they agree, and what each took."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from .engines import ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .records import Plan


class Measured(NamedTuple):
    """What one engine found and took."""

    engine: str
    states: list[tuple[str, int, str]]  # (address, port, state) of every port that is not closed, in order
    wall: float  # seconds for the whole process, the start of Python included
    scan: float  # seconds for the scan itself
    cpu: float  # seconds, of all threads
    peak: float  # MB
    descriptors: int  # the most that were open at the same time
    first: float  # seconds until the first open port was told; -1: there is none
    opens: list[float]  # seconds at which the open ports were told
    samples: list[tuple[float, int, int]]  # (seconds, ports done, sockets that wait)
    problem: str  # why it could not run; ""


def compare(plan: Plan, engines: Sequence[str] = ENGINES) -> Iterator[Measured]:
    """Run engines one after another; yield what each found and took."""
    for engine in engines:
        yield measured(engine, plan)


def measured(engine: str, plan: Plan) -> Measured:
    """Run one engine in a new process."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lasti.scanner.measure", engine],
        input=json.dumps(plan), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    wall = time.perf_counter() - begin
    if done.returncode:
        problem = done.stderr.strip().splitlines()[-1:] or [f"it ended with {done.returncode}"]
        return Measured(engine, [], wall, 0.0, 0.0, 0.0, 0, -1.0, [], [], problem[0])
    fields = json.loads(done.stdout)
    fields["states"] = [tuple(each) for each in fields["states"]]
    return Measured(engine=engine, wall=wall, problem="", **fields)


def differences(runs: Sequence[Measured]) -> list[str]:
    """Return a sentence for each port of which the engines that ran say different things."""
    ran = [each for each in runs if not each.problem]
    said = [{(ip, port): state for ip, port, state in each.states} for each in ran]
    found = []
    for ip, port in sorted({where for states in said for where in states}):
        states = {each.engine: one.get((ip, port), "closed") for each, one in zip(ran, said, strict=True)}
        if len(set(states.values())) > 1:
            told = ", ".join(f"{engine}: {state}" for engine, state in states.items())
            found.append(f"{ip} port {port}: the engines differ ({told})")
    return found


def table(runs: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines of a table, an engine a line."""
    yield "ENGINE         OPEN  FILTERED  TIME s  CPU s     MB  OPEN fds  FIRST s"
    for each in runs:
        if each.problem:
            yield f"{each.engine:<12}  {each.problem}"
            continue
        count = {state: sum(1 for _, _, found in each.states if found == state) for state in ("open", "filtered")}
        first = "-" if each.first < 0 else f"{each.first:.3f}"
        yield (
            f"{each.engine:<12}  {count['open']:>5}  {count['filtered']:>8}  {each.wall:>6.2f}  {each.cpu:>5.2f}  "
            f"{each.peak:>5.1f}  {each.descriptors:>8}  {first:>7}"
        )
    ran = [each for each in runs if not each.problem]
    if len(ran) > 1 and not differences(runs):
        yield f"all {len(ran)} agree"
