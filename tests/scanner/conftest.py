"""Listeners of every kind on loopback, and who listens according to the system."""

from __future__ import annotations

import os
import socket
import struct
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTS = "30000-65535"
RESET = struct.pack("ii", 1, 0)
BANNER = b"220 ready\r\n"
HOSTILE = b"\x1b[2J\x1b]0;owned\x07<script>\xff\n"


class Listeners(NamedTuple):
    """The ports of the fixture's listeners, by what they are."""

    ipv4: list[int]
    ipv6: list[int]  # IPv6 only
    dual: int
    second: int  # 127.0.0.2 only
    full: int  # its backlog is full: nobody answers
    silent: int
    resetting: int
    banner: int
    hostile: int

    @property
    def open_on_ipv4(self) -> set[int]:
        """The ports that are open on 127.0.0.1."""
        return {*self.ipv4, self.dual, self.silent, self.resetting, self.banner, self.hostile}

    @property
    def open_on_ipv6(self) -> set[int]:
        """The ports that are open on ::1."""
        return {*self.ipv6, self.dual}


def listen(ip: str = "127.0.0.1", backlog: int = 1000, dual: bool = False) -> socket.socket:
    """Return a socket that listens on a port between 30000 and 65535 that the system chooses.

    Who does not accept is asked some three hundred times, and then the backlog must not be full.
    """
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    while True:
        sock = socket.socket(family, socket.SOCK_STREAM)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual else 1)
        sock.bind((ip, 0))
        if sock.getsockname()[1] >= 30000:
            sock.listen(backlog)
            return sock
        sock.close()


def fill(listener: socket.socket) -> list[socket.socket]:
    """Fill the backlog of a listener that never accepts; return the sockets that wait in it."""
    waiting = []
    for _ in range(3):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname())
        waiting.append(sock)
    return waiting


def serve(listener: socket.socket, greeting: bytes | None) -> None:
    """Accept until the listener is shut; greet, or reset when there is no greeting."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            if greeting is None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            else:
                try:
                    connection.sendall(greeting)
                    connection.recv(1)
                except OSError:
                    pass


@pytest.fixture(scope="session")
def listeners() -> Iterator[Listeners]:
    with ExitStack() as stack:

        def add(*args: object, **kwargs: object) -> socket.socket:
            return stack.enter_context(listen(*args, **kwargs))  # type: ignore[arg-type]

        def port(sock: socket.socket) -> int:
            return int(sock.getsockname()[1])

        full = add(backlog=0)
        for waiting in fill(full):
            stack.enter_context(waiting)
        serving = [(add(), None), (add(), BANNER), (add(), HOSTILE)]
        threads = [threading.Thread(target=serve, args=each) for each in serving]
        for thread in threads:
            thread.start()
        has_ipv6 = os.path.exists("/proc/net/if_inet6")
        yield Listeners(
            ipv4=[port(add()) for _ in range(3)],
            ipv6=[port(add("::1"))] if has_ipv6 else [],
            dual=port(add("::", dual=True)) if has_ipv6 else port(add()),
            second=port(add("127.0.0.2")),
            full=port(full),
            silent=port(add()),
            resetting=port(serving[0][0]),
            banner=port(serving[1][0]),
            hostile=port(serving[2][0]),
        )
        for sock, _ in serving:
            sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def who_listens() -> set[tuple[str, int]]:
    """Return (address, port) of all that listen, as the system has it; empty where it does not say."""
    found = set()
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/net/{name}") as file:
                lines = file.read().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *_ = line.split()
            if state == "0A":
                ip, port = local.split(":")
                words = struct.unpack(f"={len(ip) // 8}I", bytes.fromhex(ip)[::1])
                packed = b"".join(struct.pack(">I", word) for word in words)
                family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
                found.add((socket.inet_ntop(family, packed), int(port, 16)))
    return found


def may_answer(ip: str, listening: set[tuple[str, int]]) -> set[int]:
    """Return the ports of an address on which somebody listens, or may: "::" is for IPv4 too unless it says no."""
    wildcards = {"0.0.0.0", "::"} if "." in ip else {"::"}
    return {port for where, port in listening if where == ip or where in wildcards}


class Truth:
    """Who listens while the context lasts, others on this machine too: looked at again and again."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._stop.wait(0.003):
            self.seen |= who_listens()

    def look(self) -> None:
        """Look now: something has been found."""
        self.seen |= who_listens()

    def __enter__(self) -> Truth:
        self.look()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self.look()
