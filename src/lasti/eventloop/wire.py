"""The two ends of a simulated connection, and of simulated datagrams: asyncio transports with nothing beneath.

What an end writes is cut into segments, each of which arrives at the other end when its link says.  An end has at most
``window`` bytes on the way or unread on the other side; what is more waits in its buffer, and a buffer above the
high-water mark pauses the protocol: so a slow reader is felt by the writer.  Segments of a stream arrive in order; lost
ones are sent again.

Source: CPython Lib/asyncio/transports.py, selector_events.py (``_SelectorSocketTransport``); PEP 3156.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .network import Link, Network

    Address = tuple[str, int]

SEGMENT = 16 * 1024  # bytes, at most, of one write that arrive at once
HIGH_WATER = 64 * 1024  # bytes; asyncio's own


class SimulatedSocket:
    """What ``get_extra_info("socket")`` gives: it knows its addresses, and can do nothing."""

    def __init__(self, name: Address, peer: Address | None, kind: socket.SocketKind) -> None:
        self._name = name
        self._peer = peer
        self.family = socket.AF_INET
        self.type = kind
        self.proto = 0

    def __repr__(self) -> str:
        return f"<SimulatedSocket laddr={self._name} raddr={self._peer}>"

    def getsockname(self) -> Address:
        """Return its own address."""
        return self._name

    def getpeername(self) -> Address:
        """Return the address of the other end; OSError when there is none."""
        if self._peer is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._peer

    def getsockopt(self, *args: Any) -> int:
        """Return 0: no option is set."""
        return 0

    def setsockopt(self, *args: Any) -> None:
        """Do nothing: there is nothing beneath."""

    def fileno(self) -> int:
        """Return -1: it is no file."""
        return -1


class _Transport:
    """What streams and datagrams have in common."""

    def __init__(self, loop: Any, protocol: Any, name: Address, peer: Address | None, kind: socket.SocketKind) -> None:
        self._loop = loop
        self._protocol = protocol
        self._closing = False
        self._extra: dict[str, Any] = {
            "sockname": name,
            "peername": peer,
            "socket": SimulatedSocket(name, peer, kind),
        }

    def __repr__(self) -> str:
        state = " closing" if self._closing else ""
        return f"<{type(self).__name__}{state} {self._extra['sockname']} -> {self._extra['peername']}>"

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return sockname, peername or socket."""
        found = self._extra.get(name)
        return default if found is None else found

    def is_closing(self) -> bool:
        """Tell whether it is closed or about to be."""
        return self._closing

    def get_protocol(self) -> Any:
        """Return the protocol."""
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        """Set another protocol."""
        self._protocol = protocol


