"""Everything that is derived once from a code object: translated instructions, tables, and stand-ins for the host.

Three stand-ins let the host see the machine's functions and frames as its own:

* ``stub``: the code of a real function with this code's signature, whose body enters the machine;
* ``binder``: the same signature, whose body returns the bound arguments (CPython binds them, with its own errors);
* ``ghost``: a generator's code with this code's name, file, lines and local names, whose never-started frame stands in
  tracebacks.
"""

from __future__ import annotations

import inspect
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from ..bytecode import Bytecode, decode
from ..bytecode.opcodes import FUTURE_FLAGS
from ..events import NULL
from ..versions import PY311, PY312, PY313
from .tails import Tails

if TYPE_CHECKING:
    from collections.abc import Callable

CO_VARARGS, CO_VARKEYWORDS = inspect.CO_VARARGS, inspect.CO_VARKEYWORDS
CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = (
    inspect.CO_GENERATOR,
    inspect.CO_COROUTINE,
    inspect.CO_ASYNC_GENERATOR,
)
CO_ITERABLE_COROUTINE = inspect.CO_ITERABLE_COROUTINE

UNBINDING = frozenset({"DELETE_FAST", "LOAD_FAST_AND_CLEAR"})


SUSPENDING = ("RETURN_GENERATOR", "YIELD_VALUE")


