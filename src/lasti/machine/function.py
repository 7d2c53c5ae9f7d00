"""Functions: real function objects whose code enters the machine, and how they are called.

A watched function is a ``types.FunctionType`` over a *stub* (see ``code.py``), so that everything that takes a
function takes it: methods, ``functools``, ``inspect``, pickling by name, C code.  The machine calls it without the
stub: it binds the arguments and makes a frame.

Source: CPython Objects/funcobject.c, Python/ceval.c (``_PyEval_Vector``, ``initialize_locals``).
"""

from __future__ import annotations

import warnings
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from ..events import NULL
from ..versions import PY311, PY313, PY314
from . import mirror
from .code import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, Code, code_of
from .evalloop import current_thread, run
from .frame import Frame, make_frame
from .generator import make_generator
from .protocols import is_a
from .recursion import TOO_DEEP, make_room

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..events import Recorder


def make_function(co: CodeType, f_globals: dict[str, Any], closure: tuple[CellType, ...] | None = None) -> FunctionType:
    """Make a function that runs ``co`` on the machine."""
    code = code_of(co)
    function = FunctionType(stub_of(code), f_globals, co.co_name, None, closure)
    function.__doc__ = docstring(co)
    return function


def docstring(co: CodeType) -> str | None:
    """Return the docstring of a function that has the code ``co``."""
    # Up to 3.13 it is the first constant, if that is a string; from 3.14 a flag says whether it is there.
    if PY314 and not co.co_flags & CO_HAS_DOCSTRING:
        return None
    first = co.co_consts[0] if co.co_consts else None
    return first if isinstance(first, str) else None


CO_HAS_DOCSTRING = 0x4000000


def stub_of(code: Code) -> CodeType:
    """Return the code that stands in for ``code`` in function objects."""
    stub = code.stub(enter)
    mirror.stand_ins[id(stub)] = code
    return stub


def code_of_function(function: FunctionType) -> Code | None:
    """Return the machine's code of ``function``, or None for a function of the host's."""
    return mirror.stand_ins.get(id(mirror.host_code(function)))


def set_code(function: FunctionType, co: CodeType) -> None:
    """Give ``function`` another code object: a watched function goes on running on the machine."""
    code = code_of_function(function)
    if code is None or not is_a(co, CodeType):
        mirror.set_host_code(function, co)
        return
    if PY313 and (code.flags ^ co.co_flags) & GENERATORS:
        warnings.warn(
            "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)",
            DeprecationWarning,
            stacklevel=1,
        )
    mirror.set_host_code(function, stub_of(code_of(co)))


GENERATORS = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


# -- calls ------------------------------------------------------------------------------------------------------


def bind(function: FunctionType, code: Code, args: list[Any], kwargs: dict[str, Any] | None) -> list[Any]:
    """Return the bound arguments in the order of the fast locals; the host's TypeError when they do not fit."""
    if code.plain_arguments >= 0 and not kwargs:
        missing = code.plain_arguments - len(args)
        if missing == 0:
            return args
        defaults = function.__defaults__
        if defaults is not None and 0 < missing <= len(defaults):
            return [*args, *defaults[-missing:]]
    bound = bind_by_name(function, code, args, kwargs or {})
    if bound is not None:
        return bound
    binder = FunctionType(code.binder, function.__globals__, function.__name__, function.__defaults__)
    binder.__kwdefaults__ = function.__kwdefaults__
    binder.__qualname__ = function.__qualname__
    return binder(*args, **kwargs) if kwargs else binder(*args)  # type: ignore[no-any-return]


