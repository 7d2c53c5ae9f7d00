"""Four ways to wait, the first: a thread sleeps until the system wakes it.

Each thread has a probe and a share of the ports; what it finds goes through a queue to the one who asked.  They take
turns in asking and wait at the same time: threads that share a GIL and ask at once only hand it to each other at each
system call, which costs them as much again.
"""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue

from .records import Tally
from .sockets import Sources
from .work import results_of, work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from .records import Plan, Result

WORKERS = 2


def scan_threads(plan: Plan, tally: Tally | None = None, workers: int = WORKERS) -> Generator[Result, None, None]:
    """Yield the results as they are found.  Whoever stops early closes the generator; the threads then end."""
    tally = tally or Tally(plan)
    news: SimpleQueue[tuple[int, Any]] = SimpleQueue()
    stop, turn = threading.Event(), threading.Lock()
    with Sources(plan.addresses, plan.ports, workers) as sources:
        threads = [
            threading.Thread(target=work, args=(number, share, news, stop, turn), name=f"scan-{number}")
            for number, share in enumerate(plan.shares(sources, time.monotonic()))
        ]
        for thread in threads:
            thread.start()
        try:
            yield from results_of(news.get, len(threads), tally)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
