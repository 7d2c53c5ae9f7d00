"""`lasti run` on each engine: each form of a program once, how it ends, and the picture after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from launcher import Ended, python

from lasti.native.proof import complaint
from lasti.versions import PY312

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
import sys, helper

def letters(word):
    for letter in word:
        yield letter

class Box:
    def __init__(self, *args, **kwargs):
        self.args = args, kwargs

print(__name__, __file__ if "__file__" in globals() else None, sys.argv)
print("-".join(letters(helper.word())), sorted([3, 1, 2], key=lambda x: -x), Box(1, a=2).args)
if sys.argv[-1] == "fail":
    helper.fail()
sys.exit(3)
"""

HELPER = """\
def word():
    return "abc"

def fail():
    try:
        {}["key"]
    except KeyError as error:
        raise ValueError("of the helper") from error
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prog.py").write_text(PROGRAM)
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(PROGRAM)
    (tmp_path / "package" / "helper.py").write_text(HELPER)
    return tmp_path


ENGINE = ["--engine", "machine"]  # of the test that runs


@pytest.fixture(autouse=True, params=["native", "machine"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "native" and complaint():
        pytest.skip(f"no native engine here: {complaint()}")
    ENGINE[1] = request.param
    return ENGINE[1]


def lasti(command: str, *words: str, cwd: Path, stdin: str = "") -> Ended:
    return python("-m", "lasti", command, *ENGINE, *words, cwd=cwd, stdin=stdin)


@pytest.mark.parametrize("last", ["succeed", "fail"])
@pytest.mark.parametrize(
    "words", [["prog.py"], ["-m", "prog"], ["-c", PROGRAM], ["package"], ["-"]], ids=lambda w: w[0]
)
def test_as_python(folder: Path, words: list[str], last: str) -> None:
    stdin = PROGRAM if words == ["-"] else ""
    host = python(*words, last, cwd=folder, stdin=stdin)
    assert host.code == (1 if last == "fail" else 3)
    assert lasti("run", "--quiet", *words, last, cwd=folder, stdin=stdin) == host
    # With the picture everything else is the same.
    shown = lasti("run", *words, last, cwd=folder, stdin=stdin)
    assert (shown.code, shown.err) == (host.code, host.err)
    assert shown.out.startswith(host.out + "\nResumed (->) and suspended (<-), ")
    assert "  ->  for letter in word:" in shown.out


def test_the_source_of_a_command_and_of_standard_input_is_in_the_picture(folder: Path) -> None:
    source = "def g():\n    yield 1\nlist(g())\n"
    for words in (["-c", source], ["-"]):
        shown = lasti("run", *words, cwd=folder, stdin=source)
        assert "  <-> yield 1\n" in shown.out


@pytest.mark.parametrize(("words", "is_said"), [([], True), (["--quiet"], False)])
def test_a_program_without_generators_gets_a_hint(folder: Path, words: list[str], is_said: bool) -> None:
    ended = lasti("run", *words, "-c", "print(sum(x for x in range(3)))", cwd=folder)
    said = "lasti: nothing was suspended: the program has no generator or coroutine that ran\n" if is_said else ""
    assert ended == Ended(0, "3\n", said)
    assert lasti("run", *words, "-c", "print(1); raise SystemExit('x')", cwd=folder) == Ended(1, "1\n", "x\n")


def test_recording_changes_nothing_that_is_seen(folder: Path) -> None:
    record = ("run", "-o", "run.lasti")
    for last in ("succeed", "fail"):
        plain = lasti("run", "prog.py", last, cwd=folder)
        assert lasti(*record, "prog.py", last, cwd=folder) == plain
        assert (folder / "run.lasti").read_bytes()[:16] == b"SQLite format 3\0"
        host = python("prog.py", last, cwd=folder)
        assert lasti(*record, "--quiet", "prog.py", last, cwd=folder) == host


def test_the_picture_in_an_encoding_that_lacks_a_character(folder: Path) -> None:
    (folder / "accents.py").write_text("def g():\n    yield 'é→'\nlist(g())\n", encoding="utf-8")
    ended = python("-m", "lasti", "run", *ENGINE, "accents.py", cwd=folder, env={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.err) == (0, "")
    assert r"yield '\xe9\u2192'" in ended.out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_no_room_for_the_picture(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "lasti", "run", *ENGINE, "-c", "def g():\n    yield\nlist(g())"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.stderr.startswith("lasti: cannot write to standard output: No space left on device\n")
    assert "close" not in done.stderr


def test_colours_when_asked_for(folder: Path) -> None:
    source = "def g():\n    yield 1\nlist(g())\n"
    assert "\x1b[" in lasti("run", "--color", "always", "-c", source, cwd=folder).out
    assert "\x1b[" not in lasti("run", "-c", source, cwd=folder).out


def test_exit_functions_and_threads_come_before_the_picture(folder: Path) -> None:
    source = """\
