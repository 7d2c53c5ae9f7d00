"""A network without a network: connections, servers and datagrams in memory, in the loop's own time.

``Network.attach`` puts its own ``create_connection``, ``create_server``, ``create_datagram_endpoint``, ``getaddrinfo``
and ``getnameinfo`` in place of a loop's, so that streams, and whatever protocol library stands on them, use it
unchanged.  All chance comes from one seed.  There is no TLS, and sockets that a program makes itself are real ones.

Any name is a host, and has an address of its own; ``localhost`` is where a program is unless it says
``with network.on("name"):``.  Every packet from one host to another is under the network's conditions: latency, jitter,
loss, bandwidth; hosts can be cut off from each other, and can refuse connections.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import random
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..versions import PY312
from .wire import Datagrams, SimulatedSocket, Stream

if TYPE_CHECKING:
    from .loop import Loop

    Address = tuple[str, int]

LOCALHOST = "127.0.0.1"
ANY = ("", "0.0.0.0", "::", None)
FIRST_EPHEMERAL_PORT = 49152
SEND_AGAIN_AFTER = 0.2  # seconds, doubled each time, as TCP does (RFC 6298 has 1 s, Linux 0.2 s)
CONNECT_TIMEOUT = 127.0  # seconds until a connection to a host that does not answer fails, as on Linux

_here: ContextVar[str] = ContextVar("lasti.network.host", default=LOCALHOST)


@dataclass(frozen=True)
class Conditions:
    """How packets fare.

    ``latency`` and ``jitter`` in seconds: a packet takes between latency and latency + jitter.  ``loss`` and ``refuse``
    are probabilities: that a packet is lost (one of a stream is sent again, later), that a connection is refused.
    ``bandwidth`` in bytes a second, ``window`` in bytes: what may be on its way or unread, a connection and direction.
    """

    latency: float = 0.001
    jitter: float = 0.0
    loss: float = 0.0
    refuse: float = 0.0
    bandwidth: float = float("inf")
    window: int = 64 * 1024

    def __post_init__(self) -> None:
        wrong = [name for name in ("latency", "jitter") if getattr(self, name) < 0]
        wrong += [name for name in ("loss", "refuse") if not 0 <= getattr(self, name) <= 1]
        wrong += [name for name in ("bandwidth", "window") if getattr(self, name) <= 0]
        if self.loss == 1:
            wrong.append("loss")
        if wrong:
            raise UsageError(
                f"network: {wrong[0]} cannot be {getattr(self, wrong[0])!r}: latency and jitter are seconds, refuse is"
                " a probability, loss one below 1, bandwidth and window are more than 0"
            )


class Link:
    """One direction of a connection: what is sent arrives in order, sooner or later."""

    def __init__(self, network: Network, source: str, target: str) -> None:
        self._network = network
        self._ends = source, target
        self._is_free_at = 0.0
        self._last_arrival = 0.0
        self._on_its_way: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()

    def send(self, size: int, receive: Callable[..., object], *args: Any) -> None:
        """Have ``receive(*args)`` called when ``size`` bytes have arrived that are sent now."""
        network = self._network
        if not network.are_connected(*self._ends):
            network.hold(lambda: self.send(size, receive, *args))
            return
        begins = max(network.loop.time(), self._is_free_at)
        self._is_free_at = begins + size / network.conditions.bandwidth
        arrives = self._is_free_at + network.delay()
        wait = SEND_AGAIN_AFTER
        while network.is_lost():
            arrives += wait
            wait *= 2
        self._last_arrival = arrives = max(arrives, self._last_arrival)
        # An order may exchange timers of one time, and must not exchange what they bring.
        self._on_its_way.append((receive, args))
        network.loop.call_at(arrives, self._deliver)

    def _deliver(self) -> None:
        receive, args = self._on_its_way.popleft()
        receive(*args)


class Network:
    """A simulated network for one loop; its conditions can be changed at any time with ``change``."""

    loop: Any

    def __init__(self, *, seed: int = 0, **conditions: Any) -> None:
        self.seed = seed
        self.conditions = Conditions(**conditions)
        self._random = random.Random(f"network {seed}")
        self._addresses: dict[str, str] = {"localhost": LOCALHOST}
        self._listeners: dict[Address, Server] = {}
        self._endpoints: dict[Address, Datagrams] = {}
        self._groups: list[frozenset[str]] = []
        self._ports = FIRST_EPHEMERAL_PORT
        self._held: list[Callable[[], None]] = []
        self._host_s: Any = {}

    def attach(self, loop: Loop) -> None:
        """Put the simulated calls in place of the loop's."""
        self.loop = loop
        for name in ("create_connection", "create_server", "create_datagram_endpoint", "getaddrinfo", "getnameinfo"):
            self._host_s[name] = getattr(loop, name)
            setattr(loop, name, getattr(self, name))

    # -- conditions ---------------------------------------------------------------------------------------------------

    def change(self, **conditions: Any) -> None:
        """Change some of the conditions from now on."""
        self.conditions = replace(self.conditions, **conditions)

    @contextmanager
    def on(self, host: str) -> Iterator[None]:
        """Be on ``host``: for what is connected or bound inside, and for the tasks that are made inside."""
        token = _here.set(self.address_of(host))
        try:
            yield
        finally:
            _here.reset(token)

    def partition(self, *groups: Any) -> None:
        """Cut groups of hosts off from each other; a host in no group is cut off from all that are in one."""
        self._groups = [frozenset(map(self.address_of, group)) for group in groups]

    def heal(self) -> None:
        """Connect all hosts again: what was sent in a connection meanwhile is on its way now; datagrams are lost."""
        self._groups = []
        held, self._held = self._held, []
        for deliver in held:
            deliver()

    def hold(self, send: Callable[[], None]) -> None:
        """Keep what cannot be sent now until the hosts are connected again."""
        self._held.append(send)

    def are_connected(self, source: str, target: str) -> bool:
        """Tell whether packets get from one address to another."""
        return source == target or self._group(source) == self._group(target)

    def _group(self, host: str) -> int:
        return next((number for number, group in enumerate(self._groups) if host in group), -1)

    # -- chance -------------------------------------------------------------------------------------------------------

    def delay(self) -> float:
        """Return how long a packet takes that is sent now, in seconds."""
        conditions = self.conditions
        return conditions.latency + (conditions.jitter * self._random.random() if conditions.jitter else 0.0)

    def is_lost(self) -> bool:
        """Decide whether a packet is lost."""
        return self.conditions.loss > 0 and self._random.random() < self.conditions.loss

    # -- addresses ----------------------------------------------------------------------------------------------------

    def address_of(self, host: Any) -> str:
        """Return the address of a host; a name that is new gets one."""
        if host in ANY:
            return _here.get()
        name = host.decode() if isinstance(host, bytes) else str(host)
        try:
            return str(ipaddress.ip_address(name))
        except ValueError:
            pass
        if name not in self._addresses:
            number = len(self._addresses)
            self._addresses[name] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return self._addresses[name]

    def _port(self, wanted: Any) -> int:
        if isinstance(wanted, (str, bytes)):
            wanted = int(wanted) if str(wanted).isdecimal() else socket.getservbyname(str(wanted))
        if wanted:
            return int(wanted)
        self._ports += 1
        return self._ports - 1

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002  (as the loop has it)
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Answer as the loop's ``getaddrinfo`` does: every name has one address."""
        address = self.address_of(host)
        kinds = [type] if type else [socket.SOCK_STREAM, socket.SOCK_DGRAM]
        version = socket.AF_INET6 if ":" in address else socket.AF_INET
        where = (address, self._port(port) if port else 0)
        protocols = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}
        return [(version, socket.SocketKind(kind), protocols.get(kind, 0), "", where) for kind in kinds]  # type: ignore[call-overload]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        """Answer as the loop's ``getnameinfo`` does."""
        names = [name for name, address in self._addresses.items() if address == sockaddr[0]]
        return (names or [sockaddr[0]])[0], str(sockaddr[1])

    # -- connections --------------------------------------------------------------------------------------------------

    async def create_connection(
        self,
        protocol_factory: Any,
        host: Any = None,
        port: Any = None,
        *,
        ssl: Any = None,
        sock: Any = None,
        local_addr: Any = None,
        **options: Any,
    ) -> tuple[Any, Any]:
        """Connect to a simulated server; OSError as from a real network."""
        if sock is not None:
            return await self._host_s["create_connection"](protocol_factory, ssl=ssl, sock=sock, **options)  # type: ignore[no-any-return]
        _refuse_tls(ssl)
        source = _here.get() if local_addr is None else self.address_of(local_addr[0])
        target = self.address_of(host), self._port(port)
        server = await self._server_for(source, target)
        name = source, self._port(0 if local_addr is None else local_addr[1])
        protocol = protocol_factory()
        window = self.conditions.window
        own = Stream(self.loop, protocol, Link(self, source, target[0]), window, name, target)
        served = server.protocol()
        other = Stream(self.loop, served, Link(self, target[0], source), window, target, name)
        own.other, other.other = other, own
        server.serve(other)
        protocol.connection_made(own)
        return own, protocol

    async def _server_for(self, source: str, target: Address) -> Server:
        """Wait as long as a handshake takes; return who listens."""
        if not self.are_connected(source, target[0]):
            await asyncio.sleep(CONNECT_TIMEOUT)
            raise TimeoutError(errno.ETIMEDOUT, f"Connect call failed {target}")
        again = 0.0
        wait = SEND_AGAIN_AFTER
        while self.is_lost():
            again += wait
            wait *= 2
        await asyncio.sleep(again + self.delay() + self.delay())
        server = self._listeners.get(target) or self._listeners.get(("", target[1]))
        refuses = self.conditions.refuse > 0 and self._random.random() < self.conditions.refuse
        if server is None or not server.is_serving() or refuses:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {target}")
        return server

    async def create_server(
        self,
        protocol_factory: Any,
        host: Any = None,
        port: Any = None,
        *,
        sock: Any = None,
        ssl: Any = None,
        start_serving: bool = True,
        **options: Any,
    ) -> Any:
        """Listen; OSError (EADDRINUSE) where somebody does."""
        if sock is not None:
            return await self._host_s["create_server"](protocol_factory, sock=sock, ssl=ssl, **options)
        _refuse_tls(ssl)
        hosts = list(host) if isinstance(host, (list, tuple, set)) else [host]
        number = self._port(port)
        names = [("" if each in ANY else self.address_of(each), number) for each in hosts]
        server = Server(self, protocol_factory, list(dict.fromkeys(names)))
        if start_serving:
            await server.start_serving()
        return server

    def listen(self, name: Address, server: Server) -> None:
        """Let ``server`` have the connections to ``name``."""
        if name in self._listeners:
            text = f"error while attempting to bind on address {name!r}: address already in use"
            raise OSError(errno.EADDRINUSE, text)
        self._listeners[name] = server

    def forget(self, name: Address) -> None:
        """Let nobody listen at ``name``."""
        self._listeners.pop(name, None)

    # -- datagrams ----------------------------------------------------------------------------------------------------

    async def create_datagram_endpoint(
        self,
        protocol_factory: Any,
        local_addr: Any = None,
        remote_addr: Any = None,
        *,
        sock: Any = None,
        **options: Any,
    ) -> tuple[Any, Any]:
        """Bind an endpoint for datagrams; OSError (EADDRINUSE) where there is one."""
        if sock is not None:
            return await self._host_s["create_datagram_endpoint"](protocol_factory, sock=sock, **options)  # type: ignore[no-any-return]
        host, port = (_here.get(), 0) if local_addr is None else local_addr[:2]
        name = self.address_of(host), self._port(port)
        if name in self._endpoints:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        peer = None if remote_addr is None else (self.address_of(remote_addr[0]), self._port(remote_addr[1]))
        protocol = protocol_factory()
        transport = self._endpoints[name] = Datagrams(self.loop, protocol, self, name, peer)
        protocol.connection_made(transport)
        return transport, protocol

    def send_datagram(self, sender: Datagrams, data: bytes, source: Address, target: Address) -> None:
        """Have a datagram arrive, or not."""
        where = self.address_of(target[0]), target[1]
        if self.is_lost() or not self.are_connected(source[0], where[0]):
            return
        delay = self.delay() + len(data) / self.conditions.bandwidth
        self.loop.call_later(delay, self._deliver, sender, data, source, where)

    def _deliver(self, sender: Datagrams, data: bytes, source: Address, target: Address) -> None:
        endpoint = self._endpoints.get(target)
        if endpoint is not None:
            endpoint.receive(data, source)
        else:
            self.loop.call_later(self.delay(), sender.refused)

    def forget_datagrams(self, name: Address) -> None:
        """Let the address be free again."""
        self._endpoints.pop(name, None)


