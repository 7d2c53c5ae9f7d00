"""Replay: go through a block of a trace, line by line, as it happened.

A ``Replay`` begins with a block's keyframe and yields one ``Happening`` for each step and event; between two of them it
holds the whole state: what each frame's stack and locals hold (as recorded texts, which nobody parses before they are
asked for), what runs in which thread, what is suspended, and the pictures of objects recorded so far.

Frames that have not run in this block are as they were at the end of the block in which they ran last: they are asked
for only when somebody looks at them.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..errors import TraceFormatError
from .store import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from .codes import Code
    from .loop_replay import LoopReplay, Told
    from .store import BlockRow, Reader

NULL_TEXT = "[]"
NOT_BEGUN = -1

_LOOPS = re.compile(r'\{"loops":(\d{1,15})[,}]', re.ASCII)

EVENTS = {
    "C": "call",
    "R": "return",
    "Y": "yield",
    "S": "resume",
    "T": "throw",
    "U": "unwind",
    "H": "handle",
    "E": "end",
    "O": "output",
    "L": "loop",
}


class Happening(NamedTuple):
    """A step (kind "step") or another event, in the order in which it happened.

    ``step`` is the step's number, of an event that of the step that comes next.  ``origin`` is the activation that
    called or resumed, 0 when it was code that nobody watches.  ``text`` is the recorded text of the value, of output
    ["stream", "text", length], of the loop its own.  ``written`` are the fast locals, ``names`` the named ones, that
    the last instruction of this activation wrote.
    """

    kind: str
    step: int
    thread: int
    activation: int
    time: int  # ns since the recording began; of a step, of the event before it
    origin: int = 0
    text: str = ""
    written: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Frame:
    """One activation's frame, at some moment; values are recorded texts."""

    number: int
    code: Code
    pc: int = NOT_BEGUN  # index of the instruction that is about to run, or runs
    stack: list[str] = field(default_factory=list)
    fast: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # written in this block (NULL: deleted)
    is_born: bool = False  # in this block: there are no other names
    is_raising: bool = False  # its last instruction did not run to its end
    late: list[str] = field(default_factory=list)  # lines of its steps that nobody has taken in yet


@dataclass
class Keyframe:
    """What was alive when a block began: activation -> the block in which it had run last."""

    threads: dict[int, list[int]] = field(default_factory=dict)  # bottom to top
    suspended: list[int] = field(default_factory=list)
    homes: dict[int, int] = field(default_factory=dict)


