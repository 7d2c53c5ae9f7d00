"""Warnings: they name the place in the program, not in the machine.

``warnings.warn`` counts the frames that the program sees.  C code that warns (of a file that was never closed, say)
counts the host's; where that ends in the machine, the warning is issued anew for the frame that the machine runs.

Source: CPython Lib/warnings.py, Python/_warnings.c (``setup_context``).
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ..versions import PY313
from . import mirror
from .protocols import tp_name

host_warn = warnings.warn


def warn(
    message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, *, skip_file_prefixes: Any = ()
) -> None:
    """Issue a warning: ``warnings.warn``, whose ``stacklevel`` counts the frames that the program sees."""
    if isinstance(message, Warning):
        category = type(message)
    elif category is None:
        category = UserWarning
    if not (isinstance(category, type) and issubclass(category, Warning)):
        raise TypeError(f"category must be a Warning subclass, not '{tp_name(type(category))}'")
    if skip_file_prefixes and not isinstance(skip_file_prefixes, tuple):
        raise TypeError("skip_file_prefixes must be a tuple of strs.")
    if skip_file_prefixes:
        stacklevel = max(2, stacklevel)
    frame = _frame_to_warn_of(mirror.visible_frame(), stacklevel, tuple(skip_file_prefixes))
    _warn_of(frame, message, category, source)


def _warn_of(frame: Any, message: Any, category: Any, source: Any) -> None:
    """Issue a warning of what ``frame`` does at its line (None: there is no such frame)."""
    if frame is None:
        f_globals, filename, lineno = sys.__dict__, "<sys>" if PY313 else "sys", 0 if PY313 else 1
    else:
        f_globals, filename, lineno = frame.f_globals, frame.f_code.co_filename, frame.f_lineno
    module = f_globals.get("__name__", "<string>")
    registry = f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, category, filename, lineno, module, registry, None, source)


def _frame_to_warn_of(frame: Any, stacklevel: int, prefixes: tuple[str, ...]) -> Any:
    if stacklevel <= 0 or _is_importlib(frame):
        # Called from the import system itself: every frame counts.
        for _ in range(stacklevel - 1):
            frame = frame.f_back if frame is not None else None
        return frame
    for _ in range(stacklevel - 1):
        frame = frame.f_back if frame is not None else None
        while frame is not None and (
            _is_importlib(frame) or (prefixes and frame.f_code.co_filename.startswith(prefixes))
        ):
            frame = frame.f_back
    return frame


def _is_importlib(frame: Any) -> bool:
    filename = frame.f_code.co_filename if frame is not None else ""
    return "importlib" in filename and "_bootstrap" in filename


def _show(message: warnings.WarningMessage) -> None:
    """Show a warning that passed the filters; one that the machine's own code seems to cause is issued anew."""
    if not message.filename.startswith(mirror.OWN_FOLDER):
        _host_show(message)
        return
    frame = mirror.visible_frame()
    _warn_of(frame, message.message, message.category, message.source)


_host_show = warnings._showwarnmsg  # type: ignore[attr-defined]


def forget_own() -> None:
    """Let no module of lasti remember warnings: the same one, issued anew, is another one each time."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == __name__.partition(".")[0]:
            module.__dict__["__warningregistry__"] = None


def replacements() -> list[tuple[Any, str, Any]]:
    """Return (module, name, function) of what is replaced while a machine is at work."""
    return [(warnings, "warn", warn), (warnings, "_showwarnmsg", _show)]
