"""Who else could wake a loop that has nothing to do: open files, child processes, jobs of executors, other threads.

A clock asks here before it lets virtual time jump, or says that a program is stuck.  A thread is busy unless it waits
for the loop itself: for a future of ``run_coroutine_threadsafe``, in a virtual ``time.sleep``, or for whoever puts
something into a queue or sets an event when nobody but the loop is left to do so.  Daemon threads, and
those that were there before the loop ran, are nobody that a loop waits for.
"""

from __future__ import annotations

import _thread
import asyncio
import concurrent.futures.thread
import heapq
import itertools
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .loop import Loop

NEVER = float("inf")
GLANCE = 0.01  # real seconds between two looks at threads that say nothing when they stop being busy
MOMENT = 1.0  # real seconds that a job is given before the loop goes on without it

_WAITS_FOR_A_FUTURE = {
    concurrent.futures.Future.result.__code__,
    concurrent.futures.Future.exception.__code__,
}
_WAITS_TO_BE_NOTIFIED = threading.Condition.wait.__code__
_WAITS_FOR_WORK = concurrent.futures.thread._worker.__code__
# Threads, by their idents, in a virtual time.sleep; not found by their frames, which the machine hides as lasti's own.
_asleep: dict[int, threading.Event] = {}


def has_files(loop: Loop) -> bool:
    """Tell whether the program has sockets or pipes registered with the loop, or signal handlers."""
    return len(loop._selector.get_map()) > loop._internal_fds or bool(loop._signal_handlers)


def has_children(loop: Loop) -> bool:
    """Tell whether a child process of the loop's runs."""
    return any(transport.get_returncode() is None for transport in loop.children)


def could_be_woken(loop: Loop) -> bool:
    """Tell quickly whether there is anybody at all who could; False is certain."""
    return bool(
        loop.jobs.are_open
        or loop.children
        or has_files(loop)
        or (_thread._count() > 0 and not loop.earlier_threads.issuperset(threading.enumerate()))
    )


def is_any_thread_busy(loop: Loop) -> bool:
    """Tell whether a thread runs that the program started while the loop ran (and that is no executor's)."""
    threads = {thread.ident for thread in _new_threads(loop) if not (thread.daemon or _is_executor_s(thread))}
    return bool(threads) and not threads <= parked(loop)


def _new_threads(loop: Loop) -> list[threading.Thread]:
    """Return the threads that began while the loop ran."""
    return [thread for thread in threading.enumerate() if thread not in loop.earlier_threads]


def parked(loop: Loop) -> set[int | None]:
    """Return the idents of the threads that can go on only when the loop does.

    These wait for a future, or are in a virtual ``time.sleep``.  Those that wait to be notified (in ``Event.wait``,
    ``queue.Queue.get``...) are such only where no other new thread is left that could do it.
    """
    frames = sys._current_frames()
    del frames[threading.get_ident()]
    able = {thread.ident for thread in _new_threads(loop)} & frames.keys()
    for_the_loop = {ident for ident, frame in frames.items() if _waits_for_the_loop(ident, frame)}
    for_anybody = {ident for ident, frame in frames.items() if _waits_to_be_notified(frame)}
    idle = {ident for ident, frame in frames.items() if frame is not None and frame.f_code is _WAITS_FOR_WORK}
    return {*for_the_loop, *for_anybody} if able <= for_the_loop | for_anybody | idle else {*for_the_loop}


def _waits_for_the_loop(ident: int, frame: FrameType | None) -> bool:
    over = _asleep.get(ident)
    if over is not None:
        return not over.is_set()
    while frame is not None:
        if frame.f_code in _WAITS_FOR_A_FUTURE:
            return not frame.f_locals["self"].done()
        frame = frame.f_back
    return False


def _waits_to_be_notified(frame: FrameType | None) -> bool:
    if frame is None or frame.f_code is not _WAITS_TO_BE_NOTIFIED:
        return False
    found = frame.f_locals
    return found.get("timeout") is None and found.get("waiter") in found["self"]._waiters  # notify() takes it out there


