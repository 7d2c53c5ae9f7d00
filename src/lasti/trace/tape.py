"""A tape: what one thread of the program does, as it does it.

A tape's ``stream`` is a list of short texts, *fragments*, one after the other: one for each step, which holds only what
nobody could tell from the code (an empty one for ``LOAD_FAST``), and one for each other event.  Nothing but a thread
itself appends to its tape, except for "~", with which another thread takes over.  ``docs/format.md`` has the grammar
of fragments; ``replay`` reads them.

``step`` runs before every instruction of the program: it is written for speed, everything else for reading.

The program's own code may run *inside* of any method here that allocates (the garbage collector calls ``__del__``, a
signal its handler) and use the tape from its beginning to its end.  So what has been worked out is appended only when
the tape still is where it was; otherwise a step is recorded with the whole state of its frame (``_arrive``), from which
a reader can always go on.
"""

from __future__ import annotations

import weakref
from _thread import get_ident
from json.encoder import encode_basestring_ascii as quote
from sys import getrefcount
from time import monotonic_ns
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

from .anatomy import is_class
from .capture import LONGEST, WRITERS
from .watched import AGAIN, CALLED, CHANGED, LOADED, OLD, OLD_BELOW, ONE, is_alone

if TYPE_CHECKING:
    from .recorder import TraceRecorder
    from .watched import Watched

NOWHERE = 0  # no activation's number
UNKNOWN = -2  # no instruction's index: the next step brings the whole state
BLOCK = 8192  # fragments of one tape after which a block ends
BLOCK_SIZE = 4_000_000  # characters of pictures and output after which it ends sooner
LONGEST_OUTPUT = 100_000  # characters of one write that are kept

DIGITS = [str(number) for number in range(1024)]
SHORT = 1_000_000_000_000_000  # ints below it are written without further ado
MINUS_SHORT = -SHORT

LIST_APPEND = list.append
_INNOCENT = (list, dict, set, frozenset, tuple, str, bytes, int, float)  # their methods change only their own object
HARMLESS = frozenset(
    [id(function) for function in (len, isinstance, abs, min, max, sum, range, print, ord, chr, repr, id, type, zip)]
    + [id(kind) for kind in (int, float, str, bool, enumerate, reversed)]
    + [id(method) for kind in _INNOCENT for method in vars(kind).values()]
)
"""By address: functions that change nothing but (if it is a method) what they are called on."""

_code_of = FunctionType.__dict__["__code__"].__get__
_owner_of = BuiltinFunctionType.__dict__["__self__"].__get__
_ALONE = getrefcount(_owner_of([].append))  # what is counted for the owner of a method, if that is all that has it


class Activation:
    """An activation that has not ended yet.

    ``frame`` is kept while it runs (it is alive then anyway), ``where`` leads to it while it is suspended.  ``last`` is
    the instruction that ran last, valid while the activation is not the current one of its tape; ``block`` is the block
    in which it ran last.
    """

    where: Any = None
    last = -1
    is_native = False  # the instruction in progress has called watched functions through code that nobody watches
    is_direct = False  # the instruction in progress has called a watched function without a detour
    is_fresh = False  # a generator's frame, on its way to RETURN_GENERATOR

    def __init__(self, number: int, code: Watched, frame: Any, block: int) -> None:
        self.number = number
        self.code = code
        self.frame = frame
        self.block = block


