"""What uvloop's tests hold its loop to, where it applies to ours: one test for each behaviour, in words of our own.

What is tested elsewhere in this folder (context variables, unix sockets, pipes, slow callbacks) is left out.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from loops import Journal

from lasti.eventloop import Loop, OwnTasksLoop, VirtualClock, WatchedLoop

LOOPS: dict[str, Callable[[], Any]] = {
    "real": Loop,
    "own tasks": OwnTasksLoop,
    "watched": lambda: WatchedLoop(listener=Journal()),
    "virtual": lambda: Loop(clock=VirtualClock()),
}


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> Iterator[Any]:
    made = LOOPS[request.param]()
    yield made
    if not made.is_closed():
        made.run_until_complete(made.shutdown_asyncgens())
        made.run_until_complete(made.shutdown_default_executor())
        made.close()


def run_forever(loop: Any) -> None:
    """Run what there is; a second later, in the loop's time or at once, it ends."""
    loop.call_later(0.01, loop.stop)
    loop.run_forever()


# -- base -----------------------------------------------------------------------------------------------------------


def test_close_can_be_called_again(loop: Any) -> None:
    loop.close()
    loop.close()
    assert loop.is_closed()
    with pytest.raises(RuntimeError, match="Event loop is closed"):
        loop.run_forever()


def test_a_running_loop_cannot_be_closed_nor_run(loop: Any) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="running"):
            loop.close()
        with pytest.raises(RuntimeError, match="already running"):
            loop.run_forever()

    loop.run_until_complete(main())


def test_handles_can_be_referred_to_weakly(loop: Any) -> None:
    for handle in (loop.call_soon(int), loop.call_later(9, int)):
        assert weakref.ref(handle)() is handle


@pytest.mark.parametrize("is_argument", [True, False])
@pytest.mark.parametrize("is_timer", [True, False])
def test_what_a_callback_held_is_freed(loop: Any, is_argument: bool, is_timer: bool) -> None:
    waiter = loop.create_future()
    reference = weakref.ref(waiter)
    callback = (lambda it: it.set_result(None)) if is_argument else (lambda it=waiter: it.set_result(None))
    arguments = (waiter,) if is_argument else ()
    if is_timer:
        loop.call_later(0.001, callback, *arguments)
    else:
        loop.call_soon(callback, *arguments)
    loop.run_until_complete(waiter)
    del waiter, callback, arguments
    gc.collect()
    assert reference() is None


def test_the_repr_of_a_handle_says_what_it_is(loop: Any) -> None:
    def callback() -> None: ...

    for handle in (loop.call_soon(callback), loop.call_later(9, callback)):
        assert ".callback" in repr(handle)
        handle.cancel()
        handle.cancel()  # twice is as once
        assert "cancelled" in repr(handle)
        assert handle.cancelled()


def test_in_debug_mode_a_cancelled_handle_keeps_its_name(loop: Any) -> None:
    def callback() -> None: ...

    loop.set_debug(True)
    for handle in (loop.call_soon(callback), loop.call_later(9, callback)):
        handle.cancel()
        assert ".callback" in repr(handle)
        assert "cancelled" in repr(handle)


def test_timers_know_their_time_after_they_rang_and_were_cancelled(loop: Any) -> None:
    when = loop.time() + 0.001
    timer, cancelled = loop.call_at(when, int), loop.call_at(when, int)
    cancelled.cancel()
    run_forever(loop)
    assert timer.when() == cancelled.when() == when


def test_a_time_that_has_passed_is_now(loop: Any) -> None:
    ran: list[str] = []
    loop.call_later(-1, ran.append, "a second ago")
    loop.call_at(loop.time() - 9, ran.append, "nine seconds ago")
    run_forever(loop)
    assert ran == ["nine seconds ago", "a second ago"]


