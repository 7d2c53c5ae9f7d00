"""The simulated network: streams and datagrams in memory, under conditions, the same for the same seed."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import h11
import pytest

from lasti.errors import UsageError
from lasti.eventloop import Conditions, Network, Random, VirtualClock, new_loop, run


def now() -> float:
    return asyncio.get_running_loop().time()


def on_network(main: Any, seed: int = 0, **conditions: Any) -> Any:
    """Run ``main(network)`` in virtual time on a network of its own."""
    network = Network(seed=seed, **conditions)
    return run(whole(main, network), clock=VirtualClock(), network=network)


async def whole(main: Any, network: Network) -> Any:
    try:
        return await main(network)
    finally:
        network.heal()
        while OPEN:
            OPEN.pop().close()
        await asyncio.sleep(10_000)


OPEN: list[asyncio.StreamWriter] = []


async def connect(*args: Any, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection that is closed when the test is over."""
    reader, writer = await asyncio.open_connection(*args, **options)
    OPEN.append(writer)
    return reader, writer


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()


# -- streams --------------------------------------------------------------------------------------------------------


def test_a_line_there_and_back_takes_four_times_the_latency() -> None:
    async def main(network: Network) -> tuple[bytes, float, float]:
        await asyncio.start_server(echo, "server", 80)
        reader, writer = await connect("server", 80)
        connected = now()
        writer.write(b"hello\n")
        line = await reader.readline()
        return line, connected, now()

    assert on_network(main, latency=0.25) == (b"hello\n", 0.5, 1.0)


def test_addresses() -> None:
    async def main(network: Network) -> None:
        server = await asyncio.start_server(echo, "server", 0)
        host, port = server.sockets[0].getsockname()
        _, writer = await connect(host, port)
        assert writer.get_extra_info("peername") == (host, port)
        assert writer.get_extra_info("sockname")[0] == "127.0.0.1"
        assert writer.get_extra_info("nothing", 7) == 7
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("server", 80, type=socket.SOCK_STREAM)
        assert found == [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, 80))]
        assert await loop.getnameinfo((host, 80)) == ("server", "80")
        with network.on("client"):
            _, writer = await connect("server", port)
        assert writer.get_extra_info("sockname")[0] == network.address_of("client")
        with pytest.raises(OSError, match="already in use"):
            await asyncio.start_server(echo, "server", port)

    on_network(main)


def test_nobody_listens() -> None:
    async def main(network: Network) -> float:
        with pytest.raises(ConnectionRefusedError, match="Connect call failed"):
            await connect("server", 80)
        return now()

    assert on_network(main, latency=1.0) == 2.0


def test_some_connections_are_refused() -> None:
    async def main(network: Network) -> int:
        await asyncio.start_server(echo, "server", 80)
        found = await asyncio.gather(*[connect("server", 80) for _ in range(200)], return_exceptions=True)
        return sum(isinstance(each, ConnectionRefusedError) for each in found)

    assert 60 < on_network(main, refuse=0.5) < 140
    assert on_network(main, refuse=0.0) == 0
    assert on_network(main, refuse=1.0) == 200


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 1_000_000])
@pytest.mark.parametrize("loss", [0.0, 0.2])
def test_every_byte_arrives_once_and_in_order(size: int, loss: float) -> None:
    data = bytes(number % 251 for number in range(size))

    async def main(network: Network) -> bytes:
        await asyncio.start_server(echo, "server", 80)
        reader, writer = await connect("server", 80)
        writer.write(data)
        writer.write_eof()
        return await reader.read()

    assert on_network(main, latency=0.01, jitter=0.1, loss=loss) == data


def test_bandwidth() -> None:
    async def main(network: Network) -> float:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.set_result((len(await reader.read()), now()))
            writer.close()

        got = asyncio.get_running_loop().create_future()
        await asyncio.start_server(serve, "server", 80)
        _, writer = await connect("server", 80)
        writer.write(b"x" * 50_000)
        writer.write_eof()
        return await got

    assert on_network(main, latency=0.0, bandwidth=1000) == (50_000, 50.0)


