"""Clocks: what the loop calls the time, and how it waits for it.

A clock's ``wait`` is where a loop with nothing to do spends its time.  It gets the loop and the time until which it may
wait: ``ALREADY`` when something is ready to run, ``NEVER`` when there is no timer; and returns the selector's events.

``RealClock`` is asyncio's behaviour.  Under ``VirtualClock`` time stands still while anything can run and jumps to the
next timer when nothing can.  What the loop does not drive itself takes real time and no virtual time: jobs of executors
and other threads are waited for; sockets, pipes and child processes are given ``patience``.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Protocol

from .deadlock import deadlock
from .others import GLANCE, NEVER, Sleepers, could_be_woken, has_children, has_files, is_any_thread_busy

if TYPE_CHECKING:
    from .loop import Loop

ALREADY = -math.inf
MAXIMUM_SELECT_TIMEOUT = 24 * 3600  # seconds; what selectors can take, as asyncio has it
LAST_PATIENCE = 50  # times the patience, before a program is said to be stuck that has files open
CHILDREN_S_PATIENCE = 500  # times the patience: what a child process is given


class Clock(Protocol):
    """What a loop asks of its clock."""

    resolution: float  # seconds
    counts_others: bool  # whether the loop is to keep account of jobs, threads and child processes

    def time(self) -> float:
        """Return the time in seconds; the epoch is the clock's own."""

    def wait(self, loop: Loop, until: float) -> list[Any]:
        """Wait for events or for the time ``until``, whichever is first; return the selector's events."""


class RealClock:
    """``time.monotonic``, and a selector that waits.

    With ``finds_deadlocks``, a loop that nothing can wake any more raises Deadlock where asyncio's waits for ever.
    """

    resolution = time.get_clock_info("monotonic").resolution
    time = staticmethod(time.monotonic)

    def __init__(self, *, finds_deadlocks: bool = False) -> None:
        self.counts_others = finds_deadlocks

    def wait(self, loop: Loop, until: float) -> list[Any]:
        """Let the selector wait."""
        if until == ALREADY:
            return loop._selector.select(0)  # type: ignore[no-any-return]
        if until == NEVER:
            return self._wait_for_events(loop) if self.counts_others else loop._selector.select(None)
        return loop._selector.select(min(max(0, until - loop.time()), MAXIMUM_SELECT_TIMEOUT))  # type: ignore[no-any-return]

    def _wait_for_events(self, loop: Loop) -> list[Any]:
        loop.open_self_pipe()
        while True:
            is_thread_busy = is_any_thread_busy(loop)
            could_come = is_thread_busy or loop.jobs.are_running(loop) or has_files(loop) or has_children(loop)
            events: list[Any] = loop._selector.select(0 if not could_come else GLANCE if is_thread_busy else None)
            loop.jobs.deliver(loop)
            if events or loop._ready:
                return events
            if not could_come:
                raise deadlock(loop)


class VirtualClock:
    """Time that passes only when nothing can run; begins at ``start``.

    ``patience`` (real seconds) is what sockets, pipes and child processes of the program are given to bring something
    before time jumps.  A loop that nothing can wake any more raises Deadlock.
    """

    counts_others = True
    resolution = 0.0

    def __init__(self, start: float = 0.0, *, patience: float = 0.02) -> None:
        self.now = start
        self.patience = patience
        self.sleepers = Sleepers()

    def time(self) -> float:
        """Return the virtual time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """``time.sleep``: pass the time in the loop's own thread; in another thread, wait until the loop has passed it.

        ValueError when ``seconds`` is negative, as ``time.sleep`` has it.
        """
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if not self.sleepers.sleep(self.now + seconds):
            self.now += seconds

    def wait(self, loop: Loop, until: float) -> list[Any]:
        """Return what has come; else let time jump to ``until``, or raise Deadlock when that is NEVER."""
        if could_be_woken(loop):
            events = self._what_comes(loop, until)
            if events:
                return events
        if until == ALREADY or loop._ready:
            return []
        when = min(until, self.sleepers.next)
        if when == NEVER:
            raise deadlock(loop)
        self.now = max(self.now, when)
        self.sleepers.wake(self.now)
        return []

    def _what_comes(self, loop: Loop, until: float) -> list[Any]:
        """Return what others bring: at once when something is ready, else when it comes, or patience is at its end."""
        loop.open_self_pipe()
        if loop.jobs.are_open:
            loop.jobs.wait_a_moment(loop)
        events = self._select(loop, 0)
        if events or loop._ready or until == ALREADY:
            return events
        return self._wait_for_others(loop, until)

    def _wait_for_others(self, loop: Loop, until: float) -> list[Any]:
        """Wait for threads as long as it takes, for files and children while patience lasts."""
        patience = self.patience
        if has_children(loop):
            patience *= CHILDREN_S_PATIENCE
        elif until == NEVER:
            patience *= LAST_PATIENCE
        began = time.monotonic()
        while True:
            is_busy = loop.jobs.are_running(loop) or is_any_thread_busy(loop)
            left = began + patience - time.monotonic() if has_files(loop) or has_children(loop) else 0
            events = self._select(loop, GLANCE if is_busy else max(0, min(left, GLANCE)))
            if events or loop._ready or not (is_busy or left > 0):
                return events

    @staticmethod
    def _select(loop: Loop, timeout: float) -> list[Any]:
        """Select, and put the results of jobs into the ready queue.

        That another thread woke the loop is no event: when it comes is chance, and no handle may depend on it.
        """
        events: list[Any] = loop._selector.select(timeout)
        if events:
            own = loop._ssock.fileno()
            if any(key.fd == own for key, _ in events):
                loop._read_from_self()
                events = [event for event in events if event[0].fd != own]
        if loop.jobs.are_open:
            loop.jobs.deliver(loop)
        return events


def end_of_now(now: float, resolution: float) -> float:
    """Return the first time that is later than ``now``, for a clock of that resolution."""
    return now + max(resolution, math.ulp(now))
