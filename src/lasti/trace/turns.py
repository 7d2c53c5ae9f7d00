"""Who was resumed and who was suspended, in the order in which it happened: a recorder that keeps only this.

It wants no steps, so the machine runs at its unrecorded speed, and its memory is bounded: the first and the last turns
are kept, and for each source line how often, and the numbers of a few.

An arrow stands at a source line.  ``<-`` is where the frame was suspended: the line of its ``yield`` or ``await``.
``->`` is where it goes on: the first line that it begins, or the line of the ``await`` itself when there is something
left to do in it (``x = await y()``).  A frame that only hands on, between its resumer and what it waits for, gets no
arrows: it stays suspended where it is.  Generator expressions get none either, being part of the line that holds them.
"""

from __future__ import annotations

import sys
import weakref
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from ..versions import PY315

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType

    from ..bytecode import Bytecode
    from ..events import FrameLike

SUSPENDABLE = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR: inspect's values, without inspect

RESUMED, SUSPENDED = "->", "<-"

# What the value stack holds under the value that a suspended `await` was sent: the receiver (3.15: and its index).
RECEIVER = -2 if PY315 else -1


# -- what is kept -----------------------------------------------------------------------------------------------


@dataclass
class Function:
    """A generator or coroutine function of the program: its code, its activations, the arrows at its lines."""

    code: CodeType
    name: str
    activations: int = 0
    marks: dict[tuple[int, str], Mark] = field(default_factory=dict)  # by (line, arrow); some were never drawn

    def mark(self, line: int, arrow: str) -> Mark:
        """Return the one mark of this arrow at this line."""
        found = self.marks.get((line, arrow))
        if found is None:
            found = self.marks[line, arrow] = Mark(self, line, arrow)
        return found


@dataclass
class Mark:
    """One direction of arrows at one line: how many were drawn, the numbers of the first two and of the last."""

    function: Function = field(repr=False)
    line: int
    arrow: str
    first: list[int] = field(default_factory=list)
    last: int = 0
    count: int = 0

    def add(self, number: int) -> None:
        """Count the arrow with this number."""
        self.last = number
        self.count += 1
        if self.count <= 2:
            self.first.append(number)


@dataclass
class Turn:
    """One arrow: ``activation``, the how many-th of its function, was resumed or suspended where ``mark`` is."""

    __slots__ = ("activation", "end", "mark", "number")  # many are made
    number: int
    mark: Mark
    activation: int
    end: str  # how the activation ended in this turn, "" when it did not


@dataclass
class Turns:
    """What was kept of one run; ``first`` and ``last`` do not overlap."""

    first: list[Turn]
    last: list[Turn]
    functions: list[Function]  # in the order in which they were first called

    @property
    def total(self) -> int:
        """How many turns there were."""
        return max((turn.number for turn in [*self.first, *self.last]), default=0)

    @property
    def left_out(self) -> int:
        """How many turns lie between ``first`` and ``last``."""
        return self.total - len(self.first) - len(self.last)


# -- the recorder -----------------------------------------------------------------------------------------------


class _Place:
    """Where a frame can be suspended, and what is known of it from the code alone."""

    __slots__ = ("going_on", "index", "is_delegating", "suspended")

    def __init__(self, function: Function, bytecode: Bytecode, index: int) -> None:
        self.index = index  # of the YIELD_VALUE or YIELD_FROM
        self.is_delegating = is_delegating(bytecode, index)
        line = _line(bytecode, index)
        self.suspended = function.mark(line, SUSPENDED)
        self.going_on = function.mark(first_line(bytecode, resumed_index(bytecode, index), line), RESUMED)


class _Activation:
    """What must be known of a generator's or coroutine's frame until it is over."""

    __slots__ = ("function", "is_pending", "number", "place", "still_waits_for", "turn")

    def __init__(self, function: Function, number: int) -> None:
        self.function = function
        self.number = number
        self.place: _Place | None = None  # where it is, or was last, suspended
        self.still_waits_for: Callable[[Any], bool] = _nothing
        self.is_pending = False  # resumed where it waits, or thrown into: not yet known whether it goes on, or where
        self.turn: Turn | None = None  # its last one


