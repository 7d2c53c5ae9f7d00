"""The standard library of the running Python, as test material: its source files and their code objects."""

from __future__ import annotations

import sysconfig
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from codes import nested

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

LIBRARY = Path(sysconfig.get_path("stdlib"))


def source_files() -> list[Path]:
    """Return every Python file of the library, its test package included, installed packages not; sorted."""
    files = (path for path in LIBRARY.rglob("*.py") if not {"site-packages", "dist-packages"} & set(path.parts))
    return sorted(path for path in files if path.is_file())  # a distribution's library may have links to nowhere


def sample(count: int) -> list[Path]:
    """Return ``count`` files, spread evenly over the library."""
    files = source_files()
    return [files[index * len(files) // count] for index in range(count)]


def code_objects(path: Path) -> Iterator[CodeType]:
    """Compile a file and yield each code object in it; nothing for a file that is no valid source on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return
    yield from nested(code)
