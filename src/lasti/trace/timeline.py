"""The timeline: any moment of a recorded run, as records.

``Timeline.open(path)`` reads a trace, ``Timeline.of(recorder)`` what a live recorder has so far.  ``state(n)`` is the
whole state before step ``n`` executes, forwards and backwards in the same time: a block's keyframe, and a replay of at
most one block.  ``steps`` and ``events`` go through a stretch of it.  Views need nothing else, and nothing here changes
anything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from ..errors import TraceFormatError, UsageError
from .codes import Code, Step, read_code
from .pictures import Drawing, Picture, Value, printable, value_of
from .replay import NULL_TEXT, Frame, Happening, Replay, number_of, read_state
from .store import Reader, loads, unpack

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .recorder import TraceRecorder

MOST_OBJECTS = 500  # in one state
BLOCKS_KEPT = 64  # whose columns are remembered

T = TypeVar("T")


# -- records ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Activation:
    """One frame's life: ``name`` is ``worker#2``, the second call of ``worker``.

    ``parent`` is the number of the activation that called it, 0 when it was code that nobody watches.  ``first`` is its
    first step (or the next one of another, if it has none), ``last`` the one that comes after its end, None while it
    lives.
    """

    number: int
    name: str
    code: Code
    parent: int
    first: int
    last: int | None

    @property
    def kind(self) -> str:
        """Return function, generator, coroutine, async generator, module or class body."""
        return self.code.kind


@dataclass(frozen=True)
class StepRecord:
    """Step ``number``: an activation is about to run an instruction.

    ``stack`` is bottom to top; ``changed`` has the locals that its last instruction (or what that called) changed, None
    for a local that is gone.
    """

    number: int
    thread: int
    activation: Activation
    instruction: Step
    time: int  # ns since the recording began, of the last event before the step
    stack: tuple[Value, ...]
    changed: Mapping[str, Value | None]
    objects: Mapping[int, Picture]  # what is needed to write the values


@dataclass(frozen=True)
class Event:
    """What is not a step: call, return, yield, resume, throw, unwind, handle, output.

    It happened before step ``step``.  ``values``: the arguments of a call, the value that was returned, yielded or
    sent, the error that was thrown, unwound or handled.  ``origin`` is the activation that called or resumed (0: code
    that nobody watches).  Output has ``stream`` and ``text``.
    """

    kind: str
    step: int
    thread: int
    activation: Activation | None
    origin: int
    time: int
    values: tuple[Value, ...] = ()
    stream: str = ""
    text: str = ""
    objects: Mapping[int, Picture] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameState:
    """A frame at some moment.

    ``instruction`` is about to run in the topmost frame of the call stack, and is in progress in all others (their
    stack is what remains while it runs); None before the first.  ``locals`` are those that are bound, by name; a
    variable that lies in a cell is there with what lies in it.
    """

    activation: Activation
    instruction: Step | None
    stack: tuple[Value, ...]
    locals: Mapping[str, Value]

    @property
    def line(self) -> int:
        """Return the line of the instruction; the first line of the code before any."""
        line = None if self.instruction is None else self.instruction.line
        return self.activation.code.first_line if line is None else line

    @property
    def offset(self) -> int:
        """Return the byte offset of the instruction, -1 before the first."""
        return -1 if self.instruction is None else self.instruction.offset


@dataclass(frozen=True)
class State:
    """Everything before step ``step`` executes.

    ``call_stack`` is that of the thread that runs, outermost frame first: the last one is about to run the step.
    ``threads`` has those of the others.  ``suspended`` are the frames of generators, coroutines and async generators
    that are alive and do not run.  ``objects`` has the pictures of what lies in them.  ``output_length`` counts
    characters, ``outputs`` the writes so far.
    """

    step: int
    thread: int
    time: int
    call_stack: tuple[FrameState, ...]
    threads: Mapping[int, tuple[FrameState, ...]]
    suspended: tuple[FrameState, ...]
    objects: Mapping[int, Picture]
    output_length: int
    outputs: int


# -- remembering --------------------------------------------------------------------------------------------------


class _Kept(Generic[T]):
    """The last results of a function of a block's number."""

    def __init__(self, make: Callable[[int], T], most: int = BLOCKS_KEPT) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[int, T] = OrderedDict()

    def __call__(self, number: int) -> T:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        made = self._kept[number] = self._make(number)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


