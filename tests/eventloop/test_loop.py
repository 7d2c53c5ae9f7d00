"""The loop itself, on the real clock: its turn, what goes wrong in it, files, signals, threads."""

from __future__ import annotations

import asyncio
import contextvars
import errno
import gc
import logging
import os
import resource
import signal
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loops import Journal

from lasti.eventloop import Loop, OwnTasksLoop, VirtualClock, WatchedLoop, run

LOOPS: list[Callable[[], Any]] = [Loop, OwnTasksLoop, lambda: WatchedLoop(listener=Journal())]


@pytest.fixture(params=LOOPS, ids=["Loop", "OwnTasksLoop", "WatchedLoop"])
def loop(request: pytest.FixtureRequest) -> Iterator[Any]:
    made = request.param()
    yield made
    made.close()


# -- one turn -------------------------------------------------------------------------------------------------------


def test_a_turn_runs_what_is_ready_and_nothing_that_becomes_ready(loop: Any) -> None:
    ran: list[str] = []

    def first() -> None:
        ran.append("first")
        loop.call_soon(ran.append, "later")

    loop.call_soon(first)
    loop.call_soon(ran.append, "second")
    loop._run_once()
    assert ran == ["first", "second"]
    loop._run_once()
    assert ran == ["first", "second", "later"]


def test_cancelled_handles_do_not_run(loop: Any) -> None:
    ran: list[int] = []
    handles = [loop.call_soon(ran.append, number) for number in range(3)]
    timer = loop.call_later(0, ran.append, 3)
    handles[1].cancel()
    timer.cancel()
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert ran == [0, 2]
    assert timer.cancelled()


def test_timers_of_one_time_ring_in_the_order_of_their_making(loop: Any) -> None:
    ran: list[int] = []
    when = loop.time()
    for number in range(20):
        loop.call_at(when, ran.append, number)
    loop._run_once()
    assert ran == list(range(20))


def test_many_cancelled_timers_are_forgotten_at_once(loop: Any) -> None:
    timers = [loop.call_later(1000 + number, print) for number in range(200)]
    for timer in timers[:150]:
        timer.cancel()
    loop._stopping = True
    loop._run_once()
    assert len(loop._scheduled) == 50
    assert loop._timer_cancelled_count == 0
    assert loop._scheduled[0] is timers[150]


def test_context_variables(loop: Any) -> None:
    variable = contextvars.ContextVar("variable", default="outside")
    seen: list[str] = []
    context = contextvars.copy_context()
    context.run(variable.set, "inside")
    loop.call_soon(lambda: seen.append(variable.get()))
    loop.call_soon(lambda: seen.append(variable.get()), context=context)
    variable.set("too late")
    loop._run_once()
    assert seen == ["outside", "inside"]


def test_a_callback_dies_with_its_turn(loop: Any) -> None:
    class Callback:
        def __call__(self) -> None:
            pass

    callback = Callback()
    reference = weakref.ref(callback)
    loop.call_soon(callback)
    del callback
    loop._run_once()
    assert reference() is None


@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe"])
def test_a_closed_loop_takes_nothing(method: str) -> None:
    loop = Loop()
    loop.close()
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        getattr(loop, method)(print)
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        loop.call_later(1, print)


def test_none_is_no_time(loop: Any) -> None:
    with pytest.raises(TypeError, match="when cannot be None"):
        loop.call_at(None, print)


# -- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_callback_that_raises_stops_nothing(loop: Any) -> None:
    contexts: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: contexts.append(context))
    ran: list[int] = []
    loop.call_soon(lambda: 1 / 0)
    loop.call_soon(ran.append, 1)
    loop._run_once()
    assert ran == [1]
    assert isinstance(contexts[0]["exception"], ZeroDivisionError)
    assert "Exception in callback" in contexts[0]["message"]


