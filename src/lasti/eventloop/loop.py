"""The event loop: a ready queue, a heap of timers, a selector, and one iteration that goes round them.

``Loop`` is asyncio's selector loop with this iteration for a heart.  The clock, the order and the network are objects
that can be chosen; transports, TLS, pipes, child processes and signals are asyncio's own, and use the loop as they use
asyncio's.

    ready queue   handles that run in the next turn; call_soon appends to it
    timers        handles for later, a heap; call_at pushes onto it
    selector      files that somebody reads or writes, each with its handles

One turn: forget timers that were cancelled; wait for files, or until the first timer is due (not at all when something
is ready); put the handles of files and of due timers into the ready queue; run what is in it.  What these handles put
there runs in the next turn.

Source: CPython Lib/asyncio/base_events.py (``_run_once``), selector_events.py, unix_events.py; PEP 3156.
"""

from __future__ import annotations

import asyncio
import heapq
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..versions import PY312
from . import host
from .clock import ALREADY, RealClock, end_of_now
from .handles import Handle, TimerHandle
from .others import NEVER, Jobs
from .selector import QuickSelector
from .tasks import NumberedTask

if TYPE_CHECKING:
    from .clock import Clock
    from .network import Network
    from .order import Order

# Cancelled timers stay in the heap until they come to its top, or until there are more of them than this.
_FEW_TIMERS: int = host.base_events._MIN_SCHEDULED_TIMER_HANDLES
_FEW_CANCELLED: float = host.base_events._MIN_CANCELLED_TIMER_HANDLES_FRACTION


REAL = RealClock()


class Heart(host.BaseEventLoop):  # type: ignore[misc]
    """The heart of the loop: how callbacks get into it, and one turn.  All the state that it needs is asyncio's own."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[TimerHandle]
    _selector: Any
    _debug: bool
    _closed: bool
    _stopping: bool
    _timer_cancelled_count: int
    _default_executor: Any
    _clock_resolution: float
    _clock: Clock = REAL
    _order: Order | None = None  # first in, first out

    # -- in ---------------------------------------------------------------------------------------------------------

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        """Put ``callback(*args)`` into the ready queue; RuntimeError when the loop is closed."""
        if self._closed:
            self._check_closed()
        if self._debug:
            self._check_thread()
            self._check_callback(callback, "call_soon")
            handle: asyncio.Handle = host.Handle(callback, args, self, context)
            del handle._source_traceback[-1]  # type: ignore[attr-defined]
        else:
            handle = Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        """Put ``callback(*args)`` among the timers, for the loop's time ``when``; RuntimeError when it is closed."""
        if when is None:
            raise TypeError("when cannot be None")
        if self._closed:
            self._check_closed()
        timer = TimerHandle(when, callback, args, self, context)
        if self._debug:
            self._check_thread()
            self._check_callback(callback, "call_at")
            timer._source_traceback = host.format_helpers.extract_stack(sys._getframe(1))
        heapq.heappush(self._scheduled, timer)
        return timer

    # -- one turn ---------------------------------------------------------------------------------------------------

    def _run_once(self) -> None:
        """Turn once.  This is the only place where callbacks are called; all others only put them into a queue."""
        ready, timers = self._ready, self._scheduled
        if timers and (timers[0]._cancelled or self._timer_cancelled_count):
            self._forget_cancelled_timers()
            timers = self._scheduled
        before = len(ready)

        # Wait for files: not at all when something is ready, else until the first timer is due.
        until: float = ALREADY if ready or self._stopping else timers[0]._when if timers else NEVER
        is_usual = until == ALREADY and self._clock is REAL  # what RealClock.wait would do, without the call
        self._process_events(self._selector.select(0) if is_usual else self._clock.wait(self, until))

        # What is due is ready.
        if timers:
            end = end_of_now(self.time(), self._clock_resolution)
            while timers and timers[0]._when < end:
                timer = heapq.heappop(timers)
                timer._scheduled = False
                ready.append(timer)

        if self._order is not None:
            self._order.arrange(ready, len(ready) - before)

        self._run_first(len(ready))

    def _forget_cancelled_timers(self) -> None:
        """Take cancelled timers off the top of the heap; when they are many, out of all of it."""
        timers = self._scheduled
        if len(timers) > _FEW_TIMERS and self._timer_cancelled_count / len(timers) > _FEW_CANCELLED:
            for timer in timers:
                timer._scheduled = not timer._cancelled
            self._scheduled = [timer for timer in timers if timer._scheduled]
            heapq.heapify(self._scheduled)
            self._timer_cancelled_count = 0
            return
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
            self._timer_cancelled_count -= 1

    def _run_first(self, number: int) -> None:
        """Run the ``number`` handles that are ready now, and nothing that becomes ready meanwhile."""
        ready = self._ready
        run_in_debug_mode = self._run_in_debug_mode if self._debug else None
        for _ in range(number):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            if run_in_debug_mode is None:
                handle._run()
            else:
                run_in_debug_mode(handle)

    def _run_in_debug_mode(self, handle: Any) -> None:
        """Run a handle, and log it when it takes longer than ``slow_callback_duration``."""
        self._current_handle = handle
        began = self.time()
        try:
            handle._run()
            seconds = self.time() - began
            if seconds >= self.slow_callback_duration:
                text = host.base_events._format_handle(handle)
                host.base_events.logger.warning("Executing %s took %.3f seconds", text, seconds)
        finally:
            self._current_handle = None
            del handle  # an exception's traceback may lead to this frame, and must not keep the callback alive


