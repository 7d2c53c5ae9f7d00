"""Run CPython's own tests on the machine and on the host, and compare them test by test.

    python scripts/cpython_tests.py --quick                      this Python, the quick modules
    python scripts/cpython_tests.py --python python3.10 python3.14 --module test_generators
    python scripts/cpython_tests.py --markdown > table.md        all modules; the table in Markdown

Each module runs in processes of its own, with the module watched: ``lasti run --watch test.test_with ...``.  A test's
outcome is one of ok, skip, expected failure, unexpected success, fail, error.  Where it is not the same on both sides,
the test must be listed in docs/differences.md with its reason; a test that is listed must differ.  Anything else is
printed, and the exit code is 1.  A cell of the table says how many tests passed on the machine, of how many that passed
on the host.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTCOMES = Path(__file__).with_name("outcomes.py")
DIFFERENCES = ROOT / "docs" / "differences.md"

MODULES = (
    "test_generators", "test_pep380", "test_yield_from", "test_coroutines", "test_asyncgen", "test_grammar",
    "test_exceptions", "test_raise", "test_with", "test_contextlib", "test_contextlib_async", "test_scope",
    "test_class", "test_super", "test_genexps", "test_listcomps", "test_setcomps", "test_dictcomps", "test_unpack",
    "test_unpack_ex", "test_keywordonlyarg", "test_positional_only_arg", "test_extcall", "test_call",
    "test_decorators", "test_patma", "test_except_star", "test_exception_group", "test_fstring",
    "test_named_expressions", "test_augassign", "test_compare", "test_iter", "test_slice", "test_property",
    "test_descr", "test_dataclasses",
)  # fmt: skip
SLOW = {
    "test_call", "test_dataclasses", "test_descr", "test_exceptions", "test_fstring", "test_listcomps", "test_patma",
    "test_slice",
}  # fmt: skip
QUICK = tuple(module for module in MODULES if module not in SLOW)
TIMEOUT_S = 300.0  # for one module on one side


# -- what came of a run -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """One module's tests on one side: test -> outcome, and what is to be said of those that did not pass."""

    outcomes: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    trouble: str = ""  # why there are no outcomes


@dataclass(frozen=True)
class Compared:
    """One module's tests on both sides of one Python."""

    module: str
    version: tuple[int, int]
    host: Ran
    machine: Ran

    @property
    def passed_on_host(self) -> set[str]:
        """The tests that passed on the host."""
        return {test for test, outcome in self.host.outcomes.items() if outcome == "ok"}

    @property
    def passed_on_both(self) -> set[str]:
        """The tests that passed on the host and on the machine."""
        return {test for test in self.passed_on_host if self.machine.outcomes.get(test) == "ok"}

    @property
    def differing(self) -> dict[str, tuple[str, str]]:
        """The tests whose outcome is not the same: test -> (on the host, on the machine)."""
        tests = sorted(self.host.outcomes.keys() | self.machine.outcomes.keys())
        pairs = {test: (self.host.outcomes.get(test, "-"), self.machine.outcomes.get(test, "-")) for test in tests}
        return {test: (host, machine) for test, (host, machine) in pairs.items() if host != machine}

    def problems(self, listed: set[str]) -> list[str]:
        """Return a sentence for each difference that is not ``listed``, and for each that is and should not be."""
        if self.host.trouble or self.machine.trouble:
            sides = {"host": self.host.trouble, "machine": self.machine.trouble}
            return [f"{self.module} on the {side}: {trouble}" for side, trouble in sides.items() if trouble]
        found = []
        for test, (host, machine) in self.differing.items():
            if test not in listed:
                detail = self.machine.details.get(test) or self.host.details.get(test, "")
                found.append(f"{test}: {host} on the host, {machine} on the machine ({detail})")
        for test in sorted(listed - self.differing.keys()):
            there = "passes after all" if test in self.host.outcomes else "is no test of this version"
            found.append(f"{test}: listed in docs/differences.md, and {there}; take it out")
        return found


# -- docs/differences.md ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A row of the table: a test that differs, from one version to another, and the section that says why."""

    test: str
    since: tuple[int, int]
    until: tuple[int, int]
    reason: str

    def concerns(self, module: str, version: tuple[int, int]) -> bool:
        """Tell whether it is a test of ``module`` that differs on ``version``."""
        return self.test.startswith(module + ".") and self.since <= version <= self.until


_ROW = re.compile(r"^\| `(test_[^`]+)` \| (3\.\d+)(?: to (3\.\d+))? \| \[([^\]]+)\]\(#([^)]+)\) \|$", re.MULTILINE)


def read_differences(path: Path = DIFFERENCES) -> list[Difference]:
    """Read the rows ``| `test_x.Class.test` | 3.10 to 3.15 | [reason](#section) |`` of the table."""
    found = []
    for test, since, until, reason, _ in _ROW.findall(path.read_text(encoding="utf-8")):
        found.append(Difference(test, _version(since), _version(until or since), reason))
    return found


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)


def listed_for(differences: Iterable[Difference], module: str, version: tuple[int, int]) -> set[str]:
    """Return the tests of ``module`` that are listed as different on ``version``."""
    return {each.test for each in differences if each.concerns(module, version)}


# -- running ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Python:
    """A Python to test on."""

    path: str
    version: tuple[int, int]


