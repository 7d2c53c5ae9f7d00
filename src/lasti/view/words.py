"""A step or an event as a sentence: the templates of ``lasti.bytecode.explain``, filled in from a timeline.

A template may use, for an instruction: ``{1}`` ``{2}``... the values on top of the value stack, the topmost first;
``{result}`` and ``{result2}`` what lies on top afterwards (not known when the recording does not tell); ``{name}`` what
the argument means, ``{first}`` and ``{second}`` of it when it is two names, ``{arg}`` its number, ``{target}`` of a
jump; ``{items}`` the ``{arg}`` topmost values, ``{deep}`` the one at that place from the top, ``{below}`` the same
without the top; ``{callable}``, ``{args}`` and ``{keywords}`` of a call; ``{loaded}`` the result that is no NULL;
``{receiver}`` what a SEND resumes or a loop asks; ``{me}``, ``{caller}`` who called or resumed it, ``{sent}`` with
what, ``{offset}``.  For an event: ``{me}``, ``{caller}``, ``{value}``, ``{values}``, ``{text}``, ``{stream}``,
``{task}`` and ``{by}``.

Variants of an instruction: "await" (a YIELD_VALUE that hands on what an awaited one yields), "keywords", "next" and
"jump" (whether it jumped), by how much the stack grew ("+1", "-2"), "null", the operator or function of the
interpreter, the argument's number, the activation's kind.  Of an event: "task", the activation's kind.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ..bytecode import explain
from ..trace.pictures import quoted, text_of
from ..trace.records import Event, StepRecord
from .labels import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..trace.pictures import Value
    from ..trace.timeline import Timeline

__all__ = ["Told", "languages", "sentence", "sentences", "templates", "told"]

languages = explain.languages
templates = explain.templates

LOOK_BACK = 500  # steps: how far back a sentence looks for who resumed a frame
LOOK_AHEAD = 500  # items: how far ahead it looks for an instruction's result
ENDS = frozenset({"handle", "unwind", "return", "yield", "resume", "throw", "end"})  # after these there is no result
SAYS = frozenset({"wake", "select", "done"})  # whose text is a phrase, not a name
BY_NAME = frozenset({"BINARY_OP", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2"})
BITS = {"RESUME": 3, "FORMAT_VALUE": 4}  # those of the argument that choose the template
FLAGS = ("NULL + ", "NULL|self + ", " + NULL|self", " + NULL", " + lazy", " + eager")

# How far below the top the iterator or coroutine lies.  From 3.15 an index (or NULL) lies above it.
RECEIVER = {"SEND": 2, "END_SEND": 2, "CLEANUP_THROW": 3, "FOR_ITER": 1, "YIELD_VALUE": 2, "YIELD_FROM": 2}


def sentence(timeline: Timeline, record: StepRecord | Event, language: str = "en") -> str:
    """Say in a sentence what a step's instruction is about to do, or what has happened.

    UsageError for an unknown language.  Use ``sentences`` for many: this one looks back and ahead for each.
    """
    explain.templates(language)
    known = _Lazy(timeline, record)
    if isinstance(record, Event):
        return _Happened(timeline, record, language, known).text()
    ahead = _with_results(timeline.items(record.number))
    following = next((after for item, after in ahead if isinstance(item, StepRecord)), None)
    return _Instruction(timeline, record, following, language, known).text()


class Told(NamedTuple):
    """A step in words: what has happened before it, what it does, what comes after it; empty where there is nothing."""

    before: list[str]
    now: str
    after: str


def told(timeline: Timeline, step: int, language: str = "en") -> Told:
    """Tell a step with what stands before and after it, as the page does (``drawSentence`` in assets/panes.js).

    Before it: what has happened since the step before, else what its frame did in that step.  After it: what its frame
    does next, if nobody else comes in between.  UsageError for an unknown language.
    """
    explain.templates(language)
    items = list(timeline.items(max(step - 1, 0), min(step + 2, len(timeline))))
    steps = {item.number: item for item in items if isinstance(item, StepRecord)}
    here, past, following = steps.get(step), steps.get(step - 1), steps.get(step + 1)
    events = [item for item in items if isinstance(item, Event) and item.step == step]
    before = [sentence(timeline, event, language) for event in _joined(events)]
    if here is None:
        return Told(before, "", "")
    if not events and past is not None and past.activation == here.activation:
        before.append(sentence(timeline, past, language))
    after = ""
    ended = any(
        isinstance(item, Event) and item.step > step and item.kind in ENDS and item.activation == here.activation
        for item in items
    )
    if following is not None and following.activation == here.activation and not ended:
        after = _Instruction(timeline, following, None, language, _Lazy(timeline, following)).text()
    return Told(before, sentence(timeline, here, language), after)


def _joined(events: Sequence[Event]) -> list[Event]:
    """Put all that was printed into one event, at the end."""
    printed = [event for event in events if event.kind == "output"]
    rest = [event for event in events if event.kind != "output"]
    return [*rest, *(replace(each, text="".join(p.text for p in printed)) for each in printed[:1])]


def sentences(
    timeline: Timeline, begin: int = 0, end: int | None = None, language: str = "en"
) -> Iterator[tuple[StepRecord | Event, str]]:
    """Yield the steps and events from step ``begin`` to before ``end`` (None: all), each with its sentence."""
    explain.templates(language)
    known = _Known(timeline, begin)
    for item, following in _with_results(timeline.items(begin, end)):
        known.see(item)
        if isinstance(item, Event):
            yield item, _Happened(timeline, item, language, known).text()
        else:
            yield item, _Instruction(timeline, item, following, language, known).text()


def _with_results(items: Iterable[StepRecord | Event]) -> Iterator[tuple[StepRecord | Event, StepRecord | None]]:
    """Yield each item and, for a step, the next of its activation, if that shows the instruction's result."""
    queue: deque[list[StepRecord | Event | None]] = deque()  # [item, next step]
    waiting: dict[int, list[StepRecord | Event | None]] = {}  # by activation
    open_entries: set[int] = set()
    for item in items:
        entry: list[StepRecord | Event | None] = [item, None]
        number = 0 if item.activation is None else item.activation.number
        if isinstance(item, StepRecord):
            before = waiting.pop(number, None)
            if before is not None:
                before[1] = item
                open_entries.discard(id(before))
            waiting[number] = entry
            open_entries.add(id(entry))
        elif item.kind in ENDS:
            open_entries.discard(id(waiting.pop(number, None)))
        queue.append(entry)
        while queue and (id(queue[0]) not in open_entries or len(queue) > LOOK_AHEAD):
            yield _released(queue, open_entries, waiting)
    while queue:
        yield _released(queue, open_entries, waiting)


