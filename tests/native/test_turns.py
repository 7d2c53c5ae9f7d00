"""The turns that are told out of a recording: those that the machine tells of as they happen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = {
    # Two coroutines of the library's, of which a recording says the same: a frame that awaits one after the other.
    "one await after the other": """
        import asyncio
        async def main():
            for _ in range(3):
                await asyncio.sleep(0)
        asyncio.run(main())
        """,
    "a chain of generators that is longer than a block of the trace": """
        def walk(n):
            if n:
                yield n
                yield from walk(n - 1)
        print(sum(walk(100)))
        """,
    "an error that is thrown through what is waited for, and a value that comes of it": """
        def inner():
            while True:
                try:
                    yield
                except KeyError:
                    return
        def outer():
            for _ in range(3):
                yield from inner()
        g = outer()
        next(g)
        g.throw(KeyError())
        g.send(1)
        g.throw(KeyError())
        g.close()
        """,
    "an error that was seen long before": """
        def wait():
            yield
        error = GeneratorExit()
        for rounds in range(2):
            g = wait()
            next(g)
            try:
                g.throw(error)
            except GeneratorExit:
                pass
            for _ in range(30_000 * (1 - rounds)):
                pass
        """,
}
ERRORS = Path(__file__).parents[1] / "programs" / "aio" / "errors_after_waiting.py"


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_the_machine_s(name: str, tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(PROGRAMS[name].replace("\n        ", "\n"))
    compare(tmp_path / "prog.py", tmp_path)


def test_where_a_frame_goes_on_that_raises(tmp_path: Path) -> None:
    compare(ERRORS, tmp_path)


def compare(program: Path, folder: Path) -> None:
    """Compare what is told of a native recording, of one of the machine's, and of a run on the machine."""

    def picture(*options: str) -> str:
        command = [sys.executable, "-m", "lasti", "run", "--all-turns", *options, str(program)]
        return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True).stdout

    told = picture("--engine", "machine")
    assert "   1  ->  " in told
    assert picture("--engine", "native", "-o", "run.lasti") == told
    assert picture("--engine", "machine", "-o", "run.lasti") == told


MANY = """
import dis, sys
def numbers():
    yield 1
    yield 2
def count(to):
    total = 0
    for number in range(to):
        total += number
    return total
def is_told_of():
    if sys.version_info < (3, 12):
        return sys.gettrace() is not None
    code, told = count.__code__._co_code_adaptive, dis.opmap["INSTRUMENTED_INSTRUCTION"]
    are_told_of = [code[instruction.offset] == told for instruction in dis.get_instructions(count)]
    return sum(are_told_of) > len(are_told_of) / 2  # what ends the loop never runs, and so stays as it is
next(numbers())
count(10)
print(is_told_of())
count(100_000)
print(count(10), list(numbers()), is_told_of())
"""


def test_a_long_run_is_recorded_as_far_as_its_picture_goes(tmp_path: Path) -> None:
    (tmp_path / "many.py").write_text(MANY)
    command = [sys.executable, "-m", "lasti", "run", "--engine", "native", "many.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    printed, picture = done.stdout.split("\nResumed")
    assert printed == "True\n45 [1, 2] False\n"
    turns = [line.strip() for line in picture.splitlines() if line.lstrip()[:1].isdigit()]
    assert turns[-1] == "2  <-  numbers  yield 1"
    assert done.stderr == "lasti: the picture is that of the first 300,000 steps\n"
