"""Four ways to wait, the first: a thread sleeps until the system wakes it.

Each thread has a probe and a share of the ports; what it finds goes through a queue to the one who asked.  They take
turns in asking and wait at the same time: threads that share a GIL and ask at once only hand it to each other at each
system call, which costs them as much again.
"""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue

from .probe import Probe, Sources
from .records import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any

    from .records import Plan, Result, Share

WORKERS = 2
PATIENCE = 0.1  # seconds until a thread that waits sees that it is to stop


def scan_threads(plan: Plan, tally: Tally | None = None, workers: int = WORKERS) -> Generator[Result, None, None]:
    """Yield the results as they are found.  Whoever stops early closes the generator; the threads then end."""
    tally = tally or Tally(plan)
    news: SimpleQueue[tuple[int, Any]] = SimpleQueue()
    stop, turn = threading.Event(), threading.Lock()
    with Sources({address.family for address in plan.addresses}, plan.ports, workers) as sources:
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


def work(number: int, share: Share, news: Any, stop: Any, turn: Any) -> None:
    """Do one share, step by step in ``turn``, and tell each one's news; at the end None, or what ended it."""
    end = None
    try:
        with Probe(share) as probe:
            while not (probe.is_done or stop.is_set()):
                with turn:
                    found = probe.step()
                news.put((number, found))
                probe.wait(PATIENCE)
    except BaseException as error:
        end = error
    news.put((number, end))


def results_of(get: Any, left: int, tally: Tally) -> Iterator[Result]:
    """Yield the results out of the news of ``left`` workers, until the last of them has ended."""
    while left:
        number, news = get()
        if news is None:
            left -= 1
        elif isinstance(news, BaseException):
            raise news
        else:
            yield from tally.hear(number, news)
