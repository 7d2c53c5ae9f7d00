"""The frame: one activation's locals, value stack and place in the code, as plain data.

A frame outlives its call as long as something keeps it, and it can be stopped before any instruction.  The fast
locals are one list, laid out as CPython lays out ``localsplus``: ``co_varnames``, then the cells that are no
arguments, then the free variables.  ``pc`` is the index of the instruction that runs, or ran last: -1 before the
first.  Nothing here runs instructions; ``evalloop`` does.

Source: CPython Include/internal/pycore_frame.h and InternalDocs/frames.md.
"""

from __future__ import annotations

from types import CellType, FrameType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY311, PY312, PY313, PY314
from .locals import FrameLocals
from .recursion import TOO_DEEP, Recursion

if TYPE_CHECKING:
    from collections.abc import Callable

    from .code import Code
    from .evalloop import Thread


class ExcState:
    """The exception that is being handled, and the state beneath: CPython's ``_PyErr_StackItem``.

    Calls share their caller's state; a generator brings its own, and has its resumer's beneath it while it runs.
    ``traceback`` is the one that ``error`` had when its handler was entered; only 3.10 keeps it.
    """

    __slots__ = ("error", "previous", "traceback")

    def __init__(self, error: BaseException | None = None, previous: ExcState | None = None) -> None:
        self.error = error
        self.previous = previous
        self.traceback: Any = None

    def topmost(self) -> BaseException | None:
        """Return the innermost exception being handled, which ``sys.exc_info`` would show, or None."""
        state: ExcState | None = self
        while state is not None:
            if state.error is not None:
                return state.error
            state = state.previous
        return None


# The frame of a generator that is over shows nothing beneath it, except on 3.12 and 3.13: there it is linked with its
# last resumer's frame, should it outlive the generator (CPython's ``clear_gen_frame`` and ``take_ownership``).
FORGETS_RESUMER = not PY312 or PY314


class Frame:
    """One activation of a code object on the machine; the names with ``f_`` mean what they mean on the host.

    It has no ``__init__``: ``make_frame`` fills it, and ``function.push_call``, where each store counts.
    """

    __slots__ = (
        "__weakref__",
        "activation",  # the recorder's number for this frame, 0 without a recorder
        "back",  # the machine frame to return to; None in a frame that host code called, and while suspended
        "blocks",  # block stack, 3.10 only: (kind, handler's index, stack level)
        "code",  # Code: everything that is derived once from the code object
        "depth",  # how many calls deep: what RecursionError counts
        "entry",  # the Run that was entered with this frame; not in frames that the machine pushed
        "exc_state",  # ExcState of this frame's thread or generator
        "f_globals",
        "fast",
        "function",  # what was called, or what stands in its place: has the builtins, the closure, the name
        "function_qualname",  # its __qualname__, for a recorder: 3.10's code objects do not know it
        "generator",  # of a generator's, coroutine's or async generator's frame: itself, None while suspended
        "is_kept",  # something besides the loop may hold this frame: it can outlive its call
        "is_over",  # returned, or left by an exception
        "locals",  # the mapping of names (modules, class bodies, exec); None where locals are fast
        "locals_seen",  # what f_locals gave out; up to 3.12 it is one dict, filled anew each time
        "owner",  # a weak reference to the generator whose frame this is
        "passes_on",  # 3.10: what this frame yields goes on through its resumer, which is in a YIELD_FROM
        "pc",
        "result",  # what an entry frame returned or yielded to the host
        "stack",
        "then",  # what the caller does with the result, when that is more than to push it
        "then_what",  # what ``then`` needs to know: an object being made...
        "thread",
        "trace_function",
        "trace_lines",
        "trace_opcodes",
    )
    activation: int
    back: Frame | None
    blocks: list[tuple[str, int, int]]
    code: Code
    depth: int
    entry: Any
    exc_state: ExcState
    f_globals: dict[str, Any]
    fast: list[Any]
    function: Any
    function_qualname: str
    generator: Any
    is_kept: bool
    is_over: bool
    locals: Any
    locals_seen: dict[Any, Any]
    owner: Any
    passes_on: bool
    pc: int
    result: Any
    stack: list[Any]
    then: Callable[[Frame, Frame, Any], Any] | None
    then_what: Any
    thread: Thread

    # -- the host's view ------------------------------------------------------------------------------------------

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """``isinstance(frame, types.FrameType)`` holds, as it does for the host's frames."""
        return FrameType

    @property
    def f_code(self) -> Any:
        """The code object that runs here."""
        return self.code.co

    @property
    def f_builtins(self) -> Any:
        """The namespace of the builtins."""
        return self.function.__builtins__

    @property
    def f_lasti(self) -> int:
        """Byte offset of the last instruction that ran, -1 before the first.

        Of a suspended frame it is YIELD_VALUE's up to 3.12, and from 3.13 that of the RESUME after it.
        """
        if self.pc < 0:
            return -1
        return self.code.lasti(self.pc, suspended=self.is_suspended)

    @property
    def f_lineno(self) -> int | None:
        """Line of the instruction at ``f_lasti``; the first line before any ran."""
        if self.pc < 0:
            return self.code.first_line
        return self.code.lines[self.pc]

    @property
    def f_back(self) -> Any:
        """The frame that called or resumed this one: a machine frame, or a host frame of unwatched code."""
        if self.back is not None:
            return self.back
        entry = getattr(self, "entry", None)
        return entry.visible_back() if entry is not None else None

    @property
    def f_locals(self) -> Any:
        """The local variables by name: the mapping itself where locals are by name, else a dict (a proxy on 3.13+)."""
        if self.locals is not None:
            return with_hidden_locals(self) if self.code.has_hidden_locals else self.locals
        if PY313:
            return FrameLocals(self)
        try:
            seen = self.locals_seen
        except AttributeError:
            seen = self.locals_seen = {}
        update_locals(self, seen)
        return seen

    @property
    def f_trace(self) -> Any:
        """What a debugger has set: the machine calls no trace function."""
        return getattr(self, "trace_function", None)

    @f_trace.setter
    def f_trace(self, function: Any) -> None:
        self.trace_function = function

    @f_trace.deleter
    def f_trace(self) -> None:
        self.trace_function = None

    @property
    def f_trace_lines(self) -> bool:
        """As a debugger has set it; the machine traces nothing."""
        return getattr(self, "trace_lines", True)

    @f_trace_lines.setter
    def f_trace_lines(self, value: bool) -> None:
        self.trace_lines = _checked_bool(value)

    @f_trace_lines.deleter
    def f_trace_lines(self) -> None:
        raise TypeError("can't delete numeric/char attribute")

    @property
    def f_trace_opcodes(self) -> bool:
        """As a debugger has set it; the machine traces nothing."""
        return getattr(self, "trace_opcodes", False)

    @f_trace_opcodes.setter
    def f_trace_opcodes(self, value: bool) -> None:
        self.trace_opcodes = _checked_bool(value)

    @f_trace_opcodes.deleter
    def f_trace_opcodes(self) -> None:
        raise AttributeError("cannot be deleted")

    @property
    def f_generator(self) -> Any:
        """The generator or coroutine that runs in this frame (3.14+), or None."""
        return self.generator if self.code.is_generator else None

    @property
    def is_suspended(self) -> bool:
        """Tell whether the frame is a generator's (or coroutine's) that waits to be resumed."""
        return self.code.is_generator and self.generator is None and not self.is_over

    def clear(self) -> None:
        """Drop the references that locals and value stack hold; RuntimeError while the frame runs or is suspended."""
        if not (self.is_over or self.is_suspended):
            raise RuntimeError("cannot clear an executing frame")
        if self.is_suspended:
            if PY313 and self.pc != self.code.start_pc:
                raise RuntimeError("cannot clear a suspended frame")
            owner = self.owner()
            if owner is not None:
                owner._finalize()
        self.is_over = True
        self.stack.clear()
        self.fast[:] = [NULL] * len(self.fast)

    def __repr__(self) -> str:
        where = f"file {self.code.co.co_filename!r}, line {self.f_lineno}, code {self.code.co.co_name}"
        return f"<frame at {id(self):#x}, {where}>"

    def __dir__(self) -> list[str]:
        return dir(FrameType)


