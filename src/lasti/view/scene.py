"""The scene: everything that a screen shows at one step, as records without behaviour, made from a timeline.

The terminal, the page and the pictures draw the same scene.  Texts are ready to print (a value's is what ``text_of``
writes, without any control characters); nothing in it refers to the program's objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..bytecode.opcodes import OPCODES
from ..trace.pictures import text_of
from .stage import Stage, Track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..trace.codes import Code, Step
    from ..trace.pictures import Picture, Value
    from ..trace.records import Activation, FrameState, LoopState, State, TaskState
    from ..trace.timeline import Timeline

LOOK_BACK = 500  # steps: how far a scene looks for what a state does not tell
OUTPUT_LINES = 200  # the last of them
OUTPUT_WRITES = 20 * OUTPUT_LINES  # ... of which they are put together: print() makes two for each of its values
RESUMED, SUSPENDED, ABOUT_TO_RUN = "->", "<-", ">"
SEES = {"constant": "co_consts", "name": "co_names", "fast": "co_varnames", "cell": "co_varnames"}


@dataclass(frozen=True)
class Mark:
    """An arrow at a source line: ``->`` resumed, ``<-`` suspended, ``>`` about to run."""

    activation: Activation
    arrow: str


@dataclass(frozen=True)
class SourceLine:
    """A line of the file that runs."""

    number: int
    text: str
    marks: tuple[Mark, ...] = ()
    is_current: bool = False


@dataclass(frozen=True)
class Row:
    """An instruction of the current function; ``here`` are the other activations that stand at it, suspended."""

    instruction: Step
    is_current: bool
    here: tuple[Activation, ...] = ()


@dataclass(frozen=True)
class Tables:
    """The entries of a code object's tables that its instructions use, by index."""

    consts: Mapping[int, str]
    names: Mapping[int, str]
    varnames: Mapping[int, str]


@dataclass(frozen=True)
class Slot:
    """A place of the value stack; ``is_pushed`` by the last instruction of this frame."""

    index: int
    text: str
    is_null: bool
    is_pushed: bool


@dataclass(frozen=True)
class Variable:
    """A local variable or what lies in its cell; ``is_changed`` by the last instruction of this frame."""

    name: str
    text: str
    is_changed: bool


@dataclass(frozen=True)
class FrameView:
    """A frame of the call stack, or one that is suspended.

    ``state`` is "running", "calling" (something it called runs), "suspended" or "created" (it has not begun).
    ``awaits`` is what a suspended coroutine waits for, ``yielded`` the last value that it handed out.
    """

    activation: Activation
    state: str
    line: int
    offset: int
    opname: str
    stack: tuple[str, ...]
    locals: tuple[tuple[str, str], ...]
    awaits: str = ""
    yielded: str = ""


@dataclass(frozen=True)
class Scene:
    """All that there is to see before step ``step`` of ``steps`` runs.

    ``frame`` is the one about to run, None at the end of the run.  ``popped`` is what its last instruction took from
    the stack, bottom to top.  ``call_stack`` has the newest first.  ``output`` has the last lines, (stream, text).
    """

    step: int
    steps: int
    thread: int
    time: int
    frame: FrameView | None
    file: str
    source: tuple[SourceLine, ...]
    bytecode: tuple[Row, ...]
    tables: Tables
    stack: tuple[Slot, ...]
    popped: tuple[str, ...]
    locals: tuple[Variable, ...]
    call_stack: tuple[FrameView, ...]
    heap: tuple[FrameView, ...]
    loops: tuple[LoopState, ...]
    tasks: tuple[TaskState, ...]
    output: tuple[tuple[str, str], ...]


