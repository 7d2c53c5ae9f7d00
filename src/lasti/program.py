"""A program begins and ends here as it does under ``python``: what ``Modules/main.c`` does around the program's code.

``sys.argv``, ``sys.path[0]`` and the module ``__main__`` are made as ``python FILE``, ``python -m MODULE``,
``python -c CODE`` and ``python -`` make them on the running version; an exception that nobody caught is reported as the
interpreter reports it.  What runs the code is given as a function ``execute(code, globals)``, so that nothing here
knows of the machine.

Source: CPython Modules/main.c (``pymain_run_python``), Python/pythonrun.c (``PyRun_SimpleFile``, ``PyErr_PrintEx``).
"""

from __future__ import annotations

import builtins
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

from .errors import UsageError
from .versions import PY312, PY313, PY314, PY315

if TYPE_CHECKING:
    from collections.abc import Callable

    Execute = Callable[[CodeType, dict[str, Any]], None]

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Program:
    """What ``python`` was asked to run: a file (or a folder, or a zip file), a module, a command, standard input."""

    kind: Literal["file", "module", "command", "stdin"]
    target: str  # path, module name or source text; "-" for standard input
    args: tuple[str, ...] = ()

    @property
    def argv(self) -> list[str]:
        """``sys.argv`` as the program finds it when its search begins (``-m`` puts the file in place of ``-m``)."""
        first = {"file": self.target, "module": "-m", "command": "-c", "stdin": "-"}[self.kind]
        return [first, *self.args]

    @property
    def is_container(self) -> bool:
        """Tell whether it is a folder or a zip file, of which Python runs ``__main__``."""
        return self.kind == "file" and (os.path.isdir(self.target) or is_zip(self.target))


@dataclass
class Prepared:
    """A program that is ready to run: ``run(execute, call)`` once, then ``end()``.

    ``execute`` runs code in a module; by ``call`` the library's functions are called that do it (``function, *args``).
    """

    program: Program
    main: ModuleType
    run: Callable[[Execute, Callable[..., Any]], None]
    is_run_by_runpy: bool = False  # then runpy's frames lie beneath the program's, as under `python -m`
    sources: dict[str, list[str]] = field(default_factory=dict)  # by file name: what no file holds (-c, standard input)

    def end(self) -> None:
        """Take away what ``python`` takes away when the program's own code is over (its threads may still run)."""
        if not self.is_run_by_runpy and self.program.kind != "command":
            self.main.__dict__.pop("__file__", None)
            self.main.__dict__.pop("__cached__", None)


def prepare(program: Program) -> Prepared:
    """Make ``sys`` and ``__main__`` ready for ``program``; UsageError when there is nothing that could be run.

    A program that does not compile is prepared all the same: its SyntaxError comes out of ``run``, as under ``python``.
    """
    sys.argv[:] = program.argv
    if program.kind == "module" or program.is_container:
        return _prepare_by_runpy(program)
    code_of, attributes, folder = _READERS[program.kind](program)
    replace_first_path(folder)
    main = new_main(attributes)
    prepared = Prepared(program, main, lambda execute, _: execute(code_of(prepared.sources), main.__dict__))
    return prepared


# -- __main__ ---------------------------------------------------------------------------------------------------


def new_main(attributes: dict[str, Any]) -> ModuleType:
    """Put a new module ``__main__`` with ``attributes`` into ``sys.modules``, with what Python puts into it."""
    from importlib.machinery import BuiltinImporter

    main = ModuleType("__main__")
    main.__loader__ = BuiltinImporter
    if not PY314:
        main.__annotations__ = {}
    main.__dict__["__builtins__"] = builtins
    main.__dict__.update(attributes)
    sys.modules["__main__"] = main
    return main


def is_safe_path() -> bool:
    """Tell whether the interpreter was told to put no folder before its own on ``sys.path`` (``-P``, ``-I``)."""
    return bool(getattr(sys.flags, "safe_path", sys.flags.isolated))