def make_frame(code: Code, function: Any, fast: list[Any], f_locals: Any, back: Frame | None, thread: Thread) -> Frame:
    """Make a frame of ``code`` that has not begun; RecursionError when it would be one too many.

    ``function`` has ``__globals__``, ``__builtins__`` and ``__closure__``; ``back`` is the machine frame that calls.
    """
    frame = Frame()
    frame.code = code
    frame.function = function
    frame.f_globals = function.__globals__
    frame.fast = fast
    frame.locals = f_locals
    frame.back = back
    frame.thread = thread
    frame.pc = -1
    frame.stack = []
    frame.generator = frame.then = None
    frame.is_over = frame.is_kept = False
    if back is None:
        frame.entry = None
        frame.exc_state = ExcState()
        frame.depth = thread.depth + 1
    else:
        frame.exc_state = back.exc_state
        frame.depth = back.depth + 1
    if frame.depth > Recursion.limit:
        raise RecursionError(TOO_DEEP)
    if not PY311:
        frame.blocks = []
        frame.passes_on = False
    return frame


def in_place_of_function(f_globals: Any, f_builtins: Any, closure: Any, name: str, qualname: str) -> SimpleNamespace:
    """What a frame has for its function where there is none: in a module, in ``eval`` and ``exec``."""
    return SimpleNamespace(
        __globals__=f_globals,
        __builtins__=f_builtins,
        __closure__=closure,
        __name__=name,
        __qualname__=qualname,
    )


def _checked_bool(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError("attribute value type must be bool")
    return value


def value_of(frame: Frame, index: int) -> Any:
    """Return the value of fast local ``index`` (looked up through its cell), or NULL."""
    value = frame.fast[index]
    if type(value) is CellType and frame.code.is_cell(frame, index):
        try:
            return value.cell_contents
        except ValueError:
            return NULL
    return value


def update_locals(frame: Frame, seen: dict[str, Any]) -> None:
    """Bring ``seen`` up to date with the fast locals: CPython's ``PyFrame_FastToLocals`` (up to 3.12)."""
    for index, name in enumerate(frame.code.names_of_fast):
        value = value_of(frame, index)
        if value is NULL:
            seen.pop(name, None)
        else:
            seen[name] = value


def with_hidden_locals(frame: Frame) -> Any:
    """Return the mapping of names, with what inlined comprehensions of a module or class have bound by now (3.12+).

    From 3.13 a comprehension that has bound a name hides the module's or class's own.
    """
    values = {name: value_of(frame, index) for index, name in enumerate(frame.code.co.co_varnames)}
    hidden = {name: value for name, value in values.items() if value is not NULL}
    if not hidden:
        return frame.locals
    return FrameLocals(frame) if PY313 else {**frame.locals, **hidden}