def _released(
    queue: deque[list[StepRecord | Event | None]],
    open_entries: set[int],
    waiting: dict[int, list[StepRecord | Event | None]],
) -> tuple[StepRecord | Event, StepRecord | None]:
    entry = queue.popleft()
    item, following = entry
    assert item is not None
    if id(entry) in open_entries:
        open_entries.discard(id(entry))
        assert item.activation is not None
        waiting.pop(item.activation.number, None)
    return item, following if isinstance(following, StepRecord) else None


# -- what was before ----------------------------------------------------------------------------------------------


class _Known:
    """Who called or resumed each activation, and with what; the names of tasks."""

    def __init__(self, timeline: Timeline, begin: int) -> None:
        self._timeline = timeline
        self.version = tuple(int(part) for part in timeline.meta.get("python", "0.0").split(".")[:2])
        self._callers: dict[int, int] = {}
        self._sent: dict[int, str] = {}
        self._tasks: dict[int, str] = {}
        if 0 < begin <= len(timeline):
            first = max(begin - LOOK_BACK, 0)
            state = timeline.state(first, most_objects=0)
            self._tasks = {task.number: task.name for task in state.tasks}
            for frames in (*state.threads.values(), state.call_stack):
                for below, frame in pairwise(frames):
                    self._callers[frame.activation.number] = below.activation.number
            for event in timeline.events(first, begin):
                self.see(event)

    def see(self, item: StepRecord | Event) -> None:
        """Take in what happens next."""
        if isinstance(item, StepRecord):
            return
        if item.kind == "task":
            self._tasks[item.task] = item.text
        elif item.activation is not None and item.kind in ("call", "resume", "throw"):
            number = item.activation.number
            self._callers[number] = item.origin
            self._sent.pop(number, None)
            if item.kind == "resume" and item.values:
                self._sent[number] = text_of(item.values[0], item.objects)

    def caller(self, number: int) -> int:
        """Return who called or resumed an activation, 0 for code that nobody watches."""
        return self._callers.get(number, 0)

    def sent(self, number: int) -> str | None:
        """Return with what an activation was resumed."""
        return self._sent.get(number)

    def task(self, number: int) -> str:
        """Return the name of a task."""
        return self._tasks.get(number, f"#{number}")


