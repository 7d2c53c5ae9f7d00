"""What must fail fails, and nothing that is watched ran on the host: without this, equal output proves little."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness import Program, differences, on_host, on_machine, programs, read_program

HERE = Path(__file__).parent

# Each raises in a place from which exceptions get lost easily; what must be left of it at the end of standard error.
MUST_FAIL = {
    "function": (
        "def f(): raise ValueError('lost')\nf()",
        "ValueError: lost",
    ),
    "deep": (
        "def f(n): return f(n - 1) if n else 1 / 0\nf(50)",
        "ZeroDivisionError: division by zero",
    ),
    "assertion": (
        "def f(): assert 1 + 1 == 3, 'sum'\nfor _ in range(2): f()",
        "AssertionError: sum",
    ),
    "method": (
        "class A:\n    def f(self): return self.missing\nA().f()",
        "AttributeError: 'A' object has no attribute 'missing'",
    ),
    "class_body": (
        "class A:\n    x = {}['key']",
        "KeyError: 'key'",
    ),
    "init": (
        "class A:\n    def __init__(self): raise OSError('init')\nA()",
        "OSError: init",
    ),
    "callback": (
        "def key(x): raise TypeError('key')\nsorted([1, 2], key=key)",
        "TypeError: key",
    ),
    "dunder": (
        "class A:\n    def __add__(self, other): raise LookupError('add')\nA() + 1",
        "LookupError: add",
    ),
    "property": (
        "class A:\n    @property\n    def p(self): raise OSError('p')\nA().p",
        "OSError: p",
    ),
    "generator": (
        "def g():\n    yield 1\n    raise KeyError('g')\nlist(g())",
        "KeyError: 'g'",
    ),
    "delegated": (
        "def g():\n    yield 1\n    raise KeyError('g')\ndef h(): yield from g()\nfor _ in h(): pass",
        "KeyError: 'g'",
    ),
    "finally_": (
        "def f():\n    try: raise OSError('first')\n    finally: print('finally')\nf()",
        "OSError: first",
    ),
    "with_": (
        "import contextlib\nwith contextlib.suppress(KeyError):\n    raise IndexError('i')",
        "IndexError: i",
    ),
    "comprehension": (
        "[1 // x for x in (1, 0)]",
        "ZeroDivisionError:",
    ),
    "coroutine": (
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    raise ValueError('f')\nasyncio.run(f())",
        "ValueError: f",
    ),
    "task": (
        "import asyncio\nasync def f(): return [][1]\nasync def m(): await asyncio.gather(f(), f())\nasyncio.run(m())",
        "IndexError: list index out of range",
    ),
    "wrong_type_caught": (
        "try:\n    int('x')\nexcept KeyError: print('never')",
        "ValueError: invalid literal for int() with base 10: 'x'",
    ),
    "unittest": (
        "import unittest\n"
        "class T(unittest.TestCase):\n"
        "    def test_bad(self): self.assertEqual([x for x in 'ab'], ['a'])\n"
        "    def test_raises(self):\n"
        "        with self.assertRaises(KeyError): pass\n"
        "unittest.main()",
        "FAILED (failures=2)",
    ),
}


@pytest.mark.parametrize("name", list(MUST_FAIL))
def test_what_must_fail_fails(name: str, tmp_path: Path) -> None:
    source, last_line = MUST_FAIL[name]
    path = tmp_path / "program.py"
    path.write_text(source, encoding="utf-8")
    outcome = on_machine(read_program(path))
    assert outcome.exit_code == 1
    assert outcome.errors.rstrip().splitlines()[-1].startswith(last_line)


@pytest.mark.parametrize(
    "line",
    [
        "print('lasti.machine' in sys.modules)",
        "print('lasti.machine' in sys.modules, file=sys.stderr)",
        "sys.exit('lasti.machine' in sys.modules)",
    ],
)
def test_a_difference_is_found(line: str, tmp_path: Path) -> None:
    """The comparison itself: a program that knows where it runs does not pass."""
    path = tmp_path / "program.py"
    path.write_text(f"import sys\n{line}\n", encoding="utf-8")
    program = read_program(path)
    assert differences(program, on_host(program), on_machine(program))
    assert not differences(program, on_host(program), on_host(program))


# -- nothing watched runs on the host ----------------------------------------------------------------------------

OBSERVED = {
    program.name: program
    for program in programs()
    if program.runs_here and program.interrupt_after is None and program.path.suffix == ".py" and not program.watch
}
QUICK = {name: program for index, (name, program) in enumerate(OBSERVED.items()) if index % 4 == 0}


def observe(program: Program, report: Path, *options: str) -> dict[str, object]:
    """Run ``program`` under ``observed.py`` and return its report."""
    command = [sys.executable, str(HERE / "observed.py"), str(report), *options, str(program.path)]
    subprocess.run(command, input=program.stdin, text=True, capture_output=True, timeout=120, cwd=program.path.parent)
    found: dict[str, object] = json.loads(report.read_text(encoding="utf-8"))
    return found


def ran_on_host(selected: dict[str, Program], folder: Path) -> dict[str, object]:
    """Observe each program; return what ran on the host by program, and nothing for those that are clean."""

    def one(name: str) -> object:
        return observe(selected[name], folder / f"{name.replace('/', '-')}.json")["host"]

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(selected, pool.map(one, selected)))
    return {name: host for name, host in found.items() if host}


def test_nothing_watched_runs_on_the_host(tmp_path: Path) -> None:
    assert len(QUICK) > 30
    assert ran_on_host(QUICK, tmp_path) == {}


@pytest.mark.soak
def test_nothing_watched_runs_on_the_host_in_the_whole_corpus(tmp_path: Path) -> None:
    assert ran_on_host(OBSERVED, tmp_path) == {}


def test_the_observer_sees(tmp_path: Path) -> None:
    """Unwatched, the same functions do run on the host, and the observer names them; watched, it sees the stand-ins."""
    path = tmp_path / "program.py"
    path.write_text(
        "def key(x): return -x\nclass A:\n    def m(self): pass\nA().m(); sorted([1], key=key)\n", encoding="utf-8"
    )
    unwatched = observe(read_program(path), tmp_path / "unwatched.json", "--watch", "nothing.at.all")
    assert unwatched["host"] == ["<module>", "A", "key", "m"]
    watched = observe(read_program(path), tmp_path / "watched.json")
    assert watched["host"] == []
    assert watched["stand_ins"]
