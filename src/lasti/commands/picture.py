"""Draw a recording: one moment, a strip of value stacks, or an animation.

With --step, one moment whole: source, bytecode, value stack, locals, call stack and suspended frames.  With --loop, the
event loop: a row for each handle that it ran, with its ready queue and timers.  Otherwise, in an .svg or .png file, a
card for each instruction with the value stack after it; in a .gif file, an animation of moments.
SVG needs nothing else; PNG and GIF need the extra: python3 -m pip install 'lasti[pictures]'.

examples:
  lasti run -o run.lasti prog.py
  lasti picture run.lasti --step 12 -o moment.svg            one moment
  lasti picture run.lasti --function func -o stacks.svg      the value stack after each instruction of func
  lasti picture run.lasti --from 10 --to 22 -o stacks.png    ... of the steps 10 to 21
  lasti picture run.lasti --from 10 --to 60 -o moving.gif    an animation
  lasti picture run.lasti --loop -o loop.svg                 the event loop's turns
  lasti picture run.lasti --calls -o calls.gif               ... a picture for each call, return and switch
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from ..trace.timeline import Timeline
    from ..view.drawing import Drawing

KINDS = (".svg", ".png", ".gif")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti picture`` understands."""
    parser = subparsers.add_parser("picture", usage="lasti picture [options] TRACE -o FILE.{svg,png,gif}")
    parser.add_argument("-o", dest="file", required=True, metavar="FILE", help="where to: .svg, .png or .gif")
    parser.add_argument("--step", type=int, metavar="N", help="the moment before step N")
    parser.add_argument("--from", dest="begin", type=int, metavar="A", help="begin with step A (default: 0)")
    parser.add_argument("--to", dest="end", type=int, metavar="B", help="stop before step B (default: at the end)")
    parser.add_argument("--function", metavar="NAME", help="only this function, or this activation (worker#2)")
    parser.add_argument(
        "--calls", action="store_true", help="only where another frame goes on: calls, returns, switches"
    )
    parser.add_argument("--loop", action="store_true", help="the event loop, handle by handle (not as .gif)")
    parser.add_argument(
        "--delay", type=int, default=700, metavar="MS", help="of a .gif, for each picture (default: 700)"
    )
    parser.add_argument("--language", default="en", metavar="L", help="of the sentences: en or ko (default: en)")
    parser.add_argument("--font", metavar="FILE", help="a font file for .png and .gif (default: the one inside Pillow)")
    parser.add_argument("--dark", action="store_true", help="light on dark")
    parser.add_argument("trace", metavar="TRACE", help="a file that `lasti run -o` wrote")


def run(args: argparse.Namespace) -> int:
    """Write the picture; return 0."""
    from ..trace.timeline import Timeline
    from ..view.words import templates
    from .view import check_writable

    kind = next((kind for kind in KINDS if args.file.lower().endswith(kind)), None)
    if kind is None:
        raise UsageError(f"-o {args.file!r}: expected a name that ends in {', '.join(KINDS)}")
    templates(args.language)
    if args.loop and (kind == ".gif" or args.step is not None or args.function is not None or args.calls):
        raise UsageError("--loop is one picture, .svg or .png: it goes with --from, --to and --dark alone")
    if not 20 <= args.delay <= 60_000:
        raise UsageError(f"--delay {args.delay}: expected 20 to 60000 milliseconds")
    if kind != ".svg":
        from ..view import pixels

        pixels.check(args.font, args.language)
    with Timeline.open(args.trace) as timeline:
        steps = _steps(timeline, args) if not args.loop else list(_range(timeline, args))
        check_writable(args.file)
        data = _drawn(timeline, steps, args, kind)
    try:
        with open(args.file, "wb") as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"cannot write {args.file!r}: {error.strerror}") from None
    return 0


def _steps(timeline: Timeline, args: argparse.Namespace) -> list[int]:
    from ..view.image import moments

    if args.step is not None:
        if args.begin is not None or args.end is not None or args.function is not None or args.calls:
            raise UsageError("--step is one moment: it goes without --from, --to, --function and --calls")
        if not 0 <= args.step <= len(timeline):
            raise UsageError(f"--step {args.step}: {args.trace!r} has {len(timeline)} steps, numbered from 0")
        return [args.step]
    return moments(timeline, *_range(timeline, args), args.function, args.calls)


def _range(timeline: Timeline, args: argparse.Namespace) -> tuple[int, int]:
    """Return what --from and --to say; UsageError when that cannot be."""
    begin, end = args.begin or 0, len(timeline) if args.end is None else args.end
    if begin > end:
        raise UsageError(f"--from {begin} --to {end}: the first is behind the last")
    if not 0 <= begin <= end <= len(timeline):
        raise UsageError(f"--from {begin} --to {end}: {args.trace!r} has {len(timeline)} steps, numbered from 0")
    return begin, end


def _drawn(timeline: Timeline, steps: list[int], args: argparse.Namespace, kind: str) -> bytes:
    from ..view.drawing import svg
    from ..view.image import DARK, LIGHT, moment, strip
    from ..view.loopstrip import loop_strip

    theme = DARK if args.dark else LIGHT

    def moments_of() -> Iterator[Drawing]:
        for step in steps:
            yield moment(timeline, step, args.language, theme)

    if kind == ".gif":
        from ..view import pixels

        with _progress(len(steps)) as progress:
            return pixels.gif(moments_of(), args.delay, args.font, progress)
    if args.loop:
        drawing = loop_strip(timeline, steps[0], steps[1], theme, args.language)
    else:
        drawing = strip(timeline, steps, theme, args.language) if args.step is None else next(moments_of())
    if kind == ".svg":
        return svg(drawing).encode()
    from ..view import pixels

    return pixels.png(drawing, args.font)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None] | None]:
    """Give a function that draws a bar on standard error, if that is a terminal."""
    import sys

    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("drawing", total=total)
        yield lambda done: bar.update(task, completed=done)
