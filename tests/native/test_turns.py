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
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_the_machine_s(name: str, tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(PROGRAMS[name].replace("\n        ", "\n"))

    def picture(*options: str) -> str:
        command = [sys.executable, "-m", "lasti", "run", "--all-turns", *options, "prog.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True).stdout

    drawn = picture("--engine", "native", "-o", "run.lasti")
    assert "   1  ->  " in drawn
    assert drawn == picture("--engine", "machine")