def test_keyboard_interrupt_in_a_callback_keeps_the_rest(loop: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    ran: list[int] = []
    loop.call_soon(interrupt)
    loop.call_soon(ran.append, 1)
    with pytest.raises(KeyboardInterrupt):
        loop.run_forever()
    assert not loop.is_running()
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert ran == [1]


def test_slow_callbacks_are_named_in_debug_mode(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    def slow() -> None:
        pass

    loop.set_debug(True)
    loop.slow_callback_duration = 0.0
    loop.call_soon(slow)
    with caplog.at_level(logging.WARNING, "asyncio"):
        loop._run_once()
    assert "slow() at" in caplog.text
    assert "took" in caplog.text


def test_debug_mode_refuses_another_thread(loop: Any) -> None:
    loop.set_debug(True)
    errors: list[BaseException] = []

    def other() -> None:
        try:
            loop.call_soon(print)
        except RuntimeError as error:
            errors.append(error)

    async def main() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    loop.run_until_complete(main())
    assert "Non-thread-safe operation" in str(errors[0])


def test_debug_mode_says_where_a_handle_was_made(loop: Any) -> None:
    loop.set_debug(True)
    for handle in (loop.call_soon(print), loop.call_later(9, print), loop.call_at(9, print)):
        assert handle._source_traceback[-1].name == "test_debug_mode_says_where_a_handle_was_made"


def test_a_task_that_swallows_its_cancellation(loop: Any) -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "still here"

    async def main() -> tuple[str, bool]:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        task.cancel()
        return await task, task.cancelled()

    assert loop.run_until_complete(main()) == ("still here", False)


def test_a_signal_in_the_middle(loop: Any) -> None:
    async def main() -> int:
        caught: asyncio.Future[int] = loop.create_future()
        loop.add_signal_handler(signal.SIGUSR1, caught.set_result, 1)
        os.kill(os.getpid(), signal.SIGUSR1)
        return await caught

    assert loop.run_until_complete(main()) == 1


def test_another_thread_wakes_the_loop(loop: Any) -> None:
    async def main() -> list[int]:
        done = asyncio.Event()
        seen: list[int] = []

        def thread() -> None:
            for number in range(1000):
                loop.call_soon_threadsafe(seen.append, number)
            loop.call_soon_threadsafe(done.set)

        other = threading.Thread(target=thread)
        other.start()
        await done.wait()
        other.join()
        return seen

    assert loop.run_until_complete(main()) == list(range(1000))


def test_a_clock_that_is_stepped(loop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timers that were due long ago all ring, and a step back makes the loop wait, no more."""
    now = [100.0]
    monkeypatch.setattr(type(loop), "time", lambda self: now[0])
    ran: list[int] = []
    for number in range(5):
        loop.call_later(number + 1, ran.append, number)
    now[0] += 3600
    loop.call_soon(int)
    loop._run_once()
    assert ran == [0, 1, 2, 3, 4]
    loop.call_later(5, ran.append, 5)
    now[0] -= 1800
    loop.call_soon(int)
    loop._run_once()
    assert ran == [0, 1, 2, 3, 4]


# -- files ----------------------------------------------------------------------------------------------------------


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_hundreds_of_connections(loop: Any) -> None:
    async def client(number: int, port: int) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"%d\n" % number)
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer == b"%d\n" % number

    async def main() -> list[bool]:
        server = await asyncio.start_server(_echo, "127.0.0.1", 0, backlog=500)
        port = server.sockets[0].getsockname()[1]
        found = await asyncio.gather(*[client(number, port) for number in range(400)])
        server.close()
        await server.wait_closed()
        return found

    assert all(loop.run_until_complete(main()))


@pytest.mark.soak
def test_thousands_of_connections(loop: Any) -> None:
    """1,500 of them open at once: 3,000 ends, all in this process."""
    number = 1500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3 * number:
        pytest.skip(f"this process may open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3 * number), hard))

    async def main() -> list[bytes]:
        are_all_here = asyncio.Event()
        writers = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = await reader.readline()
            if not line:  # somebody else's, who looks which ports are open
                writer.close()
                return
            writers.append(writer)
            if len(writers) == number:
                are_all_here.set()
            await are_all_here.wait()
            writer.write(line)
            await writer.drain()
            writer.close()

        async def client(each: int, port: int) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"%d\n" % each)
            line = await reader.readline()
            writer.close()
            return line

        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=number)
        port = server.sockets[0].getsockname()[1]
        found = await asyncio.gather(*[client(each, port) for each in range(number)])
        server.close()
        await server.wait_closed()
        return found

    try:
        assert loop.run_until_complete(main()) == [b"%d\n" % each for each in range(number)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_file_descriptors_run_out(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The server says so, goes on, and serves those that come when there are some again."""

    async def main() -> bytes:
        server = await asyncio.start_server(_echo, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        client = socket.create_connection(address)
        client.setblocking(False)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
        taken = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
        try:
            while True:
                try:
                    taken.append(os.dup(0))
                except OSError:
                    break
            while "out of system resource" not in caplog.text:
                await asyncio.sleep(0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for each in taken:
                os.close(each)
        await loop.sock_sendall(client, b"hello\n")
        answer = await loop.sock_recv(client, 100)
        client.close()
        server.close()
        await server.wait_closed()
        return bytes(answer)

    loop.set_exception_handler(lambda _, context: logging.getLogger("asyncio").error(context["message"]))
    with caplog.at_level(logging.ERROR, "asyncio"):
        assert loop.run_until_complete(main()) == b"hello\n"


def test_no_file_is_left_for_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is that alone, and nothing is said of a loop that was not closed."""

    def no_file() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("lasti.eventloop.loop.QuickSelector", no_file)
    with pytest.raises(OSError, match="Too many open files"):
        Loop()
    gc.collect()


def test_child_processes_and_pipes(loop: Any) -> None:
    async def main() -> bytes:
        asyncio.set_event_loop(loop)
        process = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
        out, _ = await process.communicate(b"through a pipe")
        assert process.returncode == 0
        return bytes(out)

    try:
        assert loop.run_until_complete(main()) == b"through a pipe"
    finally:
        asyncio.set_event_loop(None)


def test_unix_sockets_and_datagrams(loop: Any, tmp_path: Any) -> None:
    class Receiver(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.received = loop.create_future()

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.received.set_result(data)

    async def main() -> tuple[bytes, bytes]:
        path = str(tmp_path / "socket")
        server = await asyncio.start_unix_server(_echo, path)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"stream\n")
        line = await reader.readline()
        writer.close()
        server.close()
        await server.wait_closed()
        transport, receiver = await loop.create_datagram_endpoint(Receiver, local_addr=("127.0.0.1", 0))
        sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=transport.get_extra_info("sockname")
        )
        sender.sendto(b"datagram")
        data = await receiver.received
        sender.close()
        transport.close()
        await asyncio.sleep(0)
        return line, data

    assert loop.run_until_complete(main()) == (b"stream\n", b"datagram")


def test_nothing_is_left_behind() -> None:
    """A loop that ran and was closed can be collected, and leaves no file open."""
    before = len(os.listdir("/proc/self/fd"))

    async def main() -> None:
        await asyncio.gather(*[asyncio.sleep(0) for _ in range(10)])
        await asyncio.to_thread(int, "1")

    loop = Loop()
    reference = weakref.ref(loop)
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    del loop
    gc.collect()
    assert reference() is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_is_an_event_loop() -> None:
    async def main() -> Any:
        return asyncio.get_running_loop()

    loop = run(main())
    assert isinstance(loop, asyncio.AbstractEventLoop)
    assert loop.is_closed()


def test_run_is_lasti_s() -> None:
    import lasti

    async def main() -> float:
        await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert lasti.run(main(), clock=VirtualClock()) == 60.0