def python_at(path: str) -> Python:
    """Ask the Python at ``path`` for its version."""
    ask = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([path, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    major, minor = map(int, done.stdout.split())
    return Python(path, (major, minor))


def has_module(python: Python, module: str) -> bool:
    """Tell whether ``python`` comes with the tests ``module``."""
    ask = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('test.{module}') is None)"
    return subprocess.run([python.path, "-c", ask], capture_output=True, timeout=60, check=False).returncode == 0


def command_on_host(python: Python) -> list[str]:
    """Return the words before ``outcomes.py`` that run it on the host."""
    return [python.path]


def command_on_machine(python: Python, name: str) -> list[str]:
    """Return the words before ``outcomes.py`` that run it with the module called ``name`` on the machine.

    doctest is watched too: it is what runs the code of a module's doctests.
    """
    watch = [f"--watch={pattern}" for pattern in (name, f"{name}.*", "doctest")]
    return [python.path, "-m", "lasti", "run", "--quiet", "--engine", "machine", *watch]


def run(command: Sequence[str], name: str, folder: Path | None = None, timeout_s: float = TIMEOUT_S) -> Ran:
    """Run ``outcomes.py`` for the module called ``name`` behind the words of ``command``, in an empty folder.

    ``folder`` is where Python finds the module, when it is not the library's.
    """
    path = [str(ROOT / "src"), str(folder or ""), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as empty:
        written = Path(empty, "outcomes.json")
        words = [*command, str(OUTCOMES), name, str(written)]
        try:
            done = subprocess.run(
                words, cwd=empty, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Ran(trouble=f"not done after {timeout_s:g} s")
        said = done.stderr.decode(errors="replace").strip().splitlines() or [""]
        unwatched = [line for line in said if line.startswith(f"lasti: --watch {name!r}")]
        if unwatched:  # it ran on the host
            return Ran(trouble=unwatched[0])
        if not written.exists():
            return Ran(trouble=f"exit code {done.returncode}: {said[-1]}")
        return Ran(**json.loads(written.read_text(encoding="utf-8")))


def compare(python: Python, module: str) -> Compared:
    """Run ``module`` on the host and on the machine."""
    name = f"test.{module}"
    host = run(command_on_host(python), name)
    machine = run(command_on_machine(python, name), name)
    return Compared(module, python.version, host, machine)


# -- the table ----------------------------------------------------------------------------------------------------


def cell(compared: Compared | None) -> str:
    """Return "41/41": passed on the machine, of those that passed on the host; "-" where there is no such module."""
    if compared is None:
        return "-"
    if compared.host.trouble or compared.machine.trouble:
        return "!"
    return f"{len(compared.passed_on_both)}/{len(compared.passed_on_host)}"


def table(results: dict[tuple[str, tuple[int, int]], Compared | None], markdown: bool) -> str:
    """Draw module x version, with a row of sums."""
    modules = list(dict.fromkeys(module for module, _ in results))
    versions = sorted({version for _, version in results})
    rows = [["module", *(f"{major}.{minor}" for major, minor in versions)]]
    rows += [[module, *(cell(results[module, version]) for version in versions)] for module in modules]
    rows.append(["all", *(_sum(each for (_, at), each in results.items() if at == version) for version in versions)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    if markdown:
        lines = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in rows]
        lines.insert(1, "|" + "|".join([":" + "-" * (widths[0] + 1), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|")
    return "\n".join(lines)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:]))]


def _sum(results: Iterable[Compared | None]) -> str:
    done = [each for each in results if each is not None]
    return f"{sum(len(each.passed_on_both) for each in done)}/{sum(len(each.passed_on_host) for each in done)}"


# -- the command --------------------------------------------------------------------------------------------------


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", nargs="+", metavar="PATH", default=[sys.executable], help="default: this Python")
    parser.add_argument("--module", nargs="+", metavar="NAME", help="such as test_generators; default: all of them")
    parser.add_argument("--quick", action="store_true", help="leave the slow modules out")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many modules at once (default: 1)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    args = parse(argv)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background, and inherited from here
    modules = [name.removeprefix("test.") for name in args.module or (QUICK if args.quick else MODULES)]
    pythons = [python_at(path) for path in args.python]
    differences = read_differences()
    unknown = [module for module in modules if not any(has_module(python, module) for python in pythons)]
    if unknown and args.module:
        print(f"cpython_tests.py: no such module of tests: {', '.join(unknown)}", file=sys.stderr)
        return 2

    problems: list[str] = []

    def one(task: tuple[str, Python]) -> Compared | None:
        module, python = task
        if not has_module(python, module):
            return None
        began = time.monotonic()
        compared = compare(python, module)
        found = compared.problems(listed_for(differences, module, python.version))
        version = "{}.{}".format(*python.version)
        problems.extend(f"{version} {problem}" for problem in found)
        head = f"{version} {module}: {cell(compared)} ({time.monotonic() - began:.1f} s)"
        print(head, *found, sep="\n     ", file=sys.stderr, flush=True)
        return compared

    tasks = [(module, python) for module in modules for python in pythons]
    with ThreadPoolExecutor(max(args.jobs, 1)) as pool:
        done = list(pool.map(one, tasks))
    results = {(module, python.version): compared for (module, python), compared in zip(tasks, done)}
    print(table(results, args.markdown))
    if problems:
        print(f"{len(problems)} differences that docs/differences.md does not have", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