def bind_by_name(function: FunctionType, code: Code, args: list[Any], kwargs: dict[str, Any]) -> list[Any] | None:
    """Return the bound arguments of a call in which all is well; None where the host has to bind, or to complain."""
    parameters = code.parameters
    if parameters is None or len(args) > len(parameters):
        return None
    bound = args + [NULL] * (len(parameters) - len(args))
    for name, value in kwargs.items():
        index = parameters.get(name, -1)
        if index < 0 or bound[index] is not NULL:
            return None
        bound[index] = value
    positional = code.co.co_argcount
    if len(args) < positional:
        defaults = function.__defaults__ or ()
        first = positional - len(defaults)
        for index in range(max(first, len(args)), positional):
            if bound[index] is NULL:
                bound[index] = defaults[index - first]
    elif len(args) > positional:
        return None
    if function.__kwdefaults__:
        for name, value in function.__kwdefaults__.items():
            index = parameters.get(name, -1)
            if index >= positional and bound[index] is NULL:
                bound[index] = value
    return None if any(value is NULL for value in bound) else bound


def provide(frame: Frame) -> None:
    """Give the frame of a call what its code expects to find in it."""
    if not PY311:
        frame.blocks = []
        frame.passes_on = False
    if frame.code.born_with_names:
        frame.locals = frame.f_globals
    if frame.code.born_with_cells:
        give_cells(frame)


def give_cells(frame: Frame) -> None:
    """Make the frame's cells and take its free variables from the closure (3.10; later versions have instructions)."""
    code, fast = frame.code, frame.fast
    for index in range(len(code.co.co_varnames), code.first_free):
        fast[index] = CellType()
    for argument, index in code.cell_arguments:
        fast[index].cell_contents = fast[argument]
        fast[argument] = NULL
    if frame.function.__closure__:
        fast[code.first_free :] = frame.function.__closure__


def begin(frame: Frame) -> Any:
    """Start a frame: the frame itself, or on 3.10 the generator that owns it (3.11+ has RETURN_GENERATOR for it)."""
    thread = frame.thread
    if thread.recorder is not None:
        tell_of_call(thread.recorder, frame, frame.back or thread.frame)
    if frame.code.born_suspended:
        return make_generator(frame)
    return frame


def tell_of_call(recorder: Recorder, frame: Frame, caller: Frame | None) -> None:
    """Tell a recorder of a new activation."""
    frame.activation = 0
    frame.function_qualname = frame.function.__qualname__
    recorder.call(frame, caller)


def start(frame: Frame, callee: Frame) -> Any:
    """Go on in the frame of a call; on 3.10 a generator's frame waits, and the generator is the result."""
    recorder = frame.thread.recorder
    if recorder is not None:
        tell_of_call(recorder, callee, frame)
    if not callee.code.born_suspended:
        return callee
    generator = make_generator(callee)
    if callee.then is not None:
        return callee.then(callee, frame, generator)
    frame.stack.append(generator)
    return None


def push_call(
    caller: Frame, function: FunctionType, code: Code, args: list[Any], kwargs: dict[str, Any] | None
) -> Frame:
    """Make the frame of a call from a machine frame."""
    if kwargs or len(args) != code.plain_arguments:
        args = bind(function, code, args, kwargs)
    frame = make_frame(code, function, args + code.unbound, None, caller, caller.thread)
    if not code.is_born_bare:
        provide(frame)
    return frame


def enter(code: Code, view: Callable[[], Any], arguments: list[Any]) -> Any:
    """Run a call that host code made; ``view`` is a function of the stub's that shows globals, builtins and closure."""
    thread = current_thread()
    if not make_room(len(thread.runs)):
        raise RecursionError(TOO_DEEP)
    frame = make_frame(code, view, arguments + code.unbound, None, None, thread)
    if not code.is_born_bare:
        provide(frame)
    if code.is_generator or not PY311:
        view.__name__, view.__qualname__ = code.co.co_name, code.qualname
    del arguments, view
    begun = begin(frame)
    return run(frame) if begun is frame else begun


def is_machine_function(value: object) -> bool:
    """Tell whether ``value`` is a function that runs on the machine."""
    return type(value) is FunctionType and code_of_function(value) is not None
