"""The probe that all four engines share: it asks ports whether they are open, and never waits by itself.

``step`` does what can be done at once and returns what it brought; an engine then waits in its own way, until
``fileno()`` is readable or ``delay()`` seconds have passed, and calls ``step`` again.

On loopback an answer is there when ``connect`` returns: a second ``connect_ex`` on the same non-blocking socket says
ECONNREFUSED, and the socket can be used for the next port; or 0, connected; or EALREADY, no answer yet.  Only sockets
of the last kind wait, in one queue, for they all have the same time.  Three more things that cost right answers:

* All sockets come from one source port, which is none of the targets: a connect from an ephemeral port to itself
  succeeds (RFC 9293, 3.5: simultaneous open), and shows a port as open where nobody listens.
* SO_ERROR of a socket that still waits is 0.  Whether it is connected, only another ``connect_ex`` says.
* When a socket's time is up it is looked at once more: the clock alone decides nothing.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections import deque
from errno import (
    EACCES,
    EADDRINUSE,
    EALREADY,
    ECONNREFUSED,
    ECONNRESET,
    EHOSTUNREACH,
    EINPROGRESS,
    EISCONN,
    EMFILE,
    ENETUNREACH,
    ENFILE,
    ETIMEDOUT,
)
from itertools import chain, islice, repeat

from .records import CLOSED, ERROR, FILTERED, OPEN, News

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .records import Address, Share

BATCH = 512  # ports that are asked in one step: some milliseconds
BANNER = 256  # bytes
OPENS = {0: "syn-ack", EISCONN: "syn-ack", ECONNRESET: "reset"}  # whoever resets has listened
FILTERS = {ETIMEDOUT: "no answer", EHOSTUNREACH: "host unreachable", ENETUNREACH: "network unreachable"}
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


# An address, what ``connect`` takes for one of its ports, and how often that has been asked already.
if TYPE_CHECKING:
    Target = tuple[Address, tuple[Any, ...], int]


class Waiting:
    """A socket that waits for an answer, or, when it is connected, for a banner."""

    __slots__ = ("address", "attempt", "deadline", "is_connected", "reason", "socket", "where")

    def __init__(self, address: Address, where: tuple[Any, ...], sock: socket.socket | None, attempt: int) -> None:
        self.address = address
        self.where = where
        self.socket = sock  # None when it has been answered
        self.deadline = 0.0  # of time.monotonic()
        self.attempt = attempt
        self.is_connected = False
        self.reason = ""


class Probe:
    """Asks the ports of one share.  Not for several threads."""

    def __init__(self, share: Share) -> None:
        self.share = share
        self.window = share.window
        self._targets = self._all_targets()
        self._again: deque[Target] = deque()
        self._is_swept = False
        self._failed: set[Address] = set()
        self._idle: socket.socket | None = None
        self._queue: deque[Waiting] = deque()  # in the order of their deadlines
        self._waiting = 0
        self._selector = selectors.DefaultSelector()
        self._asked = 0
        self._began = time.monotonic()
        self._closed = 0
        self._others = 0  # done, and not closed
        self._results: list[tuple[Any, ...]] = []

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *error: object) -> None:
        for waiting in self._queue:
            if waiting.socket is not None:
                waiting.socket.close()
        if self._idle is not None:
            self._idle.close()
        self._selector.close()

    # -- what an engine uses -----------------------------------------------------------------------------------------

    @property
    def is_done(self) -> bool:
        """Tell whether every port has its answer."""
        return self._is_swept and not self._waiting and not self._again

    def step(self) -> News:
        """Take the answers that are there, give up those whose time is over, and ask further ports."""
        if self._waiting:
            for key, _ in self._selector.select(0):
                self._look(key.data)
        now = time.monotonic()
        while self._queue and (self._queue[0].socket is None or self._queue[0].deadline <= now):
            waiting = self._queue.popleft()
            if waiting.socket is not None and not self._look(waiting):
                self._give_up(waiting)
        self._ask(self._room(now))
        results, self._results = self._results, []
        done = self._closed + self._others
        return News(results, done, self._closed, self._waiting, time.monotonic() - self.share.began)

    def delay(self) -> float:
        """Return for how many seconds there is nothing to do unless something is answered."""
        now = time.monotonic()
        if self.is_done or self._room(now):
            return 0.0
        ends = [self._queue[0].deadline] if self._queue else []
        if self.share.rate and self._waiting < self.window and (self._again or not self._is_swept):
            ends.append(self._began + self._asked / self.share.rate)
        return max(0.0, min(ends) - now)

    def fileno(self) -> int:
        """Return a descriptor that is readable when something has been answered."""
        return self._selector.fileno()  # epoll's and kqueue's have it

    def wait(self, at_most: float = 60.0) -> None:
        """Wait in the plainest way: the thread sleeps in ``select``."""
        delay = min(self.delay(), at_most)
        if delay:
            self._selector.select(delay)

    # -- asking --------------------------------------------------------------------------------------------------------

    def _all_targets(self) -> Iterator[Target]:
        failed = self._failed
        for address in self.share.addresses:
            for target in zip(repeat(address), address.at(self.share.ports), repeat(0), strict=False):
                if failed and address in failed:
                    break
                yield target

    def _room(self, now: float) -> int:
        """Return how many ports may be asked now."""
        if self._is_swept and not self._again:
            return 0
        room = min(BATCH, self.window - self._waiting)
        if self.share.rate:
            room = min(room, int((now - self._began) * self.share.rate) + 1 - self._asked)
        return max(0, int(room))

    def _ask(self, count: int) -> None:
        """Ask ``count`` ports; those that refuse at once cost two system calls and nothing else."""
        again = [self._again.popleft() for _ in range(min(count, len(self._again)))]
        every = self.share.wants_closed
        family, connect, asked = 0, None, 0
        for address, where, attempt in chain(again, islice(self._targets, count - len(again))):
            asked += 1
            if connect is None or family != address.family:
                family = address.family
                connect = self._connect_of(address, where, attempt)
            if connect is not None:
                first = error = connect(where)
                if error == EINPROGRESS:
                    error = connect(where)
                if error == ECONNREFUSED and not every:
                    self._closed += 1
                    continue
                sock, self._idle, connect = self._idle, None, None
                self._answered(Waiting(address, where, sock, attempt), error, is_ours=first != EINPROGRESS)
            if self._waiting >= self.window:
                break
        else:
            self._is_swept = asked < count
        self._asked += asked

    def _connect_of(self, address: Address, where: tuple[Any, ...], attempt: int) -> Any:
        """Return ``connect_ex`` of an idle socket; None when there can be none, which is said or tried again later."""
        if self._idle is not None and self._idle.family != address.family:
            self._idle.close()
            self._idle = None
        if self._idle is None:
            try:
                self._idle = socket_from(address.family, self.share.source)
            except OSError as error:
                if error.errno in (EMFILE, ENFILE) and self._waiting:
                    self.window = self._waiting  # others have taken descriptors meanwhile
                    self._again.append((address, where, attempt))
                else:
                    self._fail(address, where[1], error.errno or 0)
                return None
        return self._idle.connect_ex

    # -- answers -------------------------------------------------------------------------------------------------------

    def _answered(self, waiting: Waiting, error: int, is_ours: bool = False) -> None:
        """Do what an error number asks for; ``is_ours``: the system refused to ask, the network has said nothing."""
        if error in (EALREADY, EINPROGRESS):
            self._wait_for(waiting, selectors.EVENT_WRITE)
        elif error in OPENS:
            self._opened(waiting, OPENS[error])
        elif error == ECONNREFUSED:
            self._settle(waiting, CLOSED, "refused")
        elif is_ours:
            self._close(waiting)
            self._fail(waiting.address, waiting.where[1], error)
        else:
            self._settle(waiting, FILTERED, FILTERS.get(error) or os.strerror(error).lower())

    def _wait_for(self, waiting: Waiting, event: int) -> None:
        assert waiting.socket is not None
        waiting.deadline = time.monotonic() + self.share.timeout
        self._selector.register(waiting.socket, event, waiting)
        self._queue.append(waiting)
        self._waiting += 1

    def _look(self, waiting: Waiting) -> bool:
        """Look at a socket that waited; tell whether it is done with that."""
        sock = waiting.socket
        if sock is None:
            return True
        if waiting.is_connected:
            try:
                banner = sock.recv(BANNER)
            except BlockingIOError:
                return False
            except OSError:
                banner = b""
            self._stop_waiting(waiting)
            self._settle(waiting, OPEN, waiting.reason, banner.decode("utf-8", "replace"))
            return True
        error = sock.connect_ex(waiting.where)
        if error in (EALREADY, EINPROGRESS):
            return False
        self._stop_waiting(waiting)
        self._answered(waiting, error)
        return True

    def _stop_waiting(self, waiting: Waiting) -> None:
        assert waiting.socket is not None
        self._selector.unregister(waiting.socket)
        self._waiting -= 1

    def _give_up(self, waiting: Waiting) -> None:
        self._stop_waiting(waiting)
        if waiting.is_connected:
            self._settle(waiting, OPEN, waiting.reason)
        elif waiting.attempt < self.share.retries:
            self._close(waiting)
            self._again.append((waiting.address, waiting.where, waiting.attempt + 1))
        else:
            self._settle(waiting, FILTERED, "no answer")

    def _opened(self, waiting: Waiting, reason: str) -> None:
        assert waiting.socket is not None
        if reason == "syn-ack" and is_own(waiting.socket, self.share.sources):
            self._settle(waiting, CLOSED, "connected to itself")
        elif reason == "syn-ack" and self.share.wants_banner:
            # In a Waiting of its own: the old one may still stand in the queue, and knows its socket.
            banner = Waiting(waiting.address, waiting.where, waiting.socket, waiting.attempt)
            banner.is_connected, banner.reason, waiting.socket = True, reason, None
            self._wait_for(banner, selectors.EVENT_READ)
        else:
            self._settle(waiting, OPEN, reason)

    def _settle(self, waiting: Waiting, state: str, reason: str, banner: str = "") -> None:
        self._close(waiting)
        if state == CLOSED:
            self._closed += 1
            if not self.share.wants_closed:
                return
        else:
            self._others += 1
        self._tell(waiting.address, waiting.where[1], state, reason, banner)

    def _fail(self, address: Address, port: int, error: int) -> None:
        """Give up an address: what the system refuses for one of its ports it refuses for all."""
        if address not in self._failed:
            self._failed.add(address)
            self._tell(address, port, ERROR, os.strerror(error).lower())

    def _tell(self, address: Address, port: int, state: str, reason: str, banner: str = "") -> None:
        seconds = time.monotonic() - self.share.began
        self._results.append((address.host, address.ip, port, state, reason, seconds, banner))

    def _close(self, waiting: Waiting) -> None:
        if waiting.socket is not None:
            waiting.socket.close()
            waiting.socket = None


# -- sockets ----------------------------------------------------------------------------------------------------


def socket_from(family: int, source: int, is_first: bool = False) -> socket.socket:
    """Return a non-blocking socket bound to the source port, which leaves no TIME_WAIT behind when it is closed.

    The first one binds alone, EADDRINUSE when anybody else has the port, and then lets further ones in.
    """
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, not is_first)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("", source))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def is_own(sock: socket.socket, sources: tuple[int, ...]) -> bool:
    """Tell whether a socket is connected to itself, or to another of the scan's own: nobody listens there."""
    try:
        here, there = sock.getsockname(), sock.getpeername()
    except OSError:  # reset meanwhile: somebody has listened
        return False
    return bool(here[0] == there[0] and there[1] in sources)


