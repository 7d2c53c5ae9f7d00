"""A loop that tells a listener what happens, and whose tasks know who woke them and why.

Its tasks and futures are ours (``Task``, ``Future``); futures that asyncio makes itself, as ``gather`` does, are the
host's.  Why a task was woken is worked out where its step is put into the ready queue: the running handle says whether
a timer, a file or another task did it, the argument of the step which future was completed.
"""

from __future__ import annotations

import asyncio
import selectors
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from .clock import ALREADY, Clock
from .futures import PENDING, Future
from .handles import TimerHandle, task_of
from .listener import name_of, outcome_of
from .loop import Loop
from .others import copy_state
from .tasks import Task, next_number

if TYPE_CHECKING:
    from .listener import LoopListener


_EVENTS = selectors.EVENT_READ, selectors.EVENT_WRITE


class Wake(NamedTuple):
    """Who put a task's step into the ready queue (None: no task), and what for, in words."""

    by: Any
    why: str


class WatchedTask(Task):
    """A task that knows why it was woken, and tells its loop's listener when it is cancelled and when it is over."""

    woken: Wake | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        self.number = next_number()
        super().__init__(*args, **options)

    def __hash__(self) -> int:
        return self.number  # as NumberedTask

    def cancel(self, msg: Any = None) -> bool:
        """Ask the coroutine to end; as Task.cancel."""
        if self._state == PENDING:
            self._loop.listener.cancelled(self._loop, self, asyncio.current_task(self._loop))
        return super().cancel(msg)

    def set_name(self, value: object, /) -> None:
        """Set the name."""
        super().set_name(value)
        self._loop.listener.named(self._loop, self)

    def _start_eagerly(self) -> None:
        by = asyncio.current_task(self._loop)
        self.woken = Wake(by, "it was made")
        self._loop.listener.task_created(self._loop, self, by)
        super()._start_eagerly()

    def _finish(self, state: str) -> None:
        self._state = state
        self._loop.listener.done(self._loop, self, outcome_of(self))
        super()._finish(state)


WatchedTask.__name__ = WatchedTask.__qualname__ = "Task"  # what its repr begins with, as everybody's


class _Told:
    """A clock that tells the loop's listener when the loop waits."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.time = clock.time
        self.resolution = clock.resolution
        self.counts_others = clock.counts_others

    def wait(self, loop: Any, until: float) -> list[Any]:
        if until == ALREADY:
            return self.clock.wait(loop, until)
        loop.is_waiting = True
        loop.listener.select(loop, until)
        try:
            return self.clock.wait(loop, until)
        finally:
            loop.is_waiting = False


class OwnTasksLoop(Loop):
    """A Loop with tasks and futures of our own, to whom nobody listens."""

    _task_class = Task

    def create_future(self) -> Any:
        """Return a new future."""
        if self._debug:
            return Future(loop=self)
        future = Future.__new__(Future)  # what Future.__init__ does, with fewer calls
        future._begin(self)
        return future


class WatchedLoop(OwnTasksLoop):
    """A Loop that tells its ``listener`` what happens.

    ``iteration`` counts the turns, ``running`` is the handle that runs, ``is_waiting`` says that the loop waits.
    """

    _task_class = WatchedTask

    def __init__(self, selector: Any = None, *, listener: LoopListener, **options: Any) -> None:
        self.listener = listener
        self.iteration = 0
        self.running: asyncio.Handle | None = None
        self.is_waiting = False
        self._files: dict[asyncio.Handle, str] = {}  # of this turn
        # Tasks of other classes that have been told, by address: such a class may have an `__eq__`.
        self._foreign: dict[int, weakref.ref[Any]] = {}
        super().__init__(selector, **options)
        self._clock: Any = _Told(self._clock)

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self._clock.clock  # type: ignore[no-any-return]

    # -- what there is to tell ----------------------------------------------------------------------------------------

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        """Put ``callback(*args)`` into the ready queue; RuntimeError when the loop is closed."""
        handle: Any = super().call_soon(callback, *args, context=context)
        if handle._source_traceback:
            del handle._source_traceback[-1]
        task = task_of(callback)
        if task is not None:
            self._tell_of_step(task, args)
        else:
            self.listener.queued(self, handle)
        return handle

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        """Put ``callback(*args)`` among the timers, for the loop's time ``when``; RuntimeError when it is closed."""
        timer: Any = super().call_at(when, callback, *args, context=context)
        if timer._source_traceback:
            del timer._source_traceback[-1]
        self.listener.queued(self, timer)
        return timer

    def _tell_of_step(self, task: Any, args: tuple[Any, ...]) -> None:
        by = asyncio.current_task(self)
        if self._is_new(task):
            self.listener.task_created(self, task, by)
            why = "it was made"
        else:
            why = self._why(by, args)
        if type(task) is WatchedTask:
            task.woken = Wake(by, why)
        self.listener.woken(self, task, by, why)

    def _is_new(self, task: Any) -> bool:
        if type(task) is WatchedTask:
            return task.woken is None
        if id(task) in self._foreign:
            return False
        foreign, address = self._foreign, id(task)
        foreign[address] = weakref.ref(task, lambda _: foreign.pop(address))
        return True

    def _why(self, by: Any, args: tuple[Any, ...]) -> str:
        """Say what a step is for; ``args`` are its arguments: nothing, an error, or the future that is done."""
        if not args or isinstance(args[0], BaseException):
            return "it gave way to the others" if not args else "what it awaited is no future of this loop"
        future = args[0]
        if isinstance(future, asyncio.Task):
            return f"task {future.get_name()!r} is over"
        if future.cancelled():
            return "what it waited for was cancelled"
        return "its future was completed by " + self._origin(by)

    def _origin(self, by: Any) -> str:
        if by is not None:
            return f"task {by.get_name()!r}"
        handle: Any = self.running
        if handle is None:
            return "nobody in the loop"
        if isinstance(handle, TimerHandle):
            return "a timer"
        if handle._callback is copy_state:
            return "a job of an executor"
        return self._files.get(handle) or name_of(handle._callback)

    def _process_events(self, events: Any) -> None:
        """Put the handles of files into the ready queue, and keep which file each of them is for."""
        for key, mask in events:
            for event, handle, word in zip(_EVENTS, key.data, ("readable", "writable")):
                if mask & event and handle is not None:
                    self._files[handle] = f"file {key.fd}, which became {word}"
        super()._process_events(events)

    def _run_once(self) -> None:
        """Turn once."""
        self.iteration += 1
        self.listener.turn(self)
        self._files.clear()
        super()._run_once()

    def _run_first(self, number: int) -> None:
        """Run the ready handles, and tell of each."""
        listener = self.listener
        for _ in range(number):
            handle: Any = self._ready.popleft()
            if handle._cancelled:
                continue
            self.running = handle
            task = task_of(handle._callback)
            listener.handle_begins(self, handle, task)
            try:
                if self._debug:
                    self._run_in_debug_mode(handle)
                else:
                    handle._run()
            finally:
                self.running = None
                listener.handle_ends(self, handle, task)
