"""Three hundred scans, while the machine is kept busy: not one wrong state.

Where others open ports for a moment, so short that the system's list of listeners is not read in time, run it in a
network namespace of its own: ``unshare -n sh -c "ip link set lo up; python -m pytest -m soak tests/scanner"``.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from test_engines import check

from conftest import PORTS
from lasti.scanner import plan_of
from lasti.scanner.engines import ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Listeners

RUNS = 300
BUSY = "print('busy', flush=True)\nwhile True: pass"


@pytest.fixture
def busy() -> Iterator[None]:
    """Two processes that compute for ever."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
    yield
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.soak
@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("engine", ENGINES)
def test_no_wrong_state(engine: str, listeners: Listeners) -> None:
    for _ in range(RUNS // len(ENGINES)):
        check(engine, plan_of("127.0.0.1", PORTS, timeout=0.3), listeners)
