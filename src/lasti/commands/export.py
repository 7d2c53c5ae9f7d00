"""Write a recording in a format of other tools: a Perfetto trace, or JSON lines.

--perfetto FILE has a track for each task and thread, a slice for each time that a frame ran, and arrows from who woke a
task to its next turn: open it at https://ui.perfetto.dev or with Perfetto's trace processor.  --jsonl FILE has an
object for each step and event, one a line; "-" is standard output.

examples:
  lasti run -o run.lasti prog.py
  lasti export run.lasti --perfetto run.pftrace
  lasti export run.lasti --jsonl run.jsonl
  lasti export run.lasti --jsonl - | head -3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti export`` understands."""
    parser = subparsers.add_parser("export", usage="lasti export TRACE [--perfetto FILE] [--jsonl FILE]")
    parser.add_argument("--perfetto", metavar="FILE", help="write a Perfetto trace (track events)")
    parser.add_argument("--jsonl", metavar="FILE", help="write JSON lines; - for standard output")
    parser.add_argument("trace", metavar="TRACE", help="a file that `lasti run -o` wrote")


def run(args: argparse.Namespace) -> int:
    """Write the files; return 0, or 1 when a part of the trace cannot be read."""
    from ..terminal import complain
    from ..trace.timeline import Timeline
    from ..view import jsonlines, perfetto

    if args.perfetto is None and args.jsonl is None:
        raise UsageError("nothing to write: expected --perfetto FILE or --jsonl FILE")
    with Timeline.open(args.trace) as timeline:
        if args.perfetto is not None:
            _write(args.perfetto, perfetto.Tracks(timeline).packets(), len(timeline))
        if args.jsonl is not None:
            ended = (line.encode() + b"\n" for line in jsonlines.lines(timeline))
            _write(args.jsonl, ended, len(timeline))
        if timeline.note:
            complain(timeline.note)
        if timeline.problem:
            complain(timeline.problem)
            return 1
    return 0


def _write(path: str, pieces: Iterable[bytes], steps: int) -> None:
    """Write the pieces to a file, with a sign of life when standard error is a terminal."""
    import sys

    if path == "-":
        _write_out(pieces)
        return
    try:
        with open(path, "wb") as file:
            if sys.stderr is None or not sys.stderr.isatty():
                file.writelines(pieces)
                return
            from rich.console import Console

            with Console(stderr=True).status(f"writing {path} ({steps} steps)"):
                file.writelines(pieces)
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


def _write_out(pieces: Iterable[bytes]) -> None:
    import sys

    if sys.__stdout__ is not None:
        for piece in pieces:
            sys.__stdout__.buffer.write(piece)
        sys.__stdout__.buffer.flush()