def _candidates(targets: set[int]) -> Iterator[int]:
    """Yield ports to connect from, beginning anywhere: those that are no targets, then the others."""
    begin = time.monotonic_ns() // 1000 + os.getpid() * 7919
    first = 1024 + begin % (65536 - 1024)
    for is_target in (False, True):
        yield from (port for port in chain(range(first, 65536), range(1024, first)) if (port in targets) is is_target)


class Sources:
    """Source ports, one for each worker, that are no targets; held while the context lasts."""

    def __init__(self, families: set[int], ports: tuple[int, ...], count: int) -> None:
        self.numbers: list[int] = []
        self._held: list[socket.socket] = []
        self._families = sorted(families)
        for number in _candidates(set(ports)):
            if len(self.numbers) == count:
                break
            self._take(number)

    def _take(self, number: int) -> None:
        held: list[socket.socket] = []
        is_free = True
        for family in self._families:
            try:
                held.append(socket_from(family, number, is_first=True))
            except OSError as error:
                if error.errno in (EMFILE, ENFILE):
                    raise
                if error.errno in (EADDRINUSE, EACCES):
                    is_free = False  # any other error is told to whoever asks a port there
        if is_free:
            self.numbers.append(number)
            self._held += held
        else:
            for sock in held:
                sock.close()

    def __enter__(self) -> list[int]:
        return self.numbers

    def __exit__(self, *error: object) -> None:
        for sock in self._held:
            sock.close()