def test_no_timer_rings_early(loop: Any) -> None:
    """0.06 + 0.01 has no exact number; what waits is in whole milliseconds."""
    for delay in (0.06 + 0.01, 0.0014, 0.0001):
        wanted = loop.time() + delay
        seen: list[float] = []
        loop.call_later(delay, lambda seen=seen: (seen.append(loop.time()), loop.stop()))
        loop.run_forever()
        assert seen[0] >= wanted - loop._clock_resolution


def test_cancelling_from_a_callback_of_the_same_turn(loop: Any) -> None:
    ran: list[str] = []
    loop.call_soon(lambda: second.cancel())
    second = loop.call_soon(ran.append, "second")
    when = loop.time()
    loop.call_at(when, lambda: last.cancel())
    last = loop.call_at(when, ran.append, "last")
    run_forever(loop)
    assert ran == []


def test_only_futures_can_be_run(loop: Any) -> None:
    with pytest.raises(TypeError):
        loop.run_until_complete("text")
    other = Loop()
    future = other.create_future()
    with pytest.raises(ValueError, match="loop"):
        loop.run_until_complete(future)
    other.close()


def test_the_error_of_what_was_run_is_raised(loop: Any) -> None:
    async def fails() -> None:
        raise ValueError("of the coroutine")

    with pytest.raises(ValueError, match="of the coroutine"):
        loop.run_until_complete(fails())


def test_a_loop_that_was_stopped_before_the_end_says_so(loop: Any) -> None:
    loop.call_soon(loop.stop)
    future = loop.create_future()
    with pytest.raises(RuntimeError, match="stopped before Future completed"):
        loop.run_until_complete(future)
    future.cancel()


def test_an_interrupt_leaves_no_stop_behind(loop: Any) -> None:
    async def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(interrupted())
    ran: list[int] = []
    loop.call_later(0.001, ran.append, 1)
    run_forever(loop)
    assert ran == [1]


def test_stop_before_run_is_one_turn(loop: Any) -> None:
    ran: list[str] = []
    loop.call_soon(lambda: (ran.append("first turn"), loop.call_soon(ran.append, "second turn")))
    loop.stop()
    loop.run_forever()
    assert ran == ["first turn"]
    loop.stop()
    loop.run_forever()
    assert ran == ["first turn", "second turn"]


# -- exceptions -----------------------------------------------------------------------------------------------------


def test_without_a_handler_errors_are_logged(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    def divide() -> None:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, "asyncio"):
        loop.call_soon(divide)
        loop.call_later(0.001, divide)
        run_forever(loop)
    assert [record.message.count("divide") > 0 for record in caplog.records] == [True, True]


def test_a_handler_that_fails_is_logged_too(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    def handler(loop: Any, context: Any) -> None:
        raise AttributeError("in the handler")

    loop.set_exception_handler(handler)
    assert loop.get_exception_handler() is handler
    with caplog.at_level(logging.ERROR, "asyncio"):
        loop.call_soon(lambda: 1 / 0)
        run_forever(loop)
    assert "Unhandled error in exception handler" in caplog.text
    with pytest.raises(TypeError, match="callable"):
        loop.set_exception_handler("no function")


@pytest.mark.parametrize("debug", [True, False])
def test_where_a_callback_that_fails_was_asked_for(loop: Any, debug: bool) -> None:
    seen: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: seen.append(context))
    loop.set_debug(debug)
    loop.call_soon(lambda: 1 / 0)
    loop.call_later(0.001, lambda: 1 / 0)
    run_forever(loop)
    assert len(seen) == 2
    for context in seen:
        assert ("source_traceback" in context) is debug
        if debug:
            assert context["source_traceback"][-1].name == "test_where_a_callback_that_fails_was_asked_for"


# -- tasks, async generators, executors -------------------------------------------------------------------------------


