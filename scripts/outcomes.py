"""Run one module of tests with unittest, and write the outcome of each test to a file, as JSON.

``python scripts/outcomes.py test.test_with out.json`` on the host; ``lasti run --watch test.test_with
scripts/outcomes.py ...`` on the machine.  It is the program that ``cpython_tests.py`` runs both times, so that whatever
it does itself is the same.  A module's doctests are run too, where it does
not do it itself: up to 3.11 many leave them to ``test.regrtest``.
"""

from __future__ import annotations

import doctest
import importlib
import json
import sys
import unittest
from types import ModuleType
from typing import Any

# The worst of what a test and its subtests came to is the test's outcome.
ORDER = ("ok", "skip", "expected failure", "unexpected success", "fail", "error")


class Outcomes(unittest.TestResult):
    """Keeps one word a test, and of a failure the last line of its traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, str] = {}
        self.details: dict[str, str] = {}

    def note(self, test: Any, outcome: str, detail: str = "") -> None:
        """Keep ``outcome``, unless a worse one is known."""
        name = str(test.id()).removeprefix("test.")
        if ORDER.index(outcome) >= ORDER.index(self.outcomes.get(name, "ok")):
            self.outcomes[name] = outcome
            if detail:
                self.details[name] = detail

    def addSuccess(self, test: Any) -> None:
        """The test passed."""
        self.note(test, "ok")

    def addSkip(self, test: Any, reason: str) -> None:
        """The test did not want to run."""
        self.note(test, "skip", reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        """The test failed, as it said that it would."""
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:
        """The test said that it would fail, and passed."""
        self.note(test, "unexpected success")

    def addFailure(self, test: Any, err: Any) -> None:
        """An assertion of the test did not hold."""
        self.note(test, "fail", last_line(err))

    def addError(self, test: Any, err: Any) -> None:
        """The test raised something else."""
        self.note(test, "error", last_line(err))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        """A part of a test is over; ``err`` is None when it passed."""
        if err is not None:
            is_failure = issubclass(err[0], test.failureException)
            self.note(test, "fail" if is_failure else "error", last_line(err))


def last_line(err: Any) -> str:
    """Return the exception's type and the end of its text."""
    lines = str(err[1]).strip().splitlines() or [""]
    return f"{err[0].__name__}: {lines[-1]}"[:200]


def tests_of(module: ModuleType) -> unittest.TestSuite:
    """Return the module's tests, its doctests among them."""
    suite = unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromModule(module)])
    if not hasattr(module, "load_tests"):
        suite.addTest(doctest.DocTestSuite(module))
    return suite


def main(name: str, path: str) -> None:
    """Run the tests of the module called ``name``; write the outcomes to the file at ``path``."""
    result = Outcomes()
    try:
        module = importlib.import_module(name)
    except unittest.SkipTest as skipped:
        result.outcomes["(module)"], result.details["(module)"] = "skip", str(skipped)
    else:
        tests_of(module).run(result)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"outcomes": result.outcomes, "details": result.details}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
