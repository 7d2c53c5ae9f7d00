"""Start ``lasti`` in a process of its own, with a machine that is no machine: the host runs what it is given.

What ``lasti run`` does around a program is tested with it, apart from what the machine does in it.  The stand-in says
on standard error which modules it was given when LASTI_TELL is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lasti

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STAND_IN = """
import os, sys

class Machine:
    def __init__(self, recorder=None, checked=False, bottom=None):
        self.recorder = recorder

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def exec(self, code, module_globals):
        if "LASTI_TELL" in os.environ:
            print("on the machine:", module_globals["__name__"], file=sys.stderr)
        if "LASTI_FAIL" in os.environ:
            from lasti.errors import UnsupportedOpcode
            raise UnsupportedOpcode("LOAD_FOO at byte 42 of 'main' (prog.py:7): the machine does not know it")
        exec(code, module_globals)
"""


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str


def start(command: list[str], cwd: Path | None = None, stdin: str = "", env: dict[str, str] | None = None) -> Ended:
    """Run ``command`` to its end."""
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "PYTHONUNBUFFERED")}
    done = subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60,
        env=clean | {"PYTHONIOENCODING": "utf-8"} | (env or {}),
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def python(*words: str, cwd: Path | None = None, stdin: str = "", env: dict[str, str] | None = None) -> Ended:
    """Run ``python WORDS``."""
    return start([sys.executable, *words], cwd, stdin, env)


def lasti_with_stand_in(
    command: str,
    *words: str,
    cwd: Path | None = None,
    stdin: str = "",
    env: dict[str, str] | None = None,
    flags: Sequence[str] = (),
    engine: str = "machine",
) -> Ended:
    """Run ``lasti COMMAND WORDS`` with the stand-in for the machine."""
    options = ["--engine", engine] if command == "run" else []
    return start([sys.executable, *flags, __file__, command, *options, *words], cwd, stdin, env)


def put_stand_in() -> None:
    """Let ``lasti.machine`` be the stand-in, in this process."""
    module = types.ModuleType("lasti.machine")
    file = os.path.join(os.path.dirname(lasti.__file__), "machine", "__init__.py")
    exec(compile(STAND_IN, file, "exec"), module.__dict__)
    sys.modules["lasti.machine"] = module


if __name__ == "__main__":
    put_stand_in()
    from lasti.cli import main

    sys.exit(main())
