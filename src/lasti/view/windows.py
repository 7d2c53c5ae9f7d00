"""A timeline as the page gets it: an index of what never changes, and windows of a few hundred steps each.

A window begins with a keyframe, the whole state before its first step, and goes on with a row for each step that says
only what has changed.  It is JSON; ``assets/data.js`` reads it.  Values stand in a table of the window's own
and are referred to by their place in it; objects by their number, and a picture stands where the object first looked
like that.

A row is ``[activation, instruction, how much of the stack stays, what lies above it, changed locals, more]``, without
zeros at its end.  Row k is step ``first + k``; the last window has one more, of activation 0, for the moment after the
last step.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..trace.records import Event, StepRecord
from .scene import entry_of, source_lines, tables_of
from .stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..trace.codes import Code
    from ..trace.pictures import Picture, Value
    from ..trace.records import Activation, FrameState, LoopState, State, TaskState
    from ..trace.timeline import Timeline

STEPS = 500  # in one window of a file
STEPS_SERVED = 100  # ... of a server, which makes it while somebody waits
DEPTH = 3  # of objects within objects: one more than a value's text shows
COLOURS = 4  # see --c1 to --c4 in page.css
CALLS = frozenset({"call", "resume", "throw"})
LOOP_KINDS = frozenset({"task", "wake", "turn", "run", "select", "cancel", "done"})
MOST_MARKED = 200_000  # steps of a trace whose coroutines are counted to give each its colour


class Windows:
    """The windows of a timeline; ``len`` is their number.  Those asked for in order remember more than a single one."""

    def __init__(self, timeline: Timeline, steps: int = STEPS) -> None:
        self.timeline = timeline
        self.steps = steps
        self._colours: dict[int, int] | None = None
        if len(timeline) <= MOST_MARKED:
            resumable = (each.number for each in timeline.activations() if each.code.is_resumable)
            self._colours = {number: 1 + place % COLOURS for place, number in enumerate(resumable)}
        self._last: tuple[int, Stage] | None = None

    def __len__(self) -> int:
        return len(self.timeline) // self.steps + 1

    def index(self) -> dict[str, Any]:
        """Return what the page needs before any window."""
        timeline = self.timeline
        codes = timeline.codes()
        sources = {code.file: timeline.source(code.file) for code in codes}
        files = {file: None if text is None else source_lines(text) for file, text in sources.items()}
        return {
            "steps": len(timeline),
            "window": self.steps,
            "meta": dict(timeline.meta),
            "complete": timeline.is_complete,
            "problem": timeline.problem,
            "threads": timeline.thread_names(),
            "files": files,
            "codes": {code.number: _code(code, files[code.file]) for code in codes},
        }

    def window(self, number: int) -> bytes:
        """Return window ``number`` as JSON; IndexError when there is none."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        earlier = self._last[1] if self._last is not None and self._last[0] == number - 1 else None
        writer = _Writer(self.timeline, number * self.steps, self.steps, earlier, self._colours)
        found = writer.written()
        self._last = number, writer.stage
        return json.dumps(found, ensure_ascii=True, separators=(",", ":")).encode()

    def __iter__(self) -> Iterator[bytes]:
        return map(self.window, range(len(self)))


def _code(code: Code, lines: Sequence[str] | None) -> dict[str, Any]:
    tables = tables_of(code)
    return {
        "number": code.number,
        "file": code.file,
        "name": code.qualname,
        "kind": code.kind,
        "line": code.first_line,
        "locals": code.locals,
        "cells": sorted(code.cells),
        "deepest": max((each.depth or 0 for each in code.instructions), default=0),
        "spans": [] if lines is None else [_span(each.span, lines) for each in code.instructions],
        "tables": {"co_consts": tables.consts, "co_names": tables.names, "co_varnames": tables.varnames},
        "instructions": [
            [
                each.offset,
                each.opname,
                each.oparg,
                each.argument,
                each.line,
                each.target,
                code.resting_depth(each.index),
                entry_of(each),
                code.standing_depth(each.index),
            ]
            for each in code.instructions
        ],
    }


def _span(span: Sequence[int] | None, lines: Sequence[str]) -> list[int] | int:
    """Return where an expression stands, its columns in characters (of UTF-16, as the page counts); 0: not known."""
    if span is None or not 0 < span[0] <= span[2] <= len(lines):
        return 0
    line, column, last, end = span
    return [line, _characters(lines[line - 1], column), last, _characters(lines[last - 1], end)]


