"""``pytest --lasti``: as a user has it, in a process of its own."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
from typing import Any

import pytest

pytest_plugins = ["pytester"]

PASSING = """\
import asyncio
import pytest

async def test_an_hour():
    await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == 3600.0

@pytest.fixture
def number():
    return 7

async def test_a_fixture(number):
    assert number == 7

def test_no_coroutine():
    pass
"""

RACE = """\
import asyncio
import pytest

@pytest.mark.lasti(order="lifo")
async def test_race():
    seen = []
    async def worker(number):
        await asyncio.sleep(1)
        seen.append(number)
    await asyncio.gather(worker(1), worker(2))
    assert seen == [1, 2]
"""


IS_INSTALLED = any(entry.name == "lasti" for entry in importlib.metadata.entry_points(group="pytest11"))
PLUGIN = [] if IS_INSTALLED else ["-p", "lasti.pytest_plugin"]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other plugin: to load all that are installed takes seconds."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, source: str, *args: str) -> Any:
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "lasti.pytest_plugin", *args)


def test_the_option_for_all(pytester: pytest.Pytester) -> None:
    run(pytester, PASSING, "--lasti").assert_outcomes(passed=3)


def test_beside_all_other_plugins(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed, it is found by itself."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.makepyfile(PASSING)
    options = ["-p", "no:cacheprovider", "-p", "no:asyncio", *PLUGIN, "--lasti"]
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=3)


def test_without_it_nothing_is_changed(pytester: pytest.Pytester) -> None:
    source = "import sys\ndef test_it():\n    assert not [name for name in sys.modules if name.startswith('lasti.ev')]"
    run(pytester, source).assert_outcomes(passed=1)


def test_the_marker_for_one_and_the_line_that_runs_it_again(pytester: pytest.Pytester) -> None:
    result = run(pytester, RACE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["this run again:", "pytest --lasti --lasti-clock virtual --lasti-order replay:11* *"])
    line = next(line for line in result.outlines if line.startswith("pytest --lasti"))
    again = run(pytester, RACE, *line.split()[1:])
    again.assert_outcomes(failed=1)
    assert "[2, 1] == [1, 2]" in again.stdout.str()
    run(pytester, RACE, "--lasti-order", "replay:").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("asyncio.create_task(asyncio.sleep(9))", "*pending: <Task pending*"),
        ("asyncio.sleep(9)", "*coroutine 'sleep' was never awaited*"),
        ("await asyncio.Event().wait()", "*Deadlock: nothing can run any more*"),
    ],
)
def test_what_is_left_behind_fails(body: str, words: str, pytester: pytest.Pytester) -> None:
    result = run(pytester, f"import asyncio\nasync def test_it():\n    {body}\n", "--lasti", "-W", "error")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([words])


def test_a_simulated_network(pytester: pytest.Pytester) -> None:
    source = """
import asyncio
import pytest

@pytest.mark.lasti(net="simulated:latency=1")
async def test_it():
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("example.org", 80)
    assert asyncio.get_running_loop().time() == 2.0
"""
    run(pytester, source).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "words"), [("order='sorted'", "'sorted' is no order"), ("speed=3", "takes clock, order, net")]
)
def test_misuse(marker: str, words: str, pytester: pytest.Pytester) -> None:
    result = run(pytester, f"import pytest\n@pytest.mark.lasti({marker})\nasync def test_it():\n    pass\n")
    assert result.ret != 0
    assert any(words in line for line in [*result.outlines, *result.errlines])


@pytest.mark.skipif(importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed")
def test_with_pytest_asyncio(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fixtures and its tests run on our loop, and what a test leaves behind is found."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.makepyfile("""
import asyncio
import pytest
import pytest_asyncio
import lasti.eventloop

@pytest_asyncio.fixture
async def started():
    await asyncio.sleep(10)
    return asyncio.get_running_loop().time()

@pytest.mark.asyncio
@pytest.mark.lasti
async def test_it(started):
    assert isinstance(asyncio.get_running_loop(), lasti.eventloop.Loop)
    assert started == 10.0
    await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == 3610.0

@pytest.mark.asyncio
@pytest.mark.lasti
async def test_left():
    asyncio.create_task(asyncio.sleep(9))

@pytest.mark.asyncio
async def test_another():
    assert not isinstance(asyncio.get_running_loop(), lasti.eventloop.Loop)
""")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *PLUGIN, "-q"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, encoding="utf-8", timeout=100)
    assert "1 failed, 2 passed" in done.stdout, done.stdout
    assert "FAILED" in done.stdout
    assert "test_left" in done.stdout
