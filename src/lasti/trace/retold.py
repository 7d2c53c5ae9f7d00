"""Who was resumed and who was suspended, out of a trace: for an engine that does not tell of it as it happens.

A trace knows of each event which activation it was and where that stood, so a ``TurnRecorder`` can be told afterwards
what it would have been told at the time.  Whether a frame that is resumed goes on, or only hands on what it waits for,
a trace says better than the value stack: a frame that goes on has steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..bytecode import Bytecode, decode
from .turns import HANDS_ON, TurnRecorder, Turns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from .replay import Frame, Happening, Replay
    from .timeline import Timeline

MOST_STEPS = 300_000  # which are gone through after the program's end: a matter of seconds
WAITED_FOR = object()  # as long as a frame does not go on, it waits for the same


class _Code:
    """A code object, and its instructions."""

    def __init__(self, co: CodeType) -> None:
        self.co = co
        self.bytecode: Bytecode = decode(co)


class _Frame:
    """A frame as it stood, for a recorder."""

    def __init__(self, code: _Code, activation: int, pc: int) -> None:
        self.code = code
        self.activation = activation
        self.pc = pc
        self.stack = [WAITED_FOR] * 2  # the recorder looks for what the frame waits for, and for nothing else
        self.fast: list[Any] = []


class _Retelling:
    def __init__(self, timeline: Timeline, codes: Mapping[int, CodeType], keep: int | None) -> None:
        self._timeline = timeline
        self.recorder = TurnRecorder(keep, is_told_who_goes_on=True)
        self._host_codes = codes
        self._codes: dict[int, _Code] = {}
        self._replay: Replay | None = None
        self._left: dict[int, _Frame] = {}  # by activation, as earlier blocks have left them
        self._handled: tuple[int, Any] | None = None  # (activation, error): the next step says where
        self._resumed: set[int] = set()  # activations: their next steps say whether they go on
        self.wanted: set[int] = set()  # activations whose steps matter

    def tell(self, replay: Replay, happening: Happening) -> None:
        """Tell the recorder of one event; of a step, when it is the first of a handler, or of a frame that goes on."""
        if replay is not self._replay:
            self._next_block(replay)
        number = happening.activation
        if happening.kind == "step":
            self._step(self._shown(replay.frames[number]))
        else:
            self._event(replay, happening)
        if number in self._resumed or (self._handled is not None and self._handled[0] == number):
            self.wanted.add(number)
        else:
            self.wanted.discard(number)

    def _step(self, frame: _Frame) -> None:
        if self._handled is not None and self._handled[0] == frame.activation:
            self._handle(frame, self._handled[1])
            self._handled = None
        elif frame.activation in self._resumed:
            self._go_on(frame)

    def _event(self, replay: Replay, happening: Happening) -> None:
        kind, number = happening.kind, happening.activation
        frame = self._frame(replay, number)
        if kind in ("output", "loop") or frame is None:
            return
        origin = self._frame(replay, happening.origin)
        error = self._error_named(replay, happening.text) if kind in ("throw", "unwind", "handle") else BaseException()
        if kind == "call":
            self.recorder.call(frame, origin)
        elif kind == "resume":
            self.recorder.resume(frame, origin, None)
        elif kind == "throw":
            self.recorder.throw(frame, origin, error)
        elif kind == "yield":
            self.recorder.yield_(frame, None)
        elif kind == "return":
            self.recorder.return_(frame, None)
        elif kind == "unwind":
            self.recorder.unwind(frame, error)
        elif kind == "end":
            self.recorder.end(frame)
        elif kind == "handle":
            self._handled = number, error
        if kind in ("resume", "throw"):
            self._resumed.add(number)
        elif kind != "call":
            self._resumed.discard(number)
        if kind in ("return", "unwind", "end"):
            self._left.pop(number, None)

    def _next_block(self, replay: Replay) -> None:
        if self._replay is not None:
            alive = set(self._replay.suspended).union(*self._replay.threads.values())
            frames = self._replay.frames.items()
            self._left.update((number, self._shown(found)) for number, found in frames if number in alive)
        self._replay = replay

    def _handle(self, frame: _Frame, error: BaseException) -> None:
        if _opname(frame) == "CLEANUP_THROW":  # which goes on, when what was waited for has returned
            self._resumed.add(frame.activation)
        frame.pc -= 1
        self.recorder.handle(frame, error, frame.pc)

    def _go_on(self, frame: _Frame) -> None:
        if _opname(frame) not in HANDS_ON:
            self._resumed.discard(frame.activation)
            self.recorder.go_on(frame)

    def _frame(self, replay: Replay, number: int) -> _Frame | None:
        """Return an activation's frame; what its block has not shown yet stands where it was left."""
        found = replay.frames.get(number)
        return self._left.get(number) if found is None else self._shown(found)

    def _shown(self, found: Frame) -> _Frame:
        assert self._replay is not None
        code = self._codes.get(found.code.number)
        if code is None:
            code = self._codes[found.code.number] = _Code(self._host_codes[found.code.number])
        return _Frame(code, found.number, self._replay.settled(found).pc)

    def _error_named(self, replay: Replay, text: str) -> BaseException:
        """Return an exception of a class with the name of the one that was raised."""
        is_object = text[:1] == "[" and text[1:-1].isdigit()
        picture = self._timeline.picture_in(replay, int(text[1:-1])) if is_object else None
        name = picture.type if picture is not None else "BaseException"
        if name == "GeneratorExit":
            return GeneratorExit()
        made: BaseException = type(name, (BaseException,), {})()
        return made


def _opname(frame: _Frame) -> str:
    return frame.code.bytecode.instructions[frame.pc].opname


def turns_of(timeline: Timeline, codes: Mapping[int, CodeType], keep: int | None = 40) -> Turns:
    """Return the turns of a recorded run; ``codes`` are its code objects by their numbers in the trace.

    Of a long run only the first ``MOST_STEPS`` steps are gone through.
    """
    retelling = _Retelling(timeline, codes, keep)
    for replay, happening in timeline.events_before(min(len(timeline), MOST_STEPS), retelling.wanted):
        retelling.tell(replay, happening)
    return retelling.recorder.turns()
