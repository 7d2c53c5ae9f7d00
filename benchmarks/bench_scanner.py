"""How fast `lasti scan` is, beside a C program that does the same, and beside nmap where there is one.

    python benchmarks/bench_scanner.py [--rounds 5] [--correct 0] [--ports 30000-65535]

Only 127.0.0.0/8 is scanned.  Twelve listeners are open, one's backlog is full.  The C program (`connect_scan.c`, built
with `cc` into a temporary folder) is the yardstick: CPU seconds are given as multiples of its own.  Each figure is the
median of the rounds, with the least and the most; all commands take turns in every round, so that what else the machine
does meets them all.  `--correct N` runs each engine N times more, beside a process that keeps the machine busy, and
counts wrong states.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).parent
ENGINES = ("threads", "asyncio", "asyncgen", "interpreters")
FILTERED = 401


class Took(NamedTuple):
    """What a command took."""

    wall: float
    cpu: float
    opened: int


def listen(stack: ExitStack, least: int, backlog: int = 100) -> socket.socket:
    """Return a listener on a port of at least ``least``."""
    while True:
        sock = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        if sock.getsockname()[1] >= least:
            return stack.enter_context(sock)
        sock.close()


def full(stack: ExitStack, least: int) -> int:
    """Return the port of a listener that answers nobody: its backlog is full."""
    sock = listen(stack, least, backlog=0)
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(sock.getsockname())
    return int(sock.getsockname()[1])


def took(command: list[str]) -> Took:
    """Run a command; return its time, its CPU time, and how many lines tell of an open port."""
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    opened = sum(1 for line in text.splitlines() if line.isdigit() or "open" in line.split()[1:3])
    return Took(wall, used.ru_utime + used.ru_stime, opened)


def lasti(engine: str, ports: str, *words: str, host: str = "127.0.0.1") -> list[str]:
    """Return the command of one engine."""
    return [sys.executable, "-m", "lasti", "scan", host, "-p", ports, "--engine", engine, "--timeout", "0.3", *words]


def spread(values: list[float], digits: int = 2) -> str:
    """Return the median, the least and the most."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def compare(ports: str, rounds: int, yardstick: str) -> None:
    """Print what each command takes for the same ports."""
    first, last = ports.split("-")
    commands = {"C": [yardstick, "127.0.0.1", first, last, "300"]}
    commands |= {engine: lasti(engine, ports) for engine in ENGINES}
    if nmap := shutil.which("nmap"):
        commands["nmap -sT -T4"] = [nmap, "-sT", "-T4", "-Pn", "-n", "-p", ports, "127.0.0.1"]
        commands["nmap -sT -T5"] = [nmap, "-sT", "-T5", "-Pn", "-n", "-p", ports, "127.0.0.1"]
    else:
        print("(there is no nmap here)")
    runs: dict[str, list[Took]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(took(command))
    base = median(each.cpu for each in runs["C"])
    print(f"ports {ports} on 127.0.0.1, time-out 0.3 s, {rounds} rounds; {sys.version.split()[0]}\n")
    print("| command | wall s | CPU s | times C's CPU | open |\n| :-- | :-- | :-- | --: | --: |")
    for name, each in runs.items():
        wall, cpu = [one.wall for one in each], [one.cpu for one in each]
        print(f"| {name} | {spread(wall)} | {spread(cpu)} | {median(cpu) / base:.1f} | {each[-1].opened} |")


def scale(rounds: int, stack: ExitStack) -> None:
    """Print how the time grows with filtered ports, with all ports, with sixteen addresses."""
    filtered = [full(stack, 30000) for _ in range(FILTERED)]
    print(f"\n{FILTERED} filtered ports among 30000 to 65535, all ports, sixteen addresses (wall s):\n")
    print(f"| engine | {FILTERED} filtered | 35,536 ports | 65,535 ports | 1 address, 2,000 ports | 16 addresses |")
    print("| :-- | :-- | :-- | :-- | :-- | :-- |")
    among = [took(lasti(engine, "30000-65535")) for engine in ENGINES]
    assert len(filtered) == FILTERED
    stack.close()  # from here on nothing is filtered, and no time-out hides what is measured
    for engine, one in zip(ENGINES, among, strict=True):
        cells = [f"{one.wall:.2f}"]
        for words in (
            lasti(engine, "30000-65535"), lasti(engine, "-"), lasti(engine, "30000-31999"),
            lasti(engine, "30000-31999", host="127.0.0.16/28"),
        ):  # fmt: skip
            cells.append(spread([took(words).wall for _ in range(rounds)]))
        print(f"| {engine} | {' | '.join(cells)} |")


def correct(times: int, ports: str, opened: set[int], filtered: int) -> None:
    """Scan ``times`` times with each engine while the machine is busy; print how many states were wrong."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    wrong = 0
    try:
        for _ in range(times):
            for engine in ENGINES:
                done = subprocess.run(lasti(engine, ports, "--json"), capture_output=True, text=True, check=False)
                states = {each["port"]: each["state"] for each in map(json.loads, done.stdout.splitlines())}
                expected = dict.fromkeys(opened, "open") | {filtered: "filtered"}
                different = {port for port in {*states, *expected} if states.get(port) != expected.get(port)}
                if different:
                    print(f"{engine}: {[(port, states.get(port)) for port in sorted(different)]}")
                wrong += len(different)
    finally:
        busy.kill()
        busy.wait()
    print(f"\n{times * len(ENGINES)} runs under load: {wrong} wrong states")


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each command runs (default: %(default)s)")
    parser.add_argument("--ports", default="30000-65535", help="a range (default: %(default)s)")
    parser.add_argument("--correct", type=int, default=0, metavar="N", help="N more runs of each engine, under load")
    args = parser.parse_args()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        # As it is installed: with its modules compiled.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        for engine in ENGINES:
            took(lasti(engine, "30000"))
        yardstick = os.path.join(folder, "connect_scan")
        subprocess.run(["cc", "-O2", "-o", yardstick, str(HERE / "connect_scan.c")], check=True)
        least = int(args.ports.partition("-")[0])
        opened = {int(listen(stack, least).getsockname()[1]) for _ in range(12)}
        filtered = full(stack, least)
        compare(args.ports, args.rounds, yardstick)
        if args.correct:
            correct(args.correct, args.ports, opened, filtered)
        with ExitStack() as more:
            stack.close()
            scale(max(1, args.rounds // 2), more)


if __name__ == "__main__":
    main()
