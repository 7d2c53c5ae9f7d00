"""Superinstructions: a run of instructions in one handler, where nobody watches each by itself.

To call a handler costs more than most of them do.  So a handler can state, beside what it does, the same in a line of
*text* about its operands.  The texts of a run of such instructions are put together into one handler, when such a run
is first met; what they would push on the value stack and pop again stays in local variables.  ``x = (a - 1) * b``, in
six instructions, is::

    arg0, arg1, arg2, pc0, arg3, pc1 = arg
    fast = frame.fast
    v0 = fast[arg0] - arg1
    frame.pc = pc0
    v0 = v0 * fast[arg2]
    frame.pc = pc1
    fast[arg3] = v0

``frame.pc`` is right whenever something can fail or run the program's code; to push a local variable or a constant
cannot.  What is done with is let go of at once, so that objects die when they would on the value stack.

CPython 3.11 and 3.12 have superinstructions behind the program's back, 3.13's compiler writes some into the bytecode.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..events import NULL
from .dispatch import from_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .dispatch import Handler

    Entry = tuple[int, Any, Any]

LONGEST = 16  # instructions in one: longer runs do not come back often enough to be worth a handler


class Text(NamedTuple):
    """What an instruction does, in words of Python."""

    operands: tuple[str, ...]  # the last is the top of the stack
    code: str  # has {arg} for the argument, {name} for an operand, {value} for what it pushes
    last: bool = False  # it may go on elsewhere than with the next instruction
    beneath: tuple[str, ...] = ()  # what it pushes beneath the value, and above
    above: tuple[str, ...] = ()
    on_stack: bool = False  # what lies beneath its operands must be on the stack
    names: Mapping[str, Any] = MappingProxyType({})  # that the code uses

    @property
    def pushed(self) -> int:
        """How many values it pushes."""
        return ("{value}" in self.code) + len(self.beneath) + len(self.above)


PUSHES: dict[Handler, tuple[str, ...]] = {}
TEXTS: dict[Handler, Callable[[Any], Text | None]] = {}
ARRANGES: dict[Handler, Callable[[list[str], int], None]] = {}
UNWATCHED: dict[Handler, Handler] = {}


def pushes(*expressions: str) -> Callable[[Handler], Handler]:
    """State what a handler pushes; nothing of it may fail or run the program's code."""

    def enter(handler: Handler) -> Handler:
        PUSHES[handler] = expressions
        return handler

    return enter


def text(*operands: str, code: str, **details: Any) -> Callable[[Handler], Handler]:
    """State what a handler does with its operands; the details are those of ``Text``."""
    return text_for(lambda arg: Text(operands, code, **details))


def text_for(find: Callable[[Any], Text | None]) -> Callable[[Handler], Handler]:
    """State how to find the text of a handler for its argument; there may be none."""

    def enter(handler: Handler) -> Handler:
        TEXTS[handler] = find
        return handler

    return enter


def arranges(how: Callable[[list[str], int], None]) -> Callable[[Handler], Handler]:
    """State how a handler moves the topmost values; its argument says how many of them it moves."""

    def enter(handler: Handler) -> Handler:
        ARRANGES[handler] = how
        return handler

    return enter


def unwatched(*handlers: Handler) -> Callable[[Handler], Handler]:
    """Enter a handler that does what others do, but for what only a recorder would see of the stack."""

    def enter(handler: Handler) -> Handler:
        for replaced in handlers:
            UNWATCHED[replaced] = handler
        return handler

    return enter


# -- finding runs -----------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """An entry that a superinstruction may serve, with what it states."""

    pc: int
    handler: Handler
    arg: Any
    text: Text | None  # of one that neither pushes nor arranges

    @property
    def uses_arg(self) -> bool:
        """Tell whether what it states has ``{arg}`` in it."""
        texts = (self.text.code,) if self.text is not None else PUSHES.get(self.handler, ())
        return any("{arg}" in each for each in texts)


