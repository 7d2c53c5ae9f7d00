"""What is to be scanned, and what was found: records, made of plain values so that they can cross into interpreters."""

from __future__ import annotations

import os
from collections import namedtuple
from itertools import repeat

TYPE_CHECKING = False  # typing's own, and its NamedTuple, take an interpreter longer to import than all of this
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

OPEN, CLOSED, FILTERED, ERROR = "open", "closed", "filtered", "error"


class Address(namedtuple("Address", ["host", "family", "ip", "scope"])):
    """One address of a host.

    host: as the user wrote it; family: socket.AF_INET or AF_INET6, as an int; ip; scope: the number of the interface
    of a link-local IPv6 address, else 0.
    """

    __slots__ = ()

    def at(self, ports: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """Yield what ``socket.connect`` takes, for each port."""
        rest = (0, self.scope) if ":" in self.ip else ()
        return zip(repeat(self.ip), ports, *map(repeat, rest), strict=False)


class Result(namedtuple("Result", ["host", "ip", "port", "state", "reason", "seconds", "banner"])):
    """What is known of a port; with the state ``error``, of a whole address (``port`` is the first that failed).

    state: open, closed, filtered or error; reason: syn-ack, reset, refused, no answer..., or what the system said;
    seconds: since the scan began; banner: what the port said by itself, "" when nothing or nobody listened to it.
    """

    __slots__ = ()


class Share(
    namedtuple(
        "Share",
        [
            "addresses", "ports", "source", "sources", "began", "timeout", "retries", "window", "rate", "wants_banner",
            "wants_closed",
        ],
    )
):  # fmt: skip
    """The part of a scan that one worker does: everything that a probe needs.

    addresses, ports: tuples; source: the port to connect from; sources: those of all workers (nobody else listens
    there); began: time.monotonic() when the scan began; timeout: in seconds; retries: how often to ask again when
    nothing answers; window: how many sockets wait at the same time; rate: connects a second, 0: as fast as it goes.
    """

    __slots__ = ()


class Plan(
    namedtuple(
        "Plan",
        ["addresses", "ports", "timeout", "retries", "window", "rate", "wants_banner", "wants_closed"],
        defaults=[1.0, 0, 1000, 0.0, False, False],
    )
):
    """A whole scan; its fields are those of a share."""

    __slots__ = ()

    @property
    def total(self) -> int:
        """How many ports there are to look at, over all addresses."""
        return len(self.addresses) * len(self.ports)

    def shares(self, sources: Sequence[int], began: float) -> list[Share]:
        """Split the plan among as many workers as there are source ports, each every n-th port of every address."""
        count = len(sources)
        window = max(1, min(self.window, descriptors_left()) // count)
        return [
            Share(
                self.addresses, self.ports[number::count], source, tuple(sources), began, self.timeout, self.retries,
                window, self.rate / count, self.wants_banner, self.wants_closed,
            )
            for number, source in enumerate(sources)
        ]  # fmt: skip


class News(namedtuple("News", ["results", "done", "closed", "waiting", "seconds"])):
    """What a step of a probe brought: results (as tuples), ports done and closed so far, sockets that wait, when."""

    __slots__ = ()


class Tally:
    """What an engine has told so far: counts, and how they grew.

    ``samples`` has (seconds, ports done, sockets waiting) of all workers together, in order.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.counts: dict[str, int] = {OPEN: 0, CLOSED: 0, FILTERED: 0, ERROR: 0}
        self.samples: list[tuple[float, int, int]] = [(0.0, 0, 0)]
        self.descriptors = 0  # the most that were open
        self._latest: dict[int, News] = {}

    @property
    def done(self) -> int:
        """How many ports are done."""
        return self.samples[-1][1]

    def hear(self, worker: int, news: News) -> Iterator[Result]:
        """Take in what a worker tells, and yield its results."""
        self._latest[worker] = news
        latest = self._latest.values()
        self.counts[CLOSED] = sum(each.closed for each in latest)
        waiting = sum(each.waiting for each in latest)
        self.samples.append((news.seconds, sum(each.done for each in latest), waiting))
        for fields in news.results:
            result = Result(*fields)
            if result.state != CLOSED:  # these are counted, not told, unless they are asked for
                self.counts[result.state] += 1
            yield result


def descriptors_left() -> int:
    """Return how many sockets the process may still open, some kept for others; at least 1."""
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit

    soft, _ = getrlimit(RLIMIT_NOFILE)
    if soft == RLIM_INFINITY:
        return 1 << 16
    return max(1, soft - open_descriptors() - 16)


def open_descriptors() -> int:
    """Return how many descriptors the process has open; a guess where there is no list of them."""
    try:
        return len(os.listdir("/proc/self/fd")) - 1  # one is the listing's own
    except OSError:
        return 32