class _Lazy(_Known):
    """The same, for one record: looks back only when it is asked."""

    def __init__(self, timeline: Timeline, record: StepRecord | Event) -> None:
        super().__init__(timeline, 0)
        self._record = record
        self._is_ready = False

    def _look(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            step = self._record.number if isinstance(self._record, StepRecord) else self._record.step
            super().__init__(self._timeline, step + 1 if isinstance(self._record, StepRecord) else step)
            if isinstance(self._record, Event):
                for event in self._timeline.events(step, step + 1):
                    self.see(event)

    def caller(self, number: int) -> int:
        self._look()
        return super().caller(number)

    def sent(self, number: int) -> str | None:
        self._look()
        return super().sent(number)

    def task(self, number: int) -> str:
        self._look()
        return super().task(number)


# -- one sentence -------------------------------------------------------------------------------------------------


@dataclass
class _Said:
    """What instructions and events have in common."""

    timeline: Timeline
    language: str
    known: _Known

    def phrase(self, name: str, **values: str) -> str:
        return explain.fill(explain.template(self.language, "phrases", name), values.get)

    def activation(self, number: int) -> str:
        return f"`{self.timeline.activation(number).name}`" if number else self.phrase("nobody")


class _Happened(_Said):
    """An event's sentence."""

    def __init__(self, timeline: Timeline, event: Event, language: str, known: _Known) -> None:
        super().__init__(timeline, language, known)
        self._event = event

    def text(self) -> str:
        """Return the sentence."""
        event = self._event
        variants = ["task"] if event.task else []
        if event.activation is not None:
            variants.append(event.activation.kind)
        return explain.fill(explain.template(self.language, "events", event.kind, variants), self._value)

    def _value(self, name: str) -> str | None:
        event = self._event
        if name == "me":
            return None if event.activation is None else event.activation.name
        if name == "caller":
            if event.kind in ("call", "resume", "throw"):
                return self.activation(event.origin)
            return self.activation(0 if event.activation is None else self.known.caller(event.activation.number))
        if name == "value":
            return text_of(event.values[0], event.objects) if event.values else None
        if name == "values":
            return ", ".join(text_of(value, event.objects) for value in event.values) or None
        if name in ("task", "by"):
            number = getattr(event, name)
            return f"`{self.known.task(number)}`" if number else None
        if name == "text":
            if event.kind == "output":
                return quoted(event.text)
            return (said(self.language, event.text) if event.kind in SAYS else event.text) or None
        return event.stream or None


@dataclass
class _Call:
    """What a call instruction finds on the value stack."""

    callable: Value | None
    args: Sequence[Value] = ()
    keywords: Value | None = None


@dataclass
class _Instruction(_Said):
    """An instruction's sentence: ``following`` is the next step of its activation, if that shows the result."""

    record: StepRecord = field(init=False)

    def __init__(
        self, timeline: Timeline, record: StepRecord, following: StepRecord | None, language: str, known: _Known
    ) -> None:
        super().__init__(timeline, language, known)
        self.record = record
        self._following = following
        self._opname, self._stands_for = explain.SAME.get(record.instruction.opname, (record.instruction.opname, ""))

    def text(self) -> str:
        """Return the sentence, behind the instruction and its argument."""
        at = self.record.instruction
        words = explain.template(self.language, "instructions", self._opname, self._variants())
        what = at.opname if at.oparg is None else f"{at.opname} {at.oparg}"
        return self.phrase("step", what=what, sentence=explain.fill(words, self._value))

    @property
    def _name(self) -> str:
        argument = self.record.instruction.argument or self._stands_for
        if " " not in argument:
            return argument
        for flag in FLAGS:
            argument = argument.removeprefix(flag).removesuffix(flag)
        return argument

    @property
    def _count(self) -> int:
        return 1 if self.record.instruction.opname == "DUP_TOP" else self.record.instruction.oparg or 0

    def _variants(self) -> Iterator[str]:
        at, following = self.record.instruction, self._following
        if at.opname == "YIELD_VALUE" and self.record.activation.code.instructions[at.index - 1].opname == "SEND":
            yield "await"
        if at.opname == "CALL_FUNCTION_EX" and self._call().keywords is not None:
            yield "keywords"
        if following is not None:
            if at.target is not None:
                yield "next" if following.instruction.index == at.index + 1 else "jump"
            yield f"{len(following.stack) - len(self.record.stack):+d}"
        if self._name != at.argument and "NULL" in at.argument:
            yield "null"
        if self._opname in BY_NAME:
            yield self._name
        if at.oparg is not None:
            yield str(at.oparg & BITS.get(at.opname, -1))
        yield self.record.activation.kind

    # -- values ---------------------------------------------------------------------------------------------------

    def _value(self, name: str) -> str | None:
        if name.isdigit():
            return self._at(int(name))
        find = getattr(self, f"_get_{name}", None)
        return None if find is None else find()

    def _at(self, place: int) -> str | None:
        """Return what lies at a place from the top, 1 being the top."""
        stack = self.record.stack
        return self._text(stack[-place]) if 0 < place <= len(stack) else None

    def _text(self, value: Value | None) -> str | None:
        return None if value is None else text_of(value, self.record.objects)

    def _texts(self, values: Sequence[Value]) -> str:
        return ", ".join(text_of(value, self.record.objects) for value in values) or self.phrase("nothing")

    def _after(self, place: int) -> str | None:
        following = self._following
        if following is None or len(following.stack) < place:
            return None
        return text_of(following.stack[-place], following.objects)

    def _get_result(self) -> str | None:
        return self._after(1)

    def _get_result2(self) -> str | None:
        return self._after(2)

    def _get_loaded(self) -> str | None:
        return self._after(1 if self._after(1) != "NULL" else 2)

    def _get_name(self) -> str:
        return self._name

    def _get_first(self) -> str:
        return self._name.partition(", ")[0]

    def _get_second(self) -> str:
        return self._name.partition(", ")[2]

    def _get_arg(self) -> str:
        return str(self._count)

    def _get_target(self) -> str | None:
        target = self.record.instruction.target
        return None if target is None else self.phrase("offset", n=str(target))

    def _get_items(self) -> str:
        count = self._count * (2 if self._opname == "BUILD_MAP" else 1)
        return self._texts(self.record.stack[-count:] if count else ())

    def _get_deep(self) -> str | None:
        return self._at(self._count)

    def _get_below(self) -> str | None:
        return self._at(self._count + 1)

    def _get_receiver(self) -> str | None:
        place = RECEIVER.get(self.record.instruction.opname, 1)
        return self._at(place + (self.known.version >= (3, 15)))

    def _get_me(self) -> str:
        return self.record.activation.name

    def _get_caller(self) -> str:
        return self.activation(self.known.caller(self.record.activation.number))

    def _get_sent(self) -> str | None:
        return self.known.sent(self.record.activation.number)

    def _get_offset(self) -> str:
        return str(self.record.instruction.offset)

    # -- calls ----------------------------------------------------------------------------------------------------

    def _get_callable(self) -> str | None:
        return self._text(self._call().callable)

    def _get_args(self) -> str:
        return self._texts(self._call().args)

    def _get_keywords(self) -> str | None:
        return self._text(self._call().keywords)

    def _call(self) -> _Call:
        opname, stack = self.record.instruction.opname, list(self.record.stack)
        if opname == "CALL_FUNCTION_EX":
            return self._call_with_star(stack)
        if self._opname == "CALL_KW" and stack:
            stack.pop()  # the names
        count = self._count
        args = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        if not stack:
            return _Call(None)
        if opname in ("CALL_FUNCTION", "CALL_FUNCTION_KW") or len(stack) == 1:  # 3.10
            return _Call(stack[-1], args)
        below, above = stack[-2:]
        if above.kind == "NULL":
            return _Call(below, args)
        return _Call(above, args) if below.kind == "NULL" else _Call(below, [above, *args])

    def _call_with_star(self, stack: list[Value]) -> _Call:
        keywords = None
        if self.known.version >= (3, 14) or self._count & 1:
            keywords = stack.pop() if stack else None
        args = stack[-1:]
        rest = [value for value in stack[:-1][-2:] if value.kind != "NULL"]
        is_null = keywords is None or keywords.kind == "NULL"
        return _Call(rest[-1] if rest else None, args, None if is_null else keywords)
