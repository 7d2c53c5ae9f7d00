"""CPython's own test_asyncio on lasti's event loop, test by test against the host's.

    python scripts/asyncio_tests.py                      all modules of test_asyncio, on this Python
    python scripts/asyncio_tests.py test_locks -v        some of them, with the tests that differ
    python scripts/asyncio_tests.py --order random:7     with the tasks in another order

Each module runs in processes of its own: once with the host's loop under the same harness, once with ours in place of
SelectorEventLoop, _UnixSelectorEventLoop and (3.13+) EventLoop, of the policy's loop factory, and of BaseEventLoop's
iteration (which `utils.TestLoop` inherits); and with our Task and Future in place of the C ones where tests are made
for each class.  What differs is listed in docs/differences.md; what is not listed, or listed and the same, is printed.

On a busy machine some tests (of TLS above all) run into their own time limits, with the host's loop as with ours.  So
a module that differs is run a second time, with both; what differs in one run only is printed, and does not count.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import re
import resource
import signal
import subprocess
import sys
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LIMIT = 300  # seconds for one module
MEMORY = 4 * 2**30  # bytes: a mock selector in a loop that never ends would take all there is
DIFFERENCES = Path(__file__).resolve().parents[1] / "docs" / "differences.md"
MODES = ("host", "loop", "tasks")


# -- in the process of one module -----------------------------------------------------------------------------------


def substitute(mode: str, order: str) -> list[int]:
    """Put our loop in place of the host's; return a list whose only item counts the loops that are made."""
    import asyncio
    from asyncio import base_events, futures, tasks, unix_events
    from unittest import mock

    made = [0]
    if mode == "host":
        host = unix_events._UnixSelectorEventLoop.__init__

        def counted(self: Any, *args: Any, **kwargs: Any) -> None:
            made[0] += 1
            host(self, *args, **kwargs)

        unix_events._UnixSelectorEventLoop.__init__ = counted
        return made

    from lasti.eventloop import loop as own_loop
    from lasti.eventloop.settings import order_of

    class Loop(own_loop.Loop):
        def __init__(self, selector: Any = None) -> None:
            made[0] += 1
            super().__init__(selector, order=order_of(order))

    # Tests look into these by the classes' names.
    Loop.__name__ = Loop.__qualname__ = "_UnixSelectorEventLoop"
    Loop.__module__ = "asyncio.unix_events"
    policy = getattr(unix_events, "_UnixDefaultEventLoopPolicy", None) or unix_events._DefaultEventLoopPolicy
    for module in (asyncio, unix_events):
        for name in ("SelectorEventLoop", "_UnixSelectorEventLoop", "EventLoop"):
            if hasattr(module, name):
                setattr(module, name, Loop)
    policy._loop_factory = Loop
    for name, value in vars(own_loop.Heart).items():
        if not name.startswith("__"):
            setattr(base_events.BaseEventLoop, name, value)
    assert mock  # what the tests import anyway, so that the host and ours have the same modules
    if mode == "tasks":
        from lasti.eventloop.futures import Future
        from lasti.eventloop.tasks import Task

        tasks._CTask, futures._CFuture = Task, Future
    return made


class Outcomes(unittest.TextTestResult):
    """Keeps the outcome of each test."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcomes: dict[str, str] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.outcomes.setdefault(test.id(), "ok")

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self.outcomes[test.id()] = "error"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self.outcomes[test.id()] = "failure"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.outcomes[test.id()] = "skipped"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcomes[test.id()] = "failure"


def run_module(mode: str, order: str, name: str, only: Sequence[str]) -> None:
    """Run one module's tests in this process; print what came of each, as JSON, on the last line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it: test_runners waits
    made = substitute(mode, order)
    suite = unittest.defaultTestLoader.loadTestsFromName(f"test.test_asyncio.{name}")
    if only:
        faulthandler.dump_traceback_later(20)
        suite = unittest.TestSuite(test for test in _flat(suite) if any(part in test.id() for part in only))
    runner = unittest.TextTestRunner(resultclass=Outcomes, verbosity=2 if only else 0)
    result: Any = runner.run(suite)
    print(json.dumps({"outcomes": result.outcomes, "loops": made[0]}))


def _flat(suite: Any) -> list[unittest.TestCase]:
    return [test for each in suite for test in (_flat(each) if isinstance(each, unittest.TestSuite) else [each])]


# -- all modules ----------------------------------------------------------------------------------------------------


