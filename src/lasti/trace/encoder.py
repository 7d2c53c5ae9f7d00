"""The encoder: what a program does, as lines of text, while it does it.

This is the reference, in Python: it works wherever lasti does, and says in so many words what the encoder in C
(``lasti.native``) does ten times as fast.  ``docs/format.md`` has their grammar.

A step's line holds what its activation's last instruction has changed: how many values it took off the stack, those
that it pushed, the locals that it wrote.  Objects are looked at when they come to lie somewhere, and again when an
instruction may have changed them: what it was applied to, and after a call of code that nobody watches, what the locals
hold.  The first step of an activation in each block, and the first after an exception, brings its whole state, so
that a reader can begin with any block.

The program's own code may run *inside* of any method here (the garbage collector calls ``__del__``, a signal its
handler) and use the encoder from beginning to end.  So a line is made in full, from what belongs to the frame that it
tells of, before it is added; and what stands around it is looked at only then.  Another thread that has something to
tell meanwhile waits, and no block ends in the midst of an event.
"""

from __future__ import annotations

import json
import threading
import weakref
from _thread import get_ident
from functools import wraps
from json.encoder import encode_basestring_ascii as quote
from sys import getrefcount
from time import monotonic_ns
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..events import NULL
from .anatomy import is_class
from .capture import WRITERS, Gallery
from .facts import CALL, CO_OPTIMIZED, MAKES, QUIET, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .facts import Facts

BLOCK = 2048  # lines after which a block ends
BLOCK_SIZE = 4_000_000  # characters of lines, pictures and output after which it ends sooner
LONGEST_OUTPUT = 100_000  # characters of one write that are kept
PATIENCE_S = 1.0  # a thread waits so long for another, which may be in a signal's handler that waits for this thread

NOT_BEGUN = -1  # before the first instruction

_owner_of = BuiltinFunctionType.__dict__["__self__"].__get__


class Block(NamedTuple):
    """What has happened since the last block: columns of text, a line each thing; ``docs/format.md`` has the grammar.

    ``keyframe`` is what is alive at its end, ``ends`` has [activation, step], as JSON, ``outputs`` counts writes;
    ``pictured`` are the objects that it has pictures of, ``late`` the ends of activations that are older than it.
    When it ``is_renewed``, it has all that is alive, so that a trace may begin with it.
    """

    steps: int
    stream: bytes
    pictures: bytes
    births: bytes
    output: bytes
    rest: bytes
    ends: bytes
    keyframe: bytes
    activations: int  # that have begun so far, in the whole run
    objects: int
    outputs: int  # writes in this block
    output_length: int  # characters written so far, in the whole run
    time: int  # ns since the recording began
    pictured: list[int]
    late: list[tuple[int, int]]
    tells_of_loops: bool
    is_renewed: bool = False

    @property
    def size(self) -> int:
        """How many bytes its columns have."""
        return sum(map(len, self[1:8]))


def event(method: Callable[..., None]) -> Callable[..., None]:
    """Let ``method`` of an encoder note one event, while no other thread notes any; the block may be full behind it."""

    @wraps(method)
    def noted(self: Encoder, *args: Any) -> None:
        if self.is_off:
            return
        has_lock = self._lock.acquire(timeout=PATIENCE_S)
        self._depth += 1
        try:
            method(self, *args)
            if self._depth == 1 and (len(self._stream) >= BLOCK or self._size >= BLOCK_SIZE):
                self._is_full()
        finally:
            self._depth -= 1
            if has_lock:
                self._lock.release()

    return noted


class Activation:
    """An activation that has not ended."""

    __slots__ = (
        "birth", "block", "facts", "frame", "height", "held", "is_direct", "is_making", "is_unsure", "last", "number",
        "thread", "where",
    )  # fmt: skip

    def __init__(self, number: int, facts: Facts, frame: Any, birth: str) -> None:
        self.number = number
        self.birth = birth  # the line about it
        self.facts = facts
        self.frame = frame  # while it runs
        self.where: Any = None  # leads to the frame while it is suspended
        self.last = NOT_BEGUN  # index of the instruction that runs, or ran last
        self.height = 0  # of the value stack before it
        self.block = -1  # in which its whole state was brought
        self.held: list[Any] = []  # what the instruction may change, and what takes from the stack
        self.is_making = False  # it calls a class
        self.is_direct = False  # it calls a watched function without a detour
        self.is_unsure = False  # the next step brings the whole state
        self.thread: list[Activation] | None = None  # the call stack that it is on


