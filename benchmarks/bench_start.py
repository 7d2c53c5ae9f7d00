"""How long ``lasti --version`` takes to start, against ``python -c pass``.

    python benchmarks/bench_start.py [--rounds 20]

Wall-clock time of whole processes, one after the other in turn; printed are the medians in milliseconds and the
median of the rounds' ratios, with the smallest and the largest.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "lasti --version": [sys.executable, "-m", "lasti", "--version"],
}


def seconds(command: list[str]) -> float:
    """Return how long ``command`` takes from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print three lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="default: 20")
    rounds = parser.parse_args(argv).rounds
    for command in COMMANDS.values():
        seconds(command)  # warm: compiled files are written, the disk is read
    taken = [[seconds(command) for command in COMMANDS.values()] for _ in range(rounds)]
    print(f"Python {sys.version.split()[0]}, {rounds} rounds")
    for name, column in zip(COMMANDS, zip(*taken)):
        print(f"{name:16} {1000 * statistics.median(column):6.1f} ms")
    ratios = [lasti / python for python, lasti in taken]
    print(f"{'ratio':16} {statistics.median(ratios):6.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
