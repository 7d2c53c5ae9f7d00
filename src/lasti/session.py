"""One run wired together: the program, the machine, what is watched, and who listens.

A session begins (everything that can be refused is refused here), runs the program's own code, and finishes when the
program's threads and exit functions are done too.  What it heard is then there to be drawn.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import UsageError
from .output import recorded
from .program import Prepared, Program, absolute, prepare
from .terminal import complain, flush
from .watch import Watch, file_of, hooked, host_exec, is_installed, is_of_file, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, FrameType

    from .eventloop.settings import Choices, Settings
    from .events import FrameLike, Recorder
    from .machine import Machine
    from .native.engine import Monitoring, Tracing
    from .trace.recorder import TraceRecorder
    from .trace.turns import TurnRecorder, Turns


@dataclass(frozen=True)
class Options:
    """How to run: what is watched, what is kept of it."""

    watch: Sequence[str] = ()  # patterns; none: the program and what lies beside it
    trace: str | None = None  # file to write the trace to
    turns: int | None = 0  # how many turns to keep for the picture; None: all; 0: no picture
    checked: bool = False  # compare each instruction's effect on the stack with what it states
    engine: str = "auto"  # "native", "machine", or "auto": native where it works
    loop: Settings | None = None  # our event loop, and how it is to be; None: asyncio's
    last: int | None = None  # how many steps the trace keeps; None: all

    @property
    def chosen(self) -> dict[str, str]:
        """Clock, order and network of the event loop, where they are not the system's."""
        return {} if self.loop is None else self.loop.chosen()