class Encoder:
    """Encodes what one run of a program does.

    ``facts_of(code, qualname)`` gives what there is to know of a frame's code; ``number_of_thread(ident)`` the
    number of a thread; ``is_full()`` is called, between two instructions, when it is time for ``take``.
    """

    def __init__(
        self,
        facts_of: Callable[[Any, str | None], Facts],
        number_of_thread: Callable[[int], int],
        is_full: Callable[[], None],
    ) -> None:
        self._facts_of = facts_of
        self._number_of_thread = number_of_thread
        self._is_full = is_full
        self._lock = threading.RLock()
        self._depth = 0  # events that are being noted, one in another
        self._gallery = Gallery(self._add_picture)
        self._facts: dict[int, Facts] = {}  # by address of the code object
        self._began = self._time = monotonic_ns()
        self._block = 0
        self._stream: list[str] = []
        self._pictures: list[str] = []
        self._births: list[str] = []
        self._output: list[str] = []
        self._ends: list[tuple[int, int]] = []
        self._pictured: set[int] = set()
        self._tells_of_loops = False
        self._earlier = 0  # activations that began before this block
        self._output_length = 0
        self._size = 0
        self._steps = 0  # in this block
        self._first_step = 0
        self._activations = 0
        self._counters: dict[int, int] = {}
        self._threads: dict[int, list[Activation]] = {}  # call stacks, by number
        self._own = threading.local()  # number and call stack of the running thread; idents are used again
        self._suspended: dict[int, Activation] = {}
        self._ran: dict[int, Activation] = {}  # in this block
        self._thread = 0  # the number of the one whose turn it is
        self._current = 0  # the activation of the last line
        self.is_off = False

    # -- what the engine tells ------------------------------------------------------------------------------------

    @event
    def step(self, frame: Any) -> None:
        """Note that ``frame`` is about to run an instruction, and what its last one has changed."""
        activation = self._running(frame)
        facts, pc, last = activation.facts, frame.pc, activation.last
        if last >= 0:
            self._look_after(activation, frame)
        is_whole = activation.block != self._block or activation.is_unsure or (last >= 0 and facts.flags[last] & WHOLE)
        fields = self._whole(activation, frame) if is_whole else self._changes(activation, frame)
        if is_whole or pc != last + 1:
            fields.insert(0, f"@{pc}")
        activation.last, activation.height = pc, len(frame.stack)
        self._look_before(activation, frame)
        self._add_step(activation, fields)

    @event
    def call(self, frame: Any, caller: Any) -> None:
        """Note a call."""
        if caller is not None:
            self._enter_from(caller, frame)
        self._begin(frame, 0 if caller is None else caller.activation)

    def return_(self, frame: Any, value: object) -> None:
        """Note a return."""
        self._leave("R", frame, value)

    def unwind(self, frame: Any, error: BaseException) -> None:
        """Note that an error leaves a frame."""
        self._leave("U", frame, error)

    @event
    def yield_(self, frame: Any, value: object) -> None:
        """Note a suspension."""
        activation = self._running(frame)
        activation.held = []
        self._gallery.epoch += 1
        text = self._gallery.text(value)
        self._suspend(activation)
        self._add_event("Y", f"{activation.number}\t{text}")

    def resume(self, frame: Any, resumer: Any, value: object) -> None:
        """Note that a suspended frame goes on."""
        self._go_on("S", frame, resumer, value)

    def throw(self, frame: Any, resumer: Any, error: BaseException) -> None:
        """Note that a suspended frame goes on with an error."""
        self._go_on("T", frame, resumer, error)

    @event
    def handle(self, frame: Any, error: BaseException, raised: int) -> None:
        """Note that an error is handled in a frame."""
        activation = self._running(frame)
        activation.held = []
        activation.is_unsure = True
        self._gallery.epoch += 1
        self._add_event("H", f"{activation.number}\t{self._gallery.text(error)}")

    @event
    def end(self, frame: Any) -> None:
        """Note that a suspended frame is over without having run."""
        activation = self._suspended.pop(frame.activation, None) if frame.activation else None
        if activation is not None:
            self._add_event("E", f"{activation.number}", activation)

    @event
    def output(self, stream: str, text: str) -> None:
        """Note what the program wrote."""
        line = f"[{quote(stream)},{quote(text[:LONGEST_OUTPUT])},{len(text)}]"
        self._output.append(line)
        self._output_length += len(text)
        self._size += len(line)
        self._add_event("O", "")

    @event
    def note(self, letter: str, text: str) -> None:
        """Note something that is no frame's, such as what the event loop does: a line that begins with ``letter``."""
        self._tells_of_loops |= letter == "L"
        self._add_event(letter, text)

    def activation_of(self, generator: Any) -> int:
        """Return the number of a generator's or coroutine's activation, 0 when it is not watched."""
        frame = getattr(generator, "_frame", None)
        return getattr(frame, "activation", 0) or 0

    # -- what the recorder asks -----------------------------------------------------------------------------------

    def take(self, is_over: bool = True) -> Block:
        """Return what there is of the block; end it if it ``is_over``."""
        return self._make_block(is_over, is_renewed=False)

    def renew(self, kept: int) -> tuple[Block, Block]:
        """Return the block, and one of no steps with which a trace may begin.

        That one has births, states and pictures of all that is alive.  Objects that were not seen for ``kept``
        renewals get new numbers when they are seen again.
        """
        with self._lock:
            block = self._make_block(is_over=True, is_renewed=False)
            self._gallery.renew(kept)
            alive = [*self._suspended.values(), *(each for stack in self._threads.values() for each in stack)]
            for activation in sorted(alive, key=lambda each: each.number):
                activation.block = self._block
                self._ran[activation.number] = activation
                self._births.append(activation.birth)
            return block, self._make_block(is_over=True, is_renewed=True)

    def _make_block(self, is_over: bool, is_renewed: bool) -> Block:
        with self._lock:
            rest = self._rest() if is_over else []
            keyframe = self._keyframe() if is_over else "{}"
            block = Block(
                self._steps, _column(self._stream), _column(self._pictures), _column(self._births),
                _column(self._output), _column(rest), _column([json.dumps(self._ends, separators=(",", ":"))]),
                _column([keyframe]),
                self._activations, self._gallery.seen, len(self._output), self._output_length,
                monotonic_ns() - self._began, sorted(self._pictured),
                [(number, step) for number, step in self._ends if number <= self._earlier],
                self._tells_of_loops, is_renewed,
            )  # fmt: skip
            if is_over:
                self._begin_block()
            return block

    @property
    def steps(self) -> int:
        """How many steps the block has."""
        return self._steps

    def stop(self) -> None:
        """Note nothing more, and let go of everything."""
        self.is_off = True
        for activation in [*self._ran.values(), *(each for stack in self._threads.values() for each in stack)]:
            activation.held = []
            activation.frame = None
        self._suspended.clear()

    def _begin_block(self) -> None:
        self._first_step += self._steps
        self._steps = self._size = self._thread = self._current = 0
        self._block += 1
        self._ran = {}
        self._time = monotonic_ns()
        self._earlier = self._activations
        self._tells_of_loops = False
        for lines in (self._stream, self._pictures, self._births, self._output, self._ends, self._pictured):
            lines.clear()

    def _keyframe(self) -> str:
        """Return what is alive, as JSON: for each activation also the block in which it ran last."""
        alive = {number: each for number, each in self._suspended.items() if each.where() is not None}
        self._suspended = alive
        threads = {
            number: [[each.number, each.block] for each in stack] for number, stack in self._threads.items() if stack
        }
        suspended = [[each.number, each.block] for each in alive.values()]
        return json.dumps({"threads": threads, "suspended": suspended}, separators=(",", ":"))

    def _rest(self) -> list[str]:
        """Return the states in which the living activations that ran in this block will be found by the next."""
        lines: list[str] = []
        for activation in list(self._ran.values()):
            frame = activation.frame if activation.where is None else activation.where()
            if frame is None or frame.is_over:
                continue
            texts = [self._gallery.name(value) for value in [*_at_rest(activation, frame), *frame.fast]]
            height = len(texts) - len(frame.fast)
            lines.append("\t".join([f"{activation.number}\t{activation.last}\t{height}", *texts]))
            if type(frame.locals) is dict:
                lines.append(self._names_line(activation.number, frame.locals))
        return lines

    def _names_line(self, number: int, names: dict[Any, Any]) -> str:
        """Write the locals of a frame that keeps them by name."""
        texts = [
            f"{quote(name)}\t{self._gallery.name(value)}"
            for name, value in list(names.items())
            if type(name) is str and name not in MODULE_NAMES
        ]
        return "\t".join([f"N{number}", *texts])

    # -- what an instruction has changed ---------------------------------------------------------------------------

    def _whole(self, activation: Activation, frame: Any) -> list[str]:
        """Return the fields of a whole state: the height of the stack, its values, all locals."""
        activation.block = self._block
        activation.is_unsure = False
        self._ran[activation.number] = activation
        stack = list(frame.stack)
        return [f"*{len(stack)}", *(self._gallery.text(value) for value in stack + list(frame.fast))]

    def _changes(self, activation: Activation, frame: Any) -> list[str]:
        """Return the fields of what the last instruction has taken, pushed and written."""
        facts, last, stack = activation.facts, activation.last, frame.stack
        height = activation.height
        rest = 0 if last == NOT_BEGUN else min(facts.rest[last], len(stack), height)
        fields = [] if height == rest else [f"^{height - rest}"]
        is_new = last >= 0 and (facts.flags[last] & MAKES or activation.is_making)
        for place in range(rest, len(stack)):
            if is_new and place == len(stack) - 1:
                fields.append(self._text_of_new(stack[place]))
            else:
                # What nothing else refers to and looks different is another object, that has come to lie there.
                is_single = last >= 0 and not facts.flags[last] & QUIET and is_alone(stack, place)
                fields.append(self._gallery.text(stack[place], is_single=is_single))
        for index in facts.writes[2 * last : 2 * last + 2] if last >= 0 else ():
            if index >= 0:
                fields.append(f"={index}:{self._gallery.text(frame.fast[index])}")
        return fields

    def _text_of_new(self, value: Any) -> str:
        if id(type(value)) in WRITERS:
            return self._gallery.text(value)
        return self._gallery.look(value, is_new=True)

    # -- objects that an instruction may change --------------------------------------------------------------------

    def _look_before(self, activation: Activation, frame: Any) -> None:
        """Keep what the coming instruction may change and takes off the stack, if it lives on without the stack."""
        facts, pc, stack = activation.facts, activation.last, frame.stack
        low, high, flags = facts.low[pc], facts.high[pc], facts.flags[pc]
        activation.is_making = activation.is_direct = False
        if not low:
            return
        held = []
        callee = len(stack) - low
        if flags & CALL and callee >= 0 and stack[callee] is NULL:
            callee += 1  # 3.11, 3.12: NULL lies beneath it
        for place in range(len(stack) - low, len(stack) - high):
            kind = type(stack[place])
            if id(kind) in WRITERS or place < 0:
                continue
            if place == callee and flags & CALL and is_class(kind):
                activation.is_making = True
            if kind is BuiltinFunctionType:
                if getrefcount(_owner_of(stack[place])) > _ALONE_OWNER:
                    held.append(_owner_of(stack[place]))
            elif not is_alone(stack, place) and self._gallery.plan(kind).stable is not kind:
                held.append(stack[place])
        activation.held = held

    def _look_after(self, activation: Activation, frame: Any) -> None:
        """Look at what the last instruction may have changed."""
        facts, last = activation.facts, activation.last
        flags = facts.flags[last]
        held, activation.held = activation.held, []
        if flags & QUIET and not facts.grown[last]:
            if facts.writes[2 * last] >= 0:
                self._look_at_cells(facts, last, frame)
            return
        if activation.is_direct:
            activation.is_direct = activation.is_making = False
            return
        gallery = self._gallery
        gallery.epoch += 1
        if activation.is_making and not (frame.stack and is_alone(frame.stack, -1)):
            activation.is_making = False
        for value in held:
            if id(type(value)) not in WRITERS:
                gallery.look(value, is_same=True)
        if facts.grown[last] and len(frame.stack) >= facts.grown[last]:
            gallery.look(frame.stack[-facts.grown[last]], is_same=True)
        if flags & CALL:
            self._look_at_locals(frame)

    def _look_at_cells(self, facts: Facts, last: int, frame: Any) -> None:
        """A cell that was written to looks different."""
        value = frame.fast[facts.writes[2 * last]]
        if id(type(value)) not in WRITERS and self._gallery.plan(type(value)).kind == "cell":
            self._gallery.epoch += 1

    def _look_at_locals(self, frame: Any) -> None:
        gallery = self._gallery
        for value in frame.fast:
            kind = type(value)
            if id(kind) not in WRITERS and gallery.plan(kind).stable is not kind:
                gallery.look(value, is_same=True)

    # -- activations ----------------------------------------------------------------------------------------------

    def _stack(self) -> list[Activation]:
        """Return the call stack of the running thread."""
        own = self._own.__dict__
        if not own:
            number = self._number_of_thread(get_ident())
            own.update(number=number, stack=self._threads.setdefault(number, []))
        return own["stack"]  # type: ignore[no-any-return]

    def _running(self, frame: Any) -> Activation:
        """Return the activation of a frame that runs, on top of its thread's stack."""
        stack = self._stack()
        if stack and stack[-1].frame is frame:
            return stack[-1]
        number = frame.activation
        if any(each.number == number for each in stack):
            while stack[-1].number != number:
                self._suspend(stack[-1])
            return stack[-1]
        activation = self._suspended.pop(number, None)
        if activation is None:  # its call was not seen
            self._begin(frame, 0)
            return stack[-1]
        self._push(stack, activation, frame)
        return activation

    def _push(self, stack: list[Activation], activation: Activation, frame: Any) -> None:
        activation.frame, activation.where, activation.thread = frame, None, stack
        stack.append(activation)

    def _begin(self, frame: Any, origin: int) -> None:
        code = frame.code
        facts = self._facts.get(id(code))
        if facts is None:
            facts = self._facts[id(code)] = self._facts_of(code, getattr(frame, "function_qualname", None))
        if facts.is_init and facts.arguments:
            self._look_at_new(frame.fast[0])
        stack = self._stack()
        is_direct = bool(stack) and stack[-1].is_direct
        if not is_direct or facts.arguments > facts.positional:
            self._gallery.epoch += 1  # C code was at work; *args and **kwargs were just made, as a rule
        texts = [
            self._gallery.text(value, is_single=index >= facts.positional and is_alone(frame.fast, index))
            for index, value in enumerate(frame.fast[: facts.arguments])
        ]
        self._activations += 1
        number = frame.activation = self._activations
        ordinal = self._counters[facts.counter] = self._counters.get(facts.counter, 0) + 1
        birth = f"{number}\t{facts.number}\t{ordinal}\t{origin}\t{self._first_step + self._steps}"
        self._births.append(birth)
        activation = Activation(number, facts, frame, birth)
        activation.block = self._block
        activation.height = len(frame.stack)
        self._ran[number] = activation
        # On 3.10 there are cells from the beginning, and what a generator is started with lies on its stack.
        activation.is_unsure = bool(activation.height) or any(v is not NULL for v in frame.fast[facts.arguments :])
        self._push(stack, activation, frame)
        self._add_event("C", "\t".join([f"{number}\t{facts.number}\t{origin}", *texts]))

    def _look_at_new(self, value: Any) -> None:
        """Look at the ``self`` of an ``__init__`` that is called because its class is."""
        stack = self._stack()
        if stack and stack[-1].is_making:
            stack[-1].is_making = False
            self._text_of_new(value)

    def _enter_from(self, caller: Any, frame: Any) -> None:
        """Watched code was called from watched code: what it changes will be seen there."""
        stack = self._stack()
        if frame.back is caller and stack and stack[-1].frame is caller:
            stack[-1].is_direct = bool(frame.code.co.co_flags & CO_OPTIMIZED)  # what exec() was given is changed by it
            if stack[-1].is_direct:
                stack[-1].held = []

    @event
    def _go_on(self, letter: str, frame: Any, resumer: Any, value: Any) -> None:
        if resumer is not None:
            self._enter_from(resumer, frame)
        self._gallery.epoch += 1
        text = self._gallery.text(value)
        origin = 0 if resumer is None else resumer.activation
        if resumer is not None:
            stack = self._stack()
            while stack and stack[-1].number != origin and any(each.number == origin for each in stack):
                self._suspend(stack[-1])
        activation = self._running(frame)
        activation.is_unsure = True
        self._add_event(letter, f"{activation.number}\t{origin}\t{text}")

    def _suspend(self, activation: Activation) -> None:
        """Take an activation off its stack, with all that lie above it: generators that were just made."""
        stack = activation.thread
        while stack:
            top = stack.pop()
            top.held = []
            top.where, top.frame, top.thread = weakref.ref(top.frame), None, None
            self._suspended[top.number] = top
            if top is activation:
                break

    @event
    def _leave(self, letter: str, frame: Any, value: Any) -> None:
        """Note the end of an activation."""
        activation = self._running(frame)
        activation.held = []
        assert activation.thread is not None
        self._gallery.epoch += 1
        text = self._gallery.text(value)
        activation.thread.pop()
        activation.frame = activation.thread = None
        self._ran.pop(activation.number, None)
        self._add_event(letter, f"{activation.number}\t{text}", activation)

    # -- lines ----------------------------------------------------------------------------------------------------

    def _add_picture(self, number: int, line: str) -> None:
        self._pictured.add(number)
        self._pictures.append(line)
        self._stream.append("#")
        self._size += len(line)

    def _add_step(self, activation: Activation, fields: list[str]) -> None:
        self._take_turn()
        if self._current != activation.number:
            fields.insert(0, f">{activation.number}")
            self._current = activation.number
        line = "\t".join(fields)
        self._stream.append(line)
        self._size += len(line)
        self._steps += 1

    def _add_event(self, letter: str, text: str, ended: Activation | None = None) -> None:
        self._take_turn()
        now = monotonic_ns()
        self._stream.append(f"{letter}{now - self._time}\t{text}")
        self._time = now
        self._current = 0
        if ended is not None:
            self._ends.append((ended.number, self._first_step + self._steps))

    def _take_turn(self) -> None:
        self._stack()
        number = self._own.number
        if number != self._thread:
            self._thread = number
            self._current = 0
            self._stream.append(f"~{number}")
            self._gallery.epoch += 1


def _column(lines: list[str]) -> bytes:
    return "\n".join(lines).encode("utf-8", "backslashreplace")


def _at_rest(activation: Activation, frame: Any) -> list[Any]:
    """Return what lies on the stack of a frame whose last instruction may be in progress: not its operands."""
    last = activation.last
    if activation.is_unsure:
        return []
    stack: list[Any] = frame.stack
    return stack[: len(stack) if last == NOT_BEGUN else activation.facts.standing(last)]


def _references(values: list[Any], position: int) -> int:
    return getrefcount(values[position])


ALONE = _references([object()], 0)  # the number differs between versions
_ALONE_OWNER = getrefcount(_owner_of([].append))  # what is counted for the owner of a method that has no other


def is_alone(stack: list[Any], position: int) -> bool:
    """Tell whether nothing but the value stack refers to the object at ``position``."""
    return _references(stack, position) <= ALONE


# Names that every module has: not the program's variables.
MODULE_NAMES = frozenset(
    [
        "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__path__",
        "__builtins__", "__annotations__", "__annotate__", "__conditional_annotations__", "__warningregistry__",
    ]
)  # fmt: skip
