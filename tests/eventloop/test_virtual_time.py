"""Virtual time: exact, and nobody is raced."""

from __future__ import annotations

import asyncio
import queue
import socket
import sys
import threading
import time
from typing import Any

import pytest
from loops import Journal, run_virtual

from lasti.eventloop import Deadlock, Loop, Random, RealClock, VirtualClock, run


def now() -> float:
    return asyncio.get_running_loop().time()


def test_time_stands_still_while_anything_can_run() -> None:
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return now()

    assert run_virtual(main()) == 0.0


@pytest.mark.parametrize("seconds", [3600, 0.1, 1e-9, 1e9, 1 / 3])
def test_a_sleep_takes_exactly_its_time(seconds: float) -> None:
    async def main() -> float:
        await asyncio.sleep(seconds)
        return now()

    assert run_virtual(main()) == seconds


def test_sleeping_alarms_ring_in_the_order_of_their_time() -> None:
    rang: list[tuple[int, float]] = []

    async def alarm(seconds: int) -> None:
        await asyncio.sleep(seconds)
        rang.append((seconds, now()))

    async def main() -> None:
        await asyncio.gather(*[alarm(seconds) for seconds in (30, 10, 20, 10)])

    run_virtual(main())
    assert rang == [(10, 10.0), (10, 10.0), (20, 20.0), (30, 30.0)]


def test_timeouts() -> None:
    async def main() -> float:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(100), 7)
        return now()

    assert run_virtual(main()) == 7.0


def test_the_clock_begins_where_it_is_told() -> None:
    async def main() -> float:
        await asyncio.sleep(1)
        return now()

    assert run(main(), clock=VirtualClock(start=1e6)) == 1e6 + 1


@pytest.mark.parametrize("order", [None, Random(1)])
def test_jobs_of_executors_are_waited_for(order: Any) -> None:
    """Though a timer is due at once, the thread that takes real time is over before it."""
    release = threading.Event()

    def job() -> str:
        assert release.wait(10)
        return "done"

    async def main() -> tuple[str, float]:
        threading.Timer(0.05, release.set).start()
        answer = await asyncio.wait_for(asyncio.to_thread(job), 0.001)
        return answer, now()

    assert run_virtual(main(), order) == ("done", 0.0)


def test_results_of_jobs_come_in_the_order_of_their_submission() -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        first = threading.Event()

        def slow() -> None:
            assert first.wait(10)

        async def wait_for(number: int, job: Any) -> None:
            await asyncio.to_thread(job)
            seen.append(number)

        await asyncio.gather(wait_for(1, slow), wait_for(2, first.set), wait_for(3, int))
        return seen

    assert run_virtual(main()) == [1, 2, 3]


def test_a_job_that_fails_and_one_that_is_cancelled() -> None:
    async def main() -> float:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        release = threading.Event()
        task = asyncio.create_task(asyncio.to_thread(release.wait, 10))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        return now()

    assert run_virtual(main()) == 0.0


def test_other_threads_are_waited_for() -> None:
    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        gate = threading.Event()

        def thread() -> None:
            gate.wait(10)
            loop.call_soon_threadsafe(answer.set_result, "from the thread")

        threading.Thread(target=thread).start()
        threading.Timer(0.05, gate.set).start()
        return await asyncio.wait_for(answer, 1), now()

    assert run_virtual(main()) == ("from the thread", 0.0)


def test_a_thread_that_waits_for_the_loop_does_not_hold_the_clock() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()

        def thread() -> None:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(1000), loop).result(10)

        await asyncio.to_thread(thread)
        return now()

    assert run_virtual(main()) == 1000.0


def test_a_thread_that_only_the_loop_can_notify_does_not_hold_the_clock() -> None:
    async def main() -> tuple[list[float], float]:
        items: queue.Queue[float | None] = queue.Queue()
        seen: list[float] = []

        def consumer() -> None:
            while (item := items.get()) is not None:
                seen.append(item)

        thread = threading.Thread(target=consumer)
        thread.start()
        for _ in range(3):
            await asyncio.sleep(10)
            items.put(now())
        items.put(None)
        await asyncio.to_thread(thread.join)
        return seen, now()

    assert run_virtual(main()) == ([10.0, 20.0, 30.0], 30.0)