def test_a_slow_reader_is_felt_by_the_writer() -> None:
    async def main(network: Network) -> tuple[float, int]:
        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(10_000):
                await asyncio.sleep(1)
            read.set_result(now())
            writer.close()

        read = asyncio.get_running_loop().create_future()
        await asyncio.start_server(slow, "server", 80, limit=10_000)
        _, writer = await connect("server", 80)
        highest = 0
        for _ in range(100):
            writer.write(b"x" * 10_000)
            highest = max(highest, writer.transport.get_write_buffer_size())
            await writer.drain()
        drained = now()
        writer.close()
        await read
        assert drained > 80
        return drained, highest

    _, highest = on_network(main, window=20_000)
    assert highest <= 64 * 1024 + 10_000


def test_partitions() -> None:
    async def main(network: Network) -> list[Any]:
        with network.on("server"):
            await asyncio.start_server(echo, "server", 80)
        with network.on("client"):
            reader, writer = await connect("server", 80)
            network.partition(["client"], ["server"])
            writer.write(b"late\n")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(reading := asyncio.ensure_future(reader.readline())), 10)
            began = now()
            with pytest.raises(TimeoutError):
                await connect("server", 80)
            waited = now() - began
            network.heal()
            began = now()
            return [await reading, waited, round(now() - began, 9)]

    assert on_network(main, latency=0.5) == [b"late\n", 127.0, 1.0]


def test_a_reset() -> None:
    async def main(network: Network) -> str:
        async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.transport.abort()

        await asyncio.start_server(rude, "server", 80)
        reader, writer = await connect("server", 80)
        writer.write(b"hello\n")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.write(b"anybody?\n")
        with pytest.raises(ConnectionResetError):
            await writer.drain()
        return "reset"

    assert on_network(main) == "reset"


def test_servers_begin_and_end() -> None:
    async def main(network: Network) -> None:
        server = await asyncio.start_server(echo, "server", 80, start_serving=False)
        assert not server.is_serving()
        task = asyncio.create_task(server.serve_forever())
        await asyncio.sleep(0)
        assert server.is_serving()
        _, writer = await connect("server", 80)
        task.cancel()
        writer.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.sockets == ()
        with pytest.raises(ConnectionRefusedError):
            await connect("server", 80)
        async with await asyncio.start_server(echo, "server", 80) as again:
            assert again.is_serving()
        with pytest.raises(RuntimeError, match="is closed"):
            await again.start_serving()

    on_network(main)


def test_there_is_no_tls() -> None:
    async def main(network: Network) -> None:
        await connect("server", 443, ssl=True)

    with pytest.raises(UsageError, match="the simulated network has no TLS"):
        on_network(main)


def test_sockets_of_the_program_s_own_are_real() -> None:
    async def main(network: Network) -> bytes:
        here, there = socket.socketpair()
        reader, writer = await connect(sock=here)
        there.sendall(b"real\n")
        line = await reader.readline()
        writer.close()
        there.close()
        return line

    assert on_network(main) == b"real\n"


@pytest.mark.parametrize(
    "wrong",
    [{"latency": -1}, {"loss": 1.0}, {"loss": 2}, {"refuse": -0.1}, {"bandwidth": 0}, {"window": 0}, {"jitter": -1}],
)
def test_conditions_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"network: {next(iter(wrong))} cannot be"):
        Conditions(**wrong)  # type: ignore[arg-type]


def test_conditions_change() -> None:
    async def main(network: Network) -> float:
        await asyncio.start_server(echo, "server", 80)
        network.change(latency=5.0)
        await connect("server", 80)
        return now()

    assert on_network(main) == 10.0


# -- datagrams ------------------------------------------------------------------------------------------------------