def _characters(line: str, column: int) -> int:
    """Return a column in UTF-16 code units, of one in bytes of UTF-8."""
    return len(line.encode("utf-8", "replace")[:column].decode("utf-8", "replace").encode("utf-16-le")) // 2


_Noted = tuple[Event, int]  # an event, and who called or resumed its activation


class _Writer:
    """Writes one window."""

    def __init__(
        self, timeline: Timeline, first: int, steps: int, earlier: Stage | None, colours: Mapping[int, int] | None
    ) -> None:
        self.first = first
        self.stage = Stage()
        self._timeline = timeline
        self._end = min(first + steps, len(timeline))
        self._is_last = first + steps > len(timeline)
        self._earlier = {} if earlier is None else earlier.tracks
        self._colours = colours
        self._values: dict[Value, int] = {}
        self._pictures: dict[int, Picture] = {}
        self._activations: dict[int, list[Any]] = {}
        self._stacks: dict[int, tuple[Value, ...]] = {}  # as the page has them
        self._code_of: dict[int, Code] = {}
        self._operands: dict[int, tuple[Value, ...]] = {}  # object numbers that an activation's last step had at hand
        self._call_stacks: dict[int, list[int]] = {}
        self._resumed: dict[int, int | None] = {}
        self._suspended: set[int] = set()
        self._thread = 0
        self._time = 0
        self._tasks: dict[int, TaskState] = {}
        self._tasks_now: tuple[TaskState, ...] = ()  # the same
        self._loops: tuple[LoopState, ...] = ()

    def written(self) -> dict[str, Any]:
        """Return the window."""
        # From one step earlier on: what led to the first step, and standing before it the timeline tells the state
        # without going there again.
        events: list[_Noted] = []
        items = iter(self._timeline.items(max(self.first - 1, 0), None if self._is_last else self._end))
        begin = next((item for item in items if self._is_first(item, events)), None)
        keyframe = self._keyframe(self._timeline.state(self.first))
        rows = list(self._rows(events, items if begin is None else chain([begin], items)))
        return {
            "first": self.first,
            "key": keyframe,
            "rows": rows,
            "values": [_value(value) for value in self._values],
            "activations": self._activations,
        }

    def _is_first(self, item: StepRecord | Event, events: list[_Noted]) -> bool:
        """Tell whether an item is the first step; keep the events that led to it."""
        is_step = isinstance(item, StepRecord)
        step = item.number if isinstance(item, StepRecord) else item.step
        if step == self.first and is_step and self.first:
            return True
        if is_step:
            self._set_stage(step)
            self.stage.see(item)
        elif isinstance(item, Event) and step == self.first:
            events.append(self._noted(item))
        return step == self.first and is_step

    def _set_stage(self, step: int) -> None:
        self.stage = Stage.of(self._timeline.state(step, most_objects=0))
        self.stage.tracks |= {number: self._earlier[number] for number in self.stage.tracks if number in self._earlier}

    def _noted(self, event: Event) -> _Noted:
        """See an event; return it with who called or resumed its activation, as it was before."""
        origin = event.origin
        if event.kind not in CALLS and event.activation is not None:
            origin = self.stage.caller_of(event.activation.number)
        self.stage.see(event)
        return event, origin

    # -- the keyframe -------------------------------------------------------------------------------------------------

    def _keyframe(self, state: State) -> dict[str, Any]:
        self._thread, self._time = state.thread, state.time
        stacks = {**state.threads, **({state.thread: state.call_stack} if state.call_stack else {})}
        frames = [*state.suspended, *(frame for frames in stacks.values() for frame in frames)]
        self._call_stacks = {thread: [f.activation.number for f in frames] for thread, frames in stacks.items()}
        self._suspended = {frame.activation.number for frame in state.suspended}
        return {
            "thread": state.thread,
            "time": state.time,
            "threads": self._call_stacks.copy(),
            "suspended": sorted(self._suspended),
            "frames": [self._frame(frame) for frame in frames],
            "pictures": self._new_pictures(state.objects),
            "outputs": state.outputs,
            **self._loop(state.loops, state.tasks),
        }

    def _frame(self, frame: FrameState) -> list[Any]:
        """Return [activation, instruction, stack, locals, line of resumption, yielded, caller, sent]; -1 for none."""
        number = self._activation(frame.activation)
        self._stacks[number] = frame.stack
        track = self.stage.track(number)
        self._resumed[number] = track.resumed
        return [
            number,
            -1 if frame.instruction is None else frame.instruction.index,
            self._places(frame.stack),
            [[name, self._place(value)] for name, value in frame.locals.items()],
            track.resumed,
            -1 if track.yielded is None else self._place(track.yielded),
            -1 if track.caller is None else track.caller,
            -1 if track.sent is None else self._place(track.sent),
        ]

    # -- the rows -----------------------------------------------------------------------------------------------------

    def _rows(self, events: list[_Noted], items: Iterable[StepRecord | Event]) -> Iterator[list[Any]]:
        for item in items:
            if isinstance(item, StepRecord):
                self.stage.see(item)
                yield self._row(item, events)
                events = []
            else:
                events.append(self._noted(item))
        if self._is_last:
            more = self._more(events, len(self._timeline))
            yield _trimmed([0, 0, 0, 0, 0, more])

    def _row(self, record: StepRecord, events: list[_Noted]) -> list[Any]:
        number = self._activation(record.activation)
        self._code_of[number] = record.activation.code
        more = self._more(events, record.number)
        pictures = self._new_pictures(dict(record.objects))
        pictures += self._seen_again(self._operands.get(number, ()), record.number)
        if pictures:
            more.setdefault("p", []).extend(pictures)
        resumed = self.stage.track(number).resumed
        if resumed != self._resumed.get(number):
            more["r"] = self._resumed[number] = resumed
        if number not in self._stacks and not any(
            e.kind == "call" and e.activation == record.activation for e, _ in events
        ):
            more["n"] = self._unknown(number, record.number)
        before = self._stacks.get(number, ())
        keep = _common(before, record.stack)
        self._stacks[number] = record.stack
        self._operands[number] = tuple(value for value in record.stack if value.number in self._pictures)
        changed = [
            [name, -1 if value is None else self._place(value)]
            + ([] if self._is_own(record, name) else [self._owner(record)])
            for name, value in record.changed.items()
        ]
        pushed = self._places(record.stack[keep:])
        return _trimmed([number, record.instruction.index, keep, pushed or 0, changed or 0, more or 0])

    def _seen_again(self, values: Iterable[Value], step: int) -> list[list[Any]]:
        """Return new pictures of what an instruction had at hand: what it has changed may be out of sight now."""
        found: list[list[Any]] = []
        coming = [value.number for value in values]
        for _ in range(DEPTH):
            following: list[int] = []
            for number in coming:
                picture = self._timeline.picture(number, step)
                if picture is not None and self._pictures.get(number) != picture:
                    found += self._new_pictures({number: picture})
                    following += [value.number for value in _within(picture) if value.number]
            coming = following
        return found

    def _is_own(self, record: StepRecord, name: str) -> bool:
        code = record.activation.code
        return name in code.locals or code.kind in ("module", "class body")

    def _owner(self, record: StepRecord) -> int:
        """Return the module's activation that a global belongs to, 0 when it does not run."""
        for number in self.stage.threads.get(record.thread, ()):
            code = self._timeline.activation(number).code
            if code.kind == "module" and code.file == record.activation.code.file:
                return number
        return 0

    def _unknown(self, number: int, step: int) -> list[list[Any]]:
        """Return the locals of a frame that the window has not seen being called."""
        state = self._timeline.state(step)
        for frame in state.call_stack:
            if frame.activation.number == number:
                return [[name, self._place(value)] for name, value in frame.locals.items()]
        return []

    def _more(self, events: list[_Noted], step: int) -> dict[str, Any]:
        """Return what has happened before a step besides the last instruction."""
        more: dict[str, Any] = {}
        stage = self.stage
        if stage.thread != self._thread:
            more["h"] = self._thread = stage.thread
        stacks = {}
        for thread, numbers in stage.threads.items():
            if numbers != self._call_stacks.get(thread, []):
                keep = _common(self._call_stacks.get(thread, []), numbers)
                stacks[thread] = [keep, *map(self._known, numbers[keep:])]
                self._call_stacks[thread] = numbers.copy()
        if stacks:
            more["k"] = stacks
        if events or stacks:
            suspended = set(stage.suspended)
            if suspended != self._suspended:
                gone = sorted(self._suspended - suspended)
                more["s"] = [[self._known(number) for number in sorted(suspended - self._suspended)], gone]
                self._suspended = suspended
        if events:
            if events[-1][0].time != self._time:
                self._time = events[-1][0].time
                more["t"] = self._time
            for event, _ in events:
                pictures = self._new_pictures(event.objects)
                if pictures:
                    more.setdefault("p", []).extend(pictures)
            more["e"] = [self._event(event, origin) for event, origin in events]
            if self._tasks or any(event.kind in LOOP_KINDS for event, _ in events):
                more |= self._loop(*self._timeline.loops(step))
        return more

    def _event(self, event: Event, origin: int) -> list[Any]:
        """Return [kind, activation, origin, values, text, stream, task, by]; a call's values are the first locals."""
        number = 0 if event.activation is None else self._activation(event.activation)
        if event.kind == "call":
            self._stacks[number] = ()
        values = self._places(event.values)
        return _trimmed([event.kind, number, origin, values, event.text, event.stream, event.task, event.by])

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _loop(self, loops: tuple[LoopState, ...], now: tuple[TaskState, ...]) -> dict[str, Any]:
        """Return what has changed of loops and tasks."""
        found: dict[str, Any] = {}
        if loops != self._loops:
            self._loops = loops
            found["loops"] = [_loop(loop) for loop in loops]
        if now is self._tasks_now:
            return found
        self._tasks_now = now
        tasks = {task.number: task for task in now}
        changed = [_task(task) for number, task in tasks.items() if self._tasks.get(number) != task]
        gone = sorted(set(self._tasks) - set(tasks))
        if changed or gone:
            self._tasks = tasks
            found["tasks"] = [changed, gone]
        return found

    # -- tables -------------------------------------------------------------------------------------------------------

    def _known(self, number: int) -> int:
        return number if number in self._activations else self._activation(self._timeline.activation(number))

    def _activation(self, activation: Activation) -> int:
        number = activation.number
        if number not in self._activations:
            colour = 0
            if activation.code.is_resumable:
                colour = 1 + number % COLOURS if self._colours is None else self._colours.get(number, 0)
            name, code = activation.name, activation.code.number
            self._activations[number] = [name, code, activation.parent, activation.first, activation.last, colour]
        return number

    def _place(self, value: Value) -> int:
        return self._values.setdefault(value, len(self._values))

    def _places(self, values: Iterable[Value]) -> list[int]:
        return [self._place(value) for value in values]

    def _new_pictures(self, objects: Mapping[int, Picture]) -> list[list[Any]]:
        found = []
        for number, picture in objects.items():
            if self._pictures.get(number) != picture:
                self._pictures[number] = picture
                found.append(self._picture(picture))
        return found

    def _picture(self, picture: Picture) -> list[Any]:
        return _trimmed(
            [
                picture.number,
                picture.kind,
                picture.type,
                picture.name,
                picture.length,
                self._places(picture.items),
                self._places(picture.last),
                self._pairs(picture.pairs),
                self._pairs(picture.attributes),
                0 if picture.value is None else 1 + self._place(picture.value),
                0 if picture.owner is None else 1 + self._place(picture.owner),
                picture.activation,
                0 if picture.is_seen else 1,
            ]
        )

    def _pairs(self, pairs: Iterable[tuple[Value, Value]]) -> list[int]:
        return [self._place(value) for pair in pairs for value in pair]


