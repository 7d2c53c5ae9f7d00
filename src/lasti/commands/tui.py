"""Look at a recording in the terminal: the panes and the keys of the page.

Arrow keys go by instruction (left, right) and by line (up, down); ? lists all keys; q ends it.  The mouse works too: a
click on a local asks when it changed, one on a value of the stack where it came from, one on a line of the output goes
to the step that printed it, one on the timeline or on the bar above goes there.  It needs the extra: python3 -m pip
install 'lasti[tui]'.

examples:
  lasti run -o run.lasti prog.py
  lasti tui run.lasti
  lasti tui run.lasti --step 120 --language ko
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import argparse

NEEDS = "lasti tui needs Textual: python3 -m pip install 'lasti[tui]'"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti tui`` understands."""
    parser = subparsers.add_parser("tui", usage="lasti tui [options] TRACE")
    parser.add_argument("--step", type=int, default=0, metavar="N", help="the step to begin with (default: 0)")
    parser.add_argument("--language", default="en", metavar="L", help="of the sentences: en or ko (default: en)")
    parser.add_argument("trace", metavar="TRACE", help="a file that `lasti run -o` wrote")


def run(args: argparse.Namespace) -> int:
    """Show the recording until it is closed; return 0."""
    import sys

    from ..trace.timeline import Timeline
    from ..view.words import templates
    from .view import implementations

    templates(args.language)
    try:
        from ..view.tui import Viewer
    except ImportError:
        raise UsageError(NEEDS) from None
    with Timeline.open(args.trace) as timeline:
        if not 0 <= args.step <= len(timeline):
            raise UsageError(f"--step {args.step}: {args.trace!r} has {len(timeline)} steps, numbered from 0")
        if not (sys.__stdout__ is not None and sys.__stdout__.isatty()):
            raise UsageError("lasti tui needs a terminal; `lasti view --text` prints a moment anywhere")
        Viewer(timeline, args.step, args.language, implementations(timeline)).run()
    return 0
