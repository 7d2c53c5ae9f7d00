"""Four ways to wait, the fourth: threads again, but each in an interpreter of its own, with a GIL of its own (3.12+).

What an interpreter needs is given to it as plain values, and what it finds comes back through a queue: nothing is
shared.  One for each share, and not, as in a first attempt, one for each port: an interpreter costs some 3 MB, and as
much time as asking ten thousand ports on loopback.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import allocate_lock
from errno import EMFILE

from .records import News, Share, Tally, descriptors_left
from .work import results_of, work

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Generator
    from typing import Any

    from ..interpreters import Queue
    from .records import Plan, Result

PORTS_EACH = 50_000  # with fewer, a second interpreter takes longer to start than it saves

# What runs inside.  The names are bound by `prepare_main`; the path is that of the interpreter which started this one.
SCRIPT = """
import gc, sys
gc.disable()
sys.path[:] = path
from lasti.scanner.interpreters import inside
inside(number, share, news, stop)
"""


def scan_interpreters(plan: Plan, tally: Tally | None = None, workers: int = 0) -> Generator[Result, None, None]:
    """Yield the results as they are found.  UsageError when this Python has no subinterpreters.

    ``workers``: how many interpreters; 0: one for each PORTS_EACH ports, at most one for each CPU.
    """
    import threading

    from ..interpreters import create_queue
    from .sockets import Sources

    if descriptors_left() < 2:  # modules, queues and sockets inside: an import that fails there is no clear sentence
        raise OSError(EMFILE, os.strerror(EMFILE))

    tally, workers = tally or Tally(plan), workers or min(1 + plan.total // PORTS_EACH, os.cpu_count() or 1)
    news, stop, drained = create_queue(), create_queue(), threading.Event()
    with Sources(plan.addresses, plan.ports, workers) as sources:
        threads = [
            threading.Thread(target=_run, args=(number, share, news, stop, drained))
            for number, share in enumerate(plan.shares(sources, time.monotonic()))
        ]
        for thread in threads:
            thread.start()
        try:
            yield from results_of(lambda: _received(news), len(threads), tally)
        finally:
            drained.set()
            stop.put(True)
            for thread in threads:
                thread.join()


def inside(number: int, share: tuple[Any, ...], news: Queue, stop: Queue) -> None:
    """Do one share, in another interpreter: what the threads do, with queues that reach out of it."""
    turn = allocate_lock()  # of its own: each has a GIL (3.12+)
    work(number, restored(share), _Telling(news), _Stop(stop), turn)


def _run(number: int, share: Share, news: Queue, stop: Queue, drained: threading.Event) -> None:
    """Start an interpreter and wait for it, in a thread of the main one; pass on what ended it, if anything did."""
    from ..interpreters import create

    interpreter = create()
    try:
        try:
            interpreter.prepare_main(path=tuple(sys.path), number=number, share=plain(share), news=news, stop=stop)
            interpreter.exec(SCRIPT)
        except Exception as error:
            news.put((number, str(error)))
        drained.wait()  # what it has put into the queue goes when it ends
    finally:
        interpreter.close()


def _received(news: Queue) -> tuple[int, Any]:
    number, fields = news.get()
    if isinstance(fields, str):
        return number, RuntimeError(f"an interpreter of the scan failed: {fields}")
    return number, fields and News(*fields)


class _Telling:
    """The queue, as ``work`` uses it: plain tuples go through, an exception leaves the interpreter by itself."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def put(self, item: tuple[int, Any]) -> None:
        """Put news of a worker."""
        number, news = item
        if isinstance(news, BaseException):
            raise news
        self._queue.put((number, news and tuple(news)))


class _Stop:
    """The other queue, as ``work`` uses it: something in it means stop."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def is_set(self) -> bool:
        """Tell whether to stop."""
        return not self._queue.empty()


def plain(share: Share) -> tuple[Any, ...]:
    """Return a share as a tuple of plain values."""
    addresses, *rest = share
    return (tuple(tuple(address) for address in addresses), *rest)


def restored(fields: tuple[Any, ...]) -> Share:
    """Return what ``plain`` was given."""
    from .records import Address

    addresses, *rest = fields
    return Share(tuple(Address(*each) for each in addresses), *rest)
