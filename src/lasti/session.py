"""One run wired together: the program, the machine, what is watched, and who listens.

A session begins (everything that can be refused is refused here), runs the program's own code, and finishes when the
program's threads and exit functions are done too.  What it heard is then there to be drawn.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .machine import Machine
from .output import recorded
from .program import Prepared, Program, absolute, prepare
from .watch import Watch, file_of, hooked, host_exec, is_installed, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from .events import FrameLike, Recorder
    from .trace.turns import TurnRecorder


@dataclass(frozen=True)
class Options:
    """How to run: what is watched, what is kept of it."""

    watch: Sequence[str] = ()  # patterns; none: the program and what lies beside it
    trace: str | None = None  # file to write the trace to
    turns: int | None = 0  # how many turns to keep for the picture; None: all; 0: no picture
    checked: bool = False  # compare each instruction's effect on the stack with what it states


class Session:
    """A run of ``program``: ``begin``, ``run``, ``finish``, once each and in this order."""

    def __init__(self, program: Program, options: Options) -> None:
        self.program = program
        self.options = options
        self.watch = Watch(options.watch, folders_of(program))
        self.turns: TurnRecorder | None = None
        self.prepared: Prepared
        self._machine: Machine
        self._open = ExitStack()
        self._process = os.getpid()

    def begin(self) -> None:
        """Get everything ready; UsageError when the program or the trace's file is not to be had."""
        self.prepared = prepare(self.program)
        with ExitStack() as opened:
            recorder = self._recorder(opened)
            # Never left: the last of the program's functions (``__del__`` of what its modules hold) run when the
            # interpreter takes itself apart.
            self._machine = Machine(recorder, checked=self.options.checked).__enter__()
            opened.enter_context(hooked(self.watch, self._machine.exec))
            if self.options.trace is not None and recorder is not None:
                opened.enter_context(recorded(recorder.output))
            self._open = opened.pop_all()

    def run(self) -> None:
        """Run the program's own code; its exceptions come out, SystemExit and KeyboardInterrupt among them."""
        self.prepared.run(self._execute)

    def finish(self) -> bool:
        """Let go of everything; False in a process that the program has forked, where there is nothing to be done."""
        if os.getpid() != self._process:
            return False
        self._open.close()
        return True

    # -- how ------------------------------------------------------------------------------------------------------

    def _execute(self, code: CodeType, module_globals: dict[str, Any]) -> None:
        """Run the main program: on the machine when it is watched."""
        if self.watch.matches(names_of(module_globals), file_of(module_globals)):
            self._machine.exec(code, module_globals, is_root=not self.prepared.is_run_by_runpy)
        else:
            host_exec(code, module_globals)

    def _recorder(self, opened: ExitStack) -> Recorder | None:
        options = self.options
        if options.turns != 0:
            from .trace.turns import TurnRecorder

            self.turns = TurnRecorder(options.turns)
        if options.trace is None:
            return self.turns
        from .trace.recorder import TraceRecorder

        trace = opened.enter_context(TraceRecorder(options.trace))
        return trace if self.turns is None else Both(trace, self.turns)


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

    def handle(self, frame: FrameLike, error: BaseException) -> None:
        """Tell both."""
        self.first.handle(frame, error)
        self.second.handle(frame, error)
