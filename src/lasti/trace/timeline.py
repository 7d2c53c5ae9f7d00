"""The timeline: any moment of a recorded run, as records.

``Timeline.open(path)`` reads a trace, ``Timeline.of(recorder)`` what a live recorder has so far.  ``state(n)`` is the
whole state before step ``n`` executes, forwards and backwards in the same time: a block's keyframe, and a replay of at
most one block.  ``steps`` and ``events`` go through a stretch of it.  Views need nothing else, and nothing here changes
anything.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import TraceFormatError, UsageError
from ..versions import PY
from .codes import Code, read_code
from .loop_replay import LoopReplay
from .past import Past
from .pictures import Picture, Value, printable, read_picture, value_of
from .records import Activation, Event, FrameState, State, StepRecord
from .replay import NULL_TEXT, Frame, Happening, Replay, read_state
from .store import MACHINE, Reader, loads

if TYPE_CHECKING:
    import os
    from collections.abc import Container, Iterable, Iterator

    from .past import Birth
    from .recorder import TraceRecorder
    from .records import LoopState, TaskState
    from .store import BlockRow

__all__ = ["Activation", "Event", "FrameState", "State", "StepRecord", "Timeline"]

MOST_OBJECTS = 500  # in one state
MOST_IN_STEP = 40  # in one step or event
MOST_ACTIVATIONS = 10_000  # that are remembered, and as many frames at rest


class Timeline:
    """A recorded run; ``len`` is the number of steps, which are numbered from 0.

    ``problem`` is "" or one sentence about a damaged file (of which the rest can be read).  ``meta`` has what the trace
    says of itself: "python", "argv" (JSON), "started"...  ``dropped`` is how many steps are gone of a trace that keeps
    the last ones only; step 0 is the first that is kept.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.meta = reader.meta
        self.problem = reader.problem
        self.dropped = reader.dropped
        self._replay: Replay | None = None
        self._playing: Iterator[Happening] = iter(())
        self._at = -1  # the step at which the replay stands
        self._standing: tuple[int, Replay] | None = None  # one that goes through items, while it stands before a step
        self._codes: dict[int, Code] = {}
        self._values = lru_cache(maxsize=4096)(value_of)
        self._pictures = lru_cache(maxsize=4096)(read_picture)
        self._activations: dict[int, Activation] = {}
        self._at_rest: dict[tuple[int, int | None], FrameState] = {}  # by activation, and the block it ran in last
        self._past = Past(reader, self._pictures)
        self._blocks = reader.blocks
        self._first_steps = [block.first_step for block in self._blocks]
        self._first_activations = [block.first_activation for block in self._blocks]

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

    @property
    def note(self) -> str:
        """What a reader should know of the trace, in one sentence, "" when there is nothing.

        That it keeps the last steps only, and that another Python or another machine has written it (it can be read all
        the same).
        """
        found = []
        if self.dropped:
            found.append(
                f"the trace keeps the last {len(self)} steps: step 0 is the one after the first {self.dropped}"
            )
        version = printable(str(self.meta.get("python", "?")))
        where = printable(" ".join(self.meta[key] for key in MACHINE if self.meta.get(key)))
        if version.split(".")[:2] != [str(part) for part in PY]:
            found.append(f"the trace was recorded by Python {version} ({where}), whose instructions it shows")
        elif any(self.meta.get(key) != here for key, here in MACHINE.items()):
            found.append(f"the trace was recorded on another machine ({where})")
        return "; ".join(found)

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
        pictures: bool = True,
    ) -> Iterator[StepRecord | Event]:
        """Yield steps and events in the order in which they happened; without ``pictures``, with no objects."""
        most = MOST_IN_STEP if pictures else 0
        for replay, happening in self.happenings(begin, end):
            if happening.kind == "step":
                if steps and (function is None or self.activation(happening.activation).is_called(function)):
                    yield self._step_record(replay, happening, most)
            elif happening.kind == "loop":
                if events and function is None:
                    yield from self._loop_events(replay, happening)
            elif events:
                event = self._event(replay, happening, most)
                if function is None or (event.activation is not None and event.activation.is_called(function)):
                    yield event

    def happenings(self, begin: int, end: int | None) -> Iterator[tuple[Replay, Happening]]:
        is_last = end is None or end >= len(self)
        end = len(self) if is_last or end is None else end
        for block in self._blocks[self._block_of(max(begin, 0)) :]:
            if block.first_step >= end and not is_last:
                return
            replay = self._replay_of(block)
            for happening in replay.play(begin):
                if happening.step >= end and not is_last:
                    return
                self._standing = (happening.step, replay) if happening.kind == "step" else None
                yield replay, happening
                self._standing = None

    def events_before(self, end: int, wanted: Container[int]) -> Iterator[tuple[Replay, Happening]]:
        """Yield what happens to frames before step ``end`` but steps; of these, those of the activations in ``wanted``.

        ``wanted`` may change meanwhile, and a frame is as it stands once the replay has ``settled`` it.
        TraceFormatError when a block is damaged.
        """
        for block in self._blocks:
            if block.first_step >= end and end < len(self):
                return
            replay = self._replay_of(block, LoopReplay())
            for happening in replay.play_events(wanted):
                if happening.step >= end and end < len(self):
                    return
                yield replay, happening

    def _step_record(self, replay: Replay, happening: Happening, most: int) -> StepRecord:
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
            self._objects(replay, values, most),
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
            picture = self.picture_in(replay, int(text[1:-1]))
            if picture is not None and picture.kind == "cell":
                return picture.value
        return None if text == NULL_TEXT else self._values(text)

    def _loop_events(self, replay: Replay, happening: Happening) -> Iterator[Event]:
        for kind, task, by, text in replay.told:
            yield Event(kind, happening.step, happening.thread, None, 0, happening.time, text=text, task=task, by=by)

    def _event(self, replay: Replay, happening: Happening, most: int) -> Event:
        kind, _, thread, number, time, origin, text, _, _ = happening
        activation = self.activation(number) if number else None
        if kind == "output":
            stream, written, length = loads(text)
            cut = "" if len(written) == length else "..."
            return Event(kind, happening.step, thread, activation, origin, time, (), stream, written + cut)
        values = tuple(map(self._values, text.split("\t"))) if text else ()
        objects = self._objects(replay, values, most)
        return Event(kind, happening.step, thread, activation, origin, time, values, objects=objects)

    # -- a moment -------------------------------------------------------------------------------------------------

    def state(self, step: int, most_objects: int = MOST_OBJECTS) -> State:
        """Return the state before step ``step`` executes; ``len(timeline)`` is the moment after the last.

        Of the objects that lie in its frames, and in these, it has ``most_objects``.  UsageError when there is no such
        step.
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
        others = [frame for stack in (*stacks.values(), suspended) for frame in reversed(stack)]
        objects: dict[int, Picture] = {}
        for frames in (call_stack[::-1], others):  # what runs comes first, with what is in it
            values = [value for frame in frames for value in (*frame.stack, *frame.locals.values())]
            objects |= self._objects(replay, values, most_objects - len(objects))
        return State(
            step,
            running,
            replay.time,
            call_stack,
            stacks,
            suspended,
            objects,
            replay.output_length,
            replay.outputs,
            replay.loops.loops(),
            replay.loops.tasks(),
        )

    def loops(self, step: int) -> tuple[tuple[LoopState, ...], tuple[TaskState, ...]]:
        """Return the event loops and the tasks before step ``step``, as ``state`` has them, without any frame."""
        loops = self._seek(step).loops
        return loops.loops(), loops.tasks()

    def output(self, step: int | None = None, most: int | None = None) -> list[tuple[str, str]]:
        """Return the last ``most`` writes (None: all) before step ``step`` (None: the end): (stream, text) each.

        Blocks in which nothing was written are not read.
        """
        if not self._blocks:
            return []
        last = len(self._blocks) - 1 if step is None else self._block_of(step)
        within = None if step is None else self._seek(step).outputs - self._blocks[last].first_output
        written = self._writes(last)[:within]
        following = self._blocks[last].first_output
        for place in range(last - 1, -1, -1):
            if not following or (most is not None and len(written) >= most):
                break
            first = self._blocks[place].first_output
            if first < following:
                written = self._writes(place) + written
            following = first
        return written if most is None else written[-most:] if most else []

    def _writes(self, place: int) -> list[tuple[str, str]]:
        lines = self._past.lines("output", self._blocks[place].number)
        return [(stream, text) for stream, text, _ in map(loads, lines)]

    def picture(self, number: int, step: int) -> Picture | None:
        """Return what object ``number`` looked like before step ``step``; None when it had not been seen."""
        return self.picture_in(self._seek(step), number)

    def warm(self) -> Iterator[None]:
        """Read ahead, a little with each item: the first jump over a long way then takes no longer than others."""
        return self._past.warm()

    def _seek(self, step: int) -> Replay:
        """Return a replay that stands before ``step``."""
        if self._standing is not None and self._standing[0] == step:
            return self._standing[1]
        block = self._blocks[self._block_of(step)]
        replay = self._replay
        if replay is None or replay.block.number != block.number or self._at > step:
            replay = self._replay = self._replay_of(block)
            self._playing = replay.play(step)
            self._at = -1
        while self._at < step:
            happening = next(self._playing, None)
            if happening is None:  # the end of the block: the moment after its last step
                self._at = step
            elif happening.kind == "step":
                self._at = happening.step
        return replay

    def _replay_of(self, block: BlockRow, loops: LoopReplay | None = None) -> Replay:
        if self.dropped and not self._reader.has_block(block.number):
            raise TraceFormatError(f"{self._reader.path}: these steps were dropped by now: open the trace again")
        if loops is None:
            loops = self._past.loops(block.number)
        return Replay(self._reader, block, self.code, lambda number: self.activation(number).code, self._storing, loops)

    def _storing(self, number: int, home: int) -> Frame | None:
        """Return a frame as block ``home`` has left it, if its next instruction wrote a name that is no fast local."""
        rest = self._past.rest(home).states.get(number)
        if rest is None:
            return None
        frame = Frame(number, self.activation(number).code)
        read_state(rest, frame)  # of the stack it has what stays while the instruction runs
        if frame.pc not in frame.code.name_writes:
            return None
        replay = self._replay_of(self._blocks[home - self._blocks[0].number])
        for _ in replay.play(len(self)):
            pass
        return replay.frames.get(number)

    def _frame_state(self, replay: Replay, number: int, is_top: bool) -> FrameState:
        frame = replay.frames.get(number)
        if frame is None:
            return self._state_at_rest(replay, number)
        names = self._names(replay, frame)
        if not is_top:
            frame = Frame(number, frame.code, frame.pc, frame.stack[: frame.code.standing_depth(frame.pc)], frame.fast)
        return self._frame_state_of(replay, frame, names)

    def _state_at_rest(self, replay: Replay, number: int) -> FrameState:
        """Return the state of a frame that has not run in this block: another only where a cell has got a new value."""
        key = number, replay.keyframe.homes.get(number)
        found = self._at_rest.get(key)
        if found is None or found.activation.code.cells:
            if len(self._at_rest) >= MOST_ACTIVATIONS:
                self._at_rest.clear()
            found = self._at_rest[key] = self._frame_state_of(replay, *self._frame_at_rest(replay, number))
        return found

    def _frame_state_of(self, replay: Replay, frame: Frame, names: dict[str, str]) -> FrameState:
        values = {name: self._values(text) for name, text in zip(frame.code.locals, frame.fast) if text != NULL_TEXT}
        for index in frame.code.cells if frame.fast else ():
            name, value = frame.code.locals[index], self._local(replay, frame, index)
            if value is not None:
                values[name] = value
            else:
                values.pop(name, None)
        values |= {printable(name): self._values(text) for name, text in names.items() if text != NULL_TEXT}
        instruction = frame.code.instructions[frame.pc] if frame.pc >= 0 else None
        return FrameState(self.activation(frame.number), instruction, tuple(map(self._values, frame.stack)), values)

    def _names(self, replay: Replay, frame: Frame) -> dict[str, str]:
        if frame.is_born or frame.number not in replay.keyframe.homes:
            return frame.names
        rest = self._past.rest(replay.keyframe.homes[frame.number])
        return rest.names.get(frame.number, {}) | frame.names

    def _frame_at_rest(self, replay: Replay, number: int) -> tuple[Frame, dict[str, str]]:
        """Return a frame that has not run in this block, as an earlier one has left it."""
        frame = Frame(number, self.activation(number).code)
        home = replay.keyframe.homes.get(number)
        rest = None if home is None else self._past.rest(home)
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
                picture = self.picture_in(replay, number)
                if picture is not None:
                    found[number] = picture
                    following += _references(picture)
            coming = following
        return found

    def picture_in(self, replay: Replay, number: int) -> Picture | None:
        """Return what object ``number`` looked like at the moment at which ``replay`` stands."""
        line = replay.pictures.get(number)
        picture = self._past.picture(number, replay.block.number) if line is None else self._pictures(line)
        if picture is None or picture.name or not picture.activation:
            return picture
        return picture._replace(name=self.activation(picture.activation).name)  # a coroutine: that of its frame

    # -- activations, codes, sources ------------------------------------------------------------------------------

    def activation(self, number: int) -> Activation:
        """Return activation ``number``; UsageError when there is none."""
        found = self._activations.get(number)
        if found is None:
            if len(self._activations) >= MOST_ACTIVATIONS:
                self._activations.clear()
            found = self._activations[number] = self._read_activation(number)
        return found

    def _read_activation(self, number: int) -> Activation:
        block = self._block_of_birth(number)
        birth = None if block is None else self._past.births(block).get(number)
        if block is None or birth is None:
            raise UsageError(f"there is no activation {number} in the trace")
        return self._activation(birth, block)

    def _block_of_birth(self, number: int) -> int | None:
        """Return the block that has an activation's birth: that of its call, or the one with which a ring begins."""
        if not self._blocks:
            return None
        return self._blocks[max(bisect_right(self._first_activations, number) - 1, 0)].number

    def activations(self) -> Iterator[Activation]:
        """Yield all activations, in the order in which they were called."""
        for place, block in enumerate(self._blocks):
            for birth in sorted(self._past.births(block.number).values()):
                if not place or birth.number >= block.first_activation:  # the others were alive when a segment began
                    yield self._activation(birth, block.number)

    def _activation(self, birth: Birth, block: int) -> Activation:
        code = self.code(birth.code)
        last = self._past.last_step(birth.number, block)
        parent, first = birth.parent, birth.first - self.dropped
        if self.dropped:
            first, last = max(first, 0), None if last is None else last - self.dropped
            home = self._block_of_birth(parent)
            parent = parent if home is not None and parent in self._past.births(home) else 0
        return Activation(birth.number, f"{code.qualname}#{birth.ordinal}", code, parent, first, last)

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


def _references(picture: Picture) -> list[int]:
    values = [*picture.items, *picture.last]
    values += [value for pair in (*picture.pairs, *picture.attributes) for value in pair]
    values += [value for value in (picture.value, picture.owner) if value is not None]
    return [value.number for value in values if value.number]
