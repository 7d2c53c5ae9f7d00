"""Moves: from a step to another, forwards and backwards, by the units of the page; and questions that lead to steps.

What must be known of a step to decide (who runs, in which line, on which call stack) is worked out a stretch at a time,
and kept for the stretches last looked at: a move in a long recording reads only what it passes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ..trace.pictures import text_of
from .scene import source_lines, tagged_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..trace.records import Activation, StepRecord
    from ..trace.timeline import Timeline

UNITS = ("instruction", "line", "over", "into", "out", "suspension", "task")
STRETCH = 500  # steps
MOST_CHANGES = 200
LONGEST_CHAIN = 20
TURNS = frozenset({"yield", "resume", "throw", "return", "unwind", "end"})
LOADS, STORES = "LOAD_FAST", "STORE_FAST"


class Fact(NamedTuple):
    """What moves ask of a step: ``owner`` is the outermost coroutine or generator on the call stack, 0 for none."""

    activation: int
    line: int | None
    thread: int
    depth: int
    owner: int
    turned: frozenset[int]  # whose suspension, resumption or end came right before


class Found(NamedTuple):
    """An answer: at ``step``, ``text``."""

    step: int
    text: str


class Moves:
    """Finds where a move leads, and where something was."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._facts = lru_cache(maxsize=40)(self._stretch)

    def destination(self, unit: str, direction: int, step: int, focus: int = 0) -> int | None:
        """Return the step to which a move by ``unit`` leads, None when there is nothing more in that direction.

        ``focus`` is the activation whose suspensions and resumptions are meant (0: anybody's).
        """
        following = step + direction
        if not 0 <= following <= len(self._timeline):
            return None
        if unit == "instruction" or step == len(self._timeline):
            return following
        if unit == "line":
            return self._line(step, direction)
        if unit == "task":
            return self._task(step, direction)
        return self.find(following, direction, self._test(unit, self.fact(step), focus))

    def _test(self, unit: str, here: Fact, focus: int) -> Callable[[Fact], bool]:
        if unit == "suspension":
            return lambda fact: focus in fact.turned if focus else bool(fact.turned)
        if unit == "over":
            return lambda fact: (
                fact.thread == here.thread and (fact.activation == here.activation or fact.depth <= here.depth)
            )
        if unit == "out":
            return lambda fact: fact.thread == here.thread and fact.depth < here.depth
        depth = here.depth

        def is_deeper(fact: Fact) -> bool:
            nonlocal depth
            if fact.thread != here.thread:
                return False
            before, depth = depth, fact.depth
            return depth > before

        return is_deeper

    def fact(self, step: int) -> Fact:
        """Return what is known of a step."""
        return self._facts(step // STRETCH)[step % STRETCH]

    def find(self, step: int, direction: int, test: Callable[[Fact], bool]) -> int | None:
        """Return the first step from ``step`` on for which ``test`` holds."""
        while 0 <= step < len(self._timeline):
            if test(self.fact(step)):
                return step
            step += direction
        return None

    def _line(self, step: int, direction: int) -> int | None:
        here = self.fact(step)[:2]
        if direction > 0:
            return self.find(step + 1, 1, lambda fact: fact[:2] != here)
        own = self._begin(step, lambda fact: fact[:2])
        return own if own < step else self._begin(step - 1, lambda fact: fact[:2])

    def _task(self, step: int, direction: int) -> int | None:
        here = self.fact(step).owner
        other = self.find(step + direction, direction, lambda fact: fact.owner not in (0, here))
        return other if other is None or direction > 0 else self._begin(other, lambda fact: fact.owner)

    def _begin(self, step: int, key: Callable[[Fact], object]) -> int:
        """Return where the stretch of steps with the same key as ``step`` begins."""
        own = key(self.fact(step))
        before = self.find(step, -1, lambda fact: key(fact) != own)
        return 0 if before is None else before + 1

    def _stretch(self, number: int) -> list[Fact]:
        begin, end = number * STRETCH, min((number + 1) * STRETCH, len(self._timeline))
        found: list[Fact] = []
        turned: set[int] = set()
        for replay, what in self._timeline.happenings(begin, end):
            if what.kind in TURNS:
                turned.add(what.activation)
            elif what.kind == "step" and what.step < end:
                frame = replay.frames[what.activation]
                stack = replay.threads[what.thread]
                owner = next((each for each in stack if self._timeline.activation(each).code.is_resumable), 0)
                line = frame.code.instructions[frame.pc].line
                found.append(Fact(what.activation, line, what.thread, len(stack), owner, frozenset(turned)))
                turned.clear()
        return found

    # -- questions ------------------------------------------------------------------------------------------------

    def search(self, words: str, step: int) -> int | None:
        """Return the next step that has ``words`` in its function, its line of source or its values; it goes round."""
        wanted = words.lower()
        lines = self._lines_with(wanted)
        for begin, end in ((step + 1, len(self._timeline)), (0, step + 1)):
            for record in self._timeline.steps(begin, end):
                if (record.activation.code.file, record.instruction.line) in lines:
                    return record.number
                values = [*record.stack, *(value for value in record.changed.values() if value is not None)]
                texts = [record.activation.name, *record.changed, *(text_of(v, record.objects) for v in values)]
                if any(wanted in text.lower() for text in texts):
                    return record.number
        return None

    def _lines_with(self, words: str) -> set[tuple[str, int | None]]:
        files = {code.file for code in self._timeline.codes()}
        return {
            (file, number)
            for file in files
            for number, line in enumerate(source_lines(self._timeline.source(file) or ""), 1)
            if words in line.lower()
        }

    def changes(self, activation: Activation, name: str) -> list[Found]:
        """Return when a local of an activation changed, and what it was then (at most 200 times)."""
        found = []
        for record in self._timeline.steps(activation.first, activation.last):
            if record.activation.number == activation.number and name in record.changed:
                value = record.changed[name]
                found.append(Found(record.number, "gone" if value is None else text_of(value, record.objects)))
                if len(found) == MOST_CHANGES:
                    break
        return found

    def origin(self, activation: Activation, place: int | str, step: int) -> list[Found]:
        """Return where the value came from that lies at ``place`` (a slot of the stack, or a local) before ``step``.

        From the instruction that put it there to the local that it was loaded from, and so on, the latest first.
        """
        chain: list[Found] = []
        while len(chain) < LONGEST_CHAIN:
            by = self._writer(activation, place, step)
            if by is None:
                if isinstance(place, str) and place in activation.code.locals:
                    chain.append(Found(activation.first, f"argument {place}"))
                break
            instruction, step = by.instruction, by.number
            chain.append(Found(step, f"{instruction.opname} {instruction.argument}".rstrip()))
            if isinstance(place, str):
                place = len(by.stack) - 1
                if instruction.opname != STORES:
                    break
            elif instruction.opname.startswith(LOADS) and f"_{LOADS}" not in instruction.opname:
                place = instruction.argument
            else:
                break
        return chain

    def _writer(self, activation: Activation, place: int | str, step: int) -> StepRecord | None:
        """Return the step that put there what lies at a place before ``step``; None when it always lay there.

        None too for a slot that the stack does not have.
        """
        after: StepRecord | None = None
        for record in self._back(activation, step):
            if after is None:
                if isinstance(place, int) and place >= len(record.stack):
                    return None
            else:
                kept = activation.code.resting_depth(record.instruction.index)
                if place in after.changed if isinstance(place, str) else kept <= place:
                    return record
            after = record
        return None

    def _back(self, activation: Activation, step: int) -> Iterator[StepRecord]:
        """Yield the steps of an activation from ``step`` backwards."""
        for number in range(step // STRETCH, activation.first // STRETCH - 1, -1):
            end = min((number + 1) * STRETCH, step + 1)
            records = self._timeline.steps(number * STRETCH, end)
            yield from reversed([each for each in records if each.activation.number == activation.number])

    def printed(self, step: int, back: int) -> int | None:
        """Return the step that printed the line of output that is ``back`` lines before the last one at ``step``."""
        writes: list[tuple[int, str, str]] = []
        for number in range(step // STRETCH, -1, -1):
            events = self._timeline.events(number * STRETCH, min((number + 1) * STRETCH, step + 1))
            own = [(event.step, event.stream, event.text) for event in events if event.kind == "output"]
            writes = [write for write in own if write[0] <= step] + writes
            lines = tagged_lines(writes)
            if len(lines) > back + (number > 0):  # the first may be the rest of one that began earlier
                return max(lines[-1 - back][0] - 1, 0)
        return None