def test_task_factories(loop: Any) -> None:
    made: list[Any] = []

    def factory(loop: Any, coro: Any, **options: Any) -> Any:
        made.append(coro)
        return asyncio.Task(coro, loop=loop, **options)

    async def main() -> int:
        return await asyncio.ensure_future(asyncio.sleep(0, 7))

    loop.set_task_factory(factory)
    assert loop.get_task_factory() is factory
    assert loop.run_until_complete(main()) == 7
    assert len(made) == 2
    loop.set_task_factory(None)
    assert loop.get_task_factory() is None
    with pytest.raises(TypeError):
        loop.set_task_factory("no function")


def test_async_generators_are_closed_at_the_end(loop: Any) -> None:
    closed: list[str] = []

    async def numbers(name: str) -> Any:
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0)
            closed.append(name)

    async def main() -> list[Any]:
        left = [numbers("a"), numbers("b")]
        for each in left:
            await each.__anext__()
        return left

    left = loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert sorted(closed) == ["a", "b"]
    assert len(left) == 2


def test_an_async_generator_that_nobody_has_is_closed_in_the_loop(loop: Any) -> None:
    closed: list[bool] = []

    async def numbers() -> Any:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            closed.append(asyncio.get_running_loop() is loop)

    async def main() -> None:
        async for _ in numbers():
            break
        gc.collect()
        await asyncio.sleep(0.01)

    loop.run_until_complete(main())
    assert closed == [True]


def test_executors(loop: Any) -> None:
    async def main() -> tuple[int, str]:
        with ThreadPoolExecutor(1) as own:
            number = await loop.run_in_executor(own, lambda: 6 * 7)
        return number, await loop.run_in_executor(None, lambda: threading.current_thread().name)

    number, name = loop.run_until_complete(main())
    assert number == 42
    assert name.startswith("asyncio_")


def test_after_its_shutdown_the_default_executor_takes_nothing(loop: Any) -> None:
    loop.run_until_complete(loop.shutdown_default_executor())
    with pytest.raises(RuntimeError, match="Executor shutdown has been called"):
        loop.run_in_executor(None, int)


# -- files and sockets ------------------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    with left, right:
        yield left, right


