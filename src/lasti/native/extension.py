"""The C extension, where it could be built.

Without a compiler lasti is installed all the same: then there is no native engine, and the recorder is the one in
Python.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def extension() -> Any:
    """Return the C extension, None where it was not built, does not load, or was built from older sources."""
    record = built()
    return None if record is None or is_stale(record) else record


def built() -> Any:
    """Return the extension that was built, whatever its sources, None where it was not or does not load."""
    try:
        from . import _record  # type: ignore[attr-defined]
    except ImportError:
        return None
    return _record


def is_stale(record: Any, folder: Path = Path(__file__).parent) -> bool:
    """Tell whether the C sources that a checkout has beside this file are others than those of ``record``."""
    sources = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h"))
    known = getattr(record, "sources", None)
    return bool(sources) and known != 0 and known != zlib.crc32(b"".join(path.read_bytes() for path in sources))
