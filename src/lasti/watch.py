"""Which modules are watched, and the hook through which they reach the machine.

Without patterns the program and the modules under its folders are watched, never the standard library, what
``pip`` installed, or lasti itself, even where these lie under such a folder.  A pattern is matched against a module's
name (``fnmatch``: ``*`` matches dots too) or, when it holds a slash, against its file.  Of lasti itself a pattern
reaches the case study alone, ``lasti.scanner``, which is a program like any other.

Every module that Python loads from a source file, from ``.pyc`` or from a zip file is run by one line of importlib,
``_call_with_frames_removed(exec, code, module.__dict__)``, and with ``-m`` by one of runpy, ``exec(code, globals)``.
The hook gives these two modules an ``exec`` of their own, which sends a watched module's code to the machine and
leaves the rest to the built-in one.  Finders, loaders, specs, ``.pyc`` caches, ``inspect.getsource`` stay as they are,
modules loaded by hand (``spec.loader.exec_module``) are found too, and tracebacks lose importlib's frames as ever.
It does not see what is compiled and run otherwise (pytest's rewritten test modules, ``exec`` in a program).

Source: CPython Lib/importlib/_bootstrap_external.py (``_LoaderBasics.exec_module``), Lib/runpy.py (``_run_code``).
"""

from __future__ import annotations

import builtins
import os
import runpy
import sys
from contextlib import contextmanager
from fnmatch import fnmatchcase
from importlib import _bootstrap_external
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType

host_exec = builtins.exec  # whatever the machine makes of the program's
STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
INSTALLED = frozenset({"site-packages", "dist-packages"})


class Watch:
    """Tells of a module whether it is watched: by ``patterns`` when there are any, else by ``folders``."""

    def __init__(self, patterns: Sequence[str] = (), folders: Sequence[str] = ()) -> None:
        self.patterns = tuple(patterns)
        self.folders = tuple(folders)
        self._unmatched = dict.fromkeys(self.patterns)  # a set that keeps the order
        self._noted: set[str] = set()  # files of watched modules that have run
        self._texts: dict[int, CodeType] = {}  # and the code objects, by id, of texts that they have run

    def matches(self, names: Sequence[str], path: str | None) -> bool:
        """Tell whether the module is watched that is called ``names`` (the program: ``__main__`` and its own name)."""
        if is_own(path) and not (self.patterns and _is_case_study(path)):
            return False
        if not self.patterns:
            return "__main__" in names or (path is not None and any(lies_under(path, each) for each in self.folders))
        found = [pattern for pattern in self.patterns if _matches(pattern, names, path)]
        for pattern in found:
            self._unmatched.pop(pattern, None)
        return bool(found)

    def note(self, code: CodeType) -> None:
        """Remember that the module with this code is watched."""
        if is_of_text(code):
            self._note_text(code)
        else:
            self._noted.add(code.co_filename)

    def _note_text(self, code: CodeType) -> None:
        """Remember source text that is run: all texts are called "<string>", whoever has them run."""
        self._texts[id(code)] = code
        for constant in code.co_consts:
            if isinstance(constant, type(code)):
                self._note_text(constant)

    def has_noted(self, code: CodeType) -> bool:
        """Tell whether a code object belongs to such a module."""
        return id(code) in self._texts if is_of_text(code) else code.co_filename in self._noted

    def complaints(self) -> list[str]:
        """Return one sentence for each pattern that matched no module so far."""
        return [_complaint(pattern) for pattern in self._unmatched]


def _matches(pattern: str, names: Sequence[str], path: str | None) -> bool:
    if not _is_path(pattern):
        return any(fnmatchcase(name, pattern) for name in names)
    if path is None:
        return False
    wanted = os.path.abspath(os.path.expanduser(pattern))
    return fnmatchcase(path, os.path.join(wanted, "*") if pattern[-1] in "/\\" else wanted)


def _is_path(pattern: str) -> bool:
    return "/" in pattern or os.sep in pattern


def _complaint(pattern: str) -> str:
    loaded = sorted(
        name
        for name, module in list(sys.modules.items())
        if name != "__main__" and _matches(pattern, [name], file_of(getattr(module, "__dict__", {})))
    )
    if loaded:
        why = "was loaded before the program began, or is not written in Python"
        return f"--watch {pattern!r}: {loaded[0]} is not watched: it {why}"
    return f"--watch {pattern!r} matched no module that the program loaded"


def is_of_text(code: CodeType) -> bool:
    """Tell whether a code object comes from no file but a text: that of ``-c``, or one for ``exec``."""
    return code.co_filename.startswith("<")


def is_of_file(code: CodeType) -> bool:
    """Tell whether a code object comes from a file that is there; ``compile`` gives a text whatever name it is told."""
    return not is_of_text(code) and os.path.exists(code.co_filename)


# -- files and folders ------------------------------------------------------------------------------------------


def is_own(path: str | None) -> bool:
    """Tell whether ``path`` is a file of lasti's."""
    return path is not None and path.startswith(OWN_FOLDER + os.sep)


def _is_case_study(path: str | None) -> bool:
    return path is not None and path.startswith(os.path.join(OWN_FOLDER, "scanner", ""))


def lies_under(path: str, folder: str) -> bool:
    """Tell whether the file ``path`` is the program's, that is under ``folder`` and neither installed nor Python's."""
    inside = os.path.join(folder, "")
    if not path.startswith(inside) or path.startswith(STANDARD_LIBRARY + os.sep):
        return False
    return INSTALLED.isdisjoint(path[len(inside) :].split(os.sep))


def is_installed(folder: str) -> bool:
    """Tell whether ``folder`` holds what came with Python or was installed."""
    return (folder + os.sep).startswith(STANDARD_LIBRARY + os.sep) or not INSTALLED.isdisjoint(folder.split(os.sep))


def file_of(module_globals: dict[str, Any]) -> str | None:
    """Return the absolute path of the file that a module came from, None when it has none."""
    path = module_globals.get("__file__")
    return os.path.abspath(path) if isinstance(path, str) else None


def names_of(module_globals: dict[str, Any]) -> list[str]:
    """Return the names of a module: its ``__name__``, and that of its spec (the program under ``-m`` has both)."""
    found = [module_globals.get("__name__"), getattr(module_globals.get("__spec__"), "name", None)]
    return [name for name in dict.fromkeys(found) if isinstance(name, str)]


# -- the hook ---------------------------------------------------------------------------------------------------


@contextmanager
def hooked(watch: Watch, execute: Callable[[CodeType, dict[str, Any]], None]) -> Iterator[None]:
    """Run the code of watched modules with ``execute(code, globals)`` while the context lasts."""

    def exec(code: CodeType, module_globals: dict[str, Any]) -> None:  # noqa: A001  (it takes the built-in's place)
        if watch.matches(names_of(module_globals), file_of(module_globals)):
            execute(code, module_globals)
        else:
            host_exec(code, module_globals)

    places: list[Any] = [_bootstrap_external, runpy]
    for place in places:
        place.exec = exec
    try:
        yield
    finally:
        for place in places:
            del place.exec
