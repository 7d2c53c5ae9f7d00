"""Look at a recording in the browser: source, bytecode, stack, frames and coroutines at every step.

Without -o, a server on this machine alone (127.0.0.1) gives the page to the browser, and reads the recording as the
page asks for it: however long it is, every step is there at once.  The address has a token that nobody else knows.
Ctrl-C ends it.  With -o, one HTML file is written with everything in it (up to 200,000 steps): it needs no server and
no network, and can be sent to somebody.

With --text, the moment before step N is printed as plain text: for a mail, an issue, or a terminal without a browser.

examples:
  lasti run -o run.lasti prog.py        record
  lasti view run.lasti                  look at it
  lasti view run.lasti --step 120       ... beginning at step 120
  lasti view run.lasti -o run.html      write the page into a file
  lasti run --html run.html prog.py     both in one
  lasti view --text --step 120 run.lasti            one moment as text
  lasti view --text --step 120 --around 20 run.lasti   ... with 20 lines of source and 20 instructions on each side
"""

from __future__ import annotations

import contextlib
import gc
import re
from itertools import chain
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from ..machine.dispatch import Op
    from ..trace.timeline import Timeline


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti view`` understands."""
    parser = subparsers.add_parser("view", usage="lasti view [options] TRACE")
    parser.add_argument("-o", dest="html", metavar="FILE", help="write the page to FILE (.html) and do not serve it")
    parser.add_argument("--step", type=int, default=0, metavar="N", help="the step to begin with (default: 0)")
    parser.add_argument("--text", action="store_true", help="print the moment before the step, and serve nothing")
    parser.add_argument("--around", type=int, metavar="K", help="with --text: lines on each side (default: 5)")
    parser.add_argument("--language", default="en", metavar="L", help="with --text: of the sentences, en or ko")
    parser.add_argument("--port", type=int, default=0, metavar="P", help="port to listen on (default: any free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, and do not open a browser")
    parser.add_argument("trace", metavar="TRACE", help="a file that `lasti run -o` wrote")


def run(args: argparse.Namespace) -> int:
    """Serve or write the page; return 0."""
    from ..trace.timeline import Timeline

    with Timeline.open(args.trace) as timeline:
        if not 0 <= args.step <= len(timeline):
            raise UsageError(f"--step {args.step}: {args.trace!r} has {len(timeline)} steps, numbered from 0")
        if args.text or args.around is not None:
            return _print_text(timeline, args)
        how = implementations(timeline)
        if args.html is not None:
            write_page(timeline, args.html)
            return 0
    return _serve(args, how)


def _print_text(timeline: Timeline, args: argparse.Namespace) -> int:
    from ..terminal import print_lines
    from ..view import text

    around = text.AROUND if args.around is None else args.around
    if not args.text or args.html is not None:
        raise UsageError("--around goes with --text, and -o does not")
    if around < 0:
        raise UsageError(f"--around {around}: expected a number of lines, 0 or more")
    print_lines(text.picture(timeline, args.step, around, args.language))
    return 0


def _serve(args: argparse.Namespace, how: Mapping[str, str]) -> int:
    from ..terminal import print_lines
    from ..view.server import PageServer

    try:
        server = PageServer(args.trace, how, args.port)
    except (OSError, OverflowError) as error:
        raise UsageError(f"--port {args.port}: cannot listen there ({error})") from None
    gc.freeze()  # windows are made of nothing that has cycles, and to look for them takes a fifth of the time
    gc.set_threshold(100_000, 20, 100)
    with server:
        address = f"{server.url}#step={args.step}"
        print_lines([f"{args.trace}: {address}", "Ctrl-C ends it."])
        if not args.no_browser:
            import webbrowser

            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve()
    return 0


# -- the page as a file -------------------------------------------------------------------------------------------


def check_writable(path: str) -> None:
    """Raise UsageError now when a file cannot be written, and not after the work is done."""
    try:
        with open(path, "a", encoding="utf-8"):
            pass
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


def write_page(timeline: Timeline, path: str) -> None:
    """Write the page of a trace to a file, with a progress bar when it takes long; UsageError when it cannot."""
    from ..view.page import page

    check_writable(path)
    with _progress() as progress:
        text = page(timeline, implementations(timeline), progress)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Give a function that draws a bar on standard error, if that is a terminal and there is much to do."""
    import sys

    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("writing the page", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def implementations(timeline: Timeline) -> dict[str, str]:
    """Return the lines of Python that run each instruction on the machine, by opcode name.

    Empty when another version of Python made the trace: its instructions are others.
    """
    from ..machine import dispatch
    from ..versions import PY

    if timeline.meta.get("python", "").split(".")[:2] != [str(part) for part in PY]:
        return {}
    found = {}
    for name, entries in dispatch.TABLE.items():
        sources = dict.fromkeys(chain.from_iterable(map(_sources, entries)))
        found[name] = "\n\n".join(sources)
    return found


def _sources(entry: Op) -> Iterator[str]:
    """Yield the source of an instruction's handler, and of the function that it hands its frame to at its end."""
    import inspect

    handler = entry.handler
    _, define, source = inspect.getsource(handler).rstrip().partition("def ")  # the decorators are for the machine
    yield f"# {entry.effect}\n{define}{source}"
    handed_to = re.search(r"return (\w+)\(frame\b[^\n]*\Z", source)
    helper = handler.__globals__.get(handed_to[1]) if handed_to else None
    if inspect.isfunction(helper):
        yield inspect.getsource(helper).rstrip()