class Code:
    """What the machine knows of one code object; made by ``code_of``, one for each code object."""

    def __init__(self, co: CodeType) -> None:
        self.co = co
        self.bytecode: Bytecode = decode(co)
        instructions = self.bytecode.instructions
        self.offsets = [instruction.offset for instruction in instructions]
        # Where an exception was raised: thrown into a suspended generator, where it would have gone on (3.13+).
        self.raised_at = [self.offsets[i.index + (PY313 and i.opname in SUSPENDING)] for i in instructions]
        self.lines = [instruction.line for instruction in instructions]
        index_at = self.bytecode.index_at
        self.targets = [None if i.target is None else index_at[i.target] for i in instructions]  # of jumps, by index
        self.first_line = co.co_firstlineno
        # A frame that is not complete is in no traceback: 3.15's generator expressions call iter() there.  Not on 3.10.
        self.first_traceable = next((i.index for i in instructions if i.opname == "RETURN_GENERATOR"), -1)
        self.flags = co.co_flags
        self.future_flags = co.co_flags & FUTURE_FLAGS
        self.qualname = co.co_qualname if PY311 else co.co_name  # 3.10: MAKE_FUNCTION knows it
        self.is_generator = bool(self.flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR))
        self._name_the_locals()
        self._prepare_binding()
        self.tails = Tails(self, every_step=False)
        self.every_step = Tails(self, every_step=True)
        self._handlers: list[tuple[int, int, bool] | None] | None = None
        self.trampolines: dict[int, FunctionType] = {}  # by instruction: see trampoline.py
        self._stub: CodeType | None = None
        self._binder: CodeType | None = None
        self._ghost: CodeType | None = None

    # -- locals ---------------------------------------------------------------------------------------------------

    def _name_the_locals(self) -> None:
        co = self.co
        own_cells = [name for name in co.co_cellvars if not PY311 or name not in co.co_varnames]
        self.names_of_fast: list[str] = [*co.co_varnames, *own_cells, *co.co_freevars]
        self.index_of_fast = {name: index for index, name in enumerate(self.names_of_fast)}
        self.has_hidden_locals = bool(co.co_varnames) and not co.co_flags & inspect.CO_OPTIMIZED
        self.first_free = len(self.names_of_fast) - len(co.co_freevars)
        cells = set(co.co_cellvars) | set(co.co_freevars)
        varnames = len(co.co_varnames)
        self.cells = frozenset(
            index for index, name in enumerate(self.names_of_fast) if name in cells and (PY311 or index >= varnames)
        )
        # 3.10: arguments that inner functions use move from their slot into a cell when the frame is made.
        self.cell_arguments = (
            []
            if PY311
            else [(co.co_varnames.index(name), varnames + index)
                  for index, name in enumerate(co.co_cellvars) if name in co.co_varnames[: self._arguments(co)]]
        )  # fmt: skip

        deleted = {i.oparg for i in self.bytecode.instructions if i.opname in UNBINDING}
        moved = {argument for argument, _ in self.cell_arguments}
        self.always_bound = frozenset(range(self._arguments(co))) - deleted - moved - self.cells

    @staticmethod
    def _arguments(co: CodeType) -> int:
        variadic = bool(co.co_flags & CO_VARARGS) + bool(co.co_flags & CO_VARKEYWORDS)
        return co.co_argcount + co.co_kwonlyargcount + variadic

    def _prepare_binding(self) -> None:
        co = self.co
        # How many arguments are the first fast locals as they stand; -1 where there is more to the signature.
        is_plain = not co.co_kwonlyargcount and not co.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
        self.plain_arguments = co.co_argcount if is_plain else -1
        # The parameters and where they are, when each has a name that a call may use.
        all_named = not (co.co_posonlyargcount or co.co_flags & (CO_VARARGS | CO_VARKEYWORDS))
        names = co.co_varnames[: co.co_argcount + co.co_kwonlyargcount]
        self.parameters = {name: index for index, name in enumerate(names)} if all_named else None
        self.unbound = [NULL] * (len(self.names_of_fast) - self._arguments(co))
        # Where a generator stands before it has run: on RETURN_GENERATOR, or before everything on 3.10.
        self.start_pc = next(
            (i.index for i in self.bytecode.instructions if i.opname == "RETURN_GENERATOR"), -1
        ) if self.is_generator else -2  # fmt: skip
        self.born_suspended = self.is_generator and not PY311
        # 3.10 has no MAKE_CELL and COPY_FREE_VARS: the frame is born with its cells.
        self.born_with_cells = not PY311 and bool(co.co_cellvars or co.co_freevars)
        # A module's code as that of a function: its locals are the function's globals.
        self.born_with_names = not co.co_flags & inspect.CO_OPTIMIZED
        self.is_born_bare = PY311 and not self.born_with_names
        self.bare_arguments = self.plain_arguments if self.is_born_bare else -1

    def is_cell(self, frame: Any, index: int) -> bool:
        """Tell whether fast local ``index`` holds a cell by now (3.11+: MAKE_CELL has run) and not a value."""
        if index not in self.cells:
            return False
        return frame.pc >= 0 or index >= self.first_free or not PY311

    def cell_index(self, number: int) -> int:
        """Return the fast local that a cell instruction's number means."""
        return number if PY311 else len(self.co.co_varnames) + number

    # -- instructions ---------------------------------------------------------------------------------------------

    def handlers(self) -> list[tuple[int, int, bool] | None]:
        """Return, for each instruction, the handler that covers it: (index, stack depth, push lasti), or None."""
        if self._handlers is None:
            found: list[tuple[int, int, bool] | None] = [None] * len(self.offsets)
            index_at = self.bytecode.index_at
            for entry in self.bytecode.exception_table:
                handler = (index_at[entry.target], entry.depth, entry.lasti)
                for index in range(index_at[entry.start], len(self.offsets)):
                    if self.offsets[index] >= entry.end:
                        break
                    found[index] = handler
            self._handlers = found
        return self._handlers

    def lasti(self, pc: int, suspended: bool) -> int:
        """Return ``f_lasti`` in bytes for instruction ``pc``; where a suspended frame is depends on the version."""
        if suspended and PY313:
            return self.offsets[pc + 1]  # 3.13+: at the instruction with which it will go on
        return self.offsets[pc]

    def is_delegating(self, pc: int) -> bool:
        """Tell whether a generator suspended at ``pc`` waits in a ``yield from`` or ``await``."""
        if pc < 0:
            return False
        instructions = self.bytecode.instructions
        is_yield = instructions[pc].opname == "YIELD_VALUE"
        if not PY311:  # the frame rests before its YIELD_FROM, which runs again
            return not is_yield and instructions[pc + 1].opname == "YIELD_FROM"
        return is_yield and instructions[pc - 1].opname == "SEND"

    def closes_at_once(self, pc: int) -> bool:
        """Tell whether a generator suspended at ``pc`` is closed without running on (3.13+).

        No ``try`` of the program's surrounds it: the one handler is the compiler's own, which hides a StopIteration.
        """
        handler = self.handlers()[pc] if PY313 else None
        return handler is not None and self.bytecode.instructions[handler[0]].opname == "CALL_INTRINSIC_1"

    def after_delegate(self, pc: int) -> int:
        """Return the index at which a generator suspended at ``pc`` goes on when its delegate is done."""
        if not PY311:
            return pc + 2
        target = self.bytecode.instructions[pc - 1].target
        assert target is not None
        return self.bytecode.index_at[target]

    # -- stand-ins ------------------------------------------------------------------------------------------------

    @property
    def binder(self) -> CodeType:
        """Code with this signature that returns its arguments as a list."""
        if self._binder is None:
            self._binder = _signature_code(self.co, "[{arguments}]", {})
        return self._binder

    def stub(self, enter: Callable[..., Any]) -> CodeType:
        """Code with this signature and these free variables that calls ``enter(code, view, [arguments])``."""
        if self._stub is None:
            # The compiler warns of the call of a string; `or` hides it, and leaves no trace in the code.
            body = "('<enter>' or 0)('<code>', lambda: ({free}), [{arguments}])"
            self._stub = _signature_code(self.co, body, {"<enter>": enter, "<code>": self})
        return self._stub

    @property
    def ghost(self) -> CodeType:
        """Code of a generator with this code's name, file, lines and local names."""
        if self._ghost is None:
            self._ghost = _ghost_code(self.co)
        return self._ghost

    def __repr__(self) -> str:
        return f"<Code of {self.co!r}>"