class Session:
    """A run of ``program``: ``begin``, ``run``, ``finish``, once each and in this order."""

    def __init__(self, program: Program, options: Options) -> None:
        self.program = program
        self.options = options
        self.watch = Watch(options.watch, folders_of(program))
        self.engine = engine_of(options)
        self.prepared: Prepared
        self.choices: Choices | None = None
        self._turns: TurnRecorder | None = None
        self._drawn: Turns | None = None
        self.note = ""  # what whoever sees the picture should know of it, one sentence
        self._machine: Machine
        self._loop_listener: Any = None  # what a recorder has to be told of our event loop
        self._execute_watched: Callable[[CodeType, dict[str, Any]], None]
        self._call_from: Callable[..., Any]  # native: (frame, function, *args)
        self._open = ExitStack()
        self._process = os.getpid()

    def begin(self) -> None:
        """Get everything ready; UsageError when the program or the trace's file is not to be had."""
        self.prepared = prepare(self.program)
        if self.options.loop is not None:
            from .eventloop import patching  # noqa: F401  (it takes the host's sys._getframe, before the machine comes)
        with ExitStack() as opened:
            if self.options.trace is not None or (self.engine == "native" and self.options.turns != 0):
                from .trace.recorder import sole

                place = "the picture of `lasti run` (--quiet draws none)"
                opened.enter_context(sole(place if self.options.trace is None else repr(self.options.trace)))
            if self.engine == "native":
                self._begin_natively(opened)
            else:
                self._begin_on_machine(opened)
            opened.enter_context(hooked(self.watch, self._execute_watched))
            if self.options.loop is not None:
                self._install_loop(opened, self.options.loop)
            self._open = opened.pop_all()
        gc.collect()  # our own garbage is not for the program's gc.collect() to count

    def run(self) -> None:
        """Run the program's own code; its exceptions come out, SystemExit and KeyboardInterrupt among them."""
        self.prepared.run(self._execute, self._call)

    def finish(self) -> bool:
        """Let go of everything; False in a process that the program has forked, where there is nothing to be done."""
        if os.getpid() != self._process:
            return False
        self._open.close()
        return True

    def turns(self) -> Turns | None:
        """Return who was resumed and suspended, once the session is finished; None when nobody asked."""
        return self._drawn if self._turns is None else self._turns.turns()

    # -- how ------------------------------------------------------------------------------------------------------

    def _execute(self, code: CodeType, module_globals: dict[str, Any]) -> None:
        """Run the main program: on the machine when it is watched."""
        is_watched = self.watch.matches(names_of(module_globals), file_of(module_globals))
        if self.engine == "native":
            if is_watched:
                self.watch.note(code)
            self._call_from(self._frame_beneath(), host_exec, code, module_globals)
        elif is_watched:
            self._machine.exec(code, module_globals)
        else:
            host_exec(code, module_globals)

    def _call(self, function: Callable[..., Any], *args: Any) -> None:
        """Call what begins the program; natively, none of our frames shall lie beneath it."""
        if self.engine == "native":
            self._call_from(None, function, *args)
        else:
            function(*args)

    def _frame_beneath(self) -> FrameType | None:
        """Return the frame that the program's own has beneath it under ``python``: none, or runpy's."""
        frame: FrameType | None = sys._getframe(1) if self.prepared.is_run_by_runpy else None
        while frame is not None and frame.f_globals.get("__name__") != "runpy":
            frame = frame.f_back
        return frame

    def _install_loop(self, opened: ExitStack, settings: Settings) -> None:
        """Let the program have our event loop where it asks asyncio for one, and a virtual clock's time."""
        from .eventloop.clock import VirtualClock
        from .eventloop.patching import patched_time
        from .eventloop.running import installed
        from .eventloop.settings import Choices

        self.choices = Choices(settings, self._loop_listener)
        opened.enter_context(installed(self.choices.new_loop))
        if isinstance(self.choices.clock, VirtualClock):
            opened.enter_context(patched_time(self.choices.clock, self._is_watched_module))

    def _is_watched_module(self, module_globals: dict[str, Any]) -> bool:
        """Tell whether a call comes from watched code: on the machine, its calls come from the machine's modules."""
        name = module_globals.get("__name__")
        if isinstance(name, str) and name.startswith(f"{__package__}.machine."):
            return True
        return self.watch.matches(names_of(module_globals), file_of(module_globals))

    def _begin_on_machine(self, opened: ExitStack) -> None:
        from .machine import Machine

        options = self.options
        if options.turns != 0:
            from .trace.turns import TurnRecorder

            self._turns = TurnRecorder(options.turns)
        recorder: Recorder | None = self._turns
        if options.trace is not None:
            from .trace.recorder import TraceRecorder

            trace = opened.enter_context(TraceRecorder(options.trace, last=options.last, chosen=options.chosen))
            self._say_what_records()
            self._loop_listener = trace.loop_listener
            recorder = trace if self._turns is None else Both(trace, self._turns)
            opened.enter_context(recorded(trace.output, flush))
        # Never left: the last of the program's functions (``__del__`` of what its modules hold) run when the
        # interpreter takes itself apart.
        self._machine = Machine(recorder, checked=options.checked, bottom=Session.run.__code__).__enter__()
        self._execute_watched = self._machine.exec

    def _begin_natively(self, opened: ExitStack) -> None:
        from .native.extension import extension

        self._call_from = extension().call_from
        self._execute_watched = self._execute_natively
        options = self.options
        if options.trace is None and options.turns == 0:  # nobody looks
            return
        from .native.engine import engine
        from .trace import timeline  # noqa: F401  (what `_draw` wants: see `Ending` for why it is imported now)
        from .trace.recorder import TraceRecorder
        from .trace.retold import MOST_STEPS

        if options.trace is None:  # for the picture alone
            trace = TraceRecorder(None, "native", most=MOST_STEPS, has_loops=False)
        else:
            trace = TraceRecorder(options.trace, "native", options.last, options.chosen)
        self._loop_listener = trace.loop_listener
        native = engine(trace.encoder, self._is_watched)
        watched: dict[int, CodeType] = {}

        def watch_code(code: CodeType) -> None:
            watched[len(watched) + 1] = code
            native.watch(code)

        trace.on_code = watch_code
        opened.callback(self._draw, trace, watched)
        opened.enter_context(trace)
        opened.enter_context(recorded(trace.output, flush))
        native.start()
        opened.callback(self._stop_natively, native)

    def _stop_natively(self, native: Monitoring | Tracing) -> None:
        if not native.stop():
            self.note = "the program has set a trace function of its own: what came after that was not recorded"

    def _execute_natively(self, code: CodeType, module_globals: dict[str, Any]) -> None:
        """Run a watched module's code under CPython itself."""
        self.watch.note(code)
        host_exec(code, module_globals)

    def _is_watched(self, code: CodeType) -> bool:
        """Tell whether a code object that runs for the first time belongs to a watched module.

        The text that a watched module has ``exec`` or ``eval`` run is its own.
        """
        if code.co_name == "<module>" and not self.watch.has_noted(code) and not is_of_file(code):
            frame = sys._getframe(1)  # that of the code itself
            if frame.f_code is code and frame.f_back is not None and self.watch.has_noted(frame.f_back.f_code):
                self.watch.note(code)
        return self.watch.has_noted(code)

    def _say_what_records(self) -> None:
        """Say that the machine records because it has to."""
        if self.options.engine == "auto" and not self.options.checked:
            from .native.proof import complaint

            complain(f"the machine records, for the native engine does not work here: {complaint()} (see lasti doctor)")

    def _draw(self, trace: TraceRecorder, codes: dict[int, CodeType]) -> None:
        """Make out of the trace what the machine tells as it goes."""
        if self.options.turns == 0:
            return
        from .trace.retold import MOST_STEPS, turns_of
        from .trace.timeline import Timeline

        with Timeline.of(trace) if self.options.trace is None else Timeline.open(self.options.trace) as timeline:
            self._drawn = turns_of(timeline, codes, self.options.turns)
            self.note = self.note or timeline.note
            if len(timeline) > MOST_STEPS:
                of_all = "" if self.options.trace is None else f" of {len(timeline):,}"
                self.note = f"the picture is that of the first {MOST_STEPS:,}{of_all} steps"


