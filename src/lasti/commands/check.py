"""Run a program on both engines, and compare every step of the two.

CPython itself runs the program and a C extension records it; the machine runs it too; then each step, value stack and
all, is compared with its twin.  "N steps agree" says that for this program the machine is CPython.  Else the first
difference is printed, with what came before it on both sides.

The program runs twice, so it should do the same each time: sets and dicts of strings have the same order
(PYTHONHASHSEED=0), standard input is given to both.  When they differ, it runs once more natively: values that are
different in each run (times, ports, addresses) are not compared then.

Exit code: 0 when all agrees, 1 when something differs, 2 when it could not be tried.

examples:
  lasti check prog.py                  the program and the modules beside it
  lasti check prog.py --verbose 3      what follows the program is the program's
  lasti check --keep . prog.py         leaves machine.lasti and native.lasti here
  lasti check --json prog.py           {"agree": true, "steps": 123, "events": 45, ...}
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..terminal import print_lines

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from ..trace.compare import Comparison, Difference, Item

ENGINES = ("machine", "native")
WITH_VALUE = ("--watch", "--keep", "--timeout")
LONGEST = 200  # characters of a line
MOST_RUNS = 3  # on one engine, to tell what differs in each run: two may have the same by chance (the address of None)


class Outcome(NamedTuple):
    """How the program ended on one engine, and where its trace is."""

    trace: str
    exit_code: int
    errors: str  # the end of what it wrote to standard error


class Result(NamedTuple):
    """What came of it; ``is_parted``: two runs on one engine part at that place too."""

    comparison: Comparison
    exit_codes: tuple[int, int]  # of the program, on the machine and natively
    unsteady: int = 0  # values that differ in each run
    is_parted: bool = False

    @property
    def agree(self) -> bool:
        """Tell whether nothing differs."""
        return self.comparison.difference is None and self.exit_codes[0] == self.exit_codes[1]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti check`` understands."""
    parser = subparsers.add_parser(
        "check", usage="lasti check [options] PROGRAM | -m MODULE | -c CODE  [arguments of the program ...]"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--watch", metavar="PATTERN", action="append", default=[], help="as with `lasti run`")
    parser.add_argument("--keep", metavar="FOLDER", help="leave both traces there, as machine.lasti and native.lasti")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=600.0, help="for each run of the program (default: 600)"
    )
    parser.add_argument("program", nargs="*", metavar="PROGRAM", help="file, folder or zip file")
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module, as `python -m`")
    parser.add_argument("-c", dest="command", metavar="CODE", help="run source text, as `python -c`")


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split the words behind ``check`` into lasti's own and the program's."""
    index = 0
    while index < len(argv) and argv[index][:1] == "-" and argv[index][:2] not in ("-m", "-c"):
        index += 2 if argv[index] in WITH_VALUE else 1
    return argv[:index], argv[index:]


def run(args: argparse.Namespace) -> int:
    """Run, compare, print the result; return 0, or 1 when something differs."""
    import tempfile

    from ..native.extension import extension

    if not args.words:
        raise UsageError("name a program to run: a file, -m MODULE, or -c CODE")
    if extension() is None:
        raise UsageError("lasti check needs both engines, and the native one is not here: `lasti doctor` says why")
    if args.keep is not None and not os.path.isdir(args.keep):
        raise UsageError(f"--keep {args.keep!r}: there is no such folder")
    with tempfile.TemporaryDirectory(prefix="lasti-") as folder:
        return _run_in(args.keep or folder, folder, args)


def _run_in(folder: str, scratch: str, args: argparse.Namespace) -> int:
    given = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    machine, native = (_outcome(os.path.join(folder, f"{engine}.lasti"), engine, args, given) for engine in ENGINES)
    result = _result(machine, native, lambda: _outcome(os.path.join(scratch, "again.lasti"), "native", args, given))
    print_lines([_json(result)] if args.json else _lines(result))
    return 0 if result.agree else 1


def _result(machine: Outcome, native: Outcome, run_again: Callable[[], Outcome]) -> Result:
    from ..trace.compare import Unsteady, collect, first_difference
    from ..trace.timeline import Timeline

    codes = machine.exit_code, native.exit_code
    with Timeline.open(machine.trace) as left, Timeline.open(native.trace) as right:
        if not len(left) + len(right):
            raise UsageError(f"nothing was recorded on either engine: {_why_nothing(native)}")
        comparison = first_difference(left, right)
        if comparison.difference is None:
            return Result(comparison, codes)
        found = Unsteady()
        for _ in range(MOST_RUNS):
            with Timeline.open(run_again().trace) as again:
                of_itself = collect(found, again, right)
            comparison = first_difference(left, right, found)
            if comparison.difference is None:
                break
        parted = of_itself.difference is not None and of_itself.steps <= comparison.steps
        return Result(comparison, codes, len(found), parted)


def _outcome(trace: str, engine: str, args: argparse.Namespace, given: bytes) -> Outcome:
    """Run the program on one engine in a process of its own; UsageError when there is no trace of it."""
    import subprocess

    command = [sys.executable, "-m", "lasti", "run", "--quiet", "--engine", engine, "-o", trace]
    command += [word for pattern in args.watch for word in ("--watch", pattern)]
    environment = {"PYTHONHASHSEED": "0", **os.environ}
    try:
        done = subprocess.run(
            [*command, *args.words], input=given, capture_output=True, timeout=args.timeout, env=environment
        )
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"the program did not end within {args.timeout:g} s ({engine} engine); see --timeout"
        ) from None
    errors = done.stderr.decode(errors="backslashreplace").strip()
    if not os.path.exists(trace):
        raise UsageError(f"nothing was recorded ({engine} engine): {errors.rpartition(chr(10))[2] or 'no message'}")
    return Outcome(trace, done.returncode, errors)


def _why_nothing(outcome: Outcome) -> str:
    """Say why no step was recorded."""
    if outcome.exit_code and outcome.errors:
        return f"the program ended with exit code {outcome.exit_code}, {outcome.errors.rpartition(chr(10))[2]}"
    return "no code that is watched has run (see --watch)"


# -- the result -------------------------------------------------------------------------------------------------


def _lines(result: Result) -> Iterator[str]:
    comparison = result.comparison
    if comparison.difference is None:
        yield f"{comparison.steps} steps and {comparison.events} events agree"
    else:
        yield from _difference_lines(comparison, comparison.difference)
    if result.exit_codes[0] != result.exit_codes[1]:
        yield "the exit codes differ: {} on the machine, {} natively".format(*result.exit_codes)
    if result.unsteady:
        yield f"not compared: {result.unsteady} values that are different in each run of the program"
    if result.is_parted:
        yield "two runs on the same engine part here too: the program itself does something else each time"


def _difference_lines(comparison: Comparison, difference: Difference) -> Iterator[str]:
    yield f"after {comparison.steps} steps that agree, this differs: {difference.what}"
    for engine, items in zip(ENGINES, (difference.left, difference.right)):
        yield ""
        yield f"{engine}:"
        for item in items:
            yield _shortened(f"  {item.step:>7}  {item.name:<16} {_words(item)}")
    if difference.pictures is not None:
        yield ""
        for engine, picture in zip(ENGINES, difference.pictures):
            yield _shortened(f"{engine + ':':8} {picture}")


def _words(item: Item) -> str:
    if item.kind == "output":
        return f"output {item.words}"
    values = ", ".join(text for place, text in item.texts.items() if place.startswith(("stack", "value")))
    if item.kind != "step":
        return f"{item.kind} {values}".rstrip()
    others = "".join(
        f"  {place.partition(' ')[2]}={text}" for place, text in item.texts.items() if place.startswith("local")
    )
    return f"{item.offset:>5}  {item.words:<32} [{values}]{others}"


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def _json(result: Result) -> str:
    import json

    comparison, difference = result.comparison, result.comparison.difference
    found: dict[str, Any] = {
        "agree": result.agree,
        "steps": comparison.steps,
        "events": comparison.events,
        "exit_codes": dict(zip(ENGINES, result.exit_codes)),
        "unsteady": result.unsteady,
        "difference": None,
    }
    if difference is not None:
        sides = zip(ENGINES, (difference.left, difference.right))
        found["difference"] = {"what": difference.what, "is_in_the_program": result.is_parted}
        found["difference"] |= {engine: [_fields(item) for item in items] for engine, items in sides}
    return json.dumps(found, ensure_ascii=True)


def _fields(item: Item) -> dict[str, Any]:
    fields = {"event": item.kind, "step": item.step, "activation": item.name, "text": item.words, "values": item.texts}
    return fields | ({"offset": item.offset} if item.kind == "step" else {})
