"""CPython's own test_asyncio on our loop, test by test as on the host's."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "asyncio_tests.py"
QUICK = ["test_locks", "test_queues", "test_base_events"]


def has_test_asyncio() -> bool:
    return importlib.util.find_spec("test") is not None and importlib.util.find_spec("test.test_asyncio") is not None


pytestmark = pytest.mark.skipif(not has_test_asyncio(), reason="this Python came without its own tests")


def differing(*args: str, timeout: int) -> str:
    """Run the script; return what it says when something differs, nothing when nothing does."""
    done = subprocess.run([sys.executable, SCRIPT, *args], capture_output=True, encoding="utf-8", timeout=timeout)
    assert "tests run" in done.stdout, done.stderr
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize("module", QUICK)
def test_quick_modules(module: str) -> None:
    assert differing(module, timeout=100) == ""


def test_the_comparison_notices() -> None:
    specification = importlib.util.spec_from_file_location("asyncio_tests", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    assert script._differences({"a": "ok", "b": "ok"}, {"a": "failure"}) == [("the module", "ok", "{'a': 'failure'}")]
    assert script._unexpected([("a", "ok", "failure")], {"b"}) == [
        ("a", "ok", "failure"),
        ("b", "listed as different", "the same"),
    ]
    a, b, c = ("a", "ok", "error"), ("b", "ok", "error"), ("c", "error", "ok")
    assert script._twice([a, b], [b, c]) == ([b], [a, c])
    host, own = {"a": "ok", "b": "ok", "c": "skipped"}, {"a": "ok", "b": "failure", "c": "skipped", "d": "ok"}
    assert script._differences(host, own) == [("b", "ok", "failure"), ("d", "missing", "ok")]


@pytest.mark.soak
def test_all_modules() -> None:
    assert differing(timeout=1500) == ""