def replace_first_path(folder: str) -> None:
    """Put ``folder`` where the interpreter put lasti's own, which is nowhere when it was told to be safe."""
    if not is_safe_path():
        sys.path[0] = folder


def absolute(path: str) -> str:
    """Return ``path`` behind the current folder, dots and all: so Python names the file it runs."""
    return os.path.join(os.getcwd(), path)


# -- files ------------------------------------------------------------------------------------------------------


def _read_file(program: Program) -> tuple[Any, dict[str, Any], str]:
    path = absolute(program.target)
    folder = os.path.dirname(os.path.realpath(path))
    if path.endswith(".pyc"):
        return _read_compiled(path, folder)
    data = _bytes_of(program.target)
    if b"\0" in data:
        raise UsageError(f"{program.target!r} is not Python source: it is a binary file (it has null bytes)")
    from importlib.machinery import SourceFileLoader

    return (lambda sources: _compile(data, path)), _file_attributes(SourceFileLoader("__main__", path), path), folder


def _read_compiled(path: str, folder: str) -> tuple[Any, dict[str, Any], str]:
    from importlib.machinery import SourcelessFileLoader

    loader = SourcelessFileLoader("__main__", path)
    try:
        code = loader.get_code("__main__")
    except (OSError, ImportError, EOFError, ValueError, TypeError) as error:
        raise UsageError(f"cannot read {path!r} on Python {sys.version.split()[0]}: {error}") from None
    return (lambda sources: code), _file_attributes(loader, path), folder


def _file_attributes(loader: Any, path: str) -> dict[str, Any]:
    attributes = {"__loader__": loader, "__file__": path}
    return attributes if PY315 else attributes | {"__cached__": None}


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise UsageError(f"no such file: {path!r}{nearby(path) or _module_named(path)}") from None
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from None


def nearby(path: str) -> str:
    """Return ``"; did you mean ...?"`` when a file in the same folder is called nearly so; else ""."""
    from difflib import get_close_matches

    folder, name = os.path.split(path)
    try:
        there = sorted(os.listdir(folder or "."))
    except OSError:
        return f" (there is no folder {folder!r})"
    near = get_close_matches(name, [each for each in there if each.endswith(".py") or "." not in each], n=3, cutoff=0.6)
    if name + ".py" in there:
        near = [name + ".py"]
    return f"; did you mean {' or '.join(repr(os.path.join(folder, each)) for each in near)}?" if near else ""


def _module_named(path: str) -> str:
    """Return ``"; did you mean the module ...?"`` when there is one of that name; else ""."""
    if os.sep not in path and all(part.isidentifier() for part in path.split(".")) and _is_module(path):
        return f"; did you mean the module: -m {path}?"
    return ""


def _is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _compile(source: str | bytes, filename: str) -> CodeType:
    return compile(source, filename, "exec", dont_inherit=True)


# -- commands and standard input --------------------------------------------------------------------------------


def _read_command(program: Program) -> tuple[Any, dict[str, Any], str]:
    source = program.target + "\n"
    if PY314:  # 3.14+: a command may be indented as a whole
        from textwrap import dedent

        source = dedent(source)

    def code_of(sources: dict[str, list[str]]) -> CodeType:
        sources["<string>"] = source.splitlines()
        code = _compile(source, "<string>")
        if PY313:
            _show_in_tracebacks(code, source)
        return code

    return code_of, {}, ""


def _show_in_tracebacks(code: CodeType, source: str) -> None:
    # 3.13+: tracebacks show the lines of a command.
    import linecache
    from typing import cast

    key = code if hasattr(linecache, "_interactive_cache") else "<string>"  # 3.13: a file name
    cast("Any", linecache)._register_code(key, source, "<string>")