def _value(value: Value) -> Any:
    """Return an object's number, or [kind, text, length]."""
    return value.number or _trimmed([value.kind, value.text, value.length or 0])


def _within(picture: Picture) -> Iterator[Value]:
    """Yield the values that a picture shows."""
    yield from picture.items
    yield from picture.last
    for pair in (*picture.pairs, *picture.attributes):
        yield from pair
    yield from (value for value in (picture.value, picture.owner) if value is not None)


def _loop(loop: LoopState) -> dict[str, Any]:
    return {
        "number": loop.number,
        "iteration": loop.iteration,
        "time": loop.time,
        "waiting": loop.is_waiting,
        "running": None if loop.running is None else [loop.running.text, loop.running.task],
        "ready": [[handle.text, handle.task] for handle in loop.ready],
        "timers": [[handle.text, handle.task, handle.when] for handle in loop.timers],
    }


def _task(task: TaskState) -> list[Any]:
    return [
        task.number, task.name, task.activation, task.coroutine, task.status, task.waits_for, task.waits_for_task,
        task.woken_by, task.woken_why,
    ]  # fmt: skip


def _trimmed(row: list[Any]) -> list[Any]:
    """Leave out what is empty at the end."""
    while row and not row[-1]:
        row.pop()
    return row


def _common(one: Any, other: Any) -> int:
    """Return how many of the first elements are the same."""
    length = min(len(one), len(other))
    return next((place for place in range(length) if one[place] != other[place]), length)
