"""Replay: go through a block of a trace, fragment by fragment, as it happened.

A ``Replay`` begins with a block's keyframe and yields one ``Happening`` for each step and event; between two of them it
holds the whole state: what each frame's stack and locals hold (as recorded texts, which nobody parses before they are
asked for), what runs in which thread, what is suspended, and the pictures of objects recorded so far.

Frames that have not run in this block are as they were at the end of the block in which they ran last: they are asked
for only when somebody looks at them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..errors import TraceFormatError
from .pictures import Drawing
from .store import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .codes import Action, Code
    from .store import BlockRow, Reader

NULL_TEXT = "[]"
NOT_BEGUN = -1


class Happening(NamedTuple):
    """A step (kind "step") or another event, in the order in which it happened.

    ``step`` is the step's number, of an event that of the step that comes next.  ``origin`` is the activation that
    called or resumed, 0 when it was code that nobody watches.  ``text`` is the recorded text of the value, of output
    ["stream", "text", length].  ``written`` are the fast locals, ``names`` the named ones, that the last instruction of
    this activation wrote.
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
    is_fresh: bool = False  # a generator's, before it was resumed for the first time
    is_born: bool = False  # in this block: there are no other names


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


class Replay:
    """The state of a program while one block of its trace is gone through."""

    def __init__(self, reader: Reader, block: BlockRow, code_of: Callable[[int], Code]) -> None:
        self.block = block
        self.step = block.first_step  # number of the next step
        self.keyframe = read_keyframe(reader.column("keyframe", block.number))
        self.threads = {thread: list(stack) for thread, stack in self.keyframe.threads.items()}
        self.suspended: dict[int, None] = dict.fromkeys(self.keyframe.suspended)
        self.frames: dict[int, Frame] = {}  # those that have run in this block: no others are known here
        self.drawings: dict[int, Drawing] = {}  # pictured in this block
        self.redrawn: set[int] = set()  # ... since the last step of any thread
        self.output_length = block.output_before
        self.outputs = block.first_output
        self.thread = 0
        self.time = block.began
        self._code_of = code_of
        self._tapes = reader.tapes(block.number)
        self._times = {thread: iter(differences) for thread, (_, differences) in self._tapes.items()}
        self._clocks = dict.fromkeys(self._tapes, 0)
        self._turns = reader.turns(block.number)
        self._pictures = iter(_lines(reader.column("pictures", block.number)))
        births = (line.split("\t") for line in _lines(reader.column("births", block.number)))
        self._origins = {int(number): int(origin) for number, _, _, origin, _ in births}
        self._outputs = iter(_lines(reader.column("output", block.number)))
        self._stores: dict[int, tuple[str, ...]] = {}  # of the instruction in progress, by thread

    def play(self, begin: int = 0) -> Iterator[Happening]:
        """Yield what happens from step ``begin`` on; TraceFormatError when the block is damaged.

        Before ``begin`` the state changes all the same, and nothing is yielded.
        """
        streams = {thread: iter(stream) for thread, (stream, _) in self._tapes.items()}
        # A thread may have appended its last fragment after its last turn.
        for thread in [thread for thread in [*self._turns, *streams] if thread in streams]:
            self.thread = thread
            try:
                yield from self._turn(thread, streams[thread], begin)
            except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
                what = f"{type(error).__name__}: {error}"
                raise TraceFormatError(f"block {self.block.number} of the trace is damaged ({what})") from None

    def _turn(self, thread: int, stream: Iterator[str], begin: int) -> Iterator[Happening]:
        """Go on in one thread until another takes over."""
        top: Frame | None = None  # the frame that runs
        written: tuple[int, ...]
        names: tuple[str, ...]
        for fragment in stream:
            head = fragment[:1]
            if head == "#":
                self._draw()
                continue
            if head == "~":
                return
            if thread in self._stores:
                self._store(self._stores.pop(thread))
            if head in EVENTS:
                top = None
                happening = self._event(thread, fragment)
                if self.step >= begin:
                    yield happening
                continue
            written, names = (), ()
            is_store = fragment[-1:] == "="
            if is_store:
                fragment = fragment[:-1]
            if head == "F":
                top, written = self._whole(fragment[1:])
            else:
                if top is None:
                    top = self.frames[self.threads[thread][-1]]
                if head == "@":
                    arrow, _, fragment = fragment.partition("\t")
                    action = top.code.jumps[top.pc]
                    top.pc = int(arrow[1:])
                else:
                    action = top.code.effects[top.pc]
                    top.pc += 1
                depth = top.code.depths[top.pc]
                if action is None:
                    del top.stack[depth:]
                elif action.is_one_value:
                    del top.stack[depth - 1 :]
                    top.stack.append(fragment)
                else:
                    written, names = self._apply(action, top, fragment, depth)
            if is_store:
                self._stores[thread] = self._coming_store(top)
            if self.step >= begin:
                yield Happening("step", self.step, thread, top.number, self.time, written=written, names=names)
            self.step += 1
            self.redrawn.clear()

    # -- steps ----------------------------------------------------------------------------------------------------

    def _apply(self, action: Action, frame: Frame, text: str, depth: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Let an instruction have its effect; return which locals it wrote."""
        names = action.apply(frame, text, depth)
        for scope, name, value in names:
            self._write_name(frame, scope, name, value)
        return tuple(index for index, _ in action.writes), tuple(name for _, name, _ in names)

    def _whole(self, state: str) -> tuple[Frame, tuple[int, ...]]:
        """Take over the whole state of a frame."""
        number, code, *_ = state.split("\t", 2)
        self._settle(int(number))
        frame = self.frames.get(int(number))
        if frame is None:
            frame = self.frames[int(number)] = Frame(int(number), self._code_of(int(code)))
        before = frame.fast
        read_state(state, frame)
        self._bring_to_top(frame.number)
        return frame, tuple(index for index, text in enumerate(frame.fast) if before and before[index] != text)

    def _write_name(self, frame: Frame, scope: str, name: str, text: str) -> None:
        owner = frame if scope == "name" else self._module_of(frame)
        if owner is not None:
            owner.names[name] = text

    def _module_of(self, frame: Frame) -> Frame | None:
        """Return the frame of the module in whose file the code stands, if it still runs."""
        for number in self.threads[self.thread]:
            found = self.frames.get(number)
            if found is not None and found.code.kind == "module" and found.code.file == frame.code.file:
                return found
        return None  # it will be seen when it runs again

    # -- objects --------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        line = next(self._pictures, None)
        if line is None:
            return  # a thread was between picture and fragment when the block ended: it is in the one before
        number = number_of(line)
        self.drawings[number] = Drawing(line)
        self.redrawn.add(number)

    def _coming_store(self, frame: Frame) -> tuple[str, ...]:
        """Return (kind, object, ...) of what the instruction at hand is about to store."""
        kind, *sources = frame.code.stores[frame.pc]
        stack = frame.stack
        return (kind, *(stack[-int(source[1:])] if is_place(source) else source for source in sources))

    def _store(self, store: tuple[str, ...]) -> None:
        kind, owner, *texts = store
        number = int(owner[1:-1])
        drawing = self.drawings.get(number)
        if drawing is not None:  # else it is out of sight: an item far down a long list
            drawing.stores.append((kind, *texts))
            self.redrawn.add(number)

    # -- events ---------------------------------------------------------------------------------------------------

    def _event(self, thread: int, fragment: str) -> Happening:
        letter, fields = fragment[0], fragment[1:].split("\t")
        self.time = self._clocks[thread] = self._clocks[thread] + next(self._times[thread], 0)
        if letter == "O":
            line = next(self._outputs, '["stdout","",0]')
            self.output_length += loads(line)[2]
            self.outputs += 1
            running = self.threads.get(thread) or [0]
            return Happening("output", self.step, thread, running[-1], self.time, text=line)
        number = int(fields[0])
        self._settle(number)
        origin, text = 0, fields[-1]
        if letter == "C":
            origin = self._origins.get(number, 0)
            text = "\t".join(fields[2:])
            self._call(number, self._code_of(int(fields[1])), fields[2:])
        elif letter in "ST":
            origin = int(fields[1])
            self._bring_to_top(number)
            if number in self.frames:
                self.frames[number].is_fresh = False
        elif letter in "RUY":
            self._leave(number)
            if letter == "Y":
                self.suspended[number] = None
            else:
                self.suspended.pop(number, None)
        return Happening(EVENTS[letter], self.step, thread, number, self.time, origin, text)

    def _call(self, number: int, code: Code, arguments: list[str]) -> None:
        frame = Frame(number, code, fast=arguments + [NULL_TEXT] * (len(code.locals) - len(arguments)))
        frame.is_fresh = code.is_resumable
        frame.is_born = True
        self.frames[number] = frame
        if code.is_born_suspended:
            self.suspended[number] = None
        else:
            self.threads.setdefault(self.thread, []).append(number)

    def _settle(self, number: int) -> None:
        """Notice, before something of ``number``, that the topmost frame has made its generator and is suspended."""
        stack = self.threads.get(self.thread)
        if stack and stack[-1] != number:
            top = self.frames.get(stack[-1])
            if top is not None and top.is_fresh and top.pc == top.code.created_at:
                self.suspended[stack.pop()] = None

    def _bring_to_top(self, number: int) -> None:
        stack = self.threads.setdefault(self.thread, [])
        self.suspended.pop(number, None)
        if number in stack:
            while stack[-1] != number:
                self.suspended[stack.pop()] = None
        else:
            stack.append(number)

    def _leave(self, number: int) -> None:
        stack = self.threads.get(self.thread, [])
        if number in stack:
            while stack.pop() != number:
                pass


def read_state(state: str, frame: Frame) -> None:
    """Take over a recorded whole state: activation, code, instruction, height of the stack, values."""
    _, _, pc, height, *texts = state.split("\t")
    frame.pc = int(pc)
    frame.stack = texts[: int(height)]
    frame.fast = texts[int(height) :]


def number_of(line: str) -> int:
    """Return the number of the object that a picture's line shows."""
    return int(line[1 : line.index(",")])


def is_place(source: str) -> bool:
    """Tell whether a source is a place in the stack ("s2") and not a name."""
    return source[:1] == "s" and source[1:].isdigit()


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


EVENTS = {
    "C": "call",
    "R": "return",
    "Y": "yield",
    "S": "resume",
    "T": "throw",
    "U": "unwind",
    "H": "handle",
    "O": "output",
}
