"""Both engines tell at the same step who ended without running, which ``lasti check`` leaves out."""

from __future__ import annotations

import os
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
# An async generator that dies is given to its hook, which may keep it: then it ends when that lets go of it.
HOOKS = """\
import gc
import sys
import warnings

warnings.simplefilter("ignore")
kept = []


async def numbers():
    yield 1
    yield 2


def keep(generator):
    kept.append(generator)


def drop(generator):
    pass


def begin():
    generator = numbers()
    try:
        generator.__anext__().send(None)
    except StopIteration:
        pass
    return generator


sys.set_asyncgen_hooks(None, keep)
a = begin()
del a
b = begin()
b = [b]
b.append(b)
del b
gc.collect()
"kept"
kept.pop()
"one is gone"
kept[0]
kept.clear()
"both are gone"
sys.set_asyncgen_hooks(None, drop)
c = begin()
del c
d = [begin()]
d.append(d)
del d
gc.collect()
"c and d are gone"
sys.set_asyncgen_hooks(None, keep)
e = begin()
del e
f = kept.pop()
try:
    f.aclose().send(None)
except StopIteration:
    pass
del f
sys.set_asyncgen_hooks(None, None)
g = begin()
del g
"g is gone"
sys.set_asyncgen_hooks(None, keep)
h = numbers()
h.__anext__()
del h
"kept before it began"
kept.clear()
"h is gone"
print("end")
"""

# A hook keeps it for longer than a block of the trace is, and then it is closed.
KEPT_FOR_LONG = """\
import asyncio


async def numbers():
    yield 1
    yield 2


async def main():
    async for _ in numbers():
        break
    for _ in range(3000):
        pass


asyncio.run(main())
print("end")
"""

# What is not known before it dies is not followed: a weak reference that is made then would outlive it.
MET_AS_IT_DIES = """\
import sys, warnings
import lasti

warnings.simplefilter("ignore")


def hook(generator):
    other = generator


async def numbers():
    yield 1


async def never():
    pass


sys.set_asyncgen_hooks(None, hook)
generators = [numbers() for _ in range(20)]
for generator in generators:
    generator.__anext__()
del generator
coroutines = [never() for _ in range(20)]
with lasti.record(sys.argv[1], watch=["*"]):
    while generators:
        generators.pop()
        coroutines.pop()
        [never() for _ in range(3)]
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


def run(*words: str) -> None:
    environment = {**os.environ, "PYTHONMALLOC": "debug"}  # what is freed is overwritten
    command = [sys.executable, "-X", "faulthandler", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def told_of(source: str, folder: Path) -> dict[str, list[str]]:
    """Record a program on both engines; return what each tells of ends."""
    program = folder / "ends.py"
    program.write_text(source, encoding="utf-8")
    told = {}
    for engine in ("native", "machine"):
        trace = folder / f"{engine}.lasti"
        run("-m", "lasti", "run", "--quiet", "--engine", engine, "-o", str(trace), str(program))
        told[engine] = ends(trace)
    return told


def test_both_engines_tell_of_ends_alike(tmp_path: Path) -> None:
    told = told_of(PROGRAM, tmp_path)
    assert sorted(told["native"]) == sorted(told["machine"])  # within one step the order may be another
    whose = [line.split()[2] for line in told["native"] if not line.startswith("throw")]
    letters = ["letters#1", "letters#2", "letters#5", "letters#4", "letters#3", "letters#6"]
    assert [name for name in whose if name.startswith("letters")] == letters
    assert {"never#1", "never#2", "numbers#1", "Tree.__iter__#1", "Tree.__iter__#3"} <= set(whose)
    line = PROGRAM.split("\n").index("b = None") + 1
    assert f"end of never#1 after <module>#1 {line} STORE_NAME" in told["native"]


def test_async_generators_that_a_hook_keeps(tmp_path: Path) -> None:
    told = told_of(HOOKS, tmp_path)
    assert told["native"] == told["machine"]
    ended = [line.split(" after ")[0] for line in told["native"]]
    assert ended[:4] == [f"end of numbers#{number}" for number in (2, 1, 3, 4)]
    assert ended[4:6] == ["throw of numbers#5", "unwind of numbers#5"]
    assert ended[-1] == "end of numbers#7"
    line = HOOKS.split("\n").index("kept.clear()") + 1
    assert told["native"][1].startswith(f"end of numbers#1 after <module>#1 {line} ")


def test_a_kept_async_generator_stays_the_same(tmp_path: Path) -> None:
    told = told_of(KEPT_FOR_LONG, tmp_path)
    for engine in ("native", "machine"):
        assert [line.split()[2] for line in told[engine] if "numbers#" in line] == ["numbers#1", "numbers#1"], engine


def test_a_generator_that_is_first_met_as_it_dies(tmp_path: Path) -> None:
    program = tmp_path / "dies.py"
    program.write_text(MET_AS_IT_DIES, encoding="utf-8")
    run(str(program), str(tmp_path / "dies.lasti"))
