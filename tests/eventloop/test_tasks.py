"""Our Task and Future against asyncio's C ones, and what a watched loop tells."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from loops import Journal, journal_of

from lasti.eventloop import Future, Loop, OwnTasksLoop, Random, Task, VirtualClock, WatchedLoop, run
from lasti.eventloop.listener import picture_of_task, ready_queue, timers
from lasti.versions import PY311, PY312, PY314

# -- one program on both: the same outcome ----------------------------------------------------------------------------


async def result_and_error() -> list[Any]:
    async def fails() -> None:
        raise KeyError("why")

    task = asyncio.create_task(fails(), name="it fails")
    done, _ = await asyncio.wait([task])
    return [repr(task.exception()), task.get_name(), task in done, len(asyncio.all_tasks())]


async def shield_and_wait_for() -> list[Any]:
    inner = asyncio.create_task(asyncio.sleep(5, "slept"))
    found: list[Any] = []
    try:
        await asyncio.wait_for(asyncio.shield(inner), 1)
    except asyncio.TimeoutError:
        found.append("timeout")
    found.append(await inner)
    return [*found, asyncio.get_running_loop().time()]


async def completed_first() -> list[Any]:
    found = []
    for future in asyncio.as_completed([asyncio.sleep(seconds, seconds) for seconds in (3, 1, 2)]):
        found.append(await future)
    return found


async def cancelled_with_message() -> list[Any]:
    async def sleeps() -> None:
        await asyncio.sleep(9)

    task = asyncio.create_task(sleeps())
    await asyncio.sleep(0)
    assert task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError as error:
        return [error.args, task.cancelled(), task.cancel(), repr(task).startswith("<Task cancelled name='Task-")]
    return []


async def cancelled_before_it_began() -> list[Any]:
    ran: list[int] = []

    async def runs() -> None:
        ran.append(1)

    task = asyncio.create_task(runs())
    task.cancel()
    await asyncio.wait([task])
    return [ran, task.cancelled()]


async def bad_yields() -> list[Any]:
    class Yields:
        def __init__(self, value: Any) -> None:
            self.value = value

        def __await__(self) -> Any:
            yield self.value

    async def awaits(value: Any) -> None:
        await Yields(value)

    found = []
    other = asyncio.Future(loop=asyncio.new_event_loop())
    other._asyncio_future_blocking = True
    for value in (7, (item for item in ()), asyncio.get_running_loop().create_future(), other):
        try:
            await asyncio.create_task(awaits(value))
        except RuntimeError as error:
            found.append(str(error).partition(" name=")[0])
    other.get_loop().close()
    return found


async def callbacks_in_order() -> list[Any]:
    seen: list[int] = []
    future = asyncio.get_running_loop().create_future()
    callbacks = [lambda _, number=number: seen.append(number) for number in range(4)]
    for callback in callbacks:
        future.add_done_callback(callback)
    removed = future.remove_done_callback(callbacks[1])
    future.set_result(None)
    before = list(seen)
    await asyncio.sleep(0)
    return [removed, before, seen]


async def twice_completed() -> list[Any]:
    future = asyncio.get_running_loop().create_future()
    future.set_result(1)
    try:
        future.set_result(2)
    except asyncio.InvalidStateError as error:
        return [str(error), future.result(), repr(future)]
    return []


async def groups() -> list[Any]:
    seen: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(1)
        raise ValueError("first")

    async def waits() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            seen.append("cancelled")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(waits())
    except BaseException as error:
        seen.append(repr(error))
    task: Any = asyncio.current_task()
    return [*seen, task.cancelling()]


async def uncancelled() -> list[Any]:
    task: Any = asyncio.current_task()
    task.cancel()
    task.cancel()
    found = [task.cancelling(), task.uncancel(), task.uncancel(), task.uncancel()]
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        found.append("cancelled")
    return found


async def eager() -> list[Any]:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    seen: list[str] = []

    async def worker(name: str, seconds: int) -> str:
        seen.append(f"{name} begins")
        if seconds:
            await asyncio.sleep(seconds)
        return name

    first = loop.create_task(worker("first", 0))
    seen.append(f"made, done: {first.done()}")
    second = loop.create_task(worker("second", 1))
    return [*seen, await first, await second]


PROGRAMS: list[Callable[[], Awaitable[Any]]] = [
    result_and_error, shield_and_wait_for, completed_first, cancelled_with_message, cancelled_before_it_began,
    bad_yields, callbacks_in_order, twice_completed,
]  # fmt: skip
if PY311:
    PROGRAMS += [groups, uncancelled]
if PY312:
    PROGRAMS.append(eager)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("listener", [None, Journal()], ids=["unheard", "heard"])
def test_as_the_host_s(program: Any, listener: Any) -> None:
    def of(loop: Any) -> Any:
        try:
            return loop.run_until_complete(program())
        finally:
            loop.close()

    host = of(Loop(clock=VirtualClock()))
    make = OwnTasksLoop if listener is None else lambda **options: WatchedLoop(listener=listener, **options)
    assert of(make(clock=VirtualClock())) == host
    assert host


def test_they_are_asyncio_s_and_ours() -> None:
    async def main() -> tuple[Any, Any]:
        return asyncio.current_task(), asyncio.get_running_loop().create_future()

    loop = OwnTasksLoop()
    task, future = loop.run_until_complete(main())
    loop.close()
    assert isinstance(task, asyncio.Task)
    assert isinstance(task, Task)
    assert isinstance(future, asyncio.Future)
    assert isinstance(future, Future)
    assert not isinstance(future, asyncio.Task)
    assert asyncio.isfuture(future)


@pytest.mark.skipif(not PY311, reason="new in 3.12; the host's crashes up to 3.13")
def test_a_task_that_never_began() -> None:
    class NotBegun(Task):
        def __init__(self) -> None:
            pass

    task = NotBegun()
    assert not task.done()
    assert task.get_context() is None


def test_an_unretrieved_exception_is_reported() -> None:
    contexts: list[dict[str, Any]] = []

    async def fails() -> None:
        raise ValueError("nobody asks")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: contexts.append(context))
        task = loop.create_task(fails())
        del task
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    loop = OwnTasksLoop()
    loop.run_until_complete(main())
    loop.close()
    gc.collect()
    assert [context["message"] for context in contexts] == ["Task exception was never retrieved"]


def test_a_pending_task_that_dies_is_reported() -> None:
    contexts: list[dict[str, Any]] = []
    loop = OwnTasksLoop()
    loop.set_exception_handler(lambda _, context: contexts.append(context))

    async def waits() -> None:
        await loop.create_future()

    task = loop.create_task(waits())
    loop.call_soon(loop.stop)
    loop.run_forever()
    del task
    gc.collect()
    loop.close()
    assert [context["message"] for context in contexts] == ["Task was destroyed but it is pending!"]


def test_only_coroutines_become_tasks() -> None:
    loop = OwnTasksLoop()
    with pytest.raises(TypeError, match="a coroutine was expected, got 7"):
        loop.create_task(7)  # type: ignore[arg-type]
    loop.close()


@pytest.mark.skipif(not PY314, reason="call graphs are new in 3.14")
def test_the_call_graph() -> None:
    async def inner() -> Any:
        outer: Any = next(task for task in asyncio.all_tasks() if task.get_name() == "outer")
        current: Any = asyncio.current_task()
        return [outer in current._asyncio_awaited_by, "outer" in asyncio.format_call_graph()]

    async def outer() -> Any:
        return await asyncio.create_task(inner(), name="inner")

    loop = OwnTasksLoop()
    assert loop.run_until_complete(loop.create_task(outer(), name="outer")) == [True, True]
    loop.close()


# -- what a listener is told ----------------------------------------------------------------------------------------


async def a_lock() -> None:
    lock = asyncio.Lock()

    async def worker() -> None:
        async with lock:
            await asyncio.sleep(1)

    await asyncio.gather(worker(), worker())


def test_who_woke_whom_and_why() -> None:
    told = journal_of(a_lock())
    assert (
        told[: told.index("_run_until_complete_cb of -") + 2]
        == """\
