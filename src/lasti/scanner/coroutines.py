"""Four ways to wait, the second: a coroutine is suspended, and the event loop waits for all of them.

Each task has a probe and a share of the ports.  What would be one task a port in a first attempt (35,000 clocks that
tick at once) is one task a share: a probe keeps the sockets that wait, and one descriptor tells of them all.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from .probe import Probe
from .records import Tally
from .sockets import Sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Plan, Result, Share

WORKERS = 2


async def scan_asyncio(
    plan: Plan, tally: Tally | None = None, found: Callable[[Result], None] | None = None, workers: int = WORKERS
) -> list[Result]:
    """Return the results; ``found`` is called with each as it is found.  To stop early, cancel it."""
    tally = tally or Tally(plan)
    results: list[Result] = []

    async def work(number: int, share: Share) -> None:
        with Probe(share) as probe:
            while not probe.is_done:
                for result in tally.hear(number, probe.step()):
                    results.append(result)
                    if found is not None:
                        found(result)
                await answers(probe)

    with Sources(plan.addresses, plan.ports, workers) as sources:
        shares = plan.shares(sources, time.monotonic())
        tasks = [asyncio.ensure_future(work(number, share)) for number, share in enumerate(shares)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return results


async def answers(probe: Probe) -> None:
    """Wait until a probe has something to do, and let the others run meanwhile."""
    delay = probe.delay()
    if not delay:
        await asyncio.sleep(0)
        return
    loop = asyncio.get_running_loop()
    answered = loop.create_future()

    def wake() -> None:
        if not answered.done():
            answered.set_result(None)

    timer = loop.call_later(delay, wake)
    loop.add_reader(probe.fileno(), wake)
    try:
        await answered
    finally:
        loop.remove_reader(probe.fileno())
        timer.cancel()
