"""Run a program, and show who was resumed and who was suspended.

The program runs exactly as it would with `python`: arguments, standard input, exit code, tracebacks.  When it has
ended, the source of its coroutines and generators is printed, with -> where each was resumed and <- where it was
suspended, and then the order in which that happened.

examples:
  lasti run examples/coroutine.py              the program, then the picture
  lasti run prog.py --verbose data.txt         what follows the program is the program's
  lasti run -m package.module                  as `python -m`; also -c CODE, and - for standard input
  lasti run -o run.lasti prog.py               write a trace, for `lasti steps run.lasti`
  lasti run -o run.lasti --last 1000000 prog.py    keep the last million steps, of a program that runs for days
  lasti run --html run.html prog.py            write a page to look at every step in the browser
  lasti run --watch 'app.*' -m pytest          only the modules called app.something are watched
  lasti run --watch src/ prog.py               only what lies in the folder src
  lasti run --clock virtual prog.py            no sleep takes any time
  lasti run --order random:7 prog.py           the tasks in another order, the same one each time
"""

from __future__ import annotations

import atexit
import sys
from typing import TYPE_CHECKING, Any

from .. import chance
from ..errors import MachineError, UsageError
from ..terminal import complain, print_lines, wants_colour
from ..versions import PY314

if TYPE_CHECKING:
    import argparse

    from ..eventloop.settings import Settings
    from ..program import Program
    from ..session import Session

