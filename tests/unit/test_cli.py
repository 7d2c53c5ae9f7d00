"""The command line: help, version, what bad input gets, and what is imported when."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from launcher import Ended, lasti_with_stand_in, python, start

import lasti
from lasti import cli
from lasti.native.proof import complaint
from lasti.terminal import wants_colour

if TYPE_CHECKING:
    from pathlib import Path


def run_lasti(*words: str, cwd: Path | None = None, stdin: str = "", env: dict[str, str] | None = None) -> Ended:
    return python("-m", "lasti", *words, cwd=cwd, stdin=stdin, env=env)


# -- help and version -------------------------------------------------------------------------------------------


def test_version() -> None:
    assert run_lasti("--version") == Ended(0, f"lasti {lasti.__version__}\n", "")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdout__", sys.stdout)
    assert cli.main(words) == 0
    shown = capsys.readouterr().out
    assert "usage: lasti COMMAND" in shown
    assert "lasti run examples/coroutine.py" in shown
    for name, summary in cli.COMMANDS.items():
        assert f"  {name} " in shown
        assert summary in shown


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_list_of_commands_says_what_their_modules_say(name: str) -> None:
    if find_spec(f"lasti.commands.{name}") is None:
        pytest.skip("not there yet")
    docstring = cli.command_module(name).__doc__
    assert docstring is not None
    assert cli.COMMANDS[name] == docstring.splitlines()[0]


def test_help_of_run_teaches() -> None:
    ended = run_lasti("run", "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("usage: lasti run [options] PROGRAM | -m MODULE | -c CODE | -")
    for taught in ("examples:", "lasti run -o run.lasti prog.py", "--watch PATTERN", "--quiet", "--all-turns"):
        assert taught in ended.out


# -- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu", "x"], f"lasti: 'rnu' is no command (there are {', '.join(cli.COMMANDS)}); did you mean 'run'?"),
        (["prog.py", "-v"], "lasti: 'prog.py' is no command; to run it: lasti run prog.py -v"),
        (["--nope"], "lasti: unknown option '--nope'; see lasti --help"),
        (["run"], "lasti: name a program to run: a file, -m MODULE, -c CODE, or - for standard input"),
        (["run", "-m"], "lasti: -m needs the name of a module"),
        (["run", "-c"], "lasti: -c needs source text"),
        (["run", "porg.py"], "lasti: no such file: 'porg.py'; did you mean 'prog.py'?"),
        (["run", "prog"], "lasti: no such file: 'prog'; did you mean 'prog.py'?"),
        (["run", "sub/x.py"], "lasti: no such file: 'sub/x.py' (there is no folder 'sub')"),
        (["run", "json.tool"], "lasti: no such file: 'json.tool'; did you mean the module: -m json.tool?"),
        (["run", "zzzzzz.xyz"], "lasti: no such file: 'zzzzzz.xyz'"),
        (["run", "folder"], "lasti: 'folder' is a folder without a __main__.py: name a file, or a package with -m"),
        (["run", "binary"], "lasti: 'binary' is not Python source: it is a binary file (it has null bytes)"),
        (["run", "-o", "folder", "prog.py"], None),
        (["run", "-o", "nowhere/x.lasti", "prog.py"], None),
        (["run", "-o", "prog.py", "prog.py"], None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_gets_one_sentence_and_exit_code_2(tmp_path: Path, words: list[str], said: str | None) -> None:
    (tmp_path / "prog.py").write_text("print('ran')")
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\1\2\0")
    ended = lasti_with_stand_in(*words, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("lasti: ")
    assert ended.err.count("\n") == 1
    if said is not None:
        assert ended.err == said + "\n"
    assert (tmp_path / "prog.py").read_text() == "print('ran')"


@pytest.mark.parametrize(
    ("words", "named"), [(["--bogus"], "--bogus"), (["--engine", "steam"], "steam"), (["--color", "mauve"], "mauve")]
)
def test_unknown_options_of_run(words: list[str], named: str) -> None:
    ended = run_lasti("run", *words, "prog.py")
    assert ended.code == 2
    assert ended.err.startswith("usage: lasti run")
    assert named in ended.err.splitlines()[-1]


def test_standard_input_that_is_no_program() -> None:
    ended = lasti_with_stand_in("run", "-", stdin="x\0y")
    assert (ended.code, ended.err) == (2, "lasti: standard input is not Python source: it has null bytes\n")


def test_a_compiled_file_of_another_python(tmp_path: Path) -> None:
    (tmp_path / "old.pyc").write_bytes(b"\x01\x02\r\n" + bytes(12))
    ended = lasti_with_stand_in("run", "old.pyc", cwd=tmp_path)
    assert ended.code == 2
    assert re.match(r"lasti: cannot read '.*old\.pyc' on Python 3\.\d+\.\d+.*: bad magic number", ended.err)


def test_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    from lasti.errors import UsageError
    from lasti.program import Program, prepare

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(sys, "argv", [*sys.argv])
    with pytest.raises(UsageError, match=r"^cannot read 'prog.py': Permission denied$"):
        prepare(Program("file", "prog.py"))


def test_an_unsupported_python(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "is_supported", lambda: False)
    assert cli.main(["run", "x.py"]) == 2
    version = sys.version.split()[0]
    assert capsys.readouterr().err == f"lasti: this is CPython {version}; lasti needs CPython 3.10 to 3.15\n"


def test_a_failure_of_the_machine_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("print(1)")
    ended = lasti_with_stand_in("run", "prog.py", cwd=tmp_path, env={"LASTI_FAIL": "1"})
    assert (ended.code, ended.out) == (70, "")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith(
        "lasti: the machine failed, not the program: UnsupportedOpcode: LOAD_FOO at byte 42 of 'main' (prog.py:7): "
    )
    assert ended.err.endswith("; please report it with this text\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
@pytest.mark.parametrize("words", [["--help"], ["run", "-c", "def g():\n yield\nprint(*g())"]], ids=["help", "run"])
def test_a_broken_pipe_is_quiet(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    launcher = os.path.join(os.path.dirname(__file__), "launcher.py")
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, launcher, *words]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, env=buffered) as process:
        os.close(writing)
        assert process.stderr is not None
        assert b"BrokenPipe" not in process.stderr.read()


def test_closed_output_streams() -> None:
    words = [sys.executable, "-m", "lasti", "--version"]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *words], check=False, timeout=60)
    assert done.returncode == 0


# -- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "own", "program"),
    [
        (["p.py", "--quiet"], [], ["p.py", "--quiet"]),
        (["--quiet", "p.py"], ["--quiet"], ["p.py"]),
        (["--watch", "x", "-o", "f", "p.py", "-o"], ["--watch", "x", "-o", "f"], ["p.py", "-o"]),
        (["--watch=x", "-m", "a.b", "-c"], ["--watch=x"], ["-m", "a.b", "-c"]),
        (["-ma.b", "-c"], [], ["-ma.b", "-c"]),
        (["-of.lasti", "-c", "pass"], ["-of.lasti"], ["-c", "pass"]),
        (["-", "x"], [], ["-", "x"]),
        (["--quiet", "--", "-odd.py", "--"], ["--quiet"], ["-odd.py", "--"]),
        (["--quiet"], ["--quiet"], []),
    ],
)
def test_what_follows_the_program_is_the_program_s(words: list[str], own: list[str], program: list[str]) -> None:
    from lasti.commands.run import split

    assert split(words) == (own, program)


@pytest.mark.parametrize(
    ("choice", "variables", "is_terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colours(
    choice: str, variables: dict[str, str], is_terminal: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Out:
        def isatty(self) -> bool:
            return is_terminal

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "__stdout__", Out())
    assert wants_colour(choice) is coloured


# -- what is imported when --------------------------------------------------------------------------------------

HEAVY = {"rich", "sqlite3", "asyncio", "dis", "inspect", "typing", "argparse", "re", "json", "ast", "tokenize", "enum"}


def imported(folder: Path, *words: str) -> set[str]:
    """Return the modules that ``lasti WORDS`` imports and ``python -c pass`` does not."""
    source = f"""\
