"""How deep the program's calls may go: one limit, kept by two counts.

Machine frames count themselves (``Frame.depth``).  What host code adds between them, unwatched functions and C code
that recurses, the host counts; its own limit is kept where the program's would be: as much above it as the machine
itself needs of host frames to be there, run upon run.  So a chain of calls that goes through the machine again and
again, and one that never comes back to it, both end where they would end without the machine, or near it.

Source: CPython Python/ceval.c (``_Py_CheckRecursiveCall``), Python/sysmodule.c (``sys_setrecursionlimit``).
"""

from __future__ import annotations

import operator
import sys

from ..versions import PY311

# From the stub to the trampoline, less the one that stands for the watched call; from 3.11 the entry from C counts too.
HOST_FRAMES_A_RUN = 10 if PY311 else 9
HEADROOM = 20  # host frames that the machine may need at the limit to say so, or to unwind
MOST_RUNS = sys.maxsize if PY311 else 850  # up to 3.10 each host frame takes C stack: so many runs fit into 8 MiB

TOO_DEEP = "maximum recursion depth exceeded"


class Recursion:
    """The program's limit, and how many host frames lie beneath the program."""

    limit = 1000
    beneath = 0


def make_room(runs: int) -> bool:
    """Let host code go as deep as ``runs`` runs need; False when the host is too deep already to begin the last."""
    limit = Recursion.limit + Recursion.beneath + HOST_FRAMES_A_RUN * runs
    if runs > MOST_RUNS or not _set_host_limit(limit):
        return False
    set_host_limit(limit + HEADROOM)
    return True


def give_back_room(runs: int) -> None:
    """Leave the host the room that it had with ``runs`` runs."""
    # When that fails, the program has lowered its limit in between: the next time will do.
    _set_host_limit(Recursion.limit + Recursion.beneath + HOST_FRAMES_A_RUN * runs + HEADROOM)


def _set_host_limit(limit: int) -> bool:
    """Set the host's limit; False when the host is deeper than that already."""
    try:
        set_host_limit(limit)
    except RecursionError:
        return False
    return True


def set_limit(limit: int, depth: int, runs: int) -> None:
    """Set the program's limit, ``depth`` calls deep: ``sys.setrecursionlimit``, with its errors."""
    limit = operator.index(limit)
    if not 0 < limit <= GREATEST:
        set_host_limit(limit)  # which says what is wrong with it
    if depth >= limit:
        text = f"cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        raise RecursionError(text)
    Recursion.limit = limit
    give_back_room(runs)


GREATEST = 2**31 - 1 - 1_000_000  # a C int, with room for the machine's host frames
set_host_limit = sys.setrecursionlimit