def test_a_thread_that_was_there_before_does_not_hold_the_clock() -> None:
    async def main() -> float:
        items: queue.Queue[None] = queue.Queue()
        thread = threading.Thread(target=items.get)
        thread.start()
        await asyncio.sleep(10)
        items.put(None)
        await asyncio.to_thread(thread.join)
        return now()

    # It waits for what it reads, and neither for the loop nor to be notified.
    ours, theirs = socket.socketpair()
    reader = threading.Thread(target=theirs.recv, args=(1,))
    reader.start()
    try:
        assert run_virtual(main()) == 10.0
    finally:
        ours.close()
        reader.join()
        theirs.close()


def test_a_thread_that_another_may_notify_is_waited_for() -> None:
    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        gate = threading.Event()

        def thread() -> None:
            gate.wait()
            loop.call_soon_threadsafe(answer.set_result, "notified")

        threading.Thread(target=thread).start()
        timer = threading.Timer(0.05, gate.set)
        timer.daemon = True
        timer.start()
        return await asyncio.wait_for(answer, 1), now()

    assert run_virtual(main()) == ("notified", 0.0)


def test_blocking_sleeps() -> None:
    """In the loop's own thread a sleep takes its time from everybody; in another, the loop goes on meanwhile."""
    clock = VirtualClock()
    seen: list[tuple[str, float]] = []

    async def ticker() -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            seen.append(("tick", now()))

    async def main() -> None:
        task = asyncio.create_task(ticker())
        await asyncio.to_thread(clock.sleep, 2.5)
        seen.append(("thread", now()))
        clock.sleep(10)
        seen.append(("blocked", now()))
        await task

    run(main(), clock=clock)
    assert seen == [("tick", 1.0), ("tick", 2.0), ("thread", 2.5), ("blocked", 12.5), ("tick", 12.5)]


def test_a_sleep_is_not_negative() -> None:
    with pytest.raises(ValueError, match=r"^sleep length must be non-negative$"):
        VirtualClock().sleep(-1)


def test_child_processes_are_waited_for() -> None:
    async def main() -> tuple[bytes, float]:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('hello')", stdout=-1)
        out, _ = await asyncio.wait_for(process.communicate(), 1)
        return bytes(out), now()

    assert run_virtual(main()) == (b"hello\n", 0.0)


def test_real_sockets_get_a_little_patience() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.write(await reader.readline())
        writer.close()

    async def main() -> tuple[bytes, float]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        server.close()
        return line, now()

    assert run_virtual(main()) == (b"hello\n", 60.0)


def test_an_hour_takes_no_time() -> None:
    async def main() -> None:
        await asyncio.gather(*[asyncio.sleep(3600 + number) for number in range(100)])

    began = time.monotonic()
    run_virtual(main())
    assert time.monotonic() - began < 30  # an hour less


# -- deadlocks ------------------------------------------------------------------------------------------------------


async def waits_for_ever(future: asyncio.Future[None]) -> None:
    await future


async def crossed() -> None:
    first, second = asyncio.Lock(), asyncio.Lock()

    async def take(one: asyncio.Lock, other: asyncio.Lock) -> None:
        async with one:
            await asyncio.sleep(1)
            async with other:  # here it waits
                pass

    await asyncio.gather(
        asyncio.create_task(take(first, second), name="there"), asyncio.create_task(take(second, first), name="back")
    )