import atexit, threading
def numbers():
    yield 1
    yield 2
atexit.register(lambda: print("at exit", list(numbers())))
gate = threading.Event()
threading.Thread(target=lambda: (gate.wait(), print("thread", list(numbers())))).start()
print("main")
gate.set()
"""
    ended = lasti("run", "-c", source, cwd=folder)
    before, picture = ended.out.split("\nResumed")
    assert before == "main\nthread [1, 2]\nat exit [1, 2]\n"
    assert "def numbers():   # 2 activations" in picture
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt(folder: Path) -> None:
    source = "import signal\ndef g():\n    yield 1\nlist(g())\nsignal.raise_signal(signal.SIGINT)\n"
    (folder / "interrupted.py").write_text(source)
    host = python("interrupted.py", cwd=folder)
    assert host.code == -signal.SIGINT
    assert lasti("run", "--quiet", "interrupted.py", cwd=folder) == host
    shown = lasti("run", "interrupted.py", cwd=folder)
    assert (shown.code, shown.err) == (host.code, host.err)
    assert "  <-> yield 1\n" in shown.out


def test_a_test_module_is_watched_and_its_runner_is_not(folder: Path) -> None:
    (folder / "test_it.py").write_text("""\
import sys, unittest

class Tests(unittest.TestCase):
    def test_one(self):
        self.assertEqual(sys._getframe().f_code.co_name, "test_one")

    def test_two(self):
        self.assertTrue(False)
""")
    words = ["--watch", "test_it", "-m", "unittest", "test_it"]
    host = python("-m", "unittest", "test_it", cwd=folder)
    ours = lasti("run", *words, cwd=folder)
    assert ours.code == host.code
    timeless = [line for line in host.err.splitlines() if not line.startswith("Ran ")]
    assert [line for line in ours.err.splitlines() if not line.startswith("Ran ")] == timeless


BREAKS = """\
def inner(x):
    y = [x]
    breakpoint()
    return y

def outer(z):
    return inner(z + 1)

print(outer(3))
"""


def test_a_breakpoint_s_prompt_looks_around(folder: Path) -> None:
    (folder / "breaks.py").write_text(BREAKS)
    said = "p x, y\n!y.append(5)\nn\nup\np z\nc\n"
    ended = lasti("run", "--engine", "machine", "--quiet", "breaks.py", cwd=folder, stdin=said)
    assert (ended.code, ended.err) == (0, "")
    refusal = "the machine cannot step: look around, then c(ontinue) or q(uit); `lasti view` goes back and forth"
    assert ended.out.splitlines() == [
        f"> {folder / 'breaks.py'}(3)inner()", "-> breakpoint()", "(Pdb) (4, [4])", f"(Pdb) (Pdb) *** {refusal}",
        f"(Pdb) > {folder / 'breaks.py'}(7)outer()", "-> return inner(z + 1)", "(Pdb) 3", "(Pdb) [4, 5]",
    ]  # fmt: skip


def test_a_breakpoint_s_prompt_quits(folder: Path) -> None:
    (folder / "breaks.py").write_text(BREAKS)
    ended = lasti("run", "--engine", "machine", "--quiet", "breaks.py", cwd=folder, stdin="q\n")
    assert ended.code == 1
    assert ended.err.splitlines()[-1] == "bdb.BdbQuit"


@pytest.mark.skipif(PY312, reason="sys.monitoring and a trace function do not get into each other's way")
def test_a_trace_function_of_the_program_s_own(folder: Path, engine: str) -> None:
    source = "import sys\nsys.settrace(lambda *_: None)\ndef g():\n    yield 1\nprint(*g())\n"
    ended = lasti("run", "-c", source, cwd=folder)
    if engine == "machine":
        assert "sys.settrace() would trace the machine itself" in ended.err
    else:
        said = "lasti: the program has set a trace function of its own: what came after that was not recorded\n"
        assert ended == Ended(0, "1\n", said)
