"""The sockets of a scan: each is bound to a source port that is no target, so that none connects to itself.

A connect from an ephemeral port to itself succeeds (RFC 9293, 3.5: simultaneous open), and shows a port as open where
nobody listens.  A bound socket also spares the system the search for a free port, and on loopback, where the source
address is known too, one of two look-ups of the route: a sixth of what a connect costs there.

``_socket`` is all that ``socket`` has in C; the rest takes an interpreter as long to import as to ask 5,000 ports.
"""

from __future__ import annotations

import os
import time
from _socket import (
    AF_INET,
    AF_INET6,
    IPPROTO_IPV6,
    IPV6_V6ONLY,
    SO_LINGER,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    inet_pton,
    socket,
)
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EMFILE, ENFILE
from itertools import chain
from struct import pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import Address

_RESET_AT_CLOSE = pack("ii", 1, 0)


def is_loopback(address: Address) -> bool:
    """Tell whether an address is of this machine for sure: 127.0.0.0/8, ::1, or 127.0.0.0/8 mapped into IPv6."""
    if address.family == AF_INET:
        return str(address.ip).startswith("127.")
    packed = inet_pton(AF_INET6, address.ip)
    return packed == b"\0" * 15 + b"\1" or packed[:13] == b"\0" * 10 + b"\xff\xff\x7f"


def socket_for(address: Address, source: int) -> socket:
    """Return a socket to ask the ports of an address with, from the source port."""
    if is_loopback(address):
        try:
            return socket_from(address.family, source, address.ip)
        except OSError as error:
            if error.errno != EADDRNOTAVAIL:  # there is no such address here; a connect will say what is wrong
                raise
    return socket_from(address.family, source)


def socket_from(family: int, source: int, ip: str = "", is_first: bool = False) -> socket:
    """Return a non-blocking socket bound to the source port, which leaves no TIME_WAIT behind when it is closed.

    The first one binds alone, EADDRINUSE when anybody else has the port, and then lets further ones in.
    """
    sock = socket(family, SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(SOL_SOCKET, SO_LINGER, _RESET_AT_CLOSE)
        sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, not is_first)
        if family == AF_INET6:
            sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
        sock.bind((ip, source))
        sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def is_own(sock: socket, sources: tuple[int, ...]) -> bool:
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

    def __init__(self, addresses: tuple[Address, ...], ports: tuple[int, ...], count: int) -> None:
        self.numbers: list[int] = []
        self._held: list[socket] = []
        self._families = sorted({address.family for address in addresses})
        for number in _candidates(set(ports)):
            if len(self.numbers) == count:
                break
            self._take(number)

    def _take(self, number: int) -> None:
        held: list[socket] = []
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
