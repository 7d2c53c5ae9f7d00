"""Four ways to wait, the third: an async generator hands out each result as it comes, and stops when nobody asks on.

It scans with a window, as the others do: the first result is there while the scan runs, and the rest is not missed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .coroutines import answers
from .probe import Probe
from .records import Tally
from .sockets import Sources

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .records import Plan, Result


async def scan(plan: Plan, tally: Tally | None = None) -> AsyncGenerator[Result, None]:
    """Yield the results as they are found: ``async for result in scan(plan)``.  ``aclose()`` ends it early."""
    tally = tally or Tally(plan)
    with Sources(plan.addresses, plan.ports, 1) as sources:
        [share] = plan.shares(sources, time.monotonic())
        with Probe(share) as probe:
            while not probe.is_done:
                for result in tally.hear(0, probe.step()):
                    yield result
                await answers(probe)
