"""The C extension, where it could be built.

Without a compiler lasti is installed all the same: then there is no native engine, and the recorder is the one in
Python.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def extension() -> Any:
    """Return the C extension, None where it was not built or does not load."""
    try:
        from . import _record  # type: ignore[attr-defined]
    except ImportError:
        return None
    return _record