TURNS = 40  # what the picture lists without --all-turns
EXIT_SOFTWARE = 70  # sysexits.h, EX_SOFTWARE: a bug of lasti's own
WITH_VALUE = ("--watch", "-o", "--last", "--html", "--color", "--engine", "--loop", "--clock", "--order", "--net")
# Who imports one of these, uses it.  (From 3.14 `import asyncio` imports `_interpreters`, which then tells nothing.)
OF_INTERPRETERS = {
    "lasti.interpreters",
    *(["concurrent.interpreters"] if PY314 else ["_interpreters", "_xxsubinterpreters"]),
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti run`` understands."""
    parser = subparsers.add_parser(
        "run", usage="lasti run [options] PROGRAM | -m MODULE | -c CODE | -  [arguments of the program ...]"
    )
    parser.add_argument(
        "--watch", metavar="PATTERN", action="append", default=[],
        help="watch only modules with this name (with a slash: at this path); * ? [] as in a shell; may be given "
        "several times; default: the program (__main__) and the modules under its folder",
    )  # fmt: skip
    parser.add_argument("-o", dest="trace", metavar="FILE", help="write a trace of every step to FILE (.lasti)")
    parser.add_argument(
        "--last", type=int, metavar="N",
        help="keep only the last N steps in the trace (a little more, and never less), however long the program runs",
    )  # fmt: skip
    parser.add_argument(
        "--html", metavar="FILE", help="write a page to FILE, in which every step can be seen in the browser"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but what the program prints")
    parser.add_argument("--all-turns", action="store_true", help="list every turn and every function in the picture")
    parser.add_argument(
        "--color", choices=["auto", "always", "never"], default="auto", help="colours in the picture (default: auto)"
    )
    parser.add_argument(
        "--engine",
        choices=["auto", "native", "machine"],
        default="auto",
        help="what runs the program: native (CPython itself, recorded) or the machine; auto: native where it works",
    )
    of_loop = parser.add_argument_group(
        "the event loop (--clock, --order, --net and --deadlock have lasti's)", description=None
    )
    of_loop.add_argument("--loop", choices=["asyncio", "lasti"], help="whose event loop runs (default: asyncio)")
    of_loop.add_argument(
        "--clock", choices=["real", "virtual"],
        help="virtual: time stands still while anything can run, and jumps to the next timer when nothing can",
    )  # fmt: skip
    of_loop.add_argument(
        "--order", metavar="ORDER",
        help="which of the ready tasks runs next: fifo (asyncio's), lifo, random:SEED, priority:SEED, replay:SCHEDULE; "
        "a run that fails prints the schedule that has it again",
    )  # fmt: skip
    of_loop.add_argument(
        "--net", metavar="NET",
        help="simulated: connections in memory, in virtual time; simulated:latency=0.05,loss=0.01,seed=7 and jitter, "
        "refuse, bandwidth, window",
    )  # fmt: skip
    of_loop.add_argument(
        "--deadlock", action="store_true", help="end a program that nothing can wake any more, with a report"
    )
    parser.add_argument(
        "--checked", action="store_true", help="compare each instruction's effect on the stack with what it states"
    )
    parser.add_argument("program", nargs="*", metavar="PROGRAM", help="file, folder or zip file; - for standard input")
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module, as `python -m`")
    parser.add_argument("-c", dest="command", metavar="CODE", help="run source text, as `python -c`")


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split the words behind ``run`` into lasti's own and the program's; the first of the latter says what it is.

    As with ``python``, everything behind the program (or behind ``-m MODULE``, ``-c CODE``) belongs to it.
    """
    index = 0
    while index < len(argv):
        word = argv[index]
        if word == "--":
            return argv[:index], argv[index + 1 :]
        if word == "-" or word[:1] != "-" or word[:2] in ("-m", "-c"):
            return argv[:index], argv[index:]
        index += 2 if word in WITH_VALUE else 1
    return argv, []


def run(args: argparse.Namespace) -> int:
    """Run the program to its end; return its exit code."""
    program = program_of(args.words)
    from ..session import Options, Session

    if args.last is not None and args.trace is None and args.html is None:
        raise UsageError("--last says how much a trace keeps: name its file with -o, or a page with --html")
    if args.last is not None and args.last < 1:
        raise UsageError(f"--last {args.last}: expected a number of steps, at least 1")
    if args.html is not None:
        from .view import check_writable

        check_writable(args.html)
    loop = loop_settings(args)
    if loop is not None and loop.is_to_be_had_again and args.is_process:
        chance.take_away()
    turns = 0 if args.quiet else None if args.all_turns else TURNS
    trace = args.trace if args.html is None or args.trace is not None else temporary_trace()
    options = Options(args.watch, trace, turns, args.checked, args.engine, loop, args.last)
    session = Session(program, options)
    session.begin()
    ending = Ending(session, args)
    # Registered before the program's own exit functions, this runs after them, and after its threads.
    atexit.register(ending.close)
    return ending.exit_code_of_run()


def loop_settings(args: argparse.Namespace) -> Settings | None:
    """Return how our event loop is to be, None for asyncio's; UsageError when the words contradict each other."""
    given = {name: getattr(args, name) for name in ("clock", "order", "net") if getattr(args, name) is not None}
    if args.deadlock:
        given["deadlock"] = True
    if args.loop == "asyncio" and given:
        raise UsageError(f"--{next(iter(given))} needs lasti's loop: leave --loop asyncio out")
    if args.loop != "lasti" and not given:
        return None
    from ..eventloop.settings import Choices, Settings

    if given.get("net", "real") != "real":
        given.setdefault("clock", "virtual")  # the simulated network has no other
    settings = Settings(**given)
    Choices(settings)  # what is not understood is refused before the program begins
    return settings


def temporary_trace() -> str:
    """Return the name of a file for a trace from which only the page is made; it is gone when the process ends."""
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="lasti-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"{folder}/run.lasti"


def program_of(words: list[str]) -> Program:
    """Return what to run; UsageError when the words do not say it."""
    from ..program import Program

    if not words:
        raise UsageError("name a program to run: a file, -m MODULE, -c CODE, or - for standard input")
    first, *rest = words
    if first[:2] not in ("-m", "-c"):
        return Program("stdin" if first == "-" else "file", first, tuple(rest))
    value, *rest = [first[2:], *rest] if first[2:] else rest or [""]
    if not value and (first[:2] == "-m" or not words[1:]):
        raise UsageError(f"{first} needs {'the name of a module' if first == '-m' else 'source text'}")
    return Program("module" if first[:2] == "-m" else "command", value, tuple(rest))


# -- the end ----------------------------------------------------------------------------------------------------


class Ending:
    """How a run ends: its exception is reported, and when all of the program is over, the picture is printed."""

    def __init__(self, session: Session, args: argparse.Namespace) -> None:
        self._session = session
        self._args = args
        self._has_failed = False
        if not args.quiet:
            # Imported now, with the module by which linecache reads source: they make classes out of text, and text
            # that is run at exit makes the interpreter forget that it was interrupted.
            import tokenize  # noqa: F401

            from ..view import interleaving  # noqa: F401
        if args.html is not None:
            from ..view import page  # noqa: F401

    def exit_code_of_run(self) -> int:
        """Run the program's own code and report its exception, as ``python`` does."""
        from ..program import flush_outputs, report

        prepared = self._session.prepared
        # Outside of any `except` clause: while sys.excepthook runs, no exception is being handled.
        error = self._error_of_run()
        if error is None:
            prepared.end()
            return 0
        if isinstance(error, MachineError):
            return report_machine_error(error)
        if not prepared.is_run_by_runpy:
            flush_outputs()
        report(error)
        prepared.end()
        if type(error) is KeyboardInterrupt:
            leave_by_interrupt()
        return 1

    def _error_of_run(self) -> BaseException | None:
        from ..program import without_own_frames

        try:
            self._session.run()
        except BaseException as error:
            self._has_failed = type(error) is not SystemExit or error.code is not None
            without_own_frames(error)
            if isinstance(error, SystemExit):
                raise
            return error
        return None

    def close(self) -> None:
        """Finish the session, and print the picture."""
        session = self._session
        if not session.finish():
            return
        print_lines([])  # flushes what the program printed: that nobody reads it is no error of the program's
        for complaint in session.watch.complaints():
            complain(complaint)
        if self._args.html is not None:
            self._write_page()
        if self._has_failed:
            self._say_how_to_replay()
        if OF_INTERPRETERS & sys.modules.keys():
            complain("what ran in other interpreters is not shown: lasti sees the one that it runs in")
        turns = session.turns()
        if turns is not None and turns.total:
            from ..view.interleaving import Style, interleaving

            style = Style(colour=wants_colour(self._args.color), everything=self._args.all_turns)
            print_lines(["", *interleaving(turns, session.prepared.sources, style)])
        if turns is not None and session.note:
            complain(session.note)
        elif turns is not None and not turns.total and not self._has_failed and not session.options.watch:
            complain("nothing was suspended: the program has no generator or coroutine that ran")

    def _say_how_to_replay(self) -> None:
        choices = self._session.choices
        words = None if choices is None else choices.words_to_replay()
        if words is not None:
            import shlex

            complain("this order again:")
            watch = [word for pattern in self._args.watch for word in ("--watch", pattern)]
            own = f"{shlex.join(watch)} {words}".strip()
            print(f"{chance.words_before()}lasti run {own} {shlex.join(self._args.words)}", file=sys.stderr)

    def _write_page(self) -> None:
        from ..errors import LastiError
        from ..trace.timeline import Timeline
        from .view import write_page

        trace = self._session.options.trace
        assert trace is not None
        try:
            with Timeline.open(trace) as timeline:
                write_page(timeline, self._args.html)
        except LastiError as error:
            complain(str(error))


def report_machine_error(error: MachineError) -> int:
    """Say that the machine failed, where, and what to do; return the exit code for it."""
    text = str(error).rstrip(".")
    please = "" if "report" in text else "; please report it with this text"
    version = sys.version.split()[0]
    complain(f"the machine failed, not the program: {type(error).__name__}: {text} (Python {version}){please}")
    return EXIT_SOFTWARE


def leave_by_interrupt() -> None:
    """Let the interpreter end as it does after an unhandled Ctrl-C (by SIGINT), without a second report."""
    hook = sys.excepthook

    def silent(*_: Any) -> None:
        sys.excepthook = hook

    sys.excepthook = silent
    raise KeyboardInterrupt from None
