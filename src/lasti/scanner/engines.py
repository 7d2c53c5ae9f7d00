"""The four engines under their names, each as one function that tells results while it scans."""

from __future__ import annotations

from ..errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from typing import Any

    from .records import Plan, Result, Tally

ENGINES = ("threads", "asyncio", "asyncgen", "interpreters")


class Enough(Exception):
    """Raised by ``found`` to end a scan early."""


def run(engine: str, plan: Plan, tally: Tally, found: Callable[[Result], None]) -> None:
    """Scan with one of ENGINES, and call ``found`` with each result as it comes; what that raises ends the scan."""
    try:
        _RUNS[engine](plan, tally, found)
    except OSError as error:
        raise UsageError(f"the system refuses to go on: {(error.strerror or str(error)).lower()}") from error


def import_asyncio() -> None:
    """Import asyncio without ssl, which it is made to do without: that takes a tenth of the time less.

    Only for a process that does nothing but scan: asyncio has no TLS then.
    """
    import sys

    if "asyncio" not in sys.modules and "ssl" not in sys.modules:
        modules: dict[str, Any] = sys.modules
        modules["ssl"] = None  # what makes an import of it fail
        try:
            import asyncio  # noqa: F401
        finally:
            del modules["ssl"]


def _tell(results: Iterable[Result], found: Callable[[Result], None]) -> None:
    for result in results:
        found(result)


def _threads(plan: Plan, tally: Tally, found: Callable[[Result], None]) -> None:
    from contextlib import closing

    from .threads import scan_threads

    with closing(scan_threads(plan, tally)) as results:
        _tell(results, found)


def _interpreters(plan: Plan, tally: Tally, found: Callable[[Result], None]) -> None:
    from contextlib import closing

    from .interpreters import scan_interpreters

    with closing(scan_interpreters(plan, tally)) as results:
        _tell(results, found)


def _asyncio(plan: Plan, tally: Tally, found: Callable[[Result], None]) -> None:
    from .coroutines import scan_asyncio

    _run_loop(scan_asyncio(plan, tally, found))


def _asyncgen(plan: Plan, tally: Tally, found: Callable[[Result], None]) -> None:
    from .asyncgen import scan

    async def tell() -> None:
        results = scan(plan, tally)
        try:
            async for result in results:
                found(result)
        finally:
            await results.aclose()

    _run_loop(tell())


def _run_loop(main: Coroutine[Any, Any, object]) -> None:
    """Do what ``asyncio.run`` does; Ctrl-C cancels ``main``, and is handed on when the loop is closed.

    Up to 3.10 it would break into any callback; and a handler of the loop's own leaves, when the loop closes, Python's
    in its place and not the one that was there.
    """
    import asyncio
    import signal

    task: asyncio.Future[object] | None = None
    was_interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal was_interrupted
        was_interrupted = True
        if task is not None and not task.done():
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def until_interrupted() -> None:
        nonlocal task
        task = asyncio.ensure_future(main)
        if was_interrupted:
            task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            if not was_interrupted:
                raise

    try:
        previous = signal.signal(signal.SIGINT, interrupt)
    except ValueError:  # not the main thread: Ctrl-C is not for us
        previous = None
    try:
        asyncio.run(until_interrupted())
    finally:
        if previous is not None:
            signal.signal(signal.SIGINT, previous)
    if was_interrupted:
        if callable(previous):
            previous(signal.SIGINT, None)
        raise KeyboardInterrupt


_RUNS = {"threads": _threads, "asyncio": _asyncio, "asyncgen": _asyncgen, "interpreters": _interpreters}