class TurnRecorder:
    """Record turns: the first and the last ``keep`` / 2, or all of them when ``keep`` is None.

    Whether a frame that waits goes on is seen by what it does then; or is told by ``go_on``, ``is_told_who_goes_on``.
    """

    wants_steps = False

    def __init__(self, keep: int | None = 40, *, is_told_who_goes_on: bool = False) -> None:
        self._is_told_who_goes_on = is_told_who_goes_on
        self._first: list[Turn] = []
        self._first_length = sys.maxsize if keep is None else keep // 2
        self._last: deque[Turn] = deque(maxlen=0 if keep is None else keep - keep // 2)
        self._functions: dict[int, Function] = {}  # by id of the code, which is kept
        self._places: dict[tuple[int, int], _Place] = {}  # by id of the code, and pc
        self._activations: dict[int, _Activation] = {}
        self._numbers = count(1)  # next() is atomic: two threads get two numbers
        self._own_activations = count(1)

    def turns(self) -> Turns:
        """Return what was recorded so far."""
        return Turns(list(self._first), list(self._last), list(self._functions.values()))

    # -- events: those that matter --------------------------------------------------------------------------------

    def call(self, frame: FrameLike, caller: FrameLike | None) -> None:
        """Number the activations of generator and coroutine functions."""
        if caller is not None:
            self._settle(caller)
        if _is_suspendable(frame.code.co):
            if not frame.activation:
                frame.activation = next(self._own_activations)
            self._begin(frame)

    def resume(self, frame: FrameLike, resumer: FrameLike | None, value: object) -> None:
        """Draw ``->`` where the frame goes on, or wait to see whether it does."""
        if resumer is not None:
            self._settle(resumer)
        activation = self._activations.get(frame.activation)
        if activation is None:
            return
        place = activation.place
        if place is None:
            first = first_line(frame.code.bytecode, 0, frame.code.co.co_firstlineno)
            self._draw(activation, activation.function.mark(first, RESUMED))
        elif place.is_delegating:
            activation.is_pending = True
        else:
            self._draw(activation, place.going_on)

    def throw(self, frame: FrameLike, resumer: FrameLike | None, error: BaseException) -> None:
        """Wait to see where the error is handled."""
        if resumer is not None:
            self._settle(resumer)
        activation = self._activations.get(frame.activation)
        if activation is not None and activation.place is not None:
            activation.is_pending = True

    def handle(self, frame: FrameLike, error: BaseException, raised: int) -> None:
        """Draw ``->`` at the handler of an error that was thrown into a frame, or at what that did before it raised."""
        activation = self._activations.get(frame.activation)
        if activation is None or not activation.is_pending:
            return
        bytecode, handler = frame.code.bytecode, frame.pc + 1
        if self._went_on(activation, bytecode, raised):
            self._go_on(activation)
        elif not _is_implicit(bytecode, handler):
            assert activation.place is not None
            activation.is_pending = False
            line = first_line(bytecode, handler, activation.place.suspended.line)
            self._draw(activation, activation.function.mark(line, RESUMED))

    def go_on(self, frame: FrameLike) -> None:
        """Draw ``->`` for a frame that was resumed where it waits, and does not wait any longer."""
        activation = self._activations.get(frame.activation)
        if activation is not None:
            self._go_on(activation)

    def yield_(self, frame: FrameLike, value: object) -> None:
        """Draw ``<-``, unless the frame only handed on what another yielded."""
        activation = self._activations.get(frame.activation)
        if activation is None:
            return
        place = self._place(frame, activation)
        if place.is_delegating:
            receiver = frame.stack[RECEIVER]
            if activation.is_pending and place is activation.place and activation.still_waits_for(receiver):
                activation.is_pending = False
                return
            activation.still_waits_for = _recogniser(receiver)
        self._go_on(activation)
        activation.place = place
        self._draw(activation, place.suspended)

    def return_(self, frame: FrameLike, value: object) -> None:
        """Note that the activation ended by returning."""
        activation = self._activations.pop(frame.activation, None)
        if activation is not None:
            self._go_on(activation)
            _end(activation, "returns")

    def unwind(self, frame: FrameLike, error: BaseException) -> None:
        """Note that the activation ended by an error; a generator that is closed where it waits just vanishes."""
        activation = self._activations.pop(frame.activation, None)
        if activation is None:
            return
        is_closed = type(error) is GeneratorExit
        if activation.is_pending:
            if is_closed:
                return
            assert activation.place is not None
            waits = activation.function.mark(activation.place.suspended.line, RESUMED)
            went_on = self._went_on(activation, frame.code.bytecode, frame.pc)
            self._draw(activation, activation.place.going_on if went_on else waits)
        _end(activation, "closed" if is_closed else f"raises {type(error).__name__}")

    def end(self, frame: FrameLike) -> None:
        """Forget the activation: its generator was closed where it waits, and vanishes."""
        self._activations.pop(frame.activation, None)

    # -- events that do not ---------------------------------------------------------------------------------------

    def step(self, frame: FrameLike) -> None:
        """Not wanted."""

    def output(self, stream: str, text: str) -> None:
        """Not kept."""

    # -- how ------------------------------------------------------------------------------------------------------

    def _begin(self, frame: FrameLike) -> None:
        code = frame.code.co
        function = self._functions.get(id(code))
        if function is None:
            function = self._functions[id(code)] = Function(code, name_of(code))
        function.activations += 1
        self._activations[frame.activation] = _Activation(function, function.activations)

    def _place(self, frame: FrameLike, activation: _Activation) -> _Place:
        key = id(frame.code.co), frame.pc
        place = self._places.get(key)
        if place is None:
            bytecode = frame.code.bytecode
            place = _Place(activation.function, bytecode, suspending_index(bytecode, frame.pc))
            self._places[key] = place
        return place

    def _settle(self, caller: FrameLike) -> None:
        """Draw ``->`` for a frame that makes a call, unless the call is that of what it waits for."""
        activation = self._activations.get(caller.activation)
        if activation is None or not activation.is_pending:
            return
        assert activation.place is not None
        if not activation.place.is_delegating:
            return  # it was thrown into, and handles nothing: what runs are the ends of what it lets go of
        index = activation.place.index
        is_sending = caller.pc in (index - 1, index)  # SEND; 3.10: YIELD_FROM
        if not (is_sending and activation.still_waits_for(caller.stack[RECEIVER])):
            self._go_on(activation)

    def _went_on(self, activation: _Activation, bytecode: Bytecode, raised: int) -> bool:
        """Tell whether a pending activation did something before the instruction ``raised`` failed."""
        assert activation.place is not None
        return not (self._is_told_who_goes_on or _is_of_waiting(bytecode, raised, activation.place.index))

    def _go_on(self, activation: _Activation) -> None:
        if activation.is_pending:
            assert activation.place is not None
            activation.is_pending = False
            self._draw(activation, activation.place.going_on)

    def _draw(self, activation: _Activation, mark: Mark) -> None:
        number = next(self._numbers)
        turn = activation.turn = Turn(number, mark, activation.number, "")
        mark.add(number)
        if number <= self._first_length:
            self._first.append(turn)
        else:
            self._last.append(turn)


def _end(activation: _Activation, how: str) -> None:
    if activation.turn is not None:
        activation.turn.end = how


def _nothing(receiver: Any) -> bool:
    return False


# Iterators of built-in types that let go of what they go through when they are exhausted: to keep one keeps nothing.
_ITERABLES: list[Iterable[Any]] = [[], (), range(0), range(1 << 64), "", b"", {}, {}.values(), {}.items(), set()]
HARMLESS = frozenset(type(iter(each)) for each in _ITERABLES)


def _recogniser(receiver: Any) -> Callable[[Any], bool]:
    """Return what tells whether it is given ``receiver`` again, without keeping alive what the program made."""
    if receiver is None or type(receiver).__name__ == "FutureIter":  # asyncio's: it yields only once
        return _nothing
    if type(receiver) in HARMLESS:
        return lambda other: other is receiver
    try:
        reference = weakref.ref(receiver)
    except TypeError:
        address = id(receiver)
        return lambda other: id(other) == address
    return lambda other: reference() is other


# -- facts about code -------------------------------------------------------------------------------------------

# What a frame does between two lines of the program: nothing that a reader would call going on.
JUMPS = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE"})
PASSIVE = JUMPS | {
    "NOP", "RESUME", "SETUP_FINALLY", "POP_TOP", "END_SEND", "END_FOR", "POP_ITER", "END_ASYNC_FOR", "PUSH_EXC_INFO",
    "NOT_TAKEN", "POP_BLOCK", "RETURN_GENERATOR", "COPY_FREE_VARS", "MAKE_CELL", "GEN_START",
}  # fmt: skip


# The instructions of a frame that hands on: between its being resumed and the next yield of what it waits for.
HANDS_ON = frozenset(
    {"RESUME", "JUMP_BACKWARD_NO_INTERRUPT", "EXTENDED_ARG", "SEND", "YIELD_VALUE", "YIELD_FROM", "CLEANUP_THROW"}
)


def _is_of_waiting(bytecode: Bytecode, raised: int, index: int) -> bool:
    """Tell whether the instruction ``raised`` is one that runs while a frame waits which is suspended at ``index``."""
    opname = bytecode.instructions[raised].opname
    is_near = index <= raised <= index + 2  # YIELD_VALUE, RESUME, JUMP_BACKWARD_NO_INTERRUPT; before them SEND
    # 3.10 stands before a YIELD_FROM, to run it again.
    return raised == index - 1 or (opname in HANDS_ON and is_near) or opname == "CLEANUP_THROW"


def _is_suspendable(code: CodeType) -> bool:
    return bool(code.co_flags & SUSPENDABLE) and code.co_name != "<genexpr>"


def name_of(code: CodeType) -> str:
    """Return the name by which a reader knows a function: with its class, without the functions around it."""
    qualname: str = getattr(code, "co_qualname", code.co_name)  # 3.11+
    return qualname.rpartition("<locals>.")[2]


def suspending_index(bytecode: Bytecode, pc: int) -> int:
    """Return the index of the YIELD_VALUE or YIELD_FROM at which a frame with this ``pc`` is suspended."""
    # 3.10 stands before a YIELD_FROM, to run it again.
    return pc if bytecode.instructions[pc].opname in ("YIELD_VALUE", "YIELD_FROM") else pc + 1


def is_delegating(bytecode: Bytecode, index: int) -> bool:
    """Tell whether the instruction suspends the frame in a ``yield from`` or an ``await``."""
    instructions = bytecode.instructions
    return instructions[index].opname == "YIELD_FROM" or (index > 0 and instructions[index - 1].opname == "SEND")


def resumed_index(bytecode: Bytecode, index: int) -> int:
    """Return where a frame goes on that was suspended at ``index``, when what it waited for is done."""
    instructions = bytecode.instructions
    if index > 0 and instructions[index - 1].opname == "SEND":
        target = instructions[index - 1].target
        assert target is not None
        return bytecode.index_at[target]
    return index + 1


def first_line(bytecode: Bytecode, index: int, here: int) -> int:
    """Return the line of the first instruction from ``index`` on that does something; ``here`` when it has none."""
    return next((line for line in _lines_from(bytecode, index) if line is not None), here)


def _lines_from(bytecode: Bytecode, index: int) -> Iterator[int | None]:
    for _ in bytecode.instructions:  # no longer than that, should the code go round in circles
        instruction = bytecode.instructions[index]
        if instruction.opname not in PASSIVE:
            yield instruction.line
        target = instruction.target if instruction.opname in JUMPS else None
        index = index + 1 if target is None else bytecode.index_at[target]
        if index >= len(bytecode.instructions):
            return


def _line(bytecode: Bytecode, index: int) -> int:
    return bytecode.instructions[index].line or bytecode.code.co_firstlineno


def _is_implicit(bytecode: Bytecode, handler: int) -> bool:
    """Tell whether the compiler put the handler there, for what ``await`` and PEP 479 need."""
    instruction = bytecode.instructions[handler]
    return instruction.opname == "CLEANUP_THROW" or instruction.argrepr == "INTRINSIC_STOPITERATION_ERROR"