def scene_at(timeline: Timeline, step: int) -> Scene:
    """Make the scene at a step; ``len(timeline)`` is the moment after the last.  UsageError when there is none."""
    stage, changed = _look_back(timeline, step)
    state = timeline.state(step)
    top = state.call_stack[-1] if state.call_stack else None
    code = None if top is None else top.activation.code
    track = Track() if top is None else stage.track(top.activation.number)
    texts = _Texts(timeline, step, state.objects)
    kept = 0 if code is None or track.before is None else code.resting_depth(track.before[0].index)
    return Scene(
        step,
        len(timeline),
        state.thread,
        state.time,
        None if top is None else _frame_view(top, "running", texts),
        "" if code is None else code.file,
        () if code is None else _source(timeline, code, state, stage),
        () if top is None else _rows(top, state.suspended),
        Tables({}, {}, {}) if code is None else tables_of(code),
        () if top is None else _slots(top.stack, texts, kept if track.before is not None else len(top.stack)),
        () if track.before is None else tuple(map(texts, track.before[1][kept:])),
        () if top is None else tuple(Variable(n, texts(v), n in changed) for n, v in top.locals.items()),
        tuple(
            _frame_view(frame, "running" if frame is top else "calling", texts) for frame in reversed(state.call_stack)
        ),
        tuple(_at_rest(frame, texts, stage.tracks.get(frame.activation.number)) for frame in state.suspended),
        state.loops,
        state.tasks,
        tuple(lines_of(timeline.output(step, OUTPUT_WRITES))[-OUTPUT_LINES:]),
    )


def _look_back(timeline: Timeline, step: int) -> tuple[Stage, frozenset[str]]:
    """Return the stage at a step, and the locals that the running frame's last instruction changed."""
    stage = Stage.of(timeline.state(max(step - LOOK_BACK, 0), most_objects=0))
    changed: frozenset[str] = frozenset()
    for item in timeline.items(stage.begin, min(step + 1, len(timeline)), pictures=False):
        stage.see(item)
        if hasattr(item, "changed"):
            changed = frozenset(item.changed)
    return stage, changed


class _Texts:
    """Values as text, with the objects of one moment; what no frame holds any more is as it was seen last."""

    def __init__(self, timeline: Timeline, step: int, objects: Mapping[int, Picture]) -> None:
        self._timeline = timeline
        self._step = step
        self._objects = dict(objects)

    def __call__(self, value: Value) -> str:
        if value.number and value.number not in self._objects:
            picture = self._timeline.picture(value.number, self._step)
            if picture is not None:
                self._objects[value.number] = picture
        return text_of(value, self._objects)


def _slots(stack: Sequence[Value], texts: _Texts, kept: int) -> tuple[Slot, ...]:
    return tuple(Slot(index, texts(value), value.kind == "NULL", index >= kept) for index, value in enumerate(stack))


def _frame_view(frame: FrameState, state: str, texts: _Texts, awaits: str = "", yielded: str = "") -> FrameView:
    return FrameView(
        frame.activation,
        state,
        frame.line,
        frame.offset,
        "" if frame.instruction is None else frame.instruction.opname,
        tuple(map(texts, frame.stack)),
        tuple((name, texts(value)) for name, value in frame.locals.items()),
        awaits,
        yielded,
    )


def _at_rest(frame: FrameState, texts: _Texts, track: Track | None) -> FrameView:
    is_created = frame.instruction is None or frame.instruction.opname == "RETURN_GENERATOR"
    awaited = [value for value in frame.stack if value.kind != "NULL"][-1:]  # 3.15 has a NULL above it
    awaits = texts(awaited[0]) if awaited and frame.activation.kind == "coroutine" else ""
    yielded = "" if track is None or track.yielded is None else texts(track.yielded)
    return _frame_view(frame, "created" if is_created else "suspended", texts, awaits, yielded)


# -- source and bytecode ------------------------------------------------------------------------------------------


def _source(timeline: Timeline, code: Code, state: State, stage: Stage) -> tuple[SourceLine, ...]:
    text = timeline.source(code.file)
    if text is None:
        return ()
    marks: dict[int, list[Mark]] = {}
    current = state.call_stack[-1].line if state.call_stack else 0
    for frame in (*state.call_stack, *state.suspended):
        for line, arrow in _arrows(frame, stage, frame is state.call_stack[-1]):
            if frame.activation.code.file == code.file:
                marks.setdefault(line, []).append(Mark(frame.activation, arrow))
    return tuple(
        SourceLine(number, line, tuple(marks.get(number, ())), number == current)
        for number, line in enumerate(source_lines(text), 1)
    )


