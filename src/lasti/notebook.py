"""The notebook: ``%load_ext lasti``, then ``%%lasti`` runs a cell recorded and shows the page inside the output.

The cell runs in the notebook's own namespace and in a thread of its own: there ``asyncio.run`` works, which it does not
under the kernel's own loop.  The page lies whole in the output, in a frame without any rights but to
run its script, so that it can be looked at in a saved notebook too, without a kernel.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import os
import shlex
import sys
import tempfile
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from .machine import Machine
    from .trace.recorder import TraceRecorder
    from .trace.timeline import Timeline

HEIGHT = 720  # pixels of the page in the output
_idle: list[Machine] = []  # stays at work, so that functions of one cell can be called in the next
FRAME = '<iframe title="lasti" sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'


def load(shell: Any) -> None:
    """Give a running IPython the magic ``%%lasti``; UsageError where there is none."""
    if find_spec("IPython") is None:
        raise UsageError("%load_ext lasti needs IPython: python3 -m pip install 'lasti[notebook]'")

    def magic(line: str, cell: str) -> None:
        run_cell(shell, line, cell)

    magic.__doc__ = _parser().format_help()
    shell.register_magic_function(magic, "cell", "lasti")


def run_cell(shell: Any, line: str, cell: str) -> None:
    """Run a cell recorded and show the page; what the cell raises comes out, after the page."""
    from IPython.display import display

    args = _arguments(line)
    name = shell.compile.cache(cell, shell.execution_count)
    code = compile(cell, name, "exec", flags=shell.compile.flags, dont_inherit=True)
    page, error = _recorded(code, shell.user_ns, _engine(args.engine))
    display(Framed(page, args.height))  # type: ignore[no-untyped-call,unused-ignore]
    if error is not None:
        raise error


class Framed:
    """A page as an output: HTML in a notebook, a sentence where there is only text."""

    def __init__(self, page: str, height: int) -> None:
        self._page = page
        self._height = height

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {self._height}px; border: 1px solid #868e99"
        return FRAME.format(style=style, page=html.escape(self._page))

    def __repr__(self) -> str:
        return "lasti: a page to look at every step in a notebook"


def _recorded(code: CodeType, namespace: dict[str, Any], engine: str) -> tuple[str, BaseException | None]:
    """Run code in a thread of its own, recorded; return the page, and what it raised."""
    made: list[tuple[str, BaseException | None]] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            made.append(_natively(code, namespace) if engine == "native" else _on_machine(code, namespace))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work, name="lasti")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


def _natively(code: CodeType, namespace: dict[str, Any]) -> tuple[str, BaseException | None]:
    from .recording import record
    from .trace.timeline import Timeline

    raised = None
    with tempfile.TemporaryDirectory(prefix="lasti-") as folder:
        path = os.path.join(folder, "cell.lasti")
        with record(path, watch=str(namespace["__name__"])) as recording, _told(recording.recorder):
            try:
                exec(code, namespace)
            except BaseException as error:
                raised = error
        with Timeline.open(path) as timeline:
            return _page_of(timeline), raised


def _on_machine(code: CodeType, namespace: dict[str, Any]) -> tuple[str, BaseException | None]:
    from .machine import Machine
    from .trace.recorder import TraceRecorder
    from .trace.timeline import Timeline

    if not _idle:
        _idle.append(Machine().__enter__())
    raised = None
    with TraceRecorder() as recorder, _told(recorder), Machine(recorder) as machine:
        try:
            machine.exec(code, namespace)
        except BaseException as error:
            raised = error
    with Timeline.of(recorder) as timeline:
        return _page_of(timeline), raised


def _page_of(timeline: Timeline) -> str:
    """Return the page of a cell's recording, which has the magic's name instead of the kernel's command line."""
    from .view.page import page

    timeline.meta["argv"] = json.dumps(["%%lasti"])
    return page(timeline)


def _engine(wanted: str) -> str:
    """Return the engine to use; UsageError when it is not here."""
    from .session import Options, engine_of

    return engine_of(Options(engine=wanted))


@contextlib.contextmanager
def _told(recorder: TraceRecorder) -> Iterator[None]:
    """Tell the recorder of what is written; the notebook gets it as ever."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Told(own, name, recorder.output) for own, name in zip(before, ("stdout", "stderr")))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Told:
    """A stream of the notebook's that tells what is written to it."""

    def __init__(self, stream: Any, name: str, tell: Callable[[str, str], None]) -> None:
        self._stream = stream
        self._name = name
        self._tell = tell

    def write(self, text: str) -> Any:
        """Write, and tell."""
        if text:
            self._tell(self._name, text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


# -- the magic's arguments ----------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(f"%%lasti: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="%%lasti", add_help=False, description="Run the cell recorded, and show every step of it.")
    parser.add_argument("--height", type=int, default=HEIGHT, metavar="PIXELS", help=f"of the page (default: {HEIGHT})")
    parser.add_argument("--engine", choices=("auto", "native", "machine"), default="auto", help="as in lasti run")
    return parser


def _arguments(line: str) -> argparse.Namespace:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%lasti: {error}") from None
    args = _parser().parse_args(words)
    if not 200 <= args.height <= 4000:
        raise UsageError(f"%%lasti --height {args.height}: expected 200 to 4000 pixels")
    return args
