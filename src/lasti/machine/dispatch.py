"""The table of instructions: opcode name -> handler, its effect on the value stack, and what its argument means.

A handler is a small function ``(frame, stack, arg)``.  It returns ``None`` to go on with the next instruction, a
*tail* (a list, see ``tails.py``) to go on there, a frame to switch to it, or a ``Signal`` for the evaluation loop.

``@op("NAME", "(before -- after)")`` states the stack effect in the notation of CPython's instruction definitions: the
rightmost value is the top; ``values[oparg]`` is that many; ``null if oparg & 1`` is there when the condition holds;
after ``|`` stands the effect of a jump.  The tests compare every statement with ``dis.stack_effect``.

Source: CPython Tools/cases_generator/interpreter_definition.md and Python/bytecodes.c.
"""

from __future__ import annotations

import enum
import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..bytecode.opcodes import FUTURE_FLAGS
from ..versions import NEWEST, OLDEST, PY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..bytecode import Instruction
    from .code import Code

    Handler = Callable[[Any, list[Any], Any], Any]
    Operand = Callable[[Code, Instruction], Any]


class Signal(enum.Enum):
    """What a handler tells the evaluation loop when neither a jump nor another frame follows."""

    OVER = "the frame that host code entered has returned or yielded"
    HANDLED = "the exception that is being handled has changed"


class Reraised:
    """Raise ``error`` again here; the traceback gets no new entry (RERAISE, ``raise`` without an exception).

    ``lasti`` is where the frame says that it was, when that is where the exception was first raised (in code units).
    """

    __slots__ = ("error", "lasti")

    def __init__(self, error: BaseException, lasti: int | None = None) -> None:
        self.error = error
        self.lasti = lasti


# -- operands: what a handler is given as ``arg``, worked out once when the code is translated -------------------


def oparg(code: Code, instruction: Instruction) -> int:
    """The instruction's own number (0 where it has none)."""
    return instruction.oparg or 0


def argval(code: Code, instruction: Instruction) -> Any:
    """What the number stands for: a name, a constant..."""
    return instruction.argval


def constant(code: Code, instruction: Instruction) -> Any:
    """The constant itself (no copy: ``co_consts`` holds it)."""
    return code.co.co_consts[instruction.oparg or 0]


class Target:
    """An operand that the translation replaces by the tail at an index."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


def target(code: Code, instruction: Instruction) -> Target:
    """The tail that begins at the jump's target."""
    return Target(target_index(code, instruction))


def target_index(code: Code, instruction: Instruction) -> int:
    """The index of the jump's target."""
    assert instruction.target is not None
    return code.bytecode.index_at[instruction.target]


def pair(code: Code, instruction: Instruction) -> tuple[int, int]:
    """Two indices of fast locals in one number (3.13+ superinstructions)."""
    number = instruction.oparg or 0
    return number >> 4, number & 15


def cell(code: Code, instruction: Instruction) -> int:
    """Index into the fast locals of a cell: 3.10 counts cells from the end of ``co_varnames``."""
    return code.cell_index(instruction.oparg or 0)


# -- the table --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Op:
    """One instruction on the running version."""

    name: str
    effect: str
    handler: Handler
    operand: Operand
    when: Callable[[int], bool] | None

    @property
    def does_nothing(self) -> bool:
        """Tell whether running the instruction changes nothing at all."""
        return getattr(self.handler, "does_nothing", False)

    @property
    def only_jumps(self) -> bool:
        """Tell whether running the instruction does nothing but go on at its target."""
        return getattr(self.handler, "only_jumps", False)

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


TABLE: dict[str, list[Op]] = {}


def op(
    name: str,
    effect: str,
    *,
    since: tuple[int, int] = OLDEST,
    until: tuple[int, int] = NEWEST,
    operand: Operand = oparg,
    when: Callable[[int], bool] | None = None,
) -> Callable[[Handler], Handler]:
    """Enter a handler for ``name`` on the versions from ``since`` to ``until``; ``when`` picks some opargs."""

    def enter(handler: Handler) -> Handler:
        if since <= PY <= until:
            TABLE.setdefault(name, []).append(Op(name, effect, without_future(handler), operand, when))
        return handler

    return enter


def without_future(function: Any) -> Any:
    """Take the ``__future__`` flags off a function: C code that it calls may compile, and must not inherit ours."""
    co = function.__code__
    function.__code__ = co.replace(co_flags=co.co_flags & ~FUTURE_FLAGS)
    return function


def from_source(source: str, names: dict[str, Any] | None = None) -> Handler:
    """Make a handler from its source, which uses ``names``; ``inspect.getsource`` finds it again."""
    source = source.lstrip()
    name = source[4 : source.index("(")]
    filename = f"{__file__}:{name}"
    scope = dict(names or {})
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return scope[name]  # type: ignore[no-any-return]


def nothing(handler: Handler) -> Handler:
    """Mark a handler that does nothing, so that the loop may leave its instructions out."""
    handler.does_nothing = True  # type: ignore[attr-defined]
    return handler


def jump(handler: Handler) -> Handler:
    """Mark a handler that does nothing but jump, so that its instructions need not be run."""
    handler.only_jumps = True  # type: ignore[attr-defined]
    return handler


def find(name: str, number: int) -> Op | None:
    """Return the entry of ``name`` that serves ``number``, or None."""
    for entry in TABLE.get(name, ()):
        if entry.when is None or entry.when(number):
            return entry
    return None


load_bound: list[Handler] = []  # the handler of a LOAD_FAST whose variable cannot be unbound


# -- effects ----------------------------------------------------------------------------------------------------


def effect(entry: Op, number: int, jump: bool = False) -> int:
    """Return by how much the stated effect changes the height of the value stack."""
    normal, _, jumping = entry.effect.strip("()").partition("|")
    text = jumping if jump and jumping else normal
    before, after = text.split("--")
    return _count(after, number) - _count(before, number)


def pushes(entry: Op, number: int) -> int:
    """Return how many values the stated effect leaves in place of those it takes (without a jump)."""
    normal = entry.effect.strip("()").partition("|")[0]
    return _count(normal.split("--")[1], number)


def _count(values: str, number: int) -> int:
    total = 0
    for item in filter(None, (value.strip() for value in values.split(","))):
        if item.endswith("]"):
            total += _evaluate(item[item.index("[") + 1 : -1], number)
        elif " if " in item:
            total += bool(_evaluate(item.partition(" if ")[2], number))
        else:
            total += 1
    return total


def _evaluate(expression: str, number: int) -> int:
    return int(eval(expression, {"oparg": number}))  # our own notation, never the program's text
