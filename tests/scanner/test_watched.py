"""The engines as programs: recorded and watched on both of lasti's own engines, which show how each of them waits."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lasti.native.proof import complaint

ENGINES = {
    "threads": ("threads", "yield from results_of("),
    "asyncio": ("coroutines", "await answers(probe)"),
    "asyncgen": ("asyncgen", "yield result"),
    "interpreters": ("interpreters", "yield from results_of("),
}


def watched(runner: str, engine: str, module: str) -> subprocess.CompletedProcess[str]:
    words = ["--engine", runner, "--watch", f"lasti.scanner.{module}", "-m", "lasti", "scan", "127.0.0.1", "-p", "1-2"]
    return subprocess.run(
        [sys.executable, "-m", "lasti", "run", "--color", "never", *words, "--all", "--engine", engine],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("runner", ["machine", "native"])
def test_an_engine_is_a_program_like_any_other(runner: str, engine: str) -> None:
    if runner == "native" and (problem := complaint()):
        pytest.skip(f"no native engine here: {problem}")
    module, waits = ENGINES[engine]
    done = watched(runner, engine, module)
    assert done.returncode == 1, done.stderr
    assert "0 open, 0 filtered, 2 closed" in done.stdout
    assert any("<-" in line and waits in line for line in done.stdout.splitlines()), done.stdout
    says = "what ran in other interpreters is not shown" in done.stderr
    assert says is (engine == "interpreters"), done.stderr