import sys, os  # os: without -S, site would have imported it
sys.path.insert(0, {os.path.dirname(os.path.dirname(lasti.__file__))!r})
bare = set(sys.modules)
sys.argv[1:] = {list(words)!r}
from lasti.cli import main
main()
open("imported", "w").write(" ".join(set(sys.modules) - bare))
"""
    assert start([sys.executable, "-I", "-S", "-c", source], cwd=folder).code == 0
    return set((folder / "imported").read_text().split())


def test_version_imports_nothing_heavy(tmp_path: Path) -> None:
    assert imported(tmp_path, "--version") <= {
        "lasti",
        "lasti.cli",
        "lasti.errors",
        "lasti.terminal",
        "lasti.versions",
        "__future__",
    }


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    assert not imported(tmp_path, "--help") & HEAVY


@pytest.mark.parametrize("engine", ["machine", "native"])
def test_a_run_imports_no_recorder_nor_view_that_it_does_not_need(tmp_path: Path, engine: str) -> None:
    if engine == "native" and complaint():
        pytest.skip(f"no native engine here: {complaint()}")
    names = imported(tmp_path, "run", "--quiet", "--engine", engine, "-c", "pass")
    assert ("lasti.machine" in names) == (engine == "machine")
    assert not names & {"rich", "sqlite3", "asyncio", "lasti.trace.recorder", "lasti.view.interleaving"}
