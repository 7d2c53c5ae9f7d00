"""Both engines tell at the same step who ended without running, which ``lasti check`` leaves out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lasti.native.proof import complaint
from lasti.trace.timeline import Timeline

pytestmark = pytest.mark.skipif(bool(complaint()), reason=f"the native engine does not work here: {complaint()}")

PROGRAM = """\
import gc
import warnings

warnings.simplefilter("ignore")


def letters():
    yield 1


async def never():
    pass


async def numbers():
    yield 1


class Tree:
    def __init__(self, left=None):
        self.left = left

    def __iter__(self):
        if self.left:
            yield from self.left
        yield 2


a = letters()
del a
b = never()
b = None
c = letters()
c.close()
c
d = numbers()
del d
e = [letters() for _ in range(3)]
e.clear()
never().close()
f = [letters()]
f.append(f)
del f
gc.collect()
g = iter(Tree(Tree(Tree())))
next(g)
del g
print("end")
"""
ENDS = ("end", "throw", "unwind")


def ends(trace: Path) -> list[str]:
    """Return who ended without running, or ran into its end, and after which instruction of whom."""
    found = []
    last = ""
    with Timeline.open(trace) as timeline:
        names = {each.number: each.name for each in timeline.activations()}
        for replay, happening in timeline.happenings(0, None):
            frame = replay.frames.get(happening.activation)
            if happening.kind == "step" and frame is not None:
                at = frame.code.instructions[frame.pc]
                last = f"{names[happening.activation]} {at.line} {at.opname}"
            elif happening.kind in ENDS:
                found.append(f"{happening.kind} of {names[happening.activation]} after {last}")
    return found


def test_both_engines_tell_of_ends_alike(tmp_path: Path) -> None:
    program = tmp_path / "ends.py"
    program.write_text(PROGRAM, encoding="utf-8")
    told = {}
    for engine in ("native", "machine"):
        trace = tmp_path / f"{engine}.lasti"
        words = ["-m", "lasti", "run", "--quiet", "--engine", engine, "-o", str(trace), str(program)]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
        told[engine] = ends(trace)
    assert sorted(told["native"]) == sorted(told["machine"])  # within one step the order may be another
    whose = [line.split()[2] for line in told["native"] if not line.startswith("throw")]
    letters = ["letters#1", "letters#2", "letters#5", "letters#4", "letters#3", "letters#6"]
    assert [name for name in whose if name.startswith("letters")] == letters
    assert {"never#1", "never#2", "numbers#1", "Tree.__iter__#1", "Tree.__iter__#3"} <= set(whose)
    line = PROGRAM.split("\n").index("b = None") + 1
    assert f"end of never#1 after <module>#1 {line} STORE_NAME" in told["native"]