class Server(asyncio.AbstractServer):
    """What ``create_server`` gives."""

    def __init__(self, network: Network, protocol_factory: Any, names: list[Address]) -> None:
        self._network = network
        self._names = names
        self._is_serving = False
        self._is_closed = False
        self._clients: set[Stream] = set()
        self._waiters: list[Any] = []
        self._forever: Any = None
        self.protocol = protocol_factory

    def __repr__(self) -> str:
        return f"<Server sockets={self.sockets!r}>"

    @property
    def sockets(self) -> tuple[SimulatedSocket, ...]:
        """The sockets, by which a program learns the port."""
        if self._is_closed:
            return ()
        return tuple(SimulatedSocket((host or "0.0.0.0", port), None, socket.SOCK_STREAM) for host, port in self._names)

    def get_loop(self) -> Any:
        """Return the loop."""
        return self._network.loop

    def is_serving(self) -> bool:
        """Tell whether connections are accepted."""
        return self._is_serving

    async def start_serving(self) -> None:
        """Accept connections from now on."""
        if self._is_closed:
            raise RuntimeError(f"server {self!r} is closed")
        if not self._is_serving:
            for name in self._names:
                self._network.listen(name, self)
            self._is_serving = True

    async def serve_forever(self) -> None:
        """Accept connections until cancelled, or until the server is closed."""
        if self._forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        await self.start_serving()
        self._forever = self.get_loop().create_future()
        try:
            await self._forever
        except asyncio.CancelledError:
            self.close()
            await self.wait_closed()
            raise
        finally:
            self._forever = None

    def serve(self, stream: Stream) -> None:
        """Take a new connection."""
        self._clients.add(stream)
        stream.on_lost = lambda: self._forget(stream)
        stream.get_protocol().connection_made(stream)

    def _forget(self, stream: Stream) -> None:
        self._clients.discard(stream)
        self._wake()

    def _wake(self) -> None:
        if self._is_closed and (not self._clients or not PY312):
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def close(self) -> None:
        """Accept no more connections; those that there are stay open."""
        if self._is_closed:
            return
        self._is_closed = True
        self._is_serving = False
        for name in self._names:
            self._network.forget(name)
        if self._forever is not None and not self._forever.done():
            self._forever.cancel()
        self._wake()

    def close_clients(self) -> None:
        """Close the connections that there are."""
        for stream in list(self._clients):
            stream.close()

    def abort_clients(self) -> None:
        """Close them at once."""
        for stream in list(self._clients):
            stream.abort()

    async def wait_closed(self) -> None:
        """Wait until the server is closed and (3.12+) its connections are over."""
        if self._is_closed and (not self._clients or not PY312):
            return
        waiter = self.get_loop().create_future()
        self._waiters.append(waiter)
        await waiter


def _refuse_tls(ssl: Any) -> None:
    if ssl:
        raise UsageError("the simulated network has no TLS: leave ssl out, or use --net real")
