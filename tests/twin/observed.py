"""Run a program on the machine while the host is watched: which code objects does the host itself run?

Usage: ``python observed.py REPORT [lasti run's options] PROGRAM``.  The observer (``sys.monitoring`` from 3.12, which
sees all threads; a profile function before) is there before the machine is, so that it sees beneath it.  REPORT gets,
as JSON, the names of the program's own code objects that ran on the host (``host``), and how many calls came through
the machine's stand-ins for them (``stand_ins``).
"""

from __future__ import annotations

import atexit
import json
import sys
from pathlib import Path
from types import CodeType

from lasti.cli import main
from lasti.machine import code, mirror

report, *words = sys.argv[1:]
folder = str(Path(words[-1]).resolve().parent)
ran: dict[int, CodeType] = {}  # by id; kept, so that ids stay their own
through_stand_ins = 0


def note(co: CodeType) -> None:
    """Note that the host runs ``co``, if it is the program's and not the machine's stub for it."""
    global through_stand_ins
    if not co.co_filename.startswith(folder):
        return
    stood_for = mirror.stand_ins.get(id(co))
    if id(co) in mirror.stand_ins and (stood_for is None or stood_for.co is not co):
        through_stand_ins += 1
    else:
        ran[id(co)] = co


def write() -> None:
    # Under the program's names the machine also runs code of its own making: what binds arguments and, up to 3.11, what
    # stands in tracebacks (a generator that was never started runs, for no instruction, when it is dropped).
    made = {id(co) for each in code._codes.values() for co in (each._binder, each._ghost)}
    host = sorted(co.co_name for co in ran.values() if id(co) not in made)
    Path(report).write_text(json.dumps({"host": host, "stand_ins": through_stand_ins}), encoding="utf-8")


atexit.register(write)
if sys.version_info >= (3, 12):
    events = sys.monitoring.events
    sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, "observed")
    for event in (events.PY_START, events.PY_RESUME, events.PY_THROW):
        sys.monitoring.register_callback(sys.monitoring.PROFILER_ID, event, lambda co, *_: note(co))
    sys.monitoring.set_events(sys.monitoring.PROFILER_ID, events.PY_START | events.PY_RESUME | events.PY_THROW)
else:
    sys.setprofile(lambda frame, event, _: note(frame.f_code) if event == "call" else None)
sys.exit(main(["run", "--engine", "machine", "--quiet", *words]))
