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
# ... but for these, whose programs are made by chance out of what opens none.
NO_PORTS = {"test_oracle_random.py", "test_random.py", "test_shapes.py"}


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
    """pytest-xdist keeps together a file's tests, and those that would find each other's ports.

    Its own way to say so, ``xdist_group``, has no effect on pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        path = Path(file)
        return "loopback" if ON_LOOPBACK & set(path.parts) and path.name not in NO_PORTS else file

    def remove_node(self, node: Any) -> str | None:
        """Give a dead process's tests to others, but for the one that ended it: it would end them as well."""
        for tests in self.assigned_work[node].values():
            for test, is_done in tests.items():
                if not is_done:
                    tests[test] = True
                    super().remove_node(node)
                    return test  # type: ignore[no-any-return]
        super().remove_node(node)
        return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace:
    """Have pytest-xdist use that."""
    return ByPlace(config, log)
