"""Exceptions that cannot be raised, because no caller would get them: reported through ``sys.unraisablehook``.

The machine reports those of its generators as the host reports those of its own.  Of those that the host reports (of
a ``__del__``, a weak reference's callback) the machine's host frames are left out.

Source: CPython Python/errors.c (``_PyErr_WriteUnraisableMsg``), Objects/genobject.c (``_PyGen_Finalize``).
"""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

from ..versions import PY314
from . import mirror
from .frame import Frame


def write_unraisable(error: BaseException, source: Any, doing: str) -> None:
    """Report ``error``, which came out of ``source`` (an object).

    From 3.14 the report says in words what was being done to it, such as "closing generator".
    """
    message = f"Exception ignored while {doing} {source!r}" if PY314 else None
    traceback = mirror.host_traceback(error) or _here()
    mirror.set_host_traceback(error, traceback)
    arguments = ARGUMENTS((type(error), error, traceback, message, None if PY314 else source))
    try:
        sys.unraisablehook(arguments)
    finally:
        del arguments, error, traceback


def _here() -> TracebackType | None:
    """Make a traceback of the frame that the program is in."""
    frame = mirror.visible_frame()
    if frame is None:
        return None
    if type(frame) is Frame:
        return mirror.traceback_entry(frame, None)
    return TracebackType(None, frame, frame.f_lasti, frame.f_lineno)


def report(arguments: Any, /) -> None:
    """Handle an unraisable exception, without the machine's frames: ``sys.__unraisablehook__``."""
    kind, error, _, message, source = arguments
    _host_hook(ARGUMENTS((kind, error, arguments.exc_traceback, message, source)))


def report_in_thread(arguments: Any, /) -> None:
    """Handle an exception that ended a thread, without the machine's frames: ``threading.__excepthook__``."""
    mirror.without_machine(arguments.exc_traceback)  # which takes them out for good
    _host_thread_hook(arguments)


_host_hook, _host_thread_hook = sys.__unraisablehook__, threading.__excepthook__


def replacements() -> list[tuple[Any, str, Any]]:
    """Return (module, name, function) of the hooks to replace while a machine is at work: those that are the host's."""
    found: list[tuple[Any, str, Any]] = []
    for module, name, host, own in (
        (sys, "unraisablehook", _host_hook, report), (threading, "excepthook", _host_thread_hook, report_in_thread)
    ):  # fmt: skip
        found.append((module, f"__{name}__", own))
        if getattr(module, name) is host:
            found.append((module, name, own))
    return found


def _type_of_arguments() -> Any:
    # UnraisableHookArgs has no public name: provoke one.
    class Failing:
        def __del__(self) -> None:
            raise SystemError

    seen: list[Any] = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda arguments: seen.append(type(arguments))
    try:
        Failing()
    finally:
        sys.unraisablehook = hook
    return seen[0]


ARGUMENTS = _type_of_arguments()
_traceback = ARGUMENTS.__dict__["exc_traceback"]


def install() -> None:
    """Let the arguments of an unraisable hook show the program's part of the traceback."""
    mirror.replace(ARGUMENTS, "exc_traceback", mirror.Replaced(_traceback, _get_traceback))


def _get_traceback(arguments: Any) -> TracebackType | None:
    found: TracebackType | None = mirror.without_machine(_traceback.__get__(arguments))
    error = arguments.exc_value
    if found is None and error is not None:
        # C code reported it, and put the frame there that had called it: the machine's own, in the program's place.
        found = mirror.without_machine(mirror.host_traceback(error)) or _here()
        mirror.set_host_traceback(error, found)
    return found


def uninstall() -> None:
    """Put the host's own attribute back."""
    mirror.replace(ARGUMENTS, "exc_traceback", _traceback)
