"""How deep the program's calls may go: one limit, kept by two counts.

Machine frames count themselves (``Frame.depth``).  What host code adds between them, unwatched functions and C code
that recurses, the host counts; its own limit is kept where the program's would be: as much above it as the machine
itself needs of host frames to be there, run upon run.  So a chain of calls that goes through the machine again and
again, and one that never comes back to it, both end where they would end without the machine, or near it.

Source: CPython Python/ceval.c (``_Py_CheckRecursiveCall``), Python/sysmodule.c (``sys_setrecursionlimit``).
"""

from __future__ import annotations

import _thread
import operator
import sys

from ..versions import PY311

# From the stub to the trampoline, less the one that stands for the watched call; from 3.11 the entry from C counts too.
HOST_FRAMES_A_RUN = 10 if PY311 else 9
HEADROOM = 20  # host frames that the machine may need at the limit to say so, or to unwind
MOST_RUNS = sys.maxsize if PY311 else 850  # up to 3.10 each host frame takes C stack: so many runs fit into 8 MiB

TOO_DEEP = "maximum recursion depth exceeded"


class Recursion:
    """The program's limit, how many host frames lie beneath the program, the runs under way, the host's limit."""

    limit = 1000
    beneath = 0
    runs = 0  # of all threads: the host has one limit for them all
    host_limit = 1000


def make_room(runs: int) -> bool:
    """Let host code go as deep as it needs for one run more than this thread's ``runs``; False when it cannot."""
    if runs >= MOST_RUNS:
        return False
    if other_threads():
        return _make_room_among_threads()
    limit = host_limit_for(Recursion.runs + 1)
    try:  # the host refuses a limit that it has reached
        set_host_limit(limit)
    except RecursionError:
        return False
    Recursion.host_limit = limit + HEADROOM
    set_host_limit(limit + HEADROOM)
    return True


def _make_room_among_threads() -> bool:
    """Raise the host's limit, and never lower it: another thread may be that deep (and abort, on 3.10)."""
    limit = Recursion.limit + Recursion.beneath + HOST_FRAMES_A_RUN * (Recursion.runs + 1) + HEADROOM
    # Since `runs` was read there was no call, at which the interpreter may go on in another thread.
    if limit > Recursion.host_limit:
        Recursion.host_limit = limit
        set_host_limit(limit)
    try:
        _go_down(HEADROOM)
    except RecursionError:
        return False
    return True


def _go_down(levels: int) -> None:
    if levels:
        _go_down(levels - 1)


def give_back_room() -> None:
    """Leave the host the room that the runs under way need."""
    if other_threads():
        return
    limit = host_limit_for(Recursion.runs) + HEADROOM
    try:
        set_host_limit(limit)
    except RecursionError:
        return  # it is deeper than that: the program has lowered its limit, or other threads had raised the host's
    Recursion.host_limit = limit


def host_limit_for(runs: int) -> int:
    """Return what the host's limit must be for the program's to hold, with so many runs under way."""
    return Recursion.limit + Recursion.beneath + HOST_FRAMES_A_RUN * runs


def set_limit(limit: int, depth: int) -> None:
    """Set the program's limit, ``depth`` calls deep: ``sys.setrecursionlimit``, with its errors."""
    limit = operator.index(limit)
    if not 0 < limit <= GREATEST:
        set_host_limit(limit)  # which says what is wrong with it
    host_limit = host_limit_for(Recursion.runs) + limit - Recursion.limit + HEADROOM
    try:
        if depth >= limit:
            raise RecursionError
        set_host_limit(host_limit)
    except RecursionError:
        text = f"cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        raise RecursionError(text) from None
    Recursion.limit, Recursion.host_limit = limit, host_limit


GREATEST = 2**31 - 1 - 1_000_000  # a C int, with room for the machine's host frames
set_host_limit = sys.setrecursionlimit
other_threads = _thread._count  # how many threads there are besides the main thread