task 1 made by -
task 1 woken by -: it was made
turn 1 at 0.0
Task.step of task 1
task 2 made by task 1
task 2 woken by task 1: it was made
task 3 made by task 1
task 3 woken by task 1: it was made
ends
turn 2 at 0.0
Task.step of task 2
ends
Task.step of task 3
ends
turn 3 at 0.0
waits until 1.0
_set_result_unless_cancelled of -
task 2 woken by -: its future was completed by a timer
ends
turn 4 at 1.0
Task.step of task 2
task 3 woken by task 2: its future was completed by task
task 2 done
ends
turn 5 at 1.0
Task.step of task 3
ends
gather.<locals>._done_callback of -
ends
turn 6 at 1.0
waits until 2.0
_set_result_unless_cancelled of -
task 3 woken by -: its future was completed by a timer
ends
turn 7 at 2.0
Task.step of task 3
task 3 done
ends
turn 8 at 2.0
gather.<locals>._done_callback of -
task 1 woken by -: its future was completed by gather.<locals>._done_callback
ends
turn 9 at 2.0
Task.step of task 1
task 1 done
ends
turn 10 at 2.0
_run_until_complete_cb of -
ends
""".splitlines()
    )


@pytest.mark.parametrize("order", [None, Random(5)])
def test_the_same_program_tells_the_same(order: Any) -> None:
    def once() -> list[str]:
        return journal_of(a_lock(), None if order is None else Random(order.seed))

    assert once() == once()


def test_pictures_of_the_queues() -> None:
    seen: list[Any] = []

    class Listener(Journal):
        def handle_begins(self, loop: Any, handle: Any, task: Any) -> None:
            if loop.time() == 0 and loop.iteration == 2 and len(ready_queue(loop)) == 1:
                seen.append((ready_queue(loop), timers(loop)))

    async def main() -> None:
        await asyncio.gather(asyncio.sleep(3), asyncio.sleep(2))

    run(main(), clock=VirtualClock(), listener=Listener())
    ((ready, waiting),) = seen
    assert [each.text for each in ready] == ["Task.step"]
    assert ready[0].when is None
    assert waiting == []


def test_pictures_of_tasks() -> None:
    async def main() -> list[Any]:
        current: Any = asyncio.current_task()
        current.set_name("main")
        event = asyncio.Event()
        waiting = asyncio.create_task(event.wait(), name="waiting")
        fresh = asyncio.create_task(asyncio.sleep(0), name="fresh")
        await asyncio.sleep(0)
        event.set()
        pictures = [picture_of_task(task) for task in (current, waiting, fresh)]
        assert pictures[1].woken_by is current
        await asyncio.gather(waiting, fresh)
        pictures.append(picture_of_task(waiting))
        return [(each.name, each.coroutine, each.status, each.waits_for, each.woken_why) for each in pictures[1:]] + [
            (pictures[0].status, pictures[0].waits_for)
        ]

    assert run(main(), clock=VirtualClock(), listener=Journal()) == [
        ("waiting", "Event.wait", "ready", "", "its future was completed by task 'main'"),
        ("fresh", "sleep", "ready", "", "it gave way to the others"),
        ("waiting", "Event.wait", "done", "", "its future was completed by task 'main'"),
        ("running", ""),
    ]


def test_what_is_told_of_cancellation() -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(9))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    lines = journal_of(main())
    first = lines.index("task 2 cancelled by task 1")
    assert lines[first + 1] == "task 2 woken by task 1: what it waited for was cancelled"
    assert "task 2 cancelled" in lines[first:]


def test_files_are_named() -> None:
    async def main() -> None:
        got = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.set_result(await reader.readexactly(1))
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x")
        await got
        writer.close()
        server.close()

    journal = Journal()
    run(main(), listener=journal)
    assert any("its future was completed by file" in line and "readable" in line for line in journal.lines)
