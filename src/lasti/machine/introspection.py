"""Looking at oneself: the builtins whose result depends on the frame that calls them.

On the host such a builtin asks the interpreter for the current frame; called from a machine frame, it is given that
frame here.  ``SPECIAL`` maps each to ``(frame, args, kwargs)``, which pushes the result or returns a frame to go on in
(``eval`` and ``exec`` run their code on the machine, in a frame of their own).

``replacements`` has the functions of ``sys`` that walk the call stack; they are put in place while a machine is at work
and serve host code too.
"""

from __future__ import annotations

import builtins
import sys
from types import CodeType, FunctionType, ModuleType, SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..events import NULL
from ..versions import PY311, PY312, PY313, PY314
from . import mirror, warned
from .code import code_of, is_known
from .frame import Frame, in_place_of_function, make_frame, value_of
from .function import begin, docstring, stub_of
from .locals import FrameLocals
from .protocols import is_a
from .trampoline import call_natively

if TYPE_CHECKING:
    from collections.abc import Callable

SPECIAL: dict[Any, Callable[[Frame, list[Any], dict[str, Any]], Any]] = {}


def special(function: Any) -> Callable[[Any], Any]:
    """Enter what serves calls of ``function``."""

    def enter(serve: Any) -> Any:
        SPECIAL[function] = serve
        return serve

    return enter


