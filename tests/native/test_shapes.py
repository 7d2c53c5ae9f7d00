"""Objects of random classes, which change in every way that Python allows: both encoders see them alike, and let go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SHAPES = Path(__file__).with_name("shapes.py")

# The name of a class is one object however often its statement runs: it does not tell one class from the next.
STOLEN = """\
import gc, weakref

class Owner:
    __slots__ = ("first", "second", "third")

class Thief:
    __slots__ = ()
    stolen = Owner.third

def make(base, value):
    class Local(base):
        __slots__ = ()
    made = Local(value)
    return weakref.ref(Local)

def with_attributes():
    class Local:
        __slots__ = ("first", "__dict__")
    made = Local()
    made.first = made.second = 1
    return weakref.ref(Local)

thief = Thief()
gone = []
for _ in range(20):
    gone += [make(list, "ab"), make(tuple, "ab"), make(set, "ab"), with_attributes()]
    gc.collect()
    assert all(each() is None for each in gone)
print("end")
"""


def run(*words: str) -> str:
    done = subprocess.run([sys.executable, "-X", "faulthandler", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_both_encoders_see_the_same() -> None:
    assert run(str(SHAPES), "0", "5", "400") == ""


@pytest.mark.soak
def test_both_encoders_see_the_same_for_long() -> None:
    assert run(str(SHAPES), "5", "400", "700") == ""


@pytest.mark.parametrize("engine", ["native", "machine"])
def test_classes_die_while_they_are_recorded(engine: str, tmp_path: Path) -> None:
    program = tmp_path / "classes.py"
    program.write_text(STOLEN, encoding="utf-8")
    trace = str(tmp_path / "classes.lasti")
    assert run("-m", "lasti", "run", "--quiet", "--engine", engine, "-o", trace, str(program)) == "end\n"