def _workers() -> list[threading.Thread]:
    return list(getattr(concurrent.futures.thread, "_threads_queues", ()))


def _is_executor_s(thread: threading.Thread) -> bool:
    return thread in _workers() or type(thread).__module__.startswith("concurrent.futures")


class Jobs:
    """Calls that executors run for a loop, and whose results come in the order in which they were asked for.

    Used where threads must not be raced: under a virtual clock, and where deadlocks are looked for.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1).__next__
        self._running: dict[int, tuple[concurrent.futures.Future[Any], asyncio.Future[Any] | None]] = {}
        self._done: set[int] = set()
        self._slow: set[int] = set()

    def are_running(self, loop: Loop) -> bool:
        """Tell whether a job runs that does not itself wait for the loop."""
        unfinished = len(self._running) - len(self._done)
        return unfinished > 0 and unfinished > len(parked(loop) & {worker.ident for worker in _workers()})

    def add(self, loop: Loop, job: concurrent.futures.Future[Any]) -> asyncio.Future[Any]:
        """Return a future of the loop's that will have the result of ``job``."""
        future: asyncio.Future[Any] = loop.create_future()
        number = self._numbers()
        self._running[number] = job, future
        future.add_done_callback(lambda _: job.cancel() if future.cancelled() else None)
        job.add_done_callback(lambda _: self._finished(loop, number))
        return future

    def hold(self) -> Callable[[], None]:
        """Count as running until the function that is returned is called."""
        number = self._numbers()
        self._running[number] = concurrent.futures.Future(), None
        return lambda: self._forget(number)

    def _forget(self, number: int) -> None:
        self._running.pop(number, None)

    def _finished(self, loop: Loop, number: int) -> None:
        """Note that a job is over; called in the thread that ran it."""
        self._done.add(number)
        if not loop.is_closed():
            loop._write_to_self()

    def deliver(self, loop: Loop) -> None:
        """Put the results that are there into the ready queue."""
        for number in sorted(self._done):
            self._done.discard(number)
            self._slow.discard(number)
            job, future = self._running.pop(number)
            if future is not None:
                loop.call_soon(copy_state, job, future)

    @property
    def are_open(self) -> bool:
        """Tell whether there is any whose result was not delivered."""
        return bool(self._running)

    def wait_a_moment(self, loop: Loop) -> None:
        """Wait for jobs though other things could run: so a job is always over at the next turn, unless it is long."""
        jobs = {number for number, (_, future) in self._running.items() if future is not None}
        waited_for = jobs - self._done - self._slow
        end = time.monotonic() + MOMENT
        while waited_for - self._done and self.are_running(loop):
            left = end - time.monotonic()
            if left <= 0:
                self._slow |= waited_for - self._done
                break
            loop._selector.select(min(left, GLANCE))
            loop._read_from_self()


def copy_state(job: concurrent.futures.Future[Any], future: asyncio.Future[Any]) -> None:
    """Give the outcome of an executor's job to the loop's future, unless that has one already."""
    if future.done():
        return
    if job.cancelled():
        future.cancel()
        return
    error = job.exception()
    if error is None:
        future.set_result(job.result())
    else:
        future.set_exception(error)


class Sleepers:
    """Threads that wait in a virtual ``time.sleep`` until the loop has let that time pass."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count().__next__
        self._lock = threading.Lock()

    @property
    def next(self) -> float:
        """Return the first time at which one wants to go on, NEVER when there is none."""
        with self._lock:
            return self._heap[0][0] if self._heap else NEVER

    def sleep(self, when: float) -> bool:
        """Wait until ``when``; False, at once, in a thread that runs a loop, or where no loop would end the sleep."""
        if asyncio._get_running_loop() is not None or threading.current_thread() is threading.main_thread():
            return False
        over = threading.Event()
        with self._lock:
            heapq.heappush(self._heap, (when, self._numbers(), over))
        _asleep[threading.get_ident()] = over
        try:
            over.wait()
        finally:
            del _asleep[threading.get_ident()]
        return True

    def wake(self, now: float) -> None:
        """Let those go on whose time has come."""
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                heapq.heappop(self._heap)[2].set()