def natively(frame: Frame, function: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Let the host serve the call."""
    frame.stack.append(call_natively(frame, function, args, kwargs))


def locals_of(frame: Frame) -> Any:
    """What ``locals()`` returns in ``frame``: from 3.13 a new dict each time where locals are fast."""
    seen = frame.f_locals
    return seen.copy() if type(seen) is FrameLocals else seen


@special(locals)
def serve_locals(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``locals()``."""
    if args or kwargs:
        return natively(frame, locals, args, kwargs)
    frame.stack.append(locals_of(frame))
    return None


@special(vars)
def serve_vars(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``vars()`` is ``locals()``; ``vars(object)`` the host's."""
    if args or kwargs:
        return natively(frame, vars, args, kwargs)
    frame.stack.append(locals_of(frame))
    return None


@special(dir)
def serve_dir(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``dir()`` has the names of the locals; ``dir(object)`` is the host's."""
    if args or kwargs:
        return natively(frame, dir, args, kwargs)
    frame.stack.append(sorted([*locals_of(frame).keys()]))  # of any mapping
    return None


@special(type)
def serve_type(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``type(object)`` of what passes for the host's is the host's type."""
    if len(args) == 1 and not kwargs:
        kind = type(args[0])
        frame.stack.append(args[0].__class__ if id(kind) in IN_DISGUISE else kind)
        return None
    return natively(frame, type, args, kwargs)


@special(FunctionType)
def serve_function_type(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``types.FunctionType(code, globals, ...)`` makes a function that runs on the machine."""
    co = args[0] if args else kwargs.get("code")
    if not is_a(co, CodeType):
        return natively(frame, FunctionType, args, kwargs)
    stub = stub_of(code_of(co))
    if args:
        args[0] = stub
    else:
        kwargs = {**kwargs, "code": stub}
    function = call_natively(frame, FunctionType, args, kwargs)
    function.__doc__ = docstring(co)
    frame.stack.append(function)
    return None


class _MakesFunctions(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, FunctionType)

    def __call__(cls, code: CodeType, *args: Any, **kwargs: Any) -> FunctionType:
        return FunctionType(stub_of(code_of(code)) if is_known(code) else code, *args, **kwargs)


class MadeByAnnotationlib(metaclass=_MakesFunctions):
    """What annotationlib (3.14+) finds as ``types.FunctionType``: the code of a watched function stays on the machine.

    To read annotations as text it makes functions of the code of ``__annotate__``, with globals that are not there.
    """


@special(TracebackType)
def serve_traceback_type(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``types.TracebackType(next, frame, lasti, lineno)`` takes a machine frame too."""
    args = [mirror.ghost_of(value) if type(value) is Frame else value for value in args]
    kwargs = {name: mirror.ghost_of(value) if type(value) is Frame else value for name, value in kwargs.items()}
    natively(frame, TracebackType, args, kwargs)


def serve_frame_locals_type(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``type(f.f_locals)(frame)`` takes a machine frame too (3.13+)."""
    if len(args) == 1 and not kwargs and type(args[0]) is Frame:
        frame.stack.append(FrameLocals(args[0]))
    else:
        natively(frame, FrameLocals.host_type, args, kwargs)


if PY313:
    SPECIAL[FrameLocals.host_type] = serve_frame_locals_type


@special(super)
def serve_super(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``super()`` finds the class in the cell ``__class__``, and ``self`` in the first argument."""
    if args or kwargs:
        return natively(frame, super, args, kwargs)
    code = frame.code
    if not code.co.co_argcount:
        raise RuntimeError("super(): no arguments")
    self = frame.fast[0]
    taken_over = dict(code.cell_arguments).get(0) if self is NULL else None  # 3.10: the argument moved into a cell
    if taken_over is not None:
        self = value_of(frame, taken_over)
    elif 0 in code.cells:
        self = value_of(frame, 0)
    if self is NULL:
        raise RuntimeError("super(): arg[0] deleted")
    if "__class__" not in code.co.co_freevars:
        raise RuntimeError("super(): __class__ cell not found")
    try:
        cls = frame.fast[code.index_of_fast["__class__"]].cell_contents
    except ValueError:
        cls = NULL
    if cls is NULL:
        raise RuntimeError("super(): empty __class__ cell")
    frame.stack.append(super(cls, self))
    return None


# -- eval and exec ----------------------------------------------------------------------------------------------


def namespaces(frame: Frame, f_globals: Any, f_locals: Any) -> tuple[Any, Any]:
    """Return the globals and locals for ``eval`` and ``exec``: the frame's own where none are given."""
    if f_globals is None:
        f_globals = frame.f_globals
        if f_locals is None:
            f_locals = locals_of(frame)
    elif f_locals is None:
        f_locals = f_globals
    if "__builtins__" not in f_globals:
        f_globals["__builtins__"] = builtins
    return f_globals, f_locals


def push_code(frame: Frame, co: CodeType, f_globals: Any, f_locals: Any, closure: Any, then: Any) -> Any:
    """Push the frame of a code object that runs in given namespaces."""
    builtin = f_globals["__builtins__"]
    f_builtins = builtin.__dict__ if is_a(builtin, ModuleType) else builtin  # any mapping may stand for them
    code = code_of(co)
    function = in_place_of_function(f_globals, f_builtins, closure, co.co_name, code.qualname)
    callee = make_frame(code, function, list(code.unbound), f_locals, frame, frame.thread)
    callee.then = then
    begun = begin(callee)
    if begun is callee:
        return callee
    frame.stack.append(begun)
    return None


def compiled(frame: Frame, source: Any, mode: str) -> CodeType:
    """Compile what ``eval`` or ``exec`` was given, as the host would in this frame."""
    if is_a(source, CodeType):
        return source
    if mode == "eval":
        source = source.lstrip(" \t" if is_a(source, str) else b" \t")
    return call_natively(frame, compile, (source, "<string>", mode))  # type: ignore[no-any-return]


def is_simple(args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Tell whether the machine can serve a call of ``eval`` or ``exec`` (else the host says what is wrong)."""
    if not 1 <= len(args) <= 3 or not kwargs.keys() <= {"globals", "locals", "closure"}:
        return False
    source, f_globals, f_locals = _arguments(args, kwargs)
    return (
        is_a(source, (str, bytes, bytearray, CodeType))
        and (f_globals is None or type(f_globals) is dict)
        and (f_locals is None or hasattr(type(f_locals), "__getitem__"))
    )


def _arguments(args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
    source, f_globals, f_locals = [*args, None, None][:3]
    return source, kwargs.get("globals", f_globals), kwargs.get("locals", f_locals)


@special(eval)
def serve_eval(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """``eval`` in a frame of its own, on the machine."""
    source, f_globals, f_locals = _arguments(args, kwargs) if is_simple(args, kwargs) else (None, None, None)
    if source is None or (is_a(source, CodeType) and source.co_freevars):
        return natively(frame, eval, args, kwargs)
    sys.audit("exec", source) if is_a(source, CodeType) else None
    f_globals, f_locals = namespaces(frame, f_globals, f_locals)
    return push_code(frame, compiled(frame, source, "eval"), f_globals, f_locals, None, None)


def discard(frame: Frame, back: Frame, value: Any) -> Frame:
    """The result of ``exec`` is None, whatever the code's is."""
    back.stack.append(None)
    return back


@special(exec)
def serve_exec(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """``exec`` in a frame of its own, on the machine."""
    source, f_globals, f_locals = _arguments(args, kwargs) if is_simple(args, kwargs) else (None, None, None)
    closure = kwargs.get("closure")
    fits = is_a(source, CodeType) and is_a(closure, tuple) and len(closure) == len(source.co_freevars)
    needs = is_a(source, CodeType) and bool(source.co_freevars)
    if source is None or (needs and not fits) or (closure is not None and not needs):
        return natively(frame, exec, args, kwargs)
    sys.audit("exec", source) if is_a(source, CodeType) else None
    f_globals, f_locals = namespaces(frame, f_globals, f_locals)
    return push_code(frame, compiled(frame, source, "exec"), f_globals, f_locals, closure, discard)


@special(warned.host_warn)
def serve_warn(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``warnings.warn``, taken from its module before the machine was at work."""
    frame.stack.append(call_natively(frame, warned.warn, args, kwargs))


# -- sys --------------------------------------------------------------------------------------------------------


def _getframe(depth: int = 0, /) -> Any:
    """Return the frame of the caller, or of the ``depth``-th caller of it."""
    frame = mirror.visible_frame(max(depth, 0))
    if frame is None:
        raise ValueError("call stack is not deep enough")
    return frame


def _getframemodulename(depth: int = 0) -> Any:
    """Return the name of the module in which the caller's function was made (3.12+)."""
    frame = mirror.visible_frame(max(depth, 0))
    return None if frame is None else frame.f_globals.get("__name__")


def _current_frames() -> dict[int, Any]:
    """Return the topmost visible frame of each thread."""
    return {ident: mirror.visible(frame) for ident, frame in _host_current_frames().items()}


_host_current_frames = sys._current_frames


def exc_info() -> tuple[Any, Any, Any]:
    """Return the exception that is being handled: its type, the exception, its traceback.

    3.10 keeps the traceback beside the exception, where the machine's own entries would show.
    """
    kind, error, traceback = _host_exc_info()
    return kind, error, mirror.without_machine(traceback)


_host_exc_info = sys.exc_info


def refuse_tracing(name: str) -> Callable[..., None]:
    """Make the replacement of ``sys.settrace`` or ``sys.setprofile``."""

    def refuse(function: Any, /) -> None:
        if function is not None:
            raise UsageError(
                f"sys.{name}() would trace the machine itself, not the program that runs on it; "
                "use `lasti steps` on a recording, or run the program without the machine"
            )

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def replacements() -> list[tuple[Any, str, Any]]:
    """Return (module, name, function) of what is replaced while a machine is at work."""
    replaced: list[tuple[Any, str, Any]] = [
        *warned.replacements(),
        (sys, "_getframe", _getframe),
        (sys, "_current_frames", _current_frames),
        (sys, "settrace", refuse_tracing("settrace")),
        (sys, "setprofile", refuse_tracing("setprofile")),
    ]
    if not PY311:
        replaced.append((sys, "exc_info", exc_info))
    if PY312:
        replaced.append((sys, "_getframemodulename", _getframemodulename))
    if PY314:
        import annotationlib  # type: ignore[import-not-found,unused-ignore]

        types = SimpleNamespace(**{**vars(annotationlib.types), "FunctionType": MadeByAnnotationlib})
        replaced.append((annotationlib, "types", types))
    return replaced


# By address: a type in a set would be asked for its hash, which its metaclass may have in Python.
IN_DISGUISE: set[int] = {id(Frame), id(FrameLocals)}
