"""``lasti.frames(obj)``: the frames and value stacks of what is suspended, or of the call stack, without a recording.

A suspended generator, coroutine, async generator or task has one frame for each thing that waits for the next; the call
stack is that of the caller.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import TYPE_CHECKING, Any

from .bytecode import decode, fast_names
from .errors import UsageError
from .events import NULL
from .trace.capture import Gallery
from .trace.codes import Step
from .trace.facts import Analysis, argument
from .trace.pictures import read_picture, text_of, value_of
from .versions import PY311, PY313

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .bytecode import Bytecode


@dataclass(frozen=True)
class FrameRecord:
    """A frame as it stands: ``instruction`` is the one in progress, ``stack`` what lies beneath its operands.

    ``stack`` (bottom to top) and ``locals`` hold texts, which were made without running any code of the objects.
    """

    function: str
    file: str
    line: int | None
    instruction: Step | None
    stack: tuple[str, ...]
    locals: Mapping[str, str]
    is_suspended: bool

    @property
    def f_lasti(self) -> int:
        """Return the offset of the instruction, -1 before the first."""
        return -1 if self.instruction is None else self.instruction.offset

    def __str__(self) -> str:
        at = "not begun" if self.instruction is None else f"{self.instruction.offset} {self.instruction.opname}"
        names = ", ".join(f"{name}={text}" for name, text in self.locals.items())
        head = f"{self.function}  {self.file}:{self.line}  at {at}"
        return f"{head}\n    locals: {names}\n    stack:  [{', '.join(self.stack)}]"


class Frames(tuple[FrameRecord, ...]):
    """Records of frames, the outermost first; printed, a frame a paragraph."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    __repr__ = __str__


def frames(thing: Any = None) -> Frames:
    """Return the frames of a suspended generator, coroutine, async generator or task; of the caller when it is None.

    UsageError for anything else, and where the C extension is missing.
    """
    if thing is None:
        return Frames(reversed([_record(frame) for frame in _stack(sys._getframe(1))]))
    get_coro = getattr(type(thing), "get_coro", None)
    waiting = thing.get_coro() if get_coro is not None else thing
    if not isinstance(waiting, (GeneratorType, CoroutineType, AsyncGeneratorType)):
        kind = type(thing).__name__
        raise UsageError(
            f"frames() takes a generator, coroutine, async generator or task, not an object of type {kind!r}"
        )
    return Frames(_record(frame) for frame in _suspended(waiting))


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _suspended(waiting: Any) -> Iterator[FrameType]:
    """Yield the frame of what waits, then those of what it waits for."""
    while isinstance(waiting, (GeneratorType, CoroutineType, AsyncGeneratorType)):
        prefix = {GeneratorType: "gi", CoroutineType: "cr", AsyncGeneratorType: "ag"}[type(waiting)]
        frame = getattr(waiting, f"{prefix}_frame")
        if frame is None:
            return
        yield frame
        waiting = getattr(waiting, "gi_yieldfrom" if prefix == "gi" else f"{prefix}_await")


def _record(frame: FrameType) -> FrameRecord:
    from .native.extension import extension

    record = extension()
    if record is None:
        raise UsageError("frames() needs the C extension, which is not here: `lasti doctor` says why")
    facts, bytecode = _known(frame.f_code)
    index = bytecode.index_at.get(frame.f_lasti) if frame.f_lasti >= 0 else None
    height = 0 if index is None else facts.standing(_suspending(bytecode, index, frame))
    fast, stack = record.slots(frame, height, NULL)
    pictures: dict[int, Any] = {}
    gallery = Gallery(lambda number, line: pictures.update({read_picture(line).number: read_picture(line)}))

    def text(value: Any) -> str:
        return text_of(value_of(gallery.text(value)), pictures)

    instruction = None if index is None else _step(bytecode, index)
    names = {name: text(value) for name, value in zip(fast_names(frame.f_code), fast) if value is not NULL}
    return FrameRecord(
        getattr(frame.f_code, "co_qualname", frame.f_code.co_name) if PY311 else frame.f_code.co_name,
        frame.f_code.co_filename,
        frame.f_lineno,
        instruction,
        tuple(map(text, stack)),
        names,
        not _is_running(frame),
    )


def _suspending(bytecode: Bytecode, index: int, frame: FrameType) -> int:
    """Return the index of the YIELD_VALUE, for a frame that is suspended: from 3.13 it stands at the RESUME behind."""
    is_behind = PY313 and index and bytecode.instructions[index].opname == "RESUME" and not _is_running(frame)
    return index - 1 if is_behind and bytecode.instructions[index - 1].opname == "YIELD_VALUE" else index


def _is_running(frame: FrameType) -> bool:
    return any(frame is other for other in _stack(sys._getframe()))


@cache
def _known(code: CodeType) -> tuple[Analysis, Bytecode]:
    bytecode = decode(code)
    return Analysis(bytecode), bytecode


def _step(bytecode: Bytecode, index: int) -> Step:
    found = bytecode.instructions[index]
    return Step(index, found.offset, found.opname, found.oparg, argument(found) or "", found.line, found.target, None)
