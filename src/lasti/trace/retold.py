"""Who was resumed and who was suspended, out of a trace: for an engine that does not tell of it as it happens.

A trace knows of each event which activation it was and where that stood, so a ``TurnRecorder`` can be told afterwards
what it would have been told at the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..bytecode import Bytecode, decode
from .facts import DELEGATES
from .turns import TurnRecorder, Turns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from .replay import Happening, Replay
    from .timeline import Timeline

MOST_STEPS = 300_000  # which are gone through after the program's end: a matter of seconds


class _Code:
    """A code object, and its instructions."""

    def __init__(self, co: CodeType) -> None:
        self.co = co
        self.bytecode: Bytecode = decode(co)


class _Frame:
    """A frame as it stood, for a recorder."""

    def __init__(self, code: _Code, activation: int, pc: int, stack: list[Any]) -> None:
        self.code = code
        self.activation = activation
        self.pc = pc
        self.stack = stack
        self.fast: list[Any] = []


class _Retelling:
    def __init__(self, codes: Mapping[int, CodeType], keep: int | None) -> None:
        self.recorder = TurnRecorder(keep)
        self._host_codes = codes
        self._codes: dict[int, _Code] = {}
        self._handled: tuple[int, Any] | None = None  # (activation, error): the next step says where

    def tell(self, replay: Replay, happening: Happening) -> None:
        """Tell the recorder of one event; of a step, when it is the first of a handler."""
        kind, number = happening.kind, happening.activation
        if kind == "step":
            if self._handled is not None and self._handled[0] == number:
                frame = self._frame(replay, number)
                frame.pc -= 1
                self.recorder.handle(frame, self._handled[1])
                self._handled = None
            return
        if kind in ("output", "loop") or number not in replay.frames:
            return
        frame = self._frame(replay, number)
        origin = self._frame(replay, happening.origin) if happening.origin in replay.frames else None
        error = _error_named(replay, happening.text) if kind in ("throw", "unwind", "handle") else BaseException()
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

    def _frame(self, replay: Replay, number: int) -> _Frame:
        found = replay.frames[number]
        code = self._codes.get(found.code.number)
        if code is None:
            code = self._codes[found.code.number] = _Code(self._host_codes[found.code.number])
        depth = found.code.resting_depth(found.pc)
        if 0 <= found.pc < len(found.code.instructions) and found.code.instructions[found.pc].opname in DELEGATES:
            depth += 1  # what it delegates to stays where it is
        return _Frame(code, number, found.pc, [_Reference(text) for text in found.stack[:depth]])


class _Reference(str):
    """What lay in a slot, as its recorded text: the same object has the same text, and is the same here."""

    __slots__ = ()
    _known: dict[str, _Reference] = {}  # noqa: RUF012

    def __new__(cls, text: str) -> _Reference:
        return cls._known.setdefault(text, super().__new__(cls, text))


def _error_named(replay: Replay, text: str) -> BaseException:
    """Return an exception of a class with the name of the one that was raised."""
    from .pictures import read_picture

    line = replay.pictures.get(int(text[1:-1])) if text[:1] == "[" and text[1:-1].isdigit() else None
    name = read_picture(line).type if line is not None else "BaseException"
    if name == "GeneratorExit":
        return GeneratorExit()
    made: BaseException = type(name, (BaseException,), {})()
    return made


def turns_of(timeline: Timeline, codes: Mapping[int, CodeType], keep: int | None = 40) -> Turns:
    """Return the turns of a recorded run; ``codes`` are its code objects by their numbers in the trace.

    Of a long run only the first ``MOST_STEPS`` steps are gone through.
    """
    retelling = _Retelling(codes, keep)
    for replay, happening in timeline.happenings(0, min(len(timeline), MOST_STEPS)):
        retelling.tell(replay, happening)
    return retelling.recorder.turns()