class Keeps(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.errors: list[Exception] = []

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.append(data)

    def error_received(self, exc: Exception) -> None:
        self.errors.append(exc)


async def datagrams(network: Network) -> list[bytes]:
    loop = asyncio.get_running_loop()
    _, keeps = await loop.create_datagram_endpoint(Keeps, local_addr=("server", 53))
    sender, _ = await loop.create_datagram_endpoint(Keeps, remote_addr=("server", 53))
    for number in range(100):
        sender.sendto(b"%d" % number)
    await asyncio.sleep(10)
    sender.close()
    return keeps.received


def test_datagrams_arrive_or_not() -> None:
    assert on_network(datagrams) == [b"%d" % number for number in range(100)]
    lossy = on_network(datagrams, loss=0.3)
    assert 40 < len(lossy) < 95
    assert on_network(datagrams, loss=0.3) == lossy
    assert on_network(datagrams, seed=1, loss=0.3) != lossy


def test_datagrams_overtake_each_other() -> None:
    received = on_network(datagrams, jitter=1.0)
    assert sorted(received) == sorted(b"%d" % number for number in range(100))
    assert received != sorted(received, key=int)


def test_a_datagram_to_nobody() -> None:
    async def main(network: Network) -> list[Any]:
        loop = asyncio.get_running_loop()
        sender, keeps = await loop.create_datagram_endpoint(Keeps, remote_addr=("server", 53))
        sender.sendto(b"anybody?")
        await asyncio.sleep(1)
        with pytest.raises(ValueError, match="must be None or"):
            sender.sendto(b"x", ("other", 1))
        with pytest.raises(OSError, match="in use"):
            await loop.create_datagram_endpoint(Keeps, local_addr=sender.get_extra_info("sockname"))
        return keeps.errors

    assert [type(error) for error in on_network(main)] == [ConnectionRefusedError]


# -- a protocol library, unchanged ----------------------------------------------------------------------------------


async def h11_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = h11.Connection(h11.SERVER)
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(1000))
        elif isinstance(event, h11.EndOfMessage):
            body = b"hello, it is %d" % now()
            headers = [("content-length", str(len(body)))]
            for answer in (h11.Response(status_code=200, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
                writer.write(connection.send(answer) or b"")
            if connection.our_state is h11.MUST_CLOSE:
                break
            connection.start_next_cycle()
        elif isinstance(event, h11.ConnectionClosed):
            break
    writer.close()


async def h11_client(name: str, count: int, pause: float) -> list[bytes]:
    reader, writer = await connect("server", 80)
    connection = h11.Connection(h11.CLIENT)
    found = []
    for _ in range(count):
        request = h11.Request(method="GET", target=f"/{name}", headers=[("host", "server")])
        writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
        body = b""
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(1000))
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
        found.append(body)
        connection.start_next_cycle()
        await asyncio.sleep(pause)
    writer.close()
    return found


def test_ten_minutes_of_http_take_a_moment() -> None:
    async def main(network: Network) -> list[list[bytes]]:
        server = await asyncio.start_server(h11_server, "server", 80)
        found = await asyncio.gather(*[h11_client(f"client{number}", 10, 60) for number in range(5)])
        server.close()
        assert now() >= 600
        return found

    began = time.monotonic()
    found = on_network(main, latency=0.05, jitter=0.05, loss=0.02)
    assert time.monotonic() - began < 20
    assert all(each[0] == b"hello, it is 0" for each in found)
    assert all(int(each[-1].rpartition(b" ")[2]) >= 540 for each in found)


def test_the_same_seed_is_the_same_traffic() -> None:
    async def main(network: Network) -> list[list[bytes]]:
        await asyncio.start_server(h11_server, "server", 80)
        return await asyncio.gather(*[h11_client(f"client{number}", 3, 1 + number) for number in range(4)])

    def once(seed: int) -> tuple[list[list[bytes]], float, str]:
        network = Network(seed=seed, latency=0.5, jitter=2.0, loss=0.1)
        order, clock = Random(seed), VirtualClock()
        return run(whole(main, network), clock=clock, order=order, network=network), clock.now, str(order.schedule())

    assert once(1) == once(1)
    assert once(1)[1:] != once(2)[1:]


def test_a_loop_tells_its_network() -> None:
    network = Network()
    loop = new_loop(network=network)
    assert loop.network is network
    loop.close()