@pytest.mark.parametrize("clock", [VirtualClock, lambda: RealClock(finds_deadlocks=True)], ids=["virtual", "real"])
def test_a_deadlock_is_reported(clock: Any) -> None:
    with pytest.raises(Deadlock) as caught:
        run(crossed(), clock=clock())
    text = str(caught.value)
    assert text.startswith("nothing can run any more: no timer, no input and no thread will wake the 3 tasks that wait")
    assert "task 'there' (crossed.<locals>.take) waits for a lock\n" in text
    assert "task 'back' (crossed.<locals>.take) waits for a lock\n" in text
    assert "waits for all of: 'there', 'back'\n" in text
    assert "in take: async with other:  # here it waits" in text
    assert f"at {__file__}:" in text


@pytest.mark.parametrize("clock", [VirtualClock, lambda: RealClock(finds_deadlocks=True)], ids=["virtual", "real"])
@pytest.mark.parametrize("listener", [None, Journal()], ids=["asyncio's tasks", "our tasks"])
@pytest.mark.parametrize("through_gather", [False, True])
def test_tasks_that_wait_for_each_other(clock: Any, listener: Any, through_gather: bool) -> None:
    """They are reported, and end: asyncio's ``cancel`` alone goes round in the circle until the stack is full."""
    ended: list[str] = []

    async def main() -> None:
        tasks: dict[str, Any] = {}

        async def waits(name: str, other: str) -> None:
            await asyncio.sleep(0.001)
            try:
                await (asyncio.gather(tasks[other]) if through_gather else tasks[other])
            finally:
                ended.append(name)

        for name, other in (("first", "second"), ("second", "third"), ("third", "first")):
            tasks[name] = asyncio.create_task(waits(name, other), name=name)
        await asyncio.wait(tasks.values())

    with pytest.raises(Deadlock) as caught:
        run(main(), clock=clock(), listener=listener)
    assert ("waits for all of: 'second'\n" if through_gather else "waits for task 'second'\n") in str(caught.value)
    assert "(test_tasks_that_wait_for_each_other.<locals>.main) waits for other tasks or futures\n" in str(caught.value)
    assert sorted(ended) == ["first", "second", "third"]


def test_a_task_that_waits_for_nobody() -> None:
    async def main() -> None:
        await waits_for_ever(asyncio.get_running_loop().create_future())

    with pytest.raises(Deadlock, match=r"waits for a future that nobody has completed\n.* in waits_for_ever: await"):
        run_virtual(main())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: asyncio.Queue().get(), "an item in a queue"),
        (lambda: asyncio.Event().wait(), "an event"),
        (lambda: asyncio.Semaphore(0).acquire(), "a semaphore"),
        (lambda: asyncio.StreamReader().read(), "data to read"),
        (lambda: asyncio.wait([asyncio.get_running_loop().create_future()]), "other tasks or futures"),
    ],
)
def test_what_a_task_waits_for(make: Any, words: str) -> None:
    async def main() -> None:
        await make()

    with pytest.raises(Deadlock, match=f"waits for {words}\n"):
        run_virtual(main())


def test_sockets_of_the_program_s_own_are_named() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setblocking(False)
            await asyncio.get_running_loop().sock_accept(listening)

    with pytest.raises(Deadlock, match=r"waits for a connection to accept\n.* in main: await"):
        run(main(), clock=VirtualClock(patience=0.001))


def test_input_that_never_comes() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                await reader.read()
            finally:
                writer.close()
        finally:
            server.close()

    with pytest.raises(Deadlock, match="data to read"):
        run(main(), clock=VirtualClock(patience=0.001))


def test_the_real_clock_waits_for_whom_may_still_come() -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        threading.Thread(target=lambda: loop.call_soon_threadsafe(answer.set_result, "came")).start()
        assert await asyncio.to_thread(int, "1") == 1
        return str(await answer)

    assert run(main(), clock=RealClock(finds_deadlocks=True)) == "came"


def test_after_a_deadlock_the_program_cleans_up() -> None:
    cleaned: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            cleaned.append("main")

    with pytest.raises(Deadlock):
        run_virtual(main())
    assert cleaned == ["main"]


def test_a_loop_without_a_task() -> None:
    loop = Loop(clock=VirtualClock())
    with pytest.raises(Deadlock, match="and it has no task"):
        loop.run_forever()
    loop.close()
