"""The module ``time`` on a virtual clock, for watched code alone.

While the context lasts, ``time.monotonic``, ``time.time``, ``time.perf_counter`` (and the same in nanoseconds) and
``time.sleep`` ask who calls them: watched code gets the clock's answer, everybody else the real one.  What has a
function of its own from before, or reads the time otherwise (``datetime.now``), is not reached.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from sys import _getframe  # the host's, whatever the machine puts in its place later
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .clock import VirtualClock

EPOCH = 946_684_800.0  # 2000-01-01 00:00:00 UTC: where virtual time.time() begins
SECONDS = ("monotonic", "time", "perf_counter")


@contextmanager
def patched_time(
    clock: VirtualClock, is_watched: Callable[[dict[str, Any]], bool], epoch: float = EPOCH
) -> Iterator[None]:
    """Let the code of modules for whose globals ``is_watched`` is true live in the clock's time.

    ``time.time`` is ``epoch`` (seconds since 1970) and the clock's time: the same in each run.
    """
    answers: dict[str, Callable[..., Any]] = {"sleep": clock.sleep}
    for name in SECONDS:
        answers[name] = (lambda: epoch + clock.time()) if name == "time" else clock.time
        answers[f"{name}_ns"] = lambda seconds=answers[name]: int(seconds() * 1e9)
    before = {name: getattr(time, name) for name in answers}
    for name, answer in answers.items():
        setattr(time, name, _asking(before[name], answer, is_watched))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(time, name, function)


def _asking(real: Any, virtual: Any, is_watched: Callable[[dict[str, Any]], bool]) -> Any:
    def function(*args: Any) -> Any:
        return (virtual if is_watched(_getframe(1).f_globals) else real)(*args)

    function.__name__ = function.__qualname__ = real.__name__
    function.__doc__ = real.__doc__
    return function
