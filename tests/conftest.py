"""Settings for the whole test suite."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# A shell starts background jobs with Ctrl-C ignored, and the programs that the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every run: a failure is the change's doing, not chance's.  No deadline: machines differ.
settings.register_profile("lasti", derandomize=True, deadline=None, database=None)
settings.load_profile("lasti")

# These open ports on loopback, or scan it: they run one after the other, in one process.
ON_LOOPBACK = {"docs", "eventloop", "interpreters", "native", "scanner", "twin"}


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
    """pytest-xdist keeps together a file's tests, and those that would find each other's ports.

    Its own way to say so, ``xdist_group``, has no effect on pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "loopback" if ON_LOOPBACK & set(Path(file).parts) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace:
    """Have pytest-xdist use that."""
    return ByPlace(config, log)