class Tape:
    """What happens in one thread."""

    __slots__ = (
        "append", "callee", "changes", "code", "current", "gallery", "held", "ident", "is_harmless", "is_late",
        "is_making", "known", "last", "looks", "number", "others", "recorder", "stack", "stream", "times", "top",
    )  # fmt: skip

    def __init__(self, recorder: TraceRecorder, number: int) -> None:
        self.recorder = recorder
        self.gallery = recorder.gallery
        self.known = recorder.gallery.known
        self.number = number
        self.ident = get_ident()
        self.stream: list[str] = []
        self.append = self.stream.append
        self.times: list[int] = []  # of the events in the stream, ns since the recording began
        self.others = 0  # fragments in the stream that are neither steps nor events
        self.stack: list[Activation] = []  # what runs in this thread, the caller beneath its callee
        self.current = NOWHERE  # the topmost activation's number, as long as `step` may take the short way
        self.last = -1  # the instruction of the current activation that ran last
        self.top: Activation  # the current activation
        self.code: Watched  # its code
        self.looks: list[Any] = []
        self.changes: list[Any] = []
        self.held: list[Any] | None = None  # operands that the instruction in progress may change
        self.is_making = False  # it calls a class
        self.is_harmless = False  # it calls something that changes nothing else
        self.callee = 0  # address of the code of the function that it calls
        self.is_late = False  # it is time to write to the file

    @property
    def steps(self) -> int:
        """How many of the fragments in the stream are steps."""
        return len(self.stream) - len(self.times) - self.others

    # -- steps ----------------------------------------------------------------------------------------------------

    def step(self, frame: Any) -> None:
        """Record that ``frame`` is about to run the instruction at ``frame.pc``, and what its last one left behind."""
        if frame.activation != self.current:
            self._arrive(frame)
            return
        pc = frame.pc
        last = self.last
        self.last = pc
        if pc != last + 1:
            self._jump(frame, last, pc)
            return
        look = self.looks[last]
        if not look:
            text = ""
        elif look == AGAIN:
            value = frame.stack[-1]
            kind = type(value)
            if not (kind is int or kind is str or value is None or kind is float or kind is bool):
                entry = self.known.get(id(value))
                if entry is None or entry.epoch != self.gallery.epoch:
                    self._seen(frame, self._see(frame, look), "")
                    return
            text = ""
        elif look == ONE or (look == CALLED and self.top.is_direct):
            self.top.is_direct = False
            value = frame.stack[-1]
            kind = type(value)
            if kind is int and -1 < value < 1024:
                text = DIGITS[value]
            elif kind is bool:
                text = "true" if value else "false"
            elif value is None:
                text = "null"
            elif kind is str and len(value) < LONGEST:
                text = quote(value)
            elif kind is int and MINUS_SHORT < value < SHORT:
                text = f"{value}"
            else:
                text = (
                    self.gallery.text(value, self.emit) if look == ONE else self.gallery.text_of_old(value, self.emit)
                )
                self._seen(frame, text, "")
                return
        elif look in (OLD, OLD_BELOW):
            value = frame.stack[OLD - 1 - look]
            entry = self.known.get(id(value))
            if entry is None or (entry.epoch != self.gallery.epoch and entry.plan.stable is not type(value)):
                self._seen(frame, self.gallery.text_of_old(value, self.emit), "")
                return
            text = entry.text
        else:
            self._seen(frame, self._see(frame, look), "")
            return
        change = self.changes[pc]
        self.append(text if change is None else text + self._before(frame.stack, change))

    def _jump(self, frame: Any, last: int, pc: int) -> None:
        """Record a step behind a jump."""
        if pc <= last and (self.is_late or len(self.stream) >= BLOCK):
            self.last = last
            self.recorder.tick(self)
            if frame.activation != self.current:
                self._arrive(frame)
                return
            self.last = pc
        self.top.is_direct = False
        look = self.code.jump_looks[last]
        if look:
            self._seen(frame, self._see(frame, look), self.code.arrows[pc])
            return
        change = self.changes[pc]
        text = self.code.arrows[pc]
        self.append(text if change is None else text + self._before(frame.stack, change))

    def _see(self, frame: Any, look: Any) -> str:
        """Look at what an instruction may have left behind; return the texts to record."""
        if look != CALLED:
            self.top.is_direct = False
        stack, gallery, emit = frame.stack, self.gallery, self.emit
        if look == CALLED:
            return self._see_result(frame)
        if look == CHANGED:
            self._look_at_held()
            return ""
        if look == LOADED:
            return gallery.text(stack[-1], emit) if is_alone(stack, -1) else gallery.text_of_old(stack[-1], emit)
        if look == ONE:
            return gallery.text(stack[-1], emit)
        if look == AGAIN:
            gallery.text_of_old(stack[-1], emit)
            return ""
        if look in (OLD, OLD_BELOW):
            return gallery.text_of_old(stack[OLD - 1 - look], emit)
        text: str = look.see(self, frame)
        return text

    def _seen(self, frame: Any, text: str, arrow: str) -> None:
        """Record a step whose values have been looked at, unless other code has run meanwhile."""
        if frame.activation != self.current:
            self._arrive(frame)
            return
        if arrow:
            text = f"{arrow}\t{text}" if text else arrow
        change = self.changes[self.last]
        self.append(text if change is None else text + self._before(frame.stack, change))

    def _arrive(self, frame: Any) -> None:
        """Record a step with the whole state of its frame: the tape was somewhere else, or not sure."""
        recorder = self.recorder
        if get_ident() != self.ident:  # this is another thread's tape
            recorder.step_of_thread(frame)
            return
        if recorder.is_off:
            return
        if self.stack and self.stack[-1].number == frame.activation:
            self._look_at_held()
        self.held = None
        self._settle(frame.activation)
        activation = self._bring_to_top(frame)
        state = full_state(activation, frame.pc, frame, self)
        self._take_turn()
        change = activation.code.changes[frame.pc]
        self.append(f"F{state}" if change is None else f"F{state}{self._before(frame.stack, change)}")
        activation.block = recorder.block
        self._set_current(activation, frame.pc)

    def _bring_to_top(self, frame: Any) -> Activation:
        """Return the activation of a frame that runs, on top of the stack."""
        stack, number = self.stack, frame.activation
        if any(each.number == number for each in stack):
            while stack[-1].number != number:
                self._suspend(stack.pop())
            return stack[-1]
        activation = self.recorder.suspended.pop(number, None)
        if activation is None:
            activation = self._adopt(frame)
        activation.frame, activation.where = frame, None
        stack.append(activation)
        return activation

    # -- what instructions change ---------------------------------------------------------------------------------

    def _before(self, stack: list[Any], change: tuple[Any, ...]) -> str:
        """Prepare for an instruction that may change objects: return "=" if a reader can tell what it does to which.

        Otherwise those that live on without the stack are kept, to be looked at afterwards.
        """
        kind = change[0]
        gallery = self.gallery
        if not kind:
            return self._before_call(stack, change)
        owner = stack[change[1]]
        if kind == "attribute":
            if gallery.store_attribute(owner, change[2], stack[-2]):
                return "="
        elif kind == "item":
            if gallery.store_item(owner, stack[-1], stack[-3]):
                return "="
        elif kind == "last" and gallery.store_last(owner, stack[-1]):
            return "="
        del owner
        # The list of a LIST_APPEND stays on the stack; everything else that nothing else refers to is over.
        is_over = kind != "last" and is_alone(stack, change[1])
        self.held = [] if is_over else [stack[change[1]]]
        gallery.epoch += 1  # of a dict: it may be the one of an instance
        return ""

    def _before_call(self, stack: list[Any], change: tuple[Any, ...]) -> str:
        held: list[Any] = []
        self.is_making = self.is_harmless = False
        for position in change[1:]:
            kind = type(stack[position])
            if id(kind) in WRITERS:
                continue
            if position < change[1] + 2:  # the function, or NULL beneath it, or the object whose method it is
                if kind is FunctionType:
                    self.callee = id(_code_of(stack[position]))
                    if self.callee in self.recorder.stubs:
                        return ""  # a watched function: what it does will be seen
                elif id(stack[position]) in HARMLESS:
                    self.is_harmless = True
                    is_append = stack[position] is LIST_APPEND and len(change) == 4 and position == change[1]
                    if is_append and self.gallery.store_last(stack[-2], stack[-1]):
                        self.held = held
                        return "="
                    continue
                elif is_class(kind):
                    self.is_making = True
                    continue
            if kind is BuiltinFunctionType:
                if getrefcount(_owner_of(stack[position])) > _ALONE:
                    held.append(_owner_of(stack[position]))
            elif kind is tuple:
                items = stack[position]
                held += [items[place] for place in range(len(items)) if not is_alone(items, place)]
            elif not is_alone(stack, position):
                held.append(stack[position])
        self.held = held
        return ""

    def _look_at_held(self) -> None:
        """Look at the operands of the instruction that has run, and let go of them."""
        held, self.held = self.held, None
        if held:
            for value in held:
                if id(type(value)) not in WRITERS:
                    self.gallery.look(value, self.emit, is_same=True)

    def _see_result(self, frame: Any) -> str:
        """Look at what a call may have changed; return the text of its result."""
        stack, gallery, top = frame.stack, self.gallery, self.top
        if top.is_direct:
            top.is_direct = False
            return gallery.text_of_old(stack[-1], self.emit)  # a watched function was called
        is_new = self.is_making and is_alone(stack, -1)
        if not self.is_harmless:
            gallery.epoch += 1
            if monotonic_ns() >= self.recorder.flush_at:
                self.is_late = True
        if top.is_native:  # it called watched functions: what it may have changed was not kept all the while
            top.is_native = False
            for value in frame.fast:
                gallery.text_of_old(value, self.emit)
        self._look_at_held()
        if id(type(stack[-1])) in WRITERS:
            return gallery.text(stack[-1], self.emit)
        return gallery.look(stack[-1], self.emit, is_new=is_new)

    def emit(self, line: str) -> None:
        """Record a picture."""
        recorder = self.recorder
        recorder.pictures.append(line)
        recorder.size += len(line)
        if recorder.size >= BLOCK_SIZE:
            self.is_late = True
        self.others += 1
        self.append("#")

    # -- other events ---------------------------------------------------------------------------------------------

    def call(self, frame: Any, caller: Any) -> None:
        """Record the call of a frame; its arguments are bound."""
        is_making = self.is_making
        if self.held is not None or self.callee or is_making or self.is_late or len(self.stream) >= BLOCK:
            self._interrupt(frame)
        recorder, stack, emit = self.recorder, self.stack, self.emit
        code = recorder.codes.get(id(frame.code.co)) or recorder.watch(frame, self)
        arguments = frame.fast[: code.bound]
        if is_making and code.is_init and arguments and id(type(arguments[0])) not in WRITERS:
            self.gallery.look(arguments[0], emit, is_new=True)
        is_direct = not code.makes_arguments and getattr(frame, "back", None) is not None
        text = self.gallery.text_of_old if is_direct else self.gallery.text
        texts = [
            f"{value}" if type(value) is int and MINUS_SHORT < value < SHORT else text(value, emit)
            for value in arguments
        ]
        origin = NOWHERE if caller is None else caller.activation
        if stack and stack[-1].is_fresh:
            self._settle(origin)
        if stack:
            self._cover(stack[-1], frame)
        activation = self._begin(frame, code, origin, texts)
        if code.is_resumable:
            activation.is_fresh = True
            if code.is_born_suspended:
                self._suspend(activation)
                self._go_on()
                return
        stack.append(activation)
        self.top = activation
        self.code = code
        self.last = -1
        self.looks = code.looks
        self.changes = code.changes
        self.current = activation.number if recorder.running is self else NOWHERE

    def return_(self, frame: Any, value: Any) -> None:
        """Record that a frame returned ``value``."""
        self.held = None
        if type(value) is int and MINUS_SHORT < value < SHORT:
            text = f"{value}"
        elif value is None:
            text = "null"
        else:
            text = self.gallery.text_of_old(value, self.emit)
        self._event(f"R{frame.activation}\t{text}")
        self._end(frame.activation)

    def unwind(self, frame: Any, error: BaseException) -> None:
        """Record that ``error`` left a frame."""
        self.held = None
        text = self.gallery.text(error, self.emit)
        self._event(f"U{frame.activation}\t{text}")
        self._end(frame.activation)

    def yield_(self, frame: Any, value: Any) -> None:
        """Record that a frame was suspended, and gave ``value`` to its resumer."""
        self.held = None
        text = self.gallery.text(value, self.emit)
        number = frame.activation
        self._event(f"Y{number}\t{text}")
        stack = self.stack
        if stack and stack[-1].number == number:
            self._save_last(stack[-1])
            self._suspend(stack.pop())
            self._go_on()
        if not stack:
            self.recorder.rest(self)

    def resume(self, frame: Any, resumer: Any, value: Any) -> None:
        """Record that a suspended frame goes on with ``value``."""
        self._go_into(frame, resumer, "S", value)

    def throw(self, frame: Any, resumer: Any, error: BaseException) -> None:
        """Record that a suspended frame goes on with ``error``."""
        self._go_into(frame, resumer, "T", error)
        self.current = NOWHERE  # it goes on in a handler, or is over

    def _go_into(self, frame: Any, resumer: Any, how: str, value: Any) -> None:
        self._interrupt(frame)
        text = self.gallery.text(value, self.emit)
        origin = NOWHERE if resumer is None else resumer.activation
        self._settle(origin)
        activation = self.recorder.suspended.pop(frame.activation, None) or self._adopt(frame)
        self._event(f"{how}{activation.number}\t{origin}\t{text}")
        activation.is_fresh = False
        activation.frame, activation.where = frame, None
        self._push(activation, frame)

    def end(self, frame: Any) -> None:
        """Record that a suspended frame was closed without being run."""
        self._end(frame.activation)

    def handle(self, frame: Any, error: BaseException) -> None:
        """Record that ``error`` is handled in a frame, which goes on in the handler."""
        self.held = None
        text = self.gallery.text(error, self.emit)
        self._event(f"H{frame.activation}\t{text}")
        self.current = NOWHERE  # the next step brings the whole state

    def output(self, stream: str, text: str) -> None:
        """Record what the program wrote."""
        recorder = self.recorder
        line = f"[{quote(stream)},{quote(text[:LONGEST_OUTPUT])},{len(text)}]"
        recorder.outputs.append(line)
        recorder.output_length += len(text)
        recorder.size += len(line)
        self._event("O")
        if recorder.size >= BLOCK_SIZE:
            self.is_late = True

    # -- how ------------------------------------------------------------------------------------------------------

    def _interrupt(self, frame: Any) -> None:
        """The instruction in progress leads into another frame: a moment to end a block."""
        self.held = None
        self.is_making = False
        if self.callee:
            if getattr(frame, "back", None) is not None:
                self.recorder.stubs.add(self.callee)
            self.callee = 0
        if self.is_late or len(self.stream) >= BLOCK:
            self.recorder.tick(self)

    def _cover(self, top: Activation, frame: Any) -> None:
        """Let the topmost activation remember where it is, and how ``frame`` was called from there."""
        self._save_last(top)
        if getattr(frame, "back", None) is None:
            top.is_native = True  # through code that nobody watches
            self.gallery.epoch += 1
        else:
            top.is_direct = True

    def _event(self, fragment: str) -> None:
        recorder = self.recorder
        if recorder.running is not self:
            self._take_turn()
        now = monotonic_ns()
        self.times.append(now - recorder.began)
        self.append(fragment)
        if now >= recorder.flush_at:
            self.is_late = True

    def _take_turn(self) -> None:
        """See to it that what follows on this tape stands behind what the other threads have done by now."""
        recorder = self.recorder
        if recorder.running is self:
            return
        self.gallery.epoch += 1
        with recorder.lock:
            other = recorder.running
            if other is not self:
                if other is not None:
                    other.current = NOWHERE
                    other.others += 1
                    other.append("~")
                recorder.turns.append(self.number)
                recorder.tapes[self.number] = self
                recorder.running = self

    def _begin(self, frame: Any, code: Watched, origin: int, arguments: list[str]) -> Activation:
        recorder = self.recorder
        number = frame.activation = recorder.activations = next(recorder.numbers)
        recorder.births.append(f"{number}{code.tab}{next(code.ordinals)}\t{origin}\t{recorder.steps_so_far()}")
        self._event("\t".join([f"C{number}\t{code.number}", *arguments]))
        return Activation(number, code, frame, recorder.block)

    def _adopt(self, frame: Any) -> Activation:
        """Begin an activation whose call was not seen."""
        activation = self._begin(frame, self.recorder.watched(frame, self), NOWHERE, [])
        activation.last = UNKNOWN
        return activation

    def _settle(self, number: int) -> None:
        """Notice, before an event of ``number``, that the topmost frame has made its generator and is suspended.

        No event tells of it.
        """
        stack = self.stack
        if stack and stack[-1].is_fresh and stack[-1].number != number:
            top = stack[-1]
            if top.frame.pc == top.code.created_at:
                self._save_last(top)
                self._suspend(stack.pop())
                self._go_on()

    def _save_last(self, top: Activation) -> None:
        """Let the topmost activation remember which instruction it ran last."""
        if self.current == top.number:
            top.last = self.last
        elif self.current == NOWHERE:
            top.last = UNKNOWN

    def _push(self, activation: Activation, frame: Any) -> None:
        if self.stack:
            self._cover(self.stack[-1], frame)
        self.stack.append(activation)
        self._go_on()

    def _suspend(self, activation: Activation) -> None:
        recorder = self.recorder
        activation.is_fresh = False
        activation.where, activation.frame = weakref.ref(activation.frame), None
        recorder.suspended[activation.number] = activation
        recorder.just_suspended[activation.number] = None

    def _end(self, number: int) -> None:
        """Forget an activation that is over."""
        stack, recorder = self.stack, self.recorder
        if stack and stack[-1].number == number:
            stack.pop().frame = None  # whoever still has the activation does not keep the frame
            self._go_on()
        elif not self._remove(number):
            return
        recorder.ends.append((number, recorder.steps_so_far()))

    def _remove(self, number: int) -> bool:
        """Take away an activation that ends while it is suspended, or covered by others whose end was not told."""
        stack = self.stack
        if any(each.number == number for each in stack):
            while stack[-1].number != number:
                self._suspend(stack.pop())
            stack.pop().frame = None
            self._go_on()
            return True
        return self.recorder.suspended.pop(number, None) is not None

    def _go_on(self) -> None:
        """Go on in the activation that is on top now: by the short way, if it has run in this block."""
        stack, recorder = self.stack, self.recorder
        self.current = NOWHERE
        if stack:
            top = stack[-1]
            if top.block == recorder.block and top.last != UNKNOWN and recorder.running is self:
                self._set_current(top, top.last)

    def _set_current(self, activation: Activation, last: int) -> None:
        self.top = activation
        code = self.code = activation.code
        activation.last = self.last = last
        self.looks = code.looks
        self.changes = code.changes
        self.current = activation.number
        if self.recorder.running is not self:
            self.current = NOWHERE  # another thread has taken over meanwhile


def full_state(activation: Activation, pc: int, frame: Any, tape: Tape) -> str:
    """Return the whole state of a frame, tab-separated: activation, code, instruction, stack height, all values."""
    stack, fast = list(frame.stack), list(frame.fast)
    texts = [tape.gallery.text(value, tape.emit) for value in stack + fast]
    return "\t".join([str(activation.number), str(activation.code.number), str(pc), str(len(stack)), *texts])
