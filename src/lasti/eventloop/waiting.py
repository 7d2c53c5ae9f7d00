"""What a task waits for, in words, and where: read from the task's chain of suspended frames, without running any
code.

The innermost coroutine says the most: one of asyncio's own (``Lock.acquire``, ``Queue.get``, ``sleep``...) names the
thing, and the last frame of the program's above it is the place.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from itertools import filterfalse, repeat
from operator import is_
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from .futures import Future
from .tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ASYNCIO = os.path.dirname(os.path.abspath(asyncio.__file__)) + os.sep
OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep

# The coroutine's qualified name in asyncio -> what somebody who waits in it waits for.
WORDS = {
    "sleep": "a sleep to end",
    "Lock.acquire": "a lock",
    "Event.wait": "an event",
    "Condition.wait": "a condition",
    "Condition.wait_for": "a condition",
    "Semaphore.acquire": "a semaphore",
    "Barrier.wait": "a barrier",
    "Barrier._wait": "a barrier",
    "Barrier._block": "a barrier",
    "Queue.get": "an item in a queue",
    "Queue.put": "room in a queue",
    "Queue.join": "a queue's work to be done",
    "TaskGroup.__aexit__": "the tasks of its group",
    "StreamReader._wait_for_data": "data to read",
    "StreamWriter.drain": "room to write",
    "FlowControlMixin._drain_helper": "room to write",
    "StreamWriter.wait_closed": "a connection to close",
    "Server.serve_forever": "the server to be closed",
    "Server.wait_closed": "the server to be closed",
    "Process.wait": "a child process",
    "_wait": "other tasks or futures",
    "BaseSelectorEventLoop.sock_accept": "a connection to accept",
    "BaseSelectorEventLoop.sock_connect": "a connection to be made",
    "BaseSelectorEventLoop.sock_recv": "data to read",
    "BaseSelectorEventLoop.sock_recv_into": "data to read",
    "BaseSelectorEventLoop.sock_recvfrom": "data to read",
    "BaseSelectorEventLoop.sock_sendall": "room to write",
}


# The classes whose methods are asked: nothing is asked of others.
FUTURES: tuple[Any, ...] = (asyncio.Future, asyncio.futures._PyFuture, Future)  # type: ignore[attr-defined]
_GATHERING: Any = asyncio.tasks._GatheringFuture  # type: ignore[attr-defined]
TASKS: tuple[Any, ...] = (asyncio.Task, asyncio.tasks._PyTask, Task)  # type: ignore[attr-defined]
COROUTINES = (CoroutineType, GeneratorType, AsyncGeneratorType)


@dataclass(frozen=True)
class Wait:
    """``coroutine`` is the task's own, by its qualified name; ``text`` what it waits for ("" when it does not wait).

    ``task`` is the task that it waits for, if it is one.
    """

    coroutine: str
    text: str
    task: Any = None


@dataclass(frozen=True)
class Place:
    """A line of the program at which a task is suspended."""

    file: str
    line: int
    function: str


def waits_for(task: asyncio.Task[Any]) -> Wait:
    """Say what ``task`` waits for."""
    coroutine = _name(task.get_coro())
    future = getattr(task, "_fut_waiter", None)
    if future is None or is_done(future):
        return Wait(coroutine, "")
    if _is_task(future):
        return Wait(coroutine, f"task {_name_of_task(future)!r}", future)
    children = _not_done(future._children) if type(future) is _GATHERING else ()
    if children:
        names = ", ".join(repr(_name_of_task(child)) if _is_task(child) else "a future" for child in children[:5])
        more = f" and {len(children) - 5} more" if len(children) > 5 else ""
        return Wait(coroutine, f"all of: {names}{more}", next(filter(_is_task, children), None))
    return Wait(coroutine, _words(task) or "a future that nobody has completed")


def _not_done(futures: Any) -> list[Any]:
    """Return those that are not done; a `gather` may wait for thousands of tasks."""
    if all(map(is_, map(type, futures), repeat(asyncio.Task))):
        return list(filterfalse(asyncio.Task.done, futures))
    return [each for each in futures if not is_done(each)]


def is_done(future: Any) -> bool:
    """Tell whether a future is done, as asyncio keeps it; of what is no such future nothing is known."""
    for kind in FUTURES:
        if issubclass(type(future), kind):
            return bool(kind.done(future))
    return False


def _words(task: asyncio.Task[Any]) -> str:
    """Return the words of the first of asyncio's coroutines in the chain that has some."""
    for frame in frames(task):
        code = frame.f_code
        if code.co_filename.startswith(ASYNCIO):
            name = _qualified(frame)
            if name in WORDS:
                return WORDS[name]
    return ""


def where(task: asyncio.Task[Any]) -> Place | None:
    """Return the innermost line of the program's at which ``task`` is suspended, None when there is no such frame."""
    found = None
    for frame in frames(task):
        if not frame.f_code.co_filename.startswith((ASYNCIO, OWN)):
            found = frame
    if found is None:
        return None
    return Place(found.f_code.co_filename, found.f_lineno, found.f_code.co_name)


def frames(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """Yield the suspended frames of a task, its own coroutine's first."""
    awaited: Any = task.get_coro()
    seen = 0
    while awaited is not None and seen < 1000:
        seen += 1
        frame, awaited = _frame_and_awaited(awaited)
        if frame is not None:
            yield frame


def _frame_and_awaited(awaitable: Any) -> tuple[FrameType | None, Any]:
    kind = type(awaitable)
    if kind.__name__ in ("async_generator_asend", "async_generator_athrow", "coroutine_wrapper"):
        # These have no attribute that leads to the generator that they drive.
        import gc

        kinds = (AsyncGeneratorType, CoroutineType)
        return None, next((each for each in gc.get_referents(awaitable) if isinstance(each, kinds)), None)
    if not _is_coroutine(kind):  # an object of the program's own, which isinstance() would ask
        return None, None
    if isinstance(awaitable, CoroutineType):
        return awaitable.cr_frame, awaitable.cr_await
    if isinstance(awaitable, GeneratorType):
        return awaitable.gi_frame, awaitable.gi_yieldfrom
    if isinstance(awaitable, AsyncGeneratorType):
        return awaitable.ag_frame, awaitable.ag_await
    return None, None


def _qualified(frame: FrameType) -> str:
    """Return the name of a frame's function with its class, which 3.10's code objects do not have."""
    name = getattr(frame.f_code, "co_qualname", None)
    if name is not None:
        return str(name)
    own = frame.f_locals.get("self")
    for kind in type(own).__mro__ if own is not None else ():
        function = kind.__dict__.get(frame.f_code.co_name)
        if getattr(function, "__code__", None) is frame.f_code:
            return f"{kind.__name__}.{frame.f_code.co_name}"
    return frame.f_code.co_name


def _is_task(future: Any) -> bool:
    return issubclass(type(future), TASKS)


def _name_of_task(task: Any) -> str:
    """Return a task's name, without what a class of the program's may have put in place of ``get_name``."""
    for kind in TASKS:
        if issubclass(type(task), kind):
            return str(kind.get_name(task))
    raise TypeError(f"{type(task).__name__} is no class of tasks")


def _is_coroutine(kind: type) -> bool:
    """Tell whether it is the class of generators or coroutines, the host's or the machine's."""
    machine = sys.modules.get("lasti.machine.generator")
    return any(kind is each for each in COROUTINES) or (machine is not None and issubclass(kind, machine.Resumable))


def _name(coroutine: Any) -> str:
    kind = type(coroutine)
    return str(coroutine.__qualname__) if _is_coroutine(kind) else str(kind.__name__)