def read_keyframe(text: str) -> Keyframe:
    """Read a block's keyframe."""
    data = loads(text) if text else {}
    try:
        threads = data.get("threads", {})
        pairs = [*data.get("suspended", []), *(pair for stack in threads.values() for pair in stack)]
        return Keyframe(
            {int(thread): [int(number) for number, _ in stack] for thread, stack in threads.items()},
            [int(number) for number, _ in data.get("suspended", [])],
            {int(number): int(block) for number, block in pairs},
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise TraceFormatError(f"a keyframe of the trace is damaged ({error})") from None


def read_loops(text: str) -> int | None:
    """Return what a keyframe begins with: the last block before its own that tells of event loops."""
    found = _LOOPS.match(text)
    return None if found is None else int(found[1])


class Replay:
    """The state of a program while one block of its trace is gone through.

    ``code_of`` gives the code object with a number, ``code_of_activation`` that of an activation; ``storing`` its
    frame as a block (the second number) has left it, if that was about to write a name; ``loops`` is how the event
    loops stand at its beginning.
    """

    def __init__(
        self,
        reader: Reader,
        block: BlockRow,
        code_of: Callable[[int], Code],
        code_of_activation: Callable[[int], Code],
        storing: Callable[[int, int], Frame | None],
        loops: LoopReplay,
    ) -> None:
        self.block = block
        self.step = block.first_step  # number of the next step
        self.keyframe = read_keyframe(reader.column("keyframe", block.number))
        self.threads = {thread: list(stack) for thread, stack in self.keyframe.threads.items()}
        self.suspended: dict[int, None] = dict.fromkeys(self.keyframe.suspended)
        self.frames: dict[int, Frame] = {}  # those that have run in this block: no others are known here
        self.pictures: dict[int, str] = {}  # the lines of those taken in this block
        self.redrawn: set[int] = set()  # objects pictured since the last step of any thread
        self.told: list[Told] = []  # what the last line about a loop meant
        self.output_length = block.output_before
        self.outputs = block.first_output
        self.thread = 0
        self.time = block.began
        self.loops = loops  # as they stand
        self._top: Frame | None = None  # of the last line, when that was a step
        self._code_of = code_of
        self._code_of_activation = code_of_activation
        self._storing = storing
        self._stream = _lines(reader.column("stream", block.number))
        self._coming_pictures = iter(_lines(reader.column("pictures", block.number)))
        self._coming_outputs = iter(_lines(reader.column("output", block.number)))

    def play(self, begin: int = 0) -> Iterator[Happening]:
        """Yield what happens from step ``begin`` on; TraceFormatError when the block is damaged.

        Before ``begin`` the state changes all the same, and nothing is yielded.
        """
        with self._naming_damage():
            for line in self._skipped(begin):
                head = line[:1]
                if head == "#":
                    self._draw()
                elif head == "~":
                    self.thread = int(line[1:])
                elif head in EVENTS:
                    happening = self._event(line)
                    self._top = None
                    yield happening
                else:
                    frame, written, names = self._advance(line)
                    yield Happening(
                        "step", self.step, self.thread, frame.number, self.time, written=written, names=names
                    )
                    self.step += 1
                    if self.redrawn:
                        self.redrawn.clear()

    def play_events(self, wanted: Container[int]) -> Iterator[Happening]:
        """Yield what happens to frames but steps; of these, the ones of activations that are in ``wanted`` by then.

        Many times as quick as ``play``: the steps in between are worked out for a frame that is ``settled``; the names
        that they write, loops, and the time are not followed.  TraceFormatError when the block is damaged.
        """
        with self._naming_damage():
            for line in self._stream:
                head = line[:1]
                if head == "#":
                    self._draw()
                elif head == "~":
                    self.thread = int(line[1:])
                elif head == "L":
                    self._top = None
                elif head in EVENTS:
                    happening = self._event(line)
                    self._top = None
                    yield happening
                else:
                    frame, change = self._stepping(line)
                    frame.late.append(change)
                    if frame.number in wanted:
                        yield Happening("step", self.step, self.thread, frame.number, self.time)
                    self.step += 1

    def settled(self, frame: Frame) -> Frame:
        """Return a frame as it stands, when steps of it were put off."""
        if frame.late:
            self._catch_up(frame)
        return frame

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise TraceFormatError(f"block {self.block.number} of the trace is damaged ({what})") from None

    # -- skipping -------------------------------------------------------------------------------------------------

    def _skipped(self, begin: int) -> Iterator[str]:
        """Take in the lines before step ``begin``, and return the others.

        What the steps of a frame have changed before the last of them that brings its whole state does not matter, and
        what they have changed since then is worked out once, at the end: this is several times as quick as to go
        through them.  Frames whose code writes names, which may be a module's, are followed step by step.
        """
        lines = iter(self._stream)
        if self.step >= begin:
            return lines
        for line in lines:
            head = line[:1]
            if head == "#":
                self._draw()
            elif head == "~":
                self.thread = int(line[1:])
            elif head in EVENTS:
                self._event(line)
                self._top = None
            else:
                self._put_off(line)
                self.step += 1
                if self.step == begin:
                    break
        alive = set(self.suspended).union(*self.threads.values())
        self.frames = {number: frame for number, frame in self.frames.items() if number in alive}
        for frame in self.frames.values():
            self._catch_up(frame)
        self.redrawn.clear()
        return lines

    def _put_off(self, line: str) -> None:
        """Read of a step's line only whose it is."""
        frame, change = self._stepping(line)
        if frame.code.name_writes:
            self._advance(change)
        else:
            frame.late.append(change)

    def _stepping(self, line: str) -> tuple[Frame, str]:
        """Return the frame that a step's line tells of, which is on top now, and what the line says of it."""
        if line[:1] == ">":
            number, _, line = line[1:].partition("\t")
            self._top = self._frame(int(number))
        assert self._top is not None
        return self._top, line

    def _catch_up(self, frame: Frame) -> None:
        """Take in what a frame's steps have changed."""
        lines, frame.late = frame.late, []
        first = max(_last_with("*", lines, len(lines)), 0)
        jump = _last_with("@", lines, first)  # what else stood before does not matter
        if jump < 0:
            frame.pc += first
        else:
            frame.pc = _target(lines[jump]) + first - 1 - jump
        for line in lines[first:]:
            self._change(frame, line.split("\t") if line else [])

    # -- steps ----------------------------------------------------------------------------------------------------

    def _advance(self, line: str) -> tuple[Frame, tuple[int, ...], tuple[str, ...]]:
        """Read a step's line: what the last instruction of its frame has changed, and where it goes on.

        Return the frame, the fast locals and the names that were written.
        """
        fields = line.split("\t") if line else []
        frame = self._top
        if fields and fields[0][:1] == ">":
            frame = self._top = self._frame(int(fields[0][1:]))
            del fields[0]
        assert frame is not None
        names = self._names_written(frame, frame.pc) if frame.pc in frame.code.name_writes else ()
        frame.is_raising = False
        return frame, self._change(frame, fields), names

    def _change(self, frame: Frame, fields: list[str]) -> tuple[int, ...]:
        """Let a frame be as a step's line says; return the fast locals that were written."""
        frame.pc += 1
        written: list[int] = []
        stack = frame.stack
        for place, text in enumerate(fields):
            head = text[:1]
            if head == "^":
                del stack[len(stack) - int(text[1:]) :]
            elif head == "=":
                index, _, value = text[1:].partition(":")
                frame.fast[int(index)] = value
                written.append(int(index))
            elif head == "@":
                frame.pc = int(text[1:])
            elif head == "*":
                return self._whole(frame, int(text[1:]), fields[place + 1 :])
            else:
                stack.append(text)
        return tuple(written)

    def _frame(self, number: int) -> Frame:
        """Return the frame of an activation that runs, on top of its thread's stack."""
        self._bring_to_top(number)
        frame = self.frames.get(number)
        if frame is None:
            frame = self.frames[number] = Frame(number, self._code_of_activation(number))
            if frame.code.name_writes and number in self.keyframe.homes:
                left = self._storing(number, self.keyframe.homes[number])
                if left is not None:  # so that its first step in this block shows that the name was written
                    frame.pc, frame.stack = left.pc, left.stack
        return frame

    def _whole(self, frame: Frame, height: int, texts: list[str]) -> tuple[int, ...]:
        """Take over the whole state of a frame; return which fast locals are others than before."""
        before = frame.fast
        frame.stack, frame.fast = texts[:height], texts[height:]
        return tuple(index for index, text in enumerate(frame.fast) if before and before[index] != text)

    def _names_written(self, frame: Frame, last: int) -> tuple[str, ...]:
        """Notice what a STORE_NAME and its like have done, if they ran to their end."""
        if frame.is_raising:
            return ()
        scope, name, is_deleted = frame.code.name_writes[last]
        owner = frame if scope == "name" else self._module_of(frame)
        if owner is not None:
            owner.names[name] = NULL_TEXT if is_deleted else frame.stack[-1]
        return (name,)

    def _module_of(self, frame: Frame) -> Frame | None:
        """Return the frame of the module in whose file the code stands, if it still runs."""
        for number in self.threads[self.thread]:
            found = self.frames.get(number)
            if found is not None and found.code.kind == "module" and found.code.file == frame.code.file:
                return found
        return None  # it will be seen when it runs again

    # -- objects --------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        line = next(self._coming_pictures, None)
        if line is not None:
            number = number_of(line)
            self.pictures[number] = line
            self.redrawn.add(number)

    # -- events ---------------------------------------------------------------------------------------------------

    def _event(self, line: str) -> Happening:
        letter, fields = line[0], line[1:].split("\t")
        self.time += int(fields[0])
        if letter == "O":
            text = next(self._coming_outputs, '["stdout","",0]')
            self.output_length += loads(text)[2]
            self.outputs += 1
            return Happening("output", self.step, self.thread, self._topmost(), self.time, text=text)
        if letter == "L":
            self.told = self.loops.take("\t".join(fields[1:]))
            return Happening("loop", self.step, self.thread, 0, self.time)
        number = int(fields[1])
        origin, text = 0, fields[-1]
        if letter == "C":
            origin, text = int(fields[3]), "\t".join(fields[4:])
            if origin:
                self._bring_to_top(origin)
            self._call(number, self._code_of(int(fields[2])), fields[4:])
        elif letter in "ST":
            origin = int(fields[2])
            if origin:
                self._bring_to_top(origin)
            self._bring_to_top(number)
            self._mark(number, letter == "T")
            self.loops.resumed(number, self._code_of_activation)
        elif letter == "E":
            self.suspended.pop(number, None)
            text = ""
        elif letter == "H":
            self._bring_to_top(number)
            self._mark(number, True)
        else:
            self._leave(number)
            if letter == "Y":
                self.suspended[number] = None
        return Happening(EVENTS[letter], self.step, self.thread, number, self.time, origin, text)

    def _mark(self, number: int, is_raising: bool) -> None:
        frame = self.frames.get(number)
        if frame is not None:
            frame.is_raising = is_raising

    def _topmost(self) -> int:
        stack = self.threads.get(self.thread)
        return stack[-1] if stack else 0

    def _call(self, number: int, code: Code, arguments: list[str]) -> None:
        frame = Frame(number, code, fast=arguments + [NULL_TEXT] * (len(code.locals) - len(arguments)))
        frame.is_born = True
        self.frames[number] = frame
        self.threads.setdefault(self.thread, []).append(number)

    def _bring_to_top(self, number: int) -> None:
        """Let an activation be what runs: those above it are generators that were just made, and are suspended."""
        stack = self.threads.setdefault(self.thread, [])
        if stack and stack[-1] == number:
            return
        self.suspended.pop(number, None)
        if number in stack:
            while stack[-1] != number:
                self.suspended[stack.pop()] = None
        else:
            stack.append(number)

    def _leave(self, number: int) -> None:
        stack = self.threads.get(self.thread, [])
        self.suspended.pop(number, None)
        if number in stack:
            while stack[-1] != number:
                self.suspended[stack.pop()] = None
            stack.pop()


def read_state(state: str, frame: Frame) -> None:
    """Take over a state at rest: activation, instruction, height of the stack, values."""
    _, pc, height, *texts = state.split("\t")
    frame.pc = int(pc)
    frame.stack = texts[: int(height)]
    frame.fast = texts[int(height) :]


def _last_with(head: str, lines: list[str], end: int) -> int:
    """Return the place of the last line before ``end`` with a field that begins with ``head``, -1 when there is none.

    A value is JSON, in which no tab stands.
    """
    later = f"\t{head}"
    return next((place for place in range(end - 1, -1, -1) if lines[place][:1] == head or later in lines[place]), -1)


def _target(line: str) -> int:
    """Return where a step's line says that its frame goes on."""
    return next(int(text[1:]) for text in line.split("\t") if text[:1] == "@")


def number_of(line: str) -> int:
    """Return the number of the object that a picture's line shows."""
    return int(line[1 : line.index(",")])


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []
