"""Exceptions that cannot be raised, because no caller would get them: reported through ``sys.unraisablehook``."""

from __future__ import annotations

import sys
from typing import Any

from ..versions import PY314

_arguments_type: Any = None


def write_unraisable(error: BaseException, source: Any, doing: str) -> None:
    """Report ``error``, which came out of ``source`` (an object), as CPython's ``PyErr_WriteUnraisable`` does.

    From 3.14 the report says in words what was being done to it, such as "closing generator".
    """
    message = f"Exception ignored while {doing} {source!r}" if PY314 else None
    arguments = _type_of_arguments()((type(error), error, error.__traceback__, message, None if PY314 else source))
    try:
        sys.unraisablehook(arguments)
    finally:
        del arguments, error


def _type_of_arguments() -> Any:
    # UnraisableHookArgs has no public name: provoke one.
    global _arguments_type
    if _arguments_type is None:

        class Failing:
            def __del__(self) -> None:
                raise SystemError

        seen: list[Any] = []
        hook, sys.unraisablehook = sys.unraisablehook, lambda arguments: seen.append(type(arguments))
        try:
            Failing()
        finally:
            sys.unraisablehook = hook
        _arguments_type = seen[0]
    return _arguments_type
