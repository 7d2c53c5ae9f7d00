"""Settings for the whole test suite."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A shell starts background jobs with Ctrl-C ignored, and the programs that the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every run: a failure is the change's doing, not chance's.  No deadline: machines differ.
settings.register_profile("lasti", derandomize=True, deadline=None, database=None)
settings.load_profile("lasti")

HERE = Path(__file__).parent
# These open ports on loopback, or scan it: they run one after the other, in one process.
ON_LOOPBACK = {"docs", "eventloop", "interpreters", "native", "scanner", "twin"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell pytest-xdist what stays together: a file's tests, and those that would find each other's ports."""
    for item in items:
        place = item.path.relative_to(HERE)
        group = "loopback" if place.parts[0] in ON_LOOPBACK else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