_codes: dict[int, Code] = {}


def code_of(co: CodeType) -> Code:
    """Return the one ``Code`` of a code object (it keeps the code object, so that its id stays its own)."""
    found = _codes.get(id(co))
    if found is None:
        found = _codes[id(co)] = Code(co)
    return found


def is_known(co: object) -> bool:
    """Tell whether the machine has met this code object: it is a watched function's, perhaps."""
    return id(co) in _codes


# -- making stand-ins -------------------------------------------------------------------------------------------


def _signature_code(co: CodeType, body: str, constants: dict[str, Any]) -> CodeType:
    """Compile ``return body`` under the signature of ``co``; string constants named in ``constants`` are replaced."""
    positional, keyword_only = co.co_argcount, co.co_kwonlyargcount
    names = [f"p{index:04}" for index in range(positional + keyword_only)]
    signature = names[:positional]
    if co.co_posonlyargcount:
        signature.insert(co.co_posonlyargcount, "/")
    arguments = list(names)
    if co.co_flags & CO_VARARGS:
        signature.append("*args")
        arguments.append("args")
    elif keyword_only:
        signature.append("*")
    signature += names[positional:]
    if co.co_flags & CO_VARKEYWORDS:
        signature.append("**kwargs")
        arguments.append("kwargs")
    # The names are in alphabetical order, so that the compiler lays the free variables out as the code has them.
    free = [f"q{index:04}" for index in range(len(co.co_freevars))] if "{free}" in body else []
    text = body.format(arguments=", ".join(arguments), free="".join(f"{name}, " for name in free))
    source = f"def outer({', '.join(free)}):\n def stub({', '.join(signature)}):\n  return {text}\n"
    stub = _inner(_inner(_compile(source)))
    replaced = {
        "co_consts": tuple(constants.get(value, value) if type(value) is str else value for value in stub.co_consts),
        "co_name": co.co_name,
        "co_filename": co.co_filename,
        "co_firstlineno": co.co_firstlineno,
        "co_varnames": co.co_varnames[: len(arguments)],
    }
    if free:
        replaced["co_freevars"] = co.co_freevars
    if PY311:
        replaced["co_qualname"] = co.co_qualname
    return stub.replace(**replaced)  # type: ignore[arg-type]


def _compile(source: str) -> CodeType:
    return compile(source, "<lasti>", "exec", dont_inherit=True)


def _inner(code: CodeType) -> CodeType:
    return next(value for value in code.co_consts if isinstance(value, CodeType))


def _ghost_code(co: CodeType) -> CodeType:
    template = _GHOSTS[_ghost_takes_self(co)]
    # Up to 3.12, C code suggests a local variable's name in place of one that is not defined.
    names = tuple(dict.fromkeys([*template.co_varnames, *co.co_varnames]))
    replaced = {
        "co_name": co.co_name,
        "co_filename": co.co_filename,
        "co_firstlineno": co.co_firstlineno,
        "co_varnames": names,
        "co_nlocals": len(names),
        # As long as the original, so that any of its offsets has a line.
        "co_code": template.co_code + co.co_code[len(template.co_code) :],
    }
    if PY311:
        replaced |= {"co_qualname": co.co_qualname, "co_linetable": co.co_linetable, "co_exceptiontable": b""}
    else:
        replaced |= {"co_linetable": co.co_linetable}
    return template.replace(**replaced)  # type: ignore[arg-type]


def _ghost_takes_self(co: CodeType) -> bool:
    # 3.12's C code suggests `self.name` where the local variable `self` has it; from 3.13 Python code does.
    return PY312 and not PY313 and "self" in co.co_varnames


# Compiled here and now: there is no room for it where a RecursionError gets its traceback.
_GHOSTS = [_inner(_compile(f"def ghost({argument}):\n yield\n")) for argument in ("", "self")]


class SelfOf:
    """The local variable ``self`` of a frame, as far as its attributes go: what a ghost has in its place."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frame.f_locals["self"], name)


def ghost_frame(code: Code, frame: Any) -> Any:
    """Make a host frame that shows ``frame``'s code and never runs."""
    ghost = FunctionType(code.ghost, frame.f_globals)
    return (ghost(SelfOf(frame)) if code.ghost.co_argcount else ghost()).gi_frame
