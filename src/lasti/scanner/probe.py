"""The probe that all four engines share: it asks ports whether they are open, and never waits by itself.

``step`` does what can be done at once and returns what it brought; an engine then waits in its own way, until
``fileno()`` is readable or ``delay()`` seconds have passed, and calls ``step`` again.

On loopback an answer is there when ``connect`` returns: a second ``connect_ex`` on the same non-blocking socket says
ECONNREFUSED, and the socket can be used for the next port; or 0, connected; or EALREADY, no answer yet.  Only sockets
of the last kind wait, in one queue, for they all have the same time.  Three more things matter:

* All sockets come from one source port, which is none of the targets (``sockets.py`` says why).
* SO_ERROR of a socket that still waits is 0.  Whether it is connected, only another ``connect_ex`` says.
* When a socket's time is up it is looked at once more: the clock alone decides nothing.
"""

from __future__ import annotations

import os
import selectors
import time
from collections import deque
from errno import (
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

from .records import CLOSED, ERROR, FILTERED, OPEN, News
from .sockets import is_own, socket_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Sequence
    from typing import Any

    from .records import Address, Share

BATCH = 512  # ports that are asked in one step: some milliseconds
BANNER = 256  # bytes
OPENS = {0: "syn-ack", EISCONN: "syn-ack", ECONNRESET: "reset"}  # whoever resets has listened
FILTERS = {ETIMEDOUT: "no answer", EHOSTUNREACH: "host unreachable", ENETUNREACH: "network unreachable"}


class Waiting:
    """A socket that waits for an answer, or, when it is connected, for a banner."""

    __slots__ = ("address", "attempt", "deadline", "is_connected", "reason", "socket", "where")

    def __init__(self, address: Address, where: tuple[Any, ...], sock: socket | None, attempt: int) -> None:
        self.address = address
        self.where = where  # what ``connect`` takes
        self.socket = sock  # None when it has been answered
        self.deadline = 0.0  # of time.monotonic()
        self.attempt = attempt  # how often it has been asked before
        self.is_connected = False
        self.reason = ""


class Probe:
    """Asks the ports of one share.  Not for several threads."""

    def __init__(self, share: Share) -> None:
        self.share = share
        self.window = share.window
        self._addresses = deque(share.addresses if share.ports else ())  # the first of them is asked at the moment
        self._position = 0  # among its ports
        self._again: deque[tuple[Address, int, int]] = deque()  # address, port, how often it has been asked
        self._failed: set[Address] = set()
        self._idle: tuple[Address, socket] | None = None  # was refused, and can be used again for this address
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
            self._close(waiting)
        if self._idle is not None:
            self._idle[1].close()
        self._selector.close()

    # -- what an engine uses -----------------------------------------------------------------------------------------

    @property
    def is_done(self) -> bool:
        """Tell whether every port has its answer."""
        return not (self._addresses or self._again or self._waiting)

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
        if self.share.rate and self._waiting < self.window and (self._again or self._addresses):
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

    def _room(self, now: float) -> int:
        """Return how many ports may be asked now."""
        if not (self._addresses or self._again):
            return 0
        room = min(BATCH, self.window - self._waiting)
        if self.share.rate:
            room = min(room, int((now - self._began) * self.share.rate) + 1 - self._asked)
        return max(0, int(room))

    def _ask(self, room: int) -> None:
        """Ask ``room`` ports, as long as there are some, and sockets for them; first those that are asked again."""
        while room > 0 and self._waiting < self.window and (self._again or self._addresses):
            if self._again:
                address, port, attempt = self._again.popleft()
                asked = self._ask_ports(address, (port,), attempt)
                if not asked and address not in self._failed:
                    self._again.appendleft((address, port, attempt))
            else:
                asked = self._sweep(self._addresses[0], room)
            room -= asked
            self._asked += asked

    def _sweep(self, address: Address, room: int) -> int:
        ports = self.share.ports[self._position : self._position + room]
        asked = self._ask_ports(address, ports, 0)
        self._position += asked
        if self._position == len(self.share.ports) or address in self._failed:
            self._addresses.popleft()
            self._position = 0
        return asked

    def _ask_ports(self, address: Address, ports: Sequence[int], attempt: int) -> int:
        """Ask ports until one does not refuse at once; return how many.  A refusal is two system calls, and no more."""
        sock, asked, wants_closed = self._socket_for(address, ports[0]), 0, self.share.wants_closed
        if sock is None:
            return 0
        connect = sock.connect_ex
        for where in address.at(ports):
            asked += 1
            first = error = connect(where)
            if first == EINPROGRESS:
                error = connect(where)
            if error != ECONNREFUSED:
                self._answered(Waiting(address, where, sock, attempt), error, is_ours=first != EINPROGRESS)
                return asked
            self._closed += 1
            if wants_closed:
                self._tell(address, where[1], CLOSED, "refused")
        self._idle = (address, sock)
        return asked

    def _socket_for(self, address: Address, port: int) -> socket | None:
        """Return a socket to ask an address with; None when there can be none, which is said or tried again later."""
        idle, self._idle = self._idle, None
        if idle is not None:
            if idle[0] == address:
                return idle[1]
            idle[1].close()
        try:
            return socket_for(address, self.share.source)
        except OSError as error:
            if error.errno in (EMFILE, ENFILE) and self._waiting:
                self.window = self._waiting  # others have taken descriptors meanwhile
            else:
                self._fail(address, port, error.errno or 0)
            return None

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
            self._again.append((waiting.address, waiting.where[1], waiting.attempt + 1))
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
            self._again = deque(each for each in self._again if each[0] != address)
            self._tell(address, port, ERROR, os.strerror(error).lower())

    def _tell(self, address: Address, port: int, state: str, reason: str, banner: str = "") -> None:
        seconds = time.monotonic() - self.share.began
        self._results.append((address.host, address.ip, port, state, reason, seconds, banner))

    def _close(self, waiting: Waiting) -> None:
        if waiting.socket is not None:
            waiting.socket.close()
            waiting.socket = None
