"""What the program and the host's library see of the machine: nothing of its host frames, all of its own.

While a machine is at work, a few attributes of built-in types answer for it:

* ``function.__code__`` is the program's code object, not the stub's that stands in for it;
* ``frame.f_back`` and ``sys._getframe`` walk one call stack in which machine frames stand where they run, between
  the host frames of unwatched code, and the machine's own host frames are left out;
* ``traceback.tb_frame``, ``tb_next`` and ``exception.__traceback__`` likewise.

The attributes are replaced in the types' own dictionaries, which ``gc.get_referents`` reaches; C code is not affected,
it reads the fields.  For C code a traceback's frame is a *ghost* (see ``code.py``) that leads to the machine's frame
through its ``f_trace``.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from types import FrameType, FunctionType, TracebackType
from typing import TYPE_CHECKING, Any

from ..events import NULL
from .code import ghost_frame
from .frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

runs: dict[int, Any] = {}  # id of the host frame of a Run -> the Run
stand_ins: dict[int, Any] = {}  # id of a stub's (or trampoline's) code -> Code, or None
bottoms: set[int] = set()  # ids of the code of host functions, beneath whose frames nothing is the program's

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

_function_code = FunctionType.__dict__["__code__"]
_frame_back = FrameType.__dict__["f_back"]
_tb_frame = TracebackType.__dict__["tb_frame"]
_tb_next = TracebackType.__dict__["tb_next"]
_exception_traceback = BaseException.__dict__["__traceback__"]
_exception_context = BaseException.__dict__["__context__"]
_exception_cause = BaseException.__dict__["__cause__"]

host_code: Callable[[Any], Any] = _function_code.__get__
host_back: Callable[[Any], Any] = _frame_back.__get__
host_tb_frame: Callable[[Any], Any] = _tb_frame.__get__
host_tb_next: Callable[[Any], Any] = _tb_next.__get__
host_traceback: Callable[[Any], Any] = _exception_traceback.__get__
set_host_traceback: Callable[[Any, Any], None] = _exception_traceback.__set__
# An exception's own, whatever its class makes of attributes.
context_of: Callable[[Any], Any] = _exception_context.__get__
set_context: Callable[[Any, Any], None] = _exception_context.__set__
cause_of: Callable[[Any], Any] = _exception_cause.__get__
set_cause: Callable[[Any, Any], None] = _exception_cause.__set__
host_getframe = sys._getframe


# -- frames -----------------------------------------------------------------------------------------------------


def is_own(code: Any) -> bool:
    """Tell whether host code ``code`` is the machine's, which no program shall see."""
    return id(code) in stand_ins or code.co_filename.startswith(OWN_FOLDER)


def visible(host: Any) -> Any:
    """Return what the program sees of the host frame ``host``: itself, a machine frame, or what lies beneath."""
    while host is not None:
        entered = runs.get(id(host))
        if entered is not None:
            return keep(entered.frame)
        code = host.f_code
        if not is_own(code):
            return host
        if id(code) in bottoms:
            return None
        host = host_back(host)
    return None


def keep(frame: Any) -> Any:
    """Note that ``frame``, and with it the frames beneath it, may outlive their calls; return it."""
    kept = frame
    while type(kept) is Frame and not kept.is_kept:
        kept.is_kept = True
        kept = kept.back
    return frame


def visible_frame(depth: int = 0) -> Any:
    """Return the frame that calls the function that calls this one, or one ``depth`` beneath; None past the last."""
    frame = visible(host_getframe(2))
    while depth > 0 and frame is not None:
        frame = frame.f_back
        depth -= 1
    return frame


# -- tracebacks -------------------------------------------------------------------------------------------------


def ghost_of(frame: Frame) -> FrameType:
    """Make the host frame that stands for ``frame`` in a traceback."""
    ghost = ghost_frame(frame.code, frame)
    ghost.f_trace = keep(frame)
    return ghost  # type: ignore[no-any-return]