def engine_of(options: Options) -> str:
    """Return which engine to use; UsageError when it is not here."""
    if options.checked and options.engine == "native":
        raise UsageError("--checked is about the machine's own instructions: leave it out, or use --engine machine")
    if options.engine == "machine" or options.checked:
        return "machine"
    from .native.proof import complaint

    problem = complaint()
    if not problem:
        return "native"
    if options.engine == "native":
        raise UsageError(f"the native engine does not work here: {problem}; --engine machine works everywhere")
    return "machine"


def folders_of(program: Program) -> list[str]:
    """Return the folders whose modules are watched with ``program``: its own, and where it is run from with ``-m``."""
    if program.kind == "file":
        path = absolute(program.target)
        if program.is_container:
            return [os.path.normpath(path)]
        return list(dict.fromkeys([os.path.dirname(os.path.abspath(path)), os.path.dirname(os.path.realpath(path))]))
    folders = [os.getcwd()]
    if program.kind == "module":
        own = _folder_of_module(program.target.partition(".")[0])
        if own is not None and not is_installed(own):
            folders.append(own)
    return folders


def _folder_of_module(name: str) -> str | None:
    """Return the folder of a package, or the one that a module is in; None when there is no such file."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(name)
    return None if spec is None or not spec.origin or not os.path.exists(spec.origin) else os.path.dirname(spec.origin)


class Both:
    """Two recorders as one: the first one also gets the steps and the output, and numbers the activations."""

    def __init__(self, first: Recorder, second: Recorder) -> None:
        self.first = first
        self.second = second
        self.output = first.output

    @property
    def step(self) -> Callable[[FrameLike], None]:
        """The first one's own, which may be another one in each thread."""
        return self.first.step

    def call(self, frame: FrameLike, caller: FrameLike | None) -> None:
        """Tell both."""
        self.first.call(frame, caller)
        self.second.call(frame, caller)

    def return_(self, frame: FrameLike, value: object) -> None:
        """Tell both."""
        self.first.return_(frame, value)
        self.second.return_(frame, value)

    def yield_(self, frame: FrameLike, value: object) -> None:
        """Tell both."""
        self.first.yield_(frame, value)
        self.second.yield_(frame, value)

    def resume(self, frame: FrameLike, resumer: FrameLike | None, value: object) -> None:
        """Tell both."""
        self.first.resume(frame, resumer, value)
        self.second.resume(frame, resumer, value)

    def throw(self, frame: FrameLike, resumer: FrameLike | None, error: BaseException) -> None:
        """Tell both."""
        self.first.throw(frame, resumer, error)
        self.second.throw(frame, resumer, error)

    def unwind(self, frame: FrameLike, error: BaseException) -> None:
        """Tell both."""
        self.first.unwind(frame, error)
        self.second.unwind(frame, error)

    def end(self, frame: FrameLike) -> None:
        """Tell both."""
        self.first.end(frame)
        self.second.end(frame)

    def handle(self, frame: FrameLike, error: BaseException, raised: int) -> None:
        """Tell both."""
        self.first.handle(frame, error, raised)
        self.second.handle(frame, error, raised)