class Stream(_Transport, asyncio.Transport):
    """One end of a connection; ``other`` is the other one."""

    def __init__(self, loop: Any, protocol: Any, link: Link, window: int, name: Address, peer: Address) -> None:
        _Transport.__init__(self, loop, protocol, name, peer, socket.SOCK_STREAM)
        self.other: Stream
        self.on_lost: Any = None  # called when it is over
        self._link = link
        self._window = window
        self._low, self._high = HIGH_WATER // 4, HIGH_WATER
        self._buffer = bytearray()  # written, and not on its way
        self._on_its_way = 0  # bytes that the other end's protocol has not got
        self._is_writing_paused = False
        self._is_reading_paused = False
        self._unread: deque[bytes] = deque()  # arrived; b"" is the end
        self._wants_eof = False
        self._has_sent_eof = False
        self._is_lost = False

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        """Send bytes; never waits."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self._wants_eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._closing or self._is_lost or not len(data):
            return
        self._buffer += data
        self._send()
        if len(self._buffer) > self._high and not self._is_writing_paused:
            self._is_writing_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Any) -> None:
        """Send several."""
        self.write(b"".join(list_of_data))

    def _send(self) -> None:
        """Put on its way what the window has room for; at the end, the end."""
        while self._buffer and self._on_its_way < self._window:
            segment = bytes(self._buffer[: min(SEGMENT, self._window - self._on_its_way)])
            del self._buffer[: len(segment)]
            self._on_its_way += len(segment)
            self._link.send(len(segment), self.other._arrive, segment)
        if not self._buffer and (self._wants_eof or self._closing) and not self._has_sent_eof:
            self._has_sent_eof = True
            self._link.send(0, self.other._arrive, b"")
            if self._closing:
                self._loop.call_soon(self._lose, None)

    def _was_read(self, number: int) -> None:
        """The other end's protocol has got ``number`` bytes more."""
        self._on_its_way -= number
        self._send()
        if self._is_writing_paused and len(self._buffer) <= self._low and not self._is_lost:
            self._is_writing_paused = False
            self._protocol.resume_writing()

    def can_write_eof(self) -> bool:
        """Tell that write_eof() works."""
        return True

    def write_eof(self) -> None:
        """Close this direction when all is sent."""
        if not self._closing and not self._wants_eof:
            self._wants_eof = True
            self._send()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait for room."""
        return len(self._buffer)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return the marks at which the protocol goes on and is paused, in bytes."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set these marks; ValueError unless high >= low >= 0."""
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self._low, self._high = low, high

    # -- reading ------------------------------------------------------------------------------------------------------

    def is_reading(self) -> bool:
        """Tell whether the protocol gets what arrives."""
        return not self._is_reading_paused and not self._closing

    def pause_reading(self) -> None:
        """Keep what arrives from the protocol."""
        self._is_reading_paused = True

    def resume_reading(self) -> None:
        """Give the protocol what has arrived meanwhile."""
        if self._is_reading_paused:
            self._is_reading_paused = False
            self._loop.call_soon(self._read)

    def _arrive(self, data: bytes) -> None:
        """Take a segment that arrives here."""
        if self._is_lost or (self._closing and data):
            if data:  # nobody is here any more: the other end hears so
                self._link.send(0, self.other._reset)
            return
        self._unread.append(data)
        self._read()

    def _read(self) -> None:
        while self._unread and not self._is_reading_paused and not self._is_lost:
            data = self._unread.popleft()
            if data:
                self._give(data)
                self.other._was_read(len(data))
            elif not self._closing and not self._protocol.eof_received():
                self.close()

    def _give(self, data: bytes) -> None:
        if not isinstance(self._protocol, asyncio.BufferedProtocol):
            self._protocol.data_received(data)
            return
        while data:
            buffer: Any = self._protocol.get_buffer(len(data))
            number = min(len(buffer), len(data))
            if not number:
                raise RuntimeError("get_buffer() returned an empty buffer")
            buffer[:number] = data[:number]
            self._protocol.buffer_updated(number)
            data = data[number:]

    # -- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Send what is written, then close."""
        if not self._closing:
            self._closing = True
            self._send()
            if self._has_sent_eof and not self._is_lost:
                self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        """Close at once; what is not on its way is lost, and the other end gets ConnectionResetError."""
        if not self._is_lost:
            self._closing = True
            self._buffer.clear()
            self._link.send(0, self.other._reset)
            self._loop.call_soon(self._lose, None)

    def _reset(self) -> None:
        if not self._is_lost:
            self._closing = True
            self._buffer.clear()
            self._lose(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

    def _lose(self, error: Exception | None) -> None:
        if self._is_lost:
            return
        self._is_lost = True
        try:
            self._protocol.connection_lost(error)
        finally:
            if self.on_lost is not None:
                self.on_lost()


class Datagrams(_Transport, asyncio.DatagramTransport):
    """An endpoint for datagrams: each goes its own way, may be lost, and may overtake another."""

    def __init__(self, loop: Any, protocol: Any, network: Network, name: Address, peer: Address | None) -> None:
        _Transport.__init__(self, loop, protocol, name, peer, socket.SOCK_DGRAM)
        self._network = network
        self._name = name
        self._peer = peer

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send a datagram to ``addr`` (default: where the endpoint was connected to)."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self._peer is not None and addr not in (None, self._peer):
            raise ValueError(f"Invalid address: must be None or {self._peer}")
        target = self._peer if addr is None else addr
        if target is None:
            raise ValueError("no address given, and the endpoint has none")
        if not self._closing:
            self._network.send_datagram(self, bytes(data), self._name, (target[0], target[1]))

    def receive(self, data: bytes, sender: Address) -> None:
        """Take a datagram that arrives here."""
        if not self._closing and self._peer in (None, sender):
            self._protocol.datagram_received(data, sender)

    def refused(self) -> None:
        """Hear that nobody is at the address of a datagram."""
        if not self._closing and self._peer is not None:
            self._protocol.error_received(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))

    def get_write_buffer_size(self) -> int:
        """Return 0: nothing waits."""
        return 0

    def close(self) -> None:
        """Close."""
        if not self._closing:
            self._closing = True
            self._network.forget_datagrams(self._name)
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close
