"""Before the native engine is used it proves itself: on a coroutine whose every slot is known.

The extension is built against the headers of one Python; should it be loaded by a build whose frames lie otherwise, it
must not be believed.  From 3.13 CPython itself says where things lie (``_PyRuntime.debug_offsets``), which is compared
first.  ``complaint`` says what is wrong, in words, or nothing.
"""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from typing import Any

from ..events import NULL
from .extension import built, extension, is_stale

EXPECTED_LOCALS = [41, "the second"]
EXPECTED_STACK = [7, (1, "one")]


class _Waits:
    """What the coroutine waits for."""

    def __await__(self) -> Any:
        yield self


async def _known(first: int, second: str) -> Any:
    return (7, (1, "one"), await _Waits())[0] + first + len(second)


def missing() -> str:
    """Say why there is no extension."""
    record = built()
    if record is not None and is_stale(record):
        return "the C extension was built from older sources: install lasti again (pip install -e .)"
    return "the C extension is not there"


@cache
def complaint() -> str:
    """Return what is wrong with the extension on this Python, "" when nothing is."""
    record = extension()
    if record is None:
        return missing()
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "this is a free-threaded build of Python"
    if hasattr(sys, "gettotalrefcount"):
        return "this is a debug build of Python"
    for name, (told, known) in record.offsets().items():
        if told != known:
            return f"this Python was built otherwise than its headers say ({name}: {told}, not {known})"
    coroutine: Any = _known(41, "the second")
    try:
        coroutine.send(None)
        locals_, stack = record.slots(coroutine.cr_frame, len(EXPECTED_STACK), NULL)
    finally:
        coroutine.close()
    if locals_ != EXPECTED_LOCALS or stack != EXPECTED_STACK:
        return f"a frame does not lie where it should (read {locals_!r} and {stack!r})"
    return ""
