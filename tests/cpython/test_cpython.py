"""CPython's own tests, on the machine: what passes on the host passes here, but for what docs/differences.md lists.

Each module runs in two processes (see ``scripts/cpython_tests.py``).  A test that is listed is expected to fail, and
strictly: when it passes after all, the list is wrong.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import cpython_tests as script  # noqa: E402  (it is no package)

VERSION = sys.version_info[:2]
PYTHON = script.Python(sys.executable, VERSION)
CONTROL = Path(__file__).parent / "control"
DIFFERENCES = script.read_differences()


def parameters(modules: tuple[str, ...]) -> list[object]:
    """Return pytest parameters of ``modules``; what is not quick is soak."""
    soak = [pytest.mark.soak]
    return [pytest.param(module, marks=[] if module in script.QUICK else soak, id=module) for module in modules]


@cache
def compared(module: str) -> script.Compared:
    """Run a module on both sides, once; skip where this Python does not have it."""
    if not script.has_module(PYTHON, module):
        pytest.skip(f"this Python has no test.{module}")
    return script.compare(PYTHON, module)


@pytest.mark.parametrize("module", parameters(script.MODULES))
def test_as_on_the_host(module: str) -> None:
    found = compared(module)
    assert found.passed_on_host, "nothing passed on the host: there is nothing to compare"
    problems = found.problems(script.listed_for(DIFFERENCES, module, VERSION))
    assert not problems, "\n".join(problems)


def listed() -> list[object]:
    """Return a strictly failing pytest parameter for each test that is listed for this Python."""
    found = []
    for each in DIFFERENCES:
        module = each.test.partition(".")[0]
        if each.concerns(module, VERSION):
            marks = [pytest.mark.xfail(reason=each.reason, strict=True, raises=AssertionError)]
            marks += [] if module in script.QUICK else [pytest.mark.soak]
            found.append(pytest.param(module, each.test, marks=marks, id=each.test))
    return found


@pytest.mark.parametrize(("module", "test"), listed())
def test_differs(module: str, test: str) -> None:
    found = compared(module)
    assert found.machine.outcomes.get(test) == found.host.outcomes[test]


# -- the list -----------------------------------------------------------------------------------------------------


def test_every_row_is_read() -> None:
    """Each row is understood, is of a known module, and leads to a section that is there."""
    text = script.DIFFERENCES.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `test_")]
    assert len(rows) == len(DIFFERENCES) > 0
    assert {each.test.partition(".")[0] for each in DIFFERENCES} <= set(script.MODULES)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert {row.rpartition("(#")[2].partition(")")[0] for row in rows} <= anchors


# -- controls: what must fail does --------------------------------------------------------------------------------


def test_what_must_fail_fails() -> None:
    """Tests that must not pass, run on the machine just as the others are, do not."""
    ran = script.run(script.command_on_machine(PYTHON, "must_fail"), "must_fail", CONTROL)
    assert not ran.trouble
    outcomes = {test.removeprefix("must_fail."): outcome for test, outcome in ran.outcomes.items()}
    may_pass = {test: outcomes.pop(test) for test in list(outcomes) if test.startswith("MayPass.")}
    assert may_pass == {
        "MayPass.test_on_the_machine": "ok",
        "MayPass.test_plain": "ok",
        "MayPass.test_said_to_fail": "expected failure",
        "MayPass.test_skipped": "skip",
    }
    fails = {"assertion", "one_of_three_parts", "missing_exception"}
    expected = {f"MustFail.test_{name}": "fail" for name in fails}
    expected |= {"MustFail.test_said_to_fail_and_passes": "unexpected success"}
    raised = {test: outcome for test, outcome in outcomes.items() if test not in expected}
    assert expected.items() <= outcomes.items()
    assert len(raised) == 7
    assert set(raised.values()) == {"error"}


def test_a_module_that_is_not_watched_is_noticed() -> None:
    """``os`` is there before the program begins: it runs on the host, and nothing that it does counts."""
    ran = script.run(script.command_on_machine(PYTHON, "os"), "os")
    assert ran.trouble.startswith("lasti: --watch 'os': os is not watched")


def test_differences_are_told(tmp_path: Path) -> None:
    host = script.Ran({"test_x.C.a": "ok", "test_x.C.b": "ok", "test_x.C.c": "fail", "test_x.C.d": "ok"})
    details = {"test_x.C.b": "ValueError: 1"}
    machine = script.Ran({"test_x.C.a": "ok", "test_x.C.b": "fail", "test_x.C.c": "fail"}, details)
    found = script.Compared("test_x", (3, 12), host, machine)
    assert script.cell(found) == "1/3"
    table = tmp_path / "differences.md"
    rows = ["`test_x.C.d` | 3.10 to 3.12", "`test_x.C.a` | 3.12", "`test_x.C.c` | 3.11"]
    table.write_text("".join(f"| {row} | [a](#b) |\n" for row in rows))
    listed = script.listed_for(script.read_differences(table), "test_x", (3, 12))
    assert listed == {"test_x.C.a", "test_x.C.d"}
    assert found.problems(listed) == [
        "test_x.C.b: ok on the host, fail on the machine (ValueError: 1)",
        "test_x.C.a: listed in docs/differences.md, and passes after all; take it out",
    ]


def test_troubles_are_told() -> None:
    host, machine = script.Ran({"test_x.C.a": "ok"}), script.Ran(trouble="exit code -11: Segmentation fault")
    bad = script.Compared("test_x", (3, 12), host, machine)
    assert bad.problems(set()) == ["test_x on the machine: exit code -11: Segmentation fault"]
    assert script.cell(bad) == "!"