def test_readers_and_writers(loop: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    seen: list[bytes] = []

    def read() -> None:
        seen.append(left.recv(100))
        assert loop.remove_reader(left)
        loop.stop()

    def write() -> None:
        right.send(b"abc")
        assert loop.remove_writer(right.fileno())

    loop.add_reader(left.fileno(), read)
    loop.add_writer(right, write)
    loop.run_forever()
    assert seen == [b"abc"]
    assert not loop.remove_reader(left)
    assert not loop.remove_writer(right)


def test_the_second_reader_takes_the_place_of_the_first(loop: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    ran: list[str] = []
    loop.add_reader(left, ran.append, "first")
    loop.add_reader(left, lambda: (ran.append("second"), loop.remove_reader(left), loop.stop()))
    right.send(b"x")
    loop.run_forever()
    assert ran == ["second"]


def test_a_reader_removed_in_its_turn_does_not_run(loop: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    """Both ends are ready in one turn; whoever comes first removes the other."""
    left, right = pair
    ran: list[str] = []

    def first(name: str, other: socket.socket) -> None:
        ran.append(name)
        loop.remove_reader(other)
        loop.remove_reader(left if other is right else right)
        loop.stop()

    left.send(b"x")
    right.send(b"x")
    loop.add_reader(left, first, "left", right)
    loop.add_reader(right, first, "right", left)
    loop.run_forever()
    assert len(ran) == 1


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="of epoll")
def test_a_removed_file_is_out_of_the_selector_at_once(loop: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    loop.add_reader(pair[0], int)
    loop.remove_reader(pair[0])
    with pytest.raises(FileNotFoundError):
        loop._selector._selector.modify(pair[0].fileno(), 0)


def test_sockets_connect_accept_and_exchange_a_megabyte(loop: Any) -> None:
    size = 1 << 20

    async def receive(connection: socket.socket, number: int) -> bytes:
        found = bytearray()
        while len(found) < number:
            found += await loop.sock_recv(connection, number - len(found))
        return bytes(found)

    async def serve(listening: socket.socket) -> bytes:
        connection, _ = await loop.sock_accept(listening)
        with connection:
            data = await receive(connection, size)
            await loop.sock_sendall(connection, b"thanks")
            return data

    async def main() -> tuple[bytes, bytes]:
        with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as client:
            listening.setblocking(False)
            client.setblocking(False)
            server = loop.create_task(serve(listening))
            await loop.sock_connect(client, listening.getsockname())
            await loop.sock_sendall(client, b"a" * size)
            room = bytearray(10)
            number = await loop.sock_recv_into(client, room)
            return await server, bytes(room[:number])

    data, answer = loop.run_until_complete(main())
    assert data == b"a" * size
    assert answer == b"thanks"


def test_a_connection_that_nobody_takes_is_refused(loop: Any) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with socket.socket() as client:
            client.setblocking(False)
            with pytest.raises(ConnectionRefusedError):
                loop.run_until_complete(loop.sock_connect(client, unheard.getsockname()))
        with pytest.raises(ConnectionRefusedError):
            loop.run_until_complete(loop.create_connection(asyncio.Protocol, *unheard.getsockname()))


def test_in_debug_mode_sockets_must_not_block(loop: Any) -> None:
    loop.set_debug(True)
    with socket.socket() as blocking:
        for call in (
            loop.sock_recv(blocking, 0),
            loop.sock_sendall(blocking, b""),
            loop.sock_accept(blocking),
            loop.sock_connect(blocking, ("127.0.0.1", 1)),
        ):
            with pytest.raises(ValueError, match="must be non-blocking"):
                loop.run_until_complete(call)


def test_a_cancelled_receive_takes_nothing(loop: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair

    async def main() -> bytes:
        waiting = loop.create_task(loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        right.send(b"for the next")
        return bytes(await loop.sock_recv(left, 100))

    assert loop.run_until_complete(main()) == b"for the next"


def test_a_file_with_a_transport_takes_no_reader(loop: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=pair[0])
        with pytest.raises(RuntimeError, match="is used by transport"):
            loop.add_reader(pair[0].fileno(), int)
        transport.close()
        await asyncio.sleep(0)

    loop.run_until_complete(main())


# -- servers ----------------------------------------------------------------------------------------------------------


def test_a_server_may_start_later(loop: Any) -> None:
    async def main() -> None:
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, start_serving=False)
        address = server.sockets[0].getsockname()
        assert not server.is_serving()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        await server.start_serving()
        assert server.is_serving()
        _, writer = await asyncio.open_connection(*address)
        writer.close()
        forever = loop.create_task(server.serve_forever())
        await asyncio.sleep(0)
        forever.cancel()
        with pytest.raises(asyncio.CancelledError):
            await forever
        assert not server.is_serving()
        assert list(server.sockets) == []

    loop.run_until_complete(main())


def test_an_address_in_use_is_an_error(loop: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            loop.run_until_complete(loop.create_server(asyncio.Protocol, "127.0.0.1", port, reuse_address=False))


def test_a_writer_is_paused_and_goes_on(loop: Any) -> None:
    events: list[str] = []

    class Client(asyncio.Protocol):
        def pause_writing(self) -> None:
            events.append("pause")

        def resume_writing(self) -> None:
            events.append("resume")

    async def main() -> int:
        got = loop.create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while "pause" not in events:
                await asyncio.sleep(0)
            got.set_result(len(await reader.read(-1)))
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        transport, _ = await loop.create_connection(Client, *server.sockets[0].getsockname())
        transport.set_write_buffer_limits(high=1024)
        transport.write(b"x" * (8 << 20))
        transport.write_eof()
        number = await got
        server.close()
        return int(number)

    assert loop.run_until_complete(main()) == 8 << 20
    assert events == ["pause", "resume"]


def test_names_and_addresses(loop: Any) -> None:
    async def main() -> Any:
        found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        return found, await loop.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)

    found, name = loop.run_until_complete(main())
    assert found[0][4] == ("127.0.0.1", 80)
    assert name == ("127.0.0.1", "80")


def test_datagrams_that_cannot_be(loop: Any) -> None:
    with pytest.raises(ValueError, match="unexpected address family"):
        loop.run_until_complete(loop.create_datagram_endpoint(asyncio.DatagramProtocol))
    with socket.socket() as stream:
        stream.setblocking(False)
        with pytest.raises(ValueError, match=r"ocket was expected"):
            loop.run_until_complete(loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=stream))


# -- signals and child processes --------------------------------------------------------------------------------------


def test_signal_handlers_come_and_go(loop: Any) -> None:
    before = signal.getsignal(signal.SIGUSR2)
    assert not loop.remove_signal_handler(signal.SIGUSR2)
    seen: list[int] = []
    loop.add_signal_handler(signal.SIGUSR2, seen.append, 1)
    loop.add_signal_handler(signal.SIGUSR2, lambda: (seen.append(2), loop.stop()))
    os.kill(os.getpid(), signal.SIGUSR2)
    loop.run_forever()
    assert seen == [2]
    assert loop.remove_signal_handler(signal.SIGUSR2)
    assert signal.getsignal(signal.SIGUSR2) == before


def test_signal_handlers_that_cannot_be(loop: Any) -> None:
    async def coroutine() -> None: ...

    with pytest.raises(TypeError, match="coroutines cannot be used"):
        loop.add_signal_handler(signal.SIGUSR2, coroutine)
    with pytest.raises(RuntimeError, match="cannot be caught"):
        loop.add_signal_handler(signal.SIGKILL, int)
    with pytest.raises(ValueError, match="signal"):
        loop.add_signal_handler(1000, int)


def test_ctrl_c_ends_the_run_and_the_loop_can_go_on(loop: Any) -> None:
    async def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(0)

    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(interrupted())
    assert loop.run_until_complete(asyncio.sleep(0, "goes on")) == "goes on"


def test_child_processes(loop: Any, tmp_path: Any) -> None:
    program = "import os, sys; sys.stderr.write(os.getcwd()); print(os.environ['NAME']); sys.exit(3)"

    async def main() -> tuple[bytes, bytes, int | None]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-S",
            "-c",
            program,
            cwd=tmp_path,
            env={"NAME": "value"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, error = await process.communicate()
        return out, error, process.returncode

    asyncio.set_event_loop(loop)
    try:
        out, error, code = loop.run_until_complete(main())
    finally:
        asyncio.set_event_loop(None)
    assert out.split() == [b"value"]
    assert error.endswith(os.fsencode(tmp_path.name))
    assert code == 3


def test_a_child_process_is_killed(loop: Any) -> None:
    async def main() -> int:
        process = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE)
        process.kill()
        return await process.wait()

    asyncio.set_event_loop(loop)
    try:
        assert loop.run_until_complete(main()) == -signal.SIGKILL
    finally:
        asyncio.set_event_loop(None)


def test_a_pipe_is_written_to_until_nobody_reads(loop: Any) -> None:
    async def main() -> BaseException | None:
        lost: Any = loop.create_future()

        class Writer(asyncio.BaseProtocol):
            def connection_lost(self, error: BaseException | None) -> None:
                lost.set_result(error)

        read, write = os.pipe()
        transport, _ = await loop.connect_write_pipe(Writer, os.fdopen(write, "wb", 0))
        transport.write(b"abc")
        assert os.read(read, 10) == b"abc"
        os.close(read)
        found: BaseException | None = await lost
        return found

    assert isinstance(loop.run_until_complete(main()), (BrokenPipeError, type(None)))
