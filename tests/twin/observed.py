"""Run a program under ``lasti run`` (or on the host) while the host itself says which code objects it runs.

    python observed.py REPORT machine|host [options of lasti run ...] PROGRAM [arguments ...]

REPORT gets one JSON object: ``own`` are the program's functions and classes (all code objects in the files of its
folder), ``machine`` those that the machine ran, ``host`` those that the host ran: none, under the machine.  The host
is asked through ``sys.monitoring`` from 3.12 and through ``sys.setprofile`` before, which see through whatever the
machine shows to the program.
"""

from __future__ import annotations

import atexit
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ran_on_host: dict[int, CodeType] = {}  # by id; it keeps them, so that no other gets the id


def listen() -> None:
    """Note each code object that the host begins to run, in any thread."""
    if sys.version_info >= (3, 12):
        monitoring = sys.monitoring

        def started(code: CodeType, offset: int) -> object:
            ran_on_host[id(code)] = code
            return monitoring.DISABLE  # once is enough

        monitoring.use_tool_id(monitoring.PROFILER_ID, "observed.py")
        monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.PY_START, started)
        monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)
    else:

        def called(frame: FrameType, event: str, argument: object) -> None:
            if event == "call":
                ran_on_host[id(frame.f_code)] = frame.f_code

        threading.setprofile(called)
        sys.setprofile(called)


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """Return a code object and all that are inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def own_code(program: Path) -> set[CodeType]:
    """Compile the program and the files beside it (code objects are equal when all that they hold is)."""
    files = [program] if program.is_file() else sorted(program.rglob("*.py"))
    return {
        each
        for file in files
        for each in code_objects(compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True))
    }


def name_of(code: CodeType) -> str:
    """Name a code object as a reader finds it."""
    return f"{Path(code.co_filename).name}:{code.co_firstlineno} {code.co_name}"


def report(path: Path, program: Path) -> None:
    """Write what ran where."""
    own = own_code(program)
    on_machine: list[CodeType] = []
    if "lasti.machine" in sys.modules:
        from lasti.machine import code

        on_machine = [each.co for each in code._codes.values()]
    known = {id(each) for each in on_machine}
    on_host = [each for key, each in list(ran_on_host.items()) if key in known or each in own]
    found: dict[str, Any] = {
        "own": [name_of(each) for each in own],
        "machine": [name_of(each) for each in on_machine if each in own],
        "host": [name_of(each) for each in on_host],
    }
    path.write_text(json.dumps(found), encoding="utf-8")


def main() -> int:
    """Run what the words say."""
    destination, engine, *words = sys.argv[1:]
    program = Path(next(word for word in words if not word.startswith("-"))).absolute()
    atexit.register(report, Path(destination).absolute(), program)  # the first registered runs last
    if engine == "host":
        import runpy

        sys.argv[:] = words
        listen()
        runpy.run_path(str(program), run_name="__main__")
        return 0
    from lasti.cli import main as lasti

    listen()
    return lasti(["run", "--engine", "machine", "--quiet", *words])


if __name__ == "__main__":
    sys.exit(main())