class Loop(Heart, host.SelectorEventLoop):  # type: ignore[misc]
    """An event loop whose ``clock``, ``order`` and ``network`` can be chosen; by default all three are asyncio's.

    ``asyncio.run(main(), loop_factory=Loop)`` (3.12+) or ``lasti.eventloop.run(main())`` runs a program on it.
    """

    _task_class: Any = asyncio.Task
    _ssock: Any
    _csock: Any

    def __init__(
        self,
        selector: Any = None,
        *,
        clock: Clock | None = None,
        order: Order | None = None,
        network: Network | None = None,
    ) -> None:
        if clock is not None:
            self._clock = clock
        self._closed = True  # there is nothing to close, should there be no file for the selector
        super().__init__(QuickSelector() if selector is None and QuickSelector is not None else selector)
        self._clock_resolution = self._clock.resolution
        self.children: list[Any] = []  # transports of the child processes that run, where the clock counts them
        self.jobs = Jobs()
        self.earlier_threads: frozenset[threading.Thread] = frozenset()
        self._order = order
        if self._task_class is asyncio.Task and (order is not None or self._clock is not REAL):
            self._task_class = NumberedTask
        self._network = network
        if network is not None:
            network.attach(self)

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self._clock

    @property
    def order(self) -> Order | None:
        """The order, None for asyncio's own: first in, first out."""
        return self._order

    @property
    def network(self) -> Network | None:
        """The simulated network, None for the real one."""
        return self._network

    def create_task(self, coro: Any, **options: Any) -> Any:
        """Return a task for a coroutine; its first step is put into the ready queue."""
        if self._task_factory is not None:
            return super().create_task(coro, **options)
        if self._closed:
            self._check_closed()
        # Looked up in asyncio as its own loop does: somebody may have put another class there.
        kind = host.tasks.Task if self._task_class is Loop._task_class else self._task_class
        task = kind(coro, loop=self, **options)
        if task._source_traceback:
            del task._source_traceback[-1]
        return task

    def set_task_factory(self, factory: Any) -> None:
        """Set what makes tasks; asyncio's eager factory makes tasks of the loop's own class (3.12+)."""
        is_eager = PY312 and factory is asyncio.eager_task_factory and self._task_class is not asyncio.Task
        super().set_task_factory(self._make_eager_task if is_eager else factory)

    @staticmethod
    def _make_eager_task(loop: Any, coro: Any, **options: Any) -> Any:
        return loop._task_class(coro, loop=loop, **{"eager_start": True, **options})

    def time(self) -> float:
        """Return the clock's time in seconds."""
        return self._clock.time()

    # -- what else could wake it: counted where the clock asks for it -----------------------------------------------

    def run_forever(self) -> None:
        """Turn until ``stop()`` is called."""
        if self._clock.counts_others:
            self.earlier_threads = frozenset(threading.enumerate())
        super().run_forever()

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        """Let a thread (or a process) of ``executor`` call ``func(*args)``; return a future for the result."""
        if not self._clock.counts_others:
            future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
            return future
        self._check_closed()
        if self._debug:
            self._check_callback(func, "run_in_executor")
        if executor is None:
            self._check_default_executor()
            if self._default_executor is None:
                self._default_executor = ThreadPoolExecutor(thread_name_prefix="asyncio")
            executor = self._default_executor
        return self.jobs.add(self, executor.submit(func, *args))

    def _make_self_pipe(self) -> None:
        """Make the pipe by which threads and signals wake the loop, unless the clock says when it is needed.

        It takes as long as a short run in virtual time.
        """
        self._ssock = self._csock = None
        if not self._clock.counts_others:
            super()._make_self_pipe()

    def open_self_pipe(self) -> None:
        """Make that pipe if there is none; a clock calls this before it waits for others."""
        if self._csock is None:
            super()._make_self_pipe()

    def _close_self_pipe(self) -> None:
        if self._csock is not None:
            super()._close_self_pipe()

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        """Have ``callback(*args)`` called in a turn of the loop when the signal comes."""
        self._check_closed()
        self.open_self_pipe()
        super().add_signal_handler(sig, callback, *args)

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """Wait until the default executor's threads are over (at most ``timeout`` seconds, 3.12+)."""
        release = self.jobs.hold()
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            release()

    async def _make_subprocess_transport(self, *args: Any, **kwargs: Any) -> Any:
        transport = await super()._make_subprocess_transport(*args, **kwargs)
        if self._clock.counts_others:
            self.children = [each for each in self.children if each.get_returncode() is None] + [transport]
        return transport