def _arrows(frame: FrameState, stage: Stage, is_running: bool) -> list[tuple[int, str]]:
    """Return where a frame was resumed and where it was suspended; where it is about to run."""
    found = []
    track = stage.tracks.get(frame.activation.number)
    if frame.activation.code.is_resumable and track is not None and track.resumed is not None:
        found.append((track.resumed, RESUMED))
    if is_running:
        found.append((frame.line, ABOUT_TO_RUN))
    elif frame.activation.number in stage.suspended and frame.instruction is not None:
        found.append((frame.line, SUSPENDED))
    return found


def source_lines(text: str) -> list[str]:
    """Split source text into lines as the compiler counts them (a form feed ends none)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").expandtabs().split("\n")


def _rows(top: FrameState, suspended: Sequence[FrameState]) -> tuple[Row, ...]:
    code = top.activation.code
    here: dict[int, list[Activation]] = {}
    for frame in suspended:
        if frame.activation.code.number == code.number and frame.instruction is not None:
            here.setdefault(frame.instruction.index, []).append(frame.activation)
    return tuple(
        Row(instruction, instruction == top.instruction, tuple(here.get(instruction.index, ())))
        for instruction in code.instructions
    )


def entry_of(instruction: Step) -> list[tuple[str, int]]:
    """Return the entries of the code object's tables that an instruction uses: ("co_names", 2)."""
    known = OPCODES.get(instruction.opname)
    if known is None or instruction.oparg is None:
        return []
    meaning, oparg = known.meaning, instruction.oparg
    if meaning.operand == "pair":
        return [("co_varnames", oparg >> 4), ("co_varnames", oparg & 15)]
    table = SEES.get(meaning.operand)
    return [] if table is None else [(table, oparg >> meaning.shift)]


def tables_of(code: Code) -> Tables:
    """Return what a code object's instructions say of its tables."""
    found: dict[str, dict[int, str]] = {"co_consts": {}, "co_names": {}}
    for instruction in code.instructions:
        for table, index in entry_of(instruction):
            if table in found:
                found[table].setdefault(index, _without_flags(instruction.argument))
    return Tables(
        dict(sorted(found["co_consts"].items())),
        dict(sorted(found["co_names"].items())),
        dict(enumerate(code.locals)),
    )


def _without_flags(argument: str) -> str:
    """Return a name without what the lowest bits of the argument ask for beside it."""
    for part in ("NULL + ", "NULL|self + ", " + NULL|self", " + NULL", " + lazy", " + eager"):
        argument = argument.removeprefix(part).removesuffix(part)
    return argument


# -- output -------------------------------------------------------------------------------------------------------


def lines_of(writes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put writes together into lines: (stream, text) each, the last one as far as it was written."""
    return [(stream, text) for _, stream, text in tagged_lines([(0, *write) for write in writes])]


def tagged_lines(writes: Sequence[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Do so with writes that have a number each: a line has that of its first write."""
    lines: list[tuple[int, str, str]] = []
    open_lines: dict[str, int] = {}  # stream -> index of its unfinished line
    for tag, stream, text in writes:
        *whole, rest = text.split("\n")
        for piece in whole:
            _extend(lines, open_lines, (tag, stream, piece))
            open_lines.pop(stream)
        if rest:
            _extend(lines, open_lines, (tag, stream, rest))
    return lines


def _extend(lines: list[tuple[int, str, str]], open_lines: dict[str, int], write: tuple[int, str, str]) -> None:
    _, stream, piece = write
    if stream in open_lines:
        index = open_lines[stream]
        tag, _, begun = lines[index]
        lines[index] = tag, stream, begun + piece
    else:
        open_lines[stream] = len(lines)
        lines.append(write)
