"""The oracle: a program under ``lasti check``, and what cannot agree, with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "programs"
TIME_LIMIT_S = 120.0

# Program -> why its steps do not agree.  docs/differences.md says more, under "What the two engines see differently".
THREADS = "which thread goes on is the operating system's choice"
GIVEN_TO_C = "gives eval to map(): the text that C code has evaluated runs on the host"
INSIDES = "counts references, objects or modules of the process, of which each engine has its own"
ADDRESSES = "asyncio.as_completed takes coroutines out of a set, in the order of their addresses"
GARBAGE = "leaves cycles behind, and when the collector runs depends on how many objects there are"
CHILD = "waits for a child process: how often it is woken meanwhile depends on which of its news comes first"
NO_EXCEPTION = "throws what is no exception: up to 3.11 CPython ends what is awaited before it raises the TypeError"
TRACE_HOOK = "shows the globals of threading, which have the trace function for new threads: native up to 3.11"
BOUND_FIRST = "calls methods wrongly: 3.11 binds a method first when it is traced, and its error names it otherwise"
CANNOT_AGREE: dict[str, str] = {
    "aio/iterate_completed": ADDRESSES,
    "aio/threads_subprocess": CHILD,
    "asyncgens/close_throw": GARBAGE,
    "imports/pack": INSIDES,
    "introspection/eval_exec": GIVEN_TO_C,
    "introspection/main_module": INSIDES,
    "introspection/warnings_": INSIDES,
    "lifetime/cycles": INSIDES,
    "lifetime/refcounts": INSIDES,
    "lifetime/threads": THREADS,
    "seeds/scan_threads": THREADS,
    "threads/errors": THREADS,
    "threads/generators_across": THREADS,
    "threads/locals_locks": THREADS,
}
if sys.version_info < (3, 12):
    CANNOT_AGREE["generators/send_ex"] = NO_EXCEPTION
    CANNOT_AGREE["introspection/call_stack"] = TRACE_HOOK
if sys.version_info[:2] == (3, 11):
    CANNOT_AGREE["generators/throw_arguments"] = BOUND_FIRST


def check(program: Path, *arguments: str, stdin: str = "") -> dict[str, Any]:
    """Run ``lasti check --json`` on a program and return what it found."""
    done = subprocess.run(
        [sys.executable, "-m", "lasti", "check", "--json", str(program), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIME_LIMIT_S,
        cwd=program.parent,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["agree"] == (done.returncode == 0)
    return found


def explanation(found: dict[str, Any]) -> str:
    """Say what differs, with the last steps of both sides; empty when all agrees."""
    if found["agree"]:
        return ""
    difference = found["difference"] or {"what": "exit codes"}
    lines = [f"after {found['steps']} steps: {difference['what']}; exit codes {found['exit_codes']}"]
    for engine in ("machine", "native"):
        lines += [engine + ":", *(f"  {item}" for item in difference.get(engine, []))]
    return "\n".join(lines)


def is_parted(found: dict[str, Any]) -> bool:
    """Tell whether the program itself goes another way in each run."""
    return bool(found["difference"] and found["difference"]["is_in_the_program"])
