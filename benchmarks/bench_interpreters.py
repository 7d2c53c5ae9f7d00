"""What subinterpreters cost here: to start one, to use it, to have it, and what is left of a thousand.

    python benchmarks/bench_interpreters.py [--number 1000]

Prints one row of a table: milliseconds to create and close an interpreter, to run the first and a further script in it,
MB for each that lives, and MB that the process has grown by after NUMBER were created, used and closed.  Linux.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

from lasti import interpreters

if TYPE_CHECKING:
    from collections.abc import Callable


def resident() -> float:
    """Return the process's resident memory in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def milliseconds(function: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    function()
    return (time.perf_counter() - begin) * 1e3


def use_one() -> tuple[float, float, float, float]:
    """Create, use, use again and close one interpreter; return the times."""
    made: list[interpreters.Interpreter] = []
    create = milliseconds(lambda: made.append(interpreters.create()))
    first = milliseconds(lambda: made[0].exec("x = 1"))
    further = milliseconds(lambda: made[0].exec("x += 1"))
    return create, first, further, milliseconds(made[0].close)


def main() -> None:
    """Measure, and print a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=1000, help="how many to create and close (default: %(default)s)")
    number = parser.parse_args().number
    use_one()
    begin = resident()
    alive = [interpreters.create() for _ in range(10)]
    for each in alive:
        each.exec("x = 1")
    living = (resident() - begin) / len(alive)
    for each in alive:
        each.close()
    begin = resident()
    create, first, further, close = (median(times) for times in zip(*(use_one() for _ in range(number)), strict=True))
    grown = resident() - begin
    print("| Python | create ms | first exec ms | next exec ms | close ms | MB each | MB left of", number, "|")
    version = sys.version.split()[0]
    print(f"| {version} | {create:.1f} | {first:.1f} | {further:.2f} | {close:.1f} | {living:.1f} | {grown:.1f} |")


if __name__ == "__main__":
    main()