def _read_stdin(program: Program) -> tuple[Any, dict[str, Any], str]:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read a program from")
    data = sys.stdin.buffer.read()
    if b"\0" in data:
        raise UsageError("standard input is not Python source: it has null bytes")

    def code_of(sources: dict[str, list[str]]) -> CodeType:
        sources["<stdin>"] = data.decode(errors="replace").splitlines()
        return _compile(data, "<stdin>")

    attributes = {"__file__": "<stdin>"} if PY315 else {"__file__": "<stdin>", "__cached__": None}
    return code_of, attributes, ""


_READERS: dict[str, Callable[[Program], tuple[Any, dict[str, Any], str]]] = {
    "file": _read_file,
    "command": _read_command,
    "stdin": _read_stdin,
}


# -- what runpy runs --------------------------------------------------------------------------------------------


def is_zip(path: str) -> bool:
    """Tell whether ``path`` is a zip file, by its contents."""
    import zipimport

    if not os.path.isfile(path):
        return False
    try:
        zipimport.zipimporter(path)
    except zipimport.ZipImportError:
        return False
    return True


def _prepare_by_runpy(program: Program) -> Prepared:
    # The interpreter calls this very function for -m, folders and zip files; its frames stand in their tracebacks.
    import runpy
    from typing import cast

    run_module_as_main = cast("Any", runpy)._run_module_as_main
    main = new_main({})
    if program.kind == "module":
        replace_first_path(os.getcwd())
        name, alter_argv = program.target, True
    else:
        _require_main(program.target)
        if is_safe_path():
            sys.path.insert(0, "")  # a container is searched even then
        sys.path[0] = absolute(program.target)
        name, alter_argv = "__main__", False

    def run(execute: Execute, call: Callable[..., Any]) -> None:
        own_exec = runpy.__dict__.get("exec")

        def exec(code: CodeType, module_globals: dict[str, Any]) -> None:  # noqa: A001  (it takes the built-in's place)
            # Once only: what the program itself runs with runpy goes its usual way.
            if own_exec is None:
                del runpy.__dict__["exec"]
            else:
                runpy.__dict__["exec"] = own_exec
            execute(code, module_globals)

        runpy.__dict__["exec"] = exec
        call(run_module_as_main, name, alter_argv)

    return Prepared(program, main, run, is_run_by_runpy=True)


def _require_main(path: str) -> None:
    if os.path.isdir(path) and not any(
        os.path.exists(os.path.join(path, name)) for name in ("__main__.py", "__main__.pyc")
    ):
        raise UsageError(f"{path!r} is a folder without a __main__.py: name a file, or a package with -m")


# -- the end ----------------------------------------------------------------------------------------------------


def without_own_frames(error: BaseException) -> BaseException:
    """Take the entries of lasti's own files out of the traceback of ``error``, and return ``error``."""
    entry = first = _program_s(error.__traceback__)
    while entry is not None:
        following = entry.tb_next
        kept = _program_s(following)
        if kept is not following:
            entry.tb_next = kept
        entry = kept
    return error.with_traceback(first)


def _program_s(entry: Any) -> Any:
    while entry is not None and entry.tb_frame.f_code.co_filename.startswith(OWN_FOLDER + os.sep):
        entry = entry.tb_next
    return entry


def flush_outputs() -> None:
    """Flush what the program wrote, standard error first, as Python does before it reports an exception."""
    for stream in (sys.stderr, sys.stdout):
        with suppress(Exception):  # closed, replaced, a broken pipe: Python is silent about it here
            stream.flush()


def report(error: BaseException) -> None:
    """Report an exception that nobody caught, through ``sys.excepthook``: ``PyErr_PrintEx``.

    A SystemExit that the hook raises comes out.
    """
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if PY312:
        sys.last_exc = error
    if not hasattr(sys, "excepthook"):
        print("sys.excepthook is missing", file=sys.stderr)
    hook = getattr(sys, "excepthook", sys.__excepthook__)
    try:
        hook(type(error), error, error.__traceback__)
    except SystemExit:
        raise
    except BaseException as second:
        without_own_frames(second)
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(second), second, second.__traceback__)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(error), error, error.__traceback__)
    flush_outputs()
