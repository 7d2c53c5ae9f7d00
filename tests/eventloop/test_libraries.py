"""Libraries that stand on asyncio, unchanged, on our loop: real sockets, and the simulated network in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lasti.eventloop import Loop, Network, OwnTasksLoop, VirtualClock, run

LOOPS: list[Any] = [Loop, OwnTasksLoop]


async def http_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
    writer.close()


def run_on(make: Any, main: Any) -> Any:
    loop = make()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.mark.parametrize("make", LOOPS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_aiohttp(make: Any) -> None:
    aiohttp = pytest.importorskip("aiohttp")
    web = pytest.importorskip("aiohttp.web")

    async def main() -> tuple[int, str]:
        async def hello(request: Any) -> Any:
            return web.Response(text=f"hello {request.match_info['name']}")

        app = web.Application()
        app.router.add_get("/{name}", hello)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/world") as answer:
            found = answer.status, await answer.text()
        await runner.cleanup()
        return found

    assert run_on(make, main()) == (200, "hello world")


@pytest.mark.parametrize("make", LOOPS)
def test_httpx(make: Any) -> None:
    httpx = pytest.importorskip("httpx")

    async def main() -> tuple[int, str]:
        server = await asyncio.start_server(http_server, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/")
        server.close()
        return answer.status_code, answer.text

    assert run_on(make, main()) == (200, "hello")


def test_httpx_without_a_network() -> None:
    httpx = pytest.importorskip("httpx")

    async def main() -> tuple[str, float]:
        server = await asyncio.start_server(http_server, "example.org", 80)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get("http://example.org/", timeout=60)
        server.close()
        return answer.text, asyncio.get_running_loop().time()

    text, seconds = run(main(), clock=VirtualClock(), network=Network(latency=5.0))
    assert (text, seconds) == ("hello", 20.0)


@pytest.mark.parametrize("make", LOOPS)
def test_anyio(make: Any) -> None:
    anyio = pytest.importorskip("anyio")

    async def main() -> list[int]:
        seen: list[int] = []

        async def worker(number: int) -> None:
            await anyio.sleep(0)
            seen.append(await anyio.to_thread.run_sync(lambda: number))

        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(worker, number)
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(10)
        assert scope.cancelled_caught
        return sorted(seen)

    assert run_on(make, main()) == [0, 1, 2]
