"""`lasti run` begins and ends a program as `python` does: every case runs on both, and must look the same."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from launcher import Ended, lasti_with_stand_in, python

from lasti.native.proof import complaint

if TYPE_CHECKING:
    from pathlib import Path

SHOW = """\
import sys, atexit
print([(k, str(v)) for k, v in globals().items() if k not in ("sys", "atexit")])
print(sys.argv, sys.path[0], sys.modules["__main__"].__dict__ is globals())
atexit.register(lambda: print("at exit:", "__file__" in globals(), "__cached__" in globals()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the program in every form in which Python takes one."""
    (tmp_path / "prog.py").write_text(SHOW)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link.py").symlink_to("../prog.py")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "__main__.py").write_text(SHOW)
    (tmp_path / "package" / "tool.py").write_text("from . import __name__ as parent; print(parent)\n" + SHOW)
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as file:
        file.writestr("__main__.py", "import other\n" + SHOW)
        file.writestr("other.py", "print(__name__, __file__[-17:])")
    return tmp_path


def same(*words: str, cwd: Path, stdin: str = "", flags: tuple[str, ...] = ()) -> Ended:
    """Run the words with python and with lasti on each engine; all must end in the same way."""
    host = python(*flags, *words, cwd=cwd, stdin=stdin)
    for engine in ("machine",) if complaint() else ("machine", "native"):
        ours = lasti_with_stand_in("run", "--quiet", *words, cwd=cwd, stdin=stdin, flags=flags, engine=engine)
        assert without_addresses(ours) == without_addresses(host)
    return host


def without_addresses(ended: Ended) -> Ended:
    return Ended(ended.code, *(re.sub("0x[0-9a-f]+", "0x", text) for text in (ended.out, ended.err)))


@pytest.mark.parametrize(
    "words",
    [
        ["prog.py"],
        ["./prog.py", "-a", "--", "b", "--quiet"],
        ["sub/link.py", "--help"],
        ["sub/../prog.py"],
        ["package"],
        ["package/", "-v"],
        ["app.zip", "x"],
        ["-m", "prog", "-c"],
        ["-mprog", "-c"],
        ["-m", "package"],
        ["-m", "package.tool", "x"],
        ["-m", "nothing.there"],
        ["-m", "package.nothing"],
        ["-c", SHOW, "-m", "x"],
        ["-c" + SHOW],
        ["-c", ""],
    ],
    ids=lambda words: " ".join(words)[:20].replace("\n", " "),
)
def test_begins_as_python(folder: Path, words: list[str]) -> None:
    same(*words, cwd=folder)


def test_begins_with_standard_input(folder: Path) -> None:
    assert "'-', 'x'" in same("-", "x", cwd=folder, stdin=SHOW).out


def test_begins_with_a_compiled_file(folder: Path) -> None:
    import py_compile

    py_compile.compile(str(folder / "prog.py"), str(folder / "compiled.pyc"))
    assert "SourcelessFileLoader" in same("compiled.pyc", "x", cwd=folder).out


@pytest.mark.parametrize("words", [["prog.py"], ["-m", "prog"], ["package"], ["-c", SHOW]], ids=lambda words: words[0])
def test_isolated_as_python(folder: Path, words: list[str]) -> None:
    # The stand-in's own import of lasti works without the folder of the script, too: lasti is installed.
    same(*words, cwd=folder, flags=("-I",))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import sys; sys.exit()", 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('a word')", 1),
        ("raise SystemExit(None)", 0),
        ("raise SystemExit(1, 2)", 1),
        ("raise SystemExit(-1)", 255),
        ("class Quits(SystemExit): code = 5\nraise Quits()", 5),
        ("def f():\n    raise ValueError('text')\nf()", 1),
        ("try:\n    1/0\nexcept Exception as e:\n    raise KeyError('k') from e", 1),
        ("try:\n    1/0\nexcept Exception:\n    undefined_name", 1),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E()", 1),
        ("x = = 1", 1),
        ("if 1:\n\tx\n        y", 1),
        ("import prog, broken", 1),
        ("import nothing", 1),
        ("import sys\nsys.excepthook = lambda t, e, tb: print('hook:', t.__name__, e, tb.tb_lineno)\n1/0", 1),
        ("import sys\ndef hook(t, e, tb): raise OSError('in the hook')\nsys.excepthook = hook\n1/0", 1),
        ("import sys\ndef hook(t, e, tb): sys.exit(9)\nsys.excepthook = hook\n1/0", 9),
        ("import sys\ndel sys.excepthook\n1/0", 1),
        ("import sys\nsys.stderr = None\n1/0", 1),
        ("print('before')\nimport sys\nsys.stdout.close()", 0),
        ("import atexit\natexit.register(print, 'last')\natexit.register(lambda: 1/0)\nprint('first')", 0),
        ("import sys, atexit\natexit.register(lambda: print(sys.last_value))\n1/0", 1),
        ("class D:\n    def __del__(self): print('gone')\nd = D()\nprint('end')", 0),
        ("import os\nprint('lost', end='')\nos._exit(7)", 7),
        ("import warnings\nwarnings.warn('look')", 0),
        ("import traceback\ntry: 1/0\nexcept Exception: traceback.print_exc()", 0),
        ("print(open(__file__).read() == __import__('inspect').getsource(__import__('__main__')))", 0),
        ("import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)", 0),
    ],
)  # fmt: skip
def test_ends_as_python(folder: Path, source: str, code: int) -> None:
    (folder / "prog.py").write_text("")
    (folder / "broken.py").write_text("def f():\n    return 1/0\nf()\n")
    (folder / "case.py").write_text(source)
    assert same("case.py", cwd=folder).code == code


@pytest.mark.parametrize("source", ["def f():\n    1/0\nf()", "import broken", "raise SystemExit('a word')", "x = = 1"])
def test_fails_as_python_whatever_the_form(folder: Path, source: str) -> None:
    for name in ("case.py", "package/__main__.py"):
        (folder / name).write_text(source)
    (folder / "broken.py").write_text("def f():\n    return 1/0\nf()\n")
    for words in (["-m", "case"], ["-c", source], ["package"]):
        assert same(*words, cwd=folder).code == 1
    assert same("-", cwd=folder, stdin=source).code == 1


def test_threads_are_joined_before_the_end(folder: Path) -> None:
    source = """\
import threading, atexit
atexit.register(print, "at exit")
gate = threading.Event()
def work():
    gate.wait()
    print("thread")
threading.Thread(target=work).start()
print("main is over")
gate.set()
"""
    (folder / "case.py").write_text(source)
    assert same("case.py", cwd=folder).out == "main is over\nthread\nat exit\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("source", ["raise KeyboardInterrupt", "import signal\nsignal.raise_signal(signal.SIGINT)"])
def test_an_interrupt_ends_the_process_by_its_signal(folder: Path, source: str) -> None:
    (folder / "case.py").write_text("import atexit\natexit.register(print, 'at exit')\n" + source)
    ended = same("case.py", cwd=folder)
    assert (ended.code, ended.out) == (-signal.SIGINT, "at exit\n")
    assert same("-m", "case", cwd=folder).code == -signal.SIGINT


def test_the_program_reads_standard_input(folder: Path) -> None:
    (folder / "case.py").write_text("import sys\nprint(input(), sys.stdin.read())")
    assert same("case.py", cwd=folder, stdin="one\ntwo").out == "one two\n"


def test_output_comes_out_when_it_is_printed(folder: Path) -> None:
    (folder / "case.py").write_text("print('first', flush=True)\ninput()\nprint('second')")
    script = os.path.join(os.path.dirname(__file__), "launcher.py")
    with subprocess.Popen(
        [sys.executable, script, "run", "--quiet", "case.py"],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "first\n"
        process.stdin.write("go on\n")
        process.stdin.close()
        assert process.stdout.read() == "second\n"


def test_a_forked_child_prints_no_picture(folder: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    source = "import os, sys\nif os.fork() == 0: sys.exit(0)\nos.wait()\nprint(1)\n"
    (folder / "case.py").write_text(source)
    ended = lasti_with_stand_in("run", "case.py", cwd=folder)
    assert (ended.out, ended.err.count("nothing was suspended")) == ("1\n", 1)


DEEP = """\
import sys
frame, names = sys._getframe(), []
while frame is not None:
    names.append(frame.f_code.co_name)
    frame = frame.f_back
def down():
    global depth
    depth += 1
    down()
depth = 0
try:
    down()
except RecursionError:
    print(names, depth)
"""


@pytest.mark.skipif(
    bool(complaint()), reason="only the native engine's program could see lasti's frames beneath its own"
)
@pytest.mark.parametrize("words", [["deep.py"], ["-m", "deep"], ["-c", DEEP]], ids=["file", "module", "command"])
def test_nothing_lies_beneath_the_program(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "deep.py").write_text(DEEP)
    host = python(*words, cwd=tmp_path)
    for options in (["--quiet"], ["--quiet", "-o", "run.lasti"]):
        assert python("-m", "lasti", "run", "--engine", "native", *options, *words, cwd=tmp_path) == host
