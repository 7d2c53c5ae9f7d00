"""Run a program on a loop of ours: one coroutine, or whatever asks asyncio for a loop."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ..versions import PY311
from . import host
from .loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from .clock import Clock
    from .listener import LoopListener
    from .network import Network
    from .order import Order

    Factory = Callable[[], asyncio.AbstractEventLoop]

Result = TypeVar("Result")


def new_loop(
    *,
    clock: Clock | None = None,
    order: Order | None = None,
    network: Network | None = None,
    listener: LoopListener | None = None,
) -> Loop:
    """Return a loop; with a ``listener``, one that tells it what happens.

    Without ``clock``, ``order``, ``network`` it has asyncio's: real time in seconds, first in first out, real sockets.
    """
    if listener is None:
        return Loop(clock=clock, order=order, network=network)
    from .watched import WatchedLoop

    return WatchedLoop(clock=clock, order=order, network=network, listener=listener)


def run(main: Coroutine[Any, Any, Result], *, debug: bool | None = None, **options: Any) -> Result:
    """Run a coroutine to its end on a loop that ``new_loop(**options)`` makes; return its result, raise its exception.

    As ``asyncio.run``: RuntimeError in a thread whose loop runs already.  Deadlock when nothing can run any more, under
    a clock that notices (``VirtualClock``, ``RealClock(finds_deadlocks=True)``).

    Source: https://docs.python.org/3/library/asyncio-runner.html
    """

    def factory() -> asyncio.AbstractEventLoop:
        return new_loop(**options)

    if PY311:
        with asyncio.Runner(debug=debug, loop_factory=factory) as runner:
            return runner.run(main)
    with installed(factory):
        return asyncio.run(main, debug=debug)


@contextmanager
def installed(factory: Factory) -> Iterator[None]:
    """Let asyncio's default policy make its loops with ``factory`` while the context lasts.

    So ``asyncio.run``, ``Runner`` and ``new_event_loop`` have them; not a program that sets a policy or names a loop's
    class itself.
    """
    policy = host.default_policy
    before = policy.__dict__["_loop_factory"]
    policy._loop_factory = staticmethod(factory)
    try:
        yield
    finally:
        policy._loop_factory = before