def traceback_entry(frame: Frame, following: Any) -> TracebackType:
    """Make a traceback entry for ``frame`` at its current instruction, followed by ``following``."""
    code, pc = frame.code, frame.pc
    if pc < 0:  # nothing has run yet
        return TracebackType(following, ghost_of(frame), -1, code.first_line)
    line = code.lines[pc]
    return TracebackType(following, ghost_of(frame), code.raised_at[pc], -1 if line is None else line)


def without_machine(traceback: Any) -> Any:
    """Take the machine's host frames out of ``traceback`` (up to the first machine frame, behind which it is clean)."""
    while traceback is not None and is_own(host_tb_frame(traceback).f_code):
        traceback = host_tb_next(traceback)
    entry = traceback
    while entry is not None and type(host_tb_frame(entry).f_trace) is not Frame:
        following = host_tb_next(entry)
        kept = following
        while kept is not None and is_own(host_tb_frame(kept).f_code):
            kept = host_tb_next(kept)
        if kept is not following:
            _tb_next.__set__(entry, kept)
        entry = kept
    return traceback


def _get_tb_frame(traceback: Any) -> Any:
    host = host_tb_frame(traceback)
    frame = host.f_trace
    return frame if type(frame) is Frame else host


def _get_tb_next(traceback: Any) -> Any:
    return without_machine(host_tb_next(traceback))


def _get_traceback(error: Any) -> Any:
    found = host_traceback(error)
    if found is not None and is_own(host_tb_frame(found).f_code):
        found = without_machine(found)
    return found


# -- functions --------------------------------------------------------------------------------------------------


def _get_code(function: Any) -> Any:
    host = host_code(function)
    code = stand_ins.get(id(host))
    return host if code is None else code.co


# -- putting them in place --------------------------------------------------------------------------------------


def replace(cls: type, name: str, value: Any) -> None:
    """Put ``value`` into the dictionary of ``cls``, a built-in type too."""
    members = gc.get_referents(cls.__dict__)[0]
    members[name] = value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))  # drops what the interpreter cached of the type


def hide_from_collector(value: Any) -> None:
    """Leave an object, which refers to nothing, out of what ``gc.get_objects()`` shows."""
    ctypes.pythonapi.PyObject_GC_UnTrack(ctypes.py_object(value))


hide_from_collector(NULL)  # a program that held it would find its variable unbound


class Replaced:
    """A descriptor in a built-in type's dictionary: reads through ``get``, all else as the type's own."""

    def __init__(self, own: Any, get: Callable[[Any], Any], put: Callable[[Any, Any], None] | None = None) -> None:
        self.own = own
        self.get = get
        self.put = put
        self.__name__ = own.__name__
        self.__doc__ = own.__doc__
        self.__objclass__ = own.__objclass__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else self.get(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        if self.put is None:
            self.own.__set__(instance, value)
        else:
            self.put(instance, value)

    def __delete__(self, instance: Any) -> None:
        self.own.__delete__(instance)

    def __repr__(self) -> str:
        return repr(self.own)


def install(set_code: Callable[[Any, Any], None]) -> None:
    """Let the built-in types answer for the machine; ``set_code`` is called for ``function.__code__ = code``."""
    replace(FunctionType, "__code__", Replaced(_function_code, _get_code, set_code))
    replace(FrameType, "f_back", Replaced(_frame_back, lambda frame: visible(host_back(frame))))
    replace(TracebackType, "tb_frame", Replaced(_tb_frame, _get_tb_frame))
    replace(TracebackType, "tb_next", Replaced(_tb_next, _get_tb_next))
    replace(BaseException, "__traceback__", Replaced(_exception_traceback, _get_traceback))


def uninstall() -> None:
    """Put the built-in types' own attributes back."""
    replace(FunctionType, "__code__", _function_code)
    replace(FrameType, "f_back", _frame_back)
    replace(TracebackType, "tb_frame", _tb_frame)
    replace(TracebackType, "tb_next", _tb_next)
    replace(BaseException, "__traceback__", _exception_traceback)


def set_host_code(function: Any, code: Any) -> None:
    """Set the host's own ``__code__`` of ``function``."""
    _function_code.__set__(function, code)
