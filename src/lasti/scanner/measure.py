"""``python -m lasti.scanner.measure ENGINE``: one engine in this process, and what it took, as JSON (see ``compare``).

The plan comes on standard input.  Not for users: ``lasti scan --compare`` is.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from ..errors import LastiError
from .engines import import_asyncio, run
from .records import CLOSED, Address, Plan, Tally, open_descriptors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import News, Result


class Watching(Tally):
    """A tally that looks at the process's descriptors whenever something is told."""

    def hear(self, worker: int, news: News) -> Iterator[Result]:
        """Take in what a worker tells."""
        self.descriptors = max(self.descriptors, open_descriptors())
        yield from super().hear(worker, news)


def peak_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    try:
        with open("/proc/self/status") as file:
            [line] = [line for line in file if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1000
    except (OSError, ValueError):  # no Linux; ru_maxrss may be that of whoever started this process
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure(engine: str, plan: Plan) -> dict[str, Any]:
    """Run an engine; return the fields of a ``Measured``, but for its name and the time of the whole process."""
    tally = Watching(plan)
    results: list[Result] = []
    opens: list[float] = []
    begin = time.monotonic()
    if engine.startswith("async"):
        import_asyncio()

    def found(result: Result) -> None:
        results.append(result)
        if result.state == "open":
            opens.append(round(time.monotonic() - begin, 6))

    run(engine, plan, tally, found)
    scan = time.monotonic() - begin
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "states": sorted((each.ip, each.port, each.state) for each in results if each.state != CLOSED),
        "scan": scan,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": peak_memory(),
        "descriptors": tally.descriptors,
        "first": opens[0] if opens else -1.0,
        "opens": opens,
        "samples": [(round(seconds, 6), done, waiting) for seconds, done, waiting in tally.samples],
    }


def main() -> int:
    """Read a plan, run the engine that the command line names, print what it took."""
    gc.disable()  # as ``lasti scan`` does
    addresses, ports, *rest = json.load(sys.stdin)
    plan = Plan(tuple(Address(*each) for each in addresses), tuple(ports), *rest)
    try:
        print(json.dumps(measure(sys.argv[1], plan)))
    except LastiError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