def modules() -> list[str]:
    """Return the names of test_asyncio's modules."""
    import test

    return sorted(path.stem for path in (Path(test.__path__[0]) / "test_asyncio").glob("test_*.py"))


def outcomes(mode: str, order: str, name: str) -> tuple[dict[str, str], int, str]:
    """Run one module in a process of its own; return its outcomes, how many loops it made, and what it printed."""
    command = [sys.executable, __file__, "--in-process", mode, "--order", order, name]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {name: "timeout"}, 0, f"{name} took more than {LIMIT} s"
    lines = done.stdout.strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {name: f"exit code {done.returncode}"}, 0, done.stderr
    return found["outcomes"], found["loops"], done.stderr


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print a line for each module and each difference; return how many tests differ (at most 100)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: all")
    parser.add_argument("--order", default="fifo", help="as for lasti run (default: fifo)")
    parser.add_argument("--tests", nargs="*", default=[], help="only tests with one of these in their names")
    parser.add_argument("--mode", choices=MODES, action="append", help="default: all three")
    parser.add_argument("-v", action="store_true", help="print what a module printed when something differs")
    parser.add_argument("--in-process", choices=MODES, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.in_process:
        run_module(args.in_process, args.order, args.modules[0], args.tests)
        return 0
    differing = 0
    total = dict.fromkeys(MODES, 0)
    loops = dict.fromkeys(MODES, 0)
    own_modes = [mode for mode in args.mode or MODES if mode != "host"]
    for name in args.modules or modules():
        host, made, _ = outcomes("host", "fifo", name)
        total["host"] += _run(host)
        loops["host"] += made
        words = [f"{name:24} host {_run(host):5}"]
        complaints = []
        for mode in own_modes:
            own, made, printed = outcomes(mode, args.order, name)
            total[mode] += _run(own)
            loops[mode] += made
            expected = {test for test in listed(mode) if test in host}
            others = _unexpected(_differences(host, own), expected)
            if others:
                again = _differences(outcomes("host", "fifo", name)[0], outcomes(mode, args.order, name)[0])
                others, once = _twice(others, _unexpected(again, expected))
                complaints += [f"    {mode}, once: {test}: {before} -> {after}" for test, before, after in once]
            words.append(f"{mode} {_run(own):5} ({made} loops, {len(others)} differ)")
            complaints += [f"    {mode}: {test}: {before} -> {after}" for test, before, after in others]
            differing += len(others)
            if others and args.v:
                complaints.append(printed)
        print("   ".join(words), *complaints, sep="\n", flush=True)
    for mode in ["host", *own_modes]:
        print(f"{mode}: {total[mode]} tests run, {loops[mode]} loops made")
    print(f"{differing} differ")
    return min(differing, 100)


def listed(mode: str) -> set[str]:
    """Return the tests that docs/differences.md says differ on this Python, with our tasks."""
    if mode != "tasks":
        return set()
    text = DIFFERENCES.read_text(encoding="utf-8").partition("## Tests of asyncio's that differ")[2]
    rows = re.findall(r"^- `(\S+)` \(3\.(\d+) to 3\.(\d+)\)$", text, re.MULTILINE)
    minor = sys.version_info[1]
    return {f"test.test_asyncio.{test}" for test, first, last in rows if int(first) <= minor <= int(last)}


def _run(found: dict[str, str]) -> int:
    return sum(outcome != "skipped" for outcome in found.values())


def _unexpected(found: list[tuple[str, str, str]], expected: set[str]) -> list[tuple[str, str, str]]:
    """Return the differences that are not listed, and what is listed and does not differ."""
    names = {name for name, _, _ in found}
    missing = [(name, "listed as different", "the same") for name in sorted(expected - names)]
    return [each for each in found if each[0] not in expected] + missing


def _twice(
    first: list[tuple[str, str, str]], second: list[tuple[str, str, str]]
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Return the differences of tests that differed in both runs, and those of the others."""
    names = {name for name, _, _ in first} & {name for name, _, _ in second}
    once = {each[0]: each for each in [*first, *second] if each[0] not in names}
    return [each for each in first if each[0] in names], [*once.values()]


def _differences(host: dict[str, str], own: dict[str, str]) -> list[tuple[str, str, str]]:
    if len(own) == 1 and len(host) > 1:
        return [("the module", "ok", str(own))]
    names = sorted(host.keys() | own.keys())
    pairs = [(name, host.get(name, "missing"), own.get(name, "missing")) for name in names]
    return [(name, before, after) for name, before, after in pairs if before != after]


if __name__ == "__main__":
    sys.exit(main())