def put_in(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of a basic block with superinstructions in place of runs of them."""
    fewer: list[Entry] = []
    run: list[Part] = []
    height = 0  # how many values the run has pushed and not popped
    for pc, handler, arg in entries:
        handler = UNWATCHED.get(handler, handler)
        text = TEXTS[handler](arg) if handler in TEXTS else None
        if len(run) == LONGEST or (handler in ARRANGES and height < arg):
            fewer += _one_for(run)
            run, height = [], 0
        if text is not None:
            beneath = 0 if text.on_stack else max(0, height - len(text.operands))
            height = beneath + text.pushed
        elif handler in PUSHES:
            height += len(PUSHES[handler])
        elif run and handler in ARRANGES:
            height += ARRANGES[handler] is copy
        else:
            fewer += [*_one_for(run), (pc, handler, arg)]
            run, height = [], 0
            continue
        run.append(Part(pc, handler, arg, text))
        if text is not None and text.last:
            fewer += _one_for(run)
            run, height = [], 0
    return fewer + _one_for(run)


def _one_for(run: list[Part]) -> list[Entry]:
    """Return one entry in place of a run's."""
    if len(run) < 2:
        return [(part.pc, part.handler, part.arg) for part in run]
    # Before the first that needs it, nobody asks for the place.
    first = next((part.pc for part in run if part.text is not None), run[-1].pc)
    key = tuple((part.handler, _shape(part)) for part in run)
    made = _made.get(key)
    if made is None:
        made = _made[key] = _Writer(run).handler()
    args: list[Any] = []
    for part in run:
        if part.uses_arg:
            args.append(part.arg)
        if part.text is not None and part.pc != first:
            args.append(part.pc)
    return [(first, made, args[0] if len(args) == 1 else tuple(args))]


def _shape(part: Part) -> Any:
    """Return what of an instruction's argument its text depends on."""
    if part.handler in ARRANGES:
        return part.arg
    return None if part.text is None else part.text.code


_made: dict[Any, Handler] = {}


# -- making handlers --------------------------------------------------------------------------------------------


def copy(values: list[str], depth: int) -> None:
    """Push the ``depth``-th value from the top again."""
    values.append(values[-depth])


def swap(values: list[str], depth: int) -> None:
    """Exchange the top with the ``depth``-th value from the top."""
    values[-1], values[-depth] = values[-depth], values[-1]


class _Writer:
    """Writes the source of one superinstruction."""

    def __init__(self, run: list[Part]) -> None:
        self.run = run
        self.given: list[str] = []  # the names of what the handler is given as its argument
        self.is_placed = False  # the first place is that of the whole
        self.lines: list[str] = []
        self.constants: list[str] = []  # of what it is given: the names of the program's constants
        self.values: list[str] = []  # what the run has pushed and not popped: expressions, bottom to top
        self.variables = 0
        self.names: dict[str, Any] = {"NULL": NULL}

    def handler(self) -> Handler:
        """Return the handler, made from its source."""
        for part in self.run:
            arg = self._give("arg") if part.uses_arg else ""
            if part.text is not None:
                self._run(part.text, arg)
            elif part.handler in PUSHES:
                self.values += [expression.format(arg=arg) for expression in PUSHES[part.handler]]
                self.constants += [arg] if PUSHES[part.handler] == ("{arg}",) else []
            else:
                self._keep_values()
                ARRANGES[part.handler](self.values, part.arg)
        self._push()
        if len(self.given) > 1:
            self.lines.insert(0, f"{', '.join(self.given)} = arg")
        elif self.given:
            self.lines.insert(0, f"{self.given[0]} = arg")
        body = "".join(f"    {line}\n" for line in self.lines)
        if body.count("frame.fast[") > 1:
            body = "    fast = frame.fast\n" + body.replace("frame.fast[", "fast[")
        name = "__".join(part.handler.__name__ for part in self.run)
        return from_source(f"def {name}(frame, stack, arg):\n{body}", self.names)

    def _give(self, name: str) -> str:
        """Return a name of its own for one of the arguments."""
        self.given.append(f"{name}{len(self.given)}")
        return self.given[-1]

    def _run(self, text: Text, arg: str) -> None:
        """Write what an instruction does."""
        self.names |= text.names
        given = {operand: self._pop() for operand in reversed(text.operands)}
        lowest = text.operands[0] if text.operands else ""
        if (
            self.lines
            and self.lines[-1] == f"{given.get(lowest)} = stack.pop()"
            and text.code.count(f"{{{lowest}}}") == 1
        ):
            self.lines.pop()
            given[lowest] = "stack.pop()"
        self._keep_values()
        if text.last or text.on_stack:
            self._push()
        if self.is_placed:
            self.lines.append(f"frame.pc = {self._give('pc')}")
        self.is_placed = True
        if "call" in text.names:  # what is called counts no constant that is done with (`sys.getrefcount`)
            self.lines += [f"{each} = None" for each in self.constants if each not in given.values()]
        done = [each for each in given.values() if _is_variable(each) and each not in self.values]
        value = ""
        if "{value}" in text.code:
            value = given[text.operands[0]] if text.operands else ""
            if value not in done:
                value = self._new()
        lines = text.code.format(arg=arg, value=value, **given).splitlines()
        self.lines += [line for line in lines if line != f"{value} = {value}"]
        if not text.last:
            self.lines += [f"{each} = None" for each in dict.fromkeys(done) if each != value]
        self.values += [*text.beneath, *([value] if value else []), *text.above]

    def _pop(self) -> str:
        """Return an expression of the top, popped."""
        if self.values:
            return self.values.pop()
        variable = self._new()
        self.lines.append(f"{variable} = stack.pop()")
        return variable

    def _new(self) -> str:
        self.variables += 1
        return f"v{self.variables - 1}"

    def _keep_values(self) -> None:
        """Put into variables what is in the fast locals yet, and could change there."""
        for index, value in enumerate(self.values):
            if "frame.fast" in value:
                self.values[index] = self._new()
                self.lines.append(f"{self.values[index]} = {value}")

    def _push(self) -> None:
        """Put what the run has pushed on the value stack."""
        self.lines += [f"stack.append({value})" for value in self.values]
        self.values.clear()


def _is_variable(expression: str) -> bool:
    return expression.startswith("v")