class _Rest:
    """The states in which a block has left the frames that ran in it, as lines."""

    def __init__(self, lines: list[str]) -> None:
        self.states: dict[int, str] = {}
        self.names: dict[int, dict[str, str]] = {}
        for line in lines:
            if line[:1] == "N":
                number, *texts = line[1:].split("\t")
                self.names[int(number)] = {loads(name): text for name, text in zip(texts[::2], texts[1::2])}
            else:
                self.states[int(line[: line.index("\t")])] = line


# -- the timeline -------------------------------------------------------------------------------------------------


class Timeline:
    """A recorded run; ``len`` is the number of steps, which are numbered from 0.

    ``problem`` is "" or one sentence about a damaged file (of which the rest can be read).  ``meta`` has what the trace
    says of itself: "python", "argv" (JSON), "started"...
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.meta = reader.meta
        self.problem = reader.problem
        self._replay: Replay | None = None
        self._playing: Iterator[Happening] = iter(())
        self._at = -1  # the step at which the replay stands
        self._codes: dict[int, Code] = {}
        self._values = lru_cache(maxsize=4096)(value_of)
        self._begin()

    def _begin(self) -> None:
        reader = self._reader
        self._blocks = reader.blocks
        self._first_steps = [block.first_step for block in self._blocks]
        self._first_activations = [block.first_activation for block in self._blocks]
        self._rests = _Kept(lambda block: _Rest(_lines(reader.column("rest", block))))
        self._births = _Kept(lambda block: _lines(reader.column("births", block)))
        self._ends = _Kept(lambda block: dict(_pairs(reader.column("ends", block))))
        self._seen = _Kept(lambda block: frozenset(loads(reader.column("seen", block) or "[]")), 4 * BLOCKS_KEPT)
        self._last_pictures = _Kept(self._read_last_pictures)
        self._groups: list[tuple[int, dict[int, int]]] | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Timeline:
        """Open a trace; TraceFormatError, in one sentence, when it cannot be read."""
        return cls(Reader(str(path)))

    @classmethod
    def of(cls, recorder: TraceRecorder) -> Timeline:
        """Look at what a recorder has recorded in memory so far."""
        return cls(recorder.reader())

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def __enter__(self) -> Timeline:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._blocks[-1].first_step + self._blocks[-1].steps if self._blocks else 0

    @property
    def is_complete(self) -> bool:
        """Tell whether the recording came to its end (and was not killed, nor is going on)."""
        return "ended" in self.meta

    # -- a stretch ------------------------------------------------------------------------------------------------

    def steps(self, begin: int = 0, end: int | None = None, function: str | None = None) -> Iterator[StepRecord]:
        """Yield the steps from ``begin`` to before ``end``; with ``function``, of the activations of that name only.

        ``function`` is a qualified name ("Worker.run"), its last part ("run"), or an activation's name ("run#2").
        """
        for item in self.items(begin, end, function, events=False):
            if isinstance(item, StepRecord):
                yield item

    def events(self, begin: int = 0, end: int | None = None) -> Iterator[Event]:
        """Yield the events before the steps from ``begin`` to before ``end`` (None: to the last event)."""
        for item in self.items(begin, end, steps=False):
            if isinstance(item, Event):
                yield item

    def items(
        self,
        begin: int = 0,
        end: int | None = None,
        function: str | None = None,
        *,
        steps: bool = True,
        events: bool = True,
    ) -> Iterator[StepRecord | Event]:
        """Yield steps and events in the order in which they happened."""
        for replay, happening in self._happenings(begin, end):
            if happening.kind == "step":
                if steps and (function is None or _is_called(self.activation(happening.activation), function)):
                    yield self._step_record(replay, happening)
            elif events:
                event = self._event(replay, happening)
                if function is None or (event.activation is not None and _is_called(event.activation, function)):
                    yield event

    def _happenings(self, begin: int, end: int | None) -> Iterator[tuple[Replay, Happening]]:
        is_last = end is None or end >= len(self)
        end = len(self) if is_last or end is None else end
        for block in self._blocks[self._block_of(max(begin, 0)) :]:
            if block.first_step >= end and not is_last:
                return
            replay = Replay(self._reader, block, self.code)
            for happening in replay.play():
                if happening.step >= end and not is_last:
                    return
                if happening.step >= begin:
                    yield replay, happening

    def _step_record(self, replay: Replay, happening: Happening) -> StepRecord:
        frame = replay.frames[happening.activation]
        stack = tuple(map(self._values, frame.stack))
        changed = self._changed(replay, frame, happening)
        values = [*stack, *(value for value in changed.values() if value is not None)]
        return StepRecord(
            happening.step,
            happening.thread,
            self.activation(happening.activation),
            frame.code.instructions[frame.pc],
            happening.time,
            stack,
            changed,
            self._objects(replay, values, most=64),
        )

    def _changed(self, replay: Replay, frame: Frame, happening: Happening) -> dict[str, Value | None]:
        """Return the locals that were written, and those that hold an object that looks different now."""
        code = frame.code
        slots = set(happening.written)
        if replay.redrawn:
            redrawn = {f"[{number}]" for number in replay.redrawn}
            slots |= {index for index, text in enumerate(frame.fast) if text in redrawn}
        changed: dict[str, Value | None] = {}
        for index in sorted(slots):
            changed[code.locals[index]] = self._local(replay, frame, index)
        for name in happening.names:
            text = frame.names.get(name, NULL_TEXT)
            changed[printable(name)] = None if text == NULL_TEXT else self._values(text)
        return changed

    def _local(self, replay: Replay, frame: Frame, index: int) -> Value | None:
        """Return what a fast local holds (what lies in its cell), None when it is unbound."""
        text = frame.fast[index]
        if index in frame.code.cells and text[:1] == "[" and text[1:-1].isdigit():
            picture = self._picture(replay, int(text[1:-1]))
            if picture is not None and picture.kind == "cell":
                return picture.value
        return None if text == NULL_TEXT else self._values(text)

    def _event(self, replay: Replay, happening: Happening) -> Event:
        kind, _, thread, number, time, origin, text, _, _ = happening
        activation = self.activation(number) if number else None
        if kind == "output":
            stream, written, length = loads(text)
            cut = "" if len(written) == length else "..."
            return Event(kind, happening.step, thread, activation, origin, time, (), stream, written + cut)
        values = tuple(map(self._values, text.split("\t"))) if text else ()
        objects = self._objects(replay, values, most=64)
        return Event(kind, happening.step, thread, activation, origin, time, values, objects=objects)

    # -- a moment -------------------------------------------------------------------------------------------------

    def state(self, step: int) -> State:
        """Return the state before step ``step`` executes; ``len(timeline)`` is the moment after the last.

        UsageError when there is no such step.
        """
        if not 0 <= step <= len(self) or not self._blocks:
            raise UsageError(f"there is no step {step}: the trace has {len(self)} steps, numbered from 0")
        replay = self._seek(step)
        running = replay.thread
        stacks = {
            thread: tuple(self._frame_state(replay, number, is_top=number == stack[-1]) for number in stack)
            for thread, stack in replay.threads.items()
            if stack
        }
        suspended = tuple(self._frame_state(replay, number, is_top=False) for number in sorted(replay.suspended))
        call_stack = stacks.pop(running, ())
        frames = [frame for stack in (call_stack, suspended, *stacks.values()) for frame in stack]
        values = [value for frame in reversed(frames) for value in (*frame.stack, *frame.locals.values())]
        return State(
            step,
            running,
            replay.time,
            call_stack,
            stacks,
            suspended,
            self._objects(replay, values, MOST_OBJECTS),
            replay.output_length,
            replay.outputs,
        )

    def output(self, step: int | None = None) -> list[tuple[str, str]]:
        """Return what was written before step ``step`` (None: all): (stream, text) for each write."""
        end = len(self) if step is None else step
        written = []
        for block in self._blocks:
            if block.first_step >= end and step is not None:
                break
            if step is not None and block.first_step + block.steps > end:
                written += [
                    (event.stream, event.text) for event in self.events(block.first_step, end) if event.kind == "output"
                ]
            else:
                written += [
                    (stream, text)
                    for stream, text, _ in map(loads, _lines(self._reader.column("output", block.number)))
                ]
        return written

    def picture(self, number: int, step: int) -> Picture | None:
        """Return what object ``number`` looked like before step ``step``; None when it had not been seen."""
        return self._picture(self._seek(step), number)

    def _seek(self, step: int) -> Replay:
        """Return a replay that stands before ``step``."""
        block = self._blocks[self._block_of(step)]
        replay = self._replay
        if replay is None or replay.block.number != block.number or self._at > step:
            replay = self._replay = Replay(self._reader, block, self.code)
            self._playing = replay.play()
            self._at = -1
        if self._at < step:
            for happening in self._playing:
                if happening.kind == "step" and happening.step == step:
                    break
            self._at = step
        return replay

    def _frame_state(self, replay: Replay, number: int, is_top: bool) -> FrameState:
        frame = replay.frames.get(number)
        if frame is None:
            frame, names = self._frame_at_rest(replay, number)
        else:
            names = self._names(replay, frame)
            if not is_top:
                frame = Frame(
                    number, frame.code, frame.pc, frame.stack[: frame.code.resting_depth(frame.pc)], frame.fast
                )
        found = (
            (name, self._local(replay, frame, index)) for index, name in enumerate(frame.code.locals[: len(frame.fast)])
        )
        values = {name: value for name, value in found if value is not None}
        values |= {printable(name): self._values(text) for name, text in names.items() if text != NULL_TEXT}
        instruction = frame.code.instructions[frame.pc] if frame.pc >= 0 else None
        return FrameState(self.activation(number), instruction, tuple(map(self._values, frame.stack)), values)

    def _names(self, replay: Replay, frame: Frame) -> dict[str, str]:
        if frame.is_born or frame.number not in replay.keyframe.homes:
            return frame.names
        rest = self._rests(replay.keyframe.homes[frame.number])
        return rest.names.get(frame.number, {}) | frame.names

    def _frame_at_rest(self, replay: Replay, number: int) -> tuple[Frame, dict[str, str]]:
        """Return a frame that has not run in this block, as an earlier one has left it."""
        frame = Frame(number, self.activation(number).code)
        home = replay.keyframe.homes.get(number)
        rest = None if home is None else self._rests(home)
        if rest is None or number not in rest.states:
            return frame, {}
        read_state(rest.states[number], frame)
        return frame, rest.names.get(number, {})

    # -- objects --------------------------------------------------------------------------------------------------

    def _objects(self, replay: Replay, values: Iterable[Value], most: int) -> dict[int, Picture]:
        """Return the pictures of the objects among ``values``, and of those in them, up to ``most``."""
        found: dict[int, Picture] = {}
        coming = [value.number for value in values if value.number]
        while coming and len(found) < most:
            following: list[int] = []
            for number in coming:
                if number in found or len(found) >= most:
                    continue
                picture = self._picture(replay, number)
                if picture is not None:
                    found[number] = picture
                    following += _references(picture)
            coming = following
        return found

    def _picture(self, replay: Replay, number: int) -> Picture | None:
        drawing = replay.drawings.get(number)
        if drawing is not None:
            return drawing.picture()
        line = self._older_line(replay.block.number, number)
        return None if line is None else Drawing(line).picture()

    def _older_line(self, block: int, number: int) -> str | None:
        """Return the last picture of an object in the blocks before ``block``."""
        groups = self._index()
        begin = next((first + _GROUP for first, _ in reversed(groups) if first + _GROUP <= block), 0)
        for earlier in range(block - 1, begin - 1, -1):
            if number in self._seen(earlier):
                return self._last_pictures(earlier).get(number)
        for first, last_seen in reversed(groups):
            if first + _GROUP <= block and number in last_seen:
                return self._last_pictures(last_seen[number]).get(number)
        return None

    def _index(self) -> list[tuple[int, dict[int, int]]]:
        """Return, for each complete group of blocks, the last block in which each object was pictured."""
        if self._groups is None:
            rows = self._reader.rows("SELECT first_block, objects FROM seen ORDER BY first_block")
            self._groups = [(first, dict(zip(*loads(unpack(objects))))) for first, objects in rows]
        return self._groups

    def _read_last_pictures(self, block: int) -> dict[int, str]:
        return {number_of(line): line for line in _lines(self._reader.column("pictures", block))}

    # -- activations, codes, sources ------------------------------------------------------------------------------

    def activation(self, number: int) -> Activation:
        """Return activation ``number``; UsageError when there is none."""
        place = bisect_right(self._first_activations, number) - 1
        births = self._births(place) if place >= 0 else []
        for line in births[max(number - self._first_activations[place] - 1, 0) :] + births:  # mostly the first of these
            if line.startswith(f"{number}\t"):
                return self._activation(line, place)
        raise UsageError(f"there is no activation {number} in the trace")

    def activations(self) -> Iterator[Activation]:
        """Yield all activations, in the order in which they were called."""
        for place in range(len(self._blocks)):
            for line in self._births(place):
                yield self._activation(line, place)

    def _activation(self, line: str, block: int) -> Activation:
        number, code, ordinal, parent, first = map(int, line.split("\t"))
        found = self.code(code)
        return Activation(number, f"{found.qualname}#{ordinal}", found, parent, first, self._last_step(number, block))

    def _last_step(self, number: int, block: int) -> int | None:
        ends = self._ends(block)
        if number in ends:
            return int(ends[number])
        rows = self._reader.rows("SELECT step FROM ends WHERE activation = ?", number)
        return rows[0][0] if rows else None

    def code(self, number: int) -> Code:
        """Return code object ``number``."""
        found = self._codes.get(number)
        if found is None:
            rows = self._reader.rows(
                "SELECT codes.*, files.path FROM codes LEFT JOIN files ON files.number = codes.file"
                " WHERE codes.number = ?",
                number,
            )
            if not rows:
                raise TraceFormatError(f"{self._reader.path}: code object {number} is missing")
            *row, path = rows[0]
            found = self._codes[number] = read_code(row, printable(path or "?"))
        return found

    def codes(self) -> list[Code]:
        """Return all code objects that ran."""
        return [self.code(number) for (number,) in self._reader.rows("SELECT number FROM codes ORDER BY number")]

    def source(self, file: str) -> str | None:
        """Return the text of a source file as it was when it ran; None when it was not to be had."""
        rows = self._reader.rows("SELECT source FROM files WHERE path = ?", file)
        return rows[0][0] if rows else None

    def thread_names(self) -> dict[int, str]:
        """Return the names of the threads by number."""
        return {number: printable(name) for number, name in self._reader.rows("SELECT number, name FROM threads")}

    def _block_of(self, step: int) -> int:
        return max(min(bisect_right(self._first_steps, step), len(self._blocks)) - 1, 0)


_GROUP = 32  # blocks; as in recorder.GROUP, which a test compares


def _references(picture: Picture) -> list[int]:
    values = [*picture.items, *picture.last]
    values += [value for pair in (*picture.pairs, *picture.attributes) for value in pair]
    values += [value for value in (picture.value, picture.owner) if value is not None]
    return [value.number for value in values if value.number]


def _is_called(activation: Activation, function: str) -> bool:
    qualname = activation.code.qualname
    return function in (qualname, qualname.rpartition(".")[2], activation.name, activation.name.rpartition(".")[2])


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _pairs(text: str) -> list[tuple[int, int]]:
    return [(int(number), int(step)) for number, step in loads(text or "[]")]
