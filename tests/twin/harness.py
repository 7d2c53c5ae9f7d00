"""Twin runs: the same program on the host and on the machine, as two commands; what comes out must be equal.

A program is a file ``tests/programs/<group>/<name>.py`` or a folder with a ``__main__.py``.  Its first line says what
it shows; directives follow in comments: ``# since: 3.12``, ``# until: 3.11``, ``# argv: a b``, ``# stdin: text``,
``# interrupt: 0.5`` (Ctrl-C after so many seconds, for programs that never end).
"""

from __future__ import annotations

import difflib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent.parent / "programs"
TIME_LIMIT_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What a program printed, and how it ended."""

    output: str
    errors: str
    exit_code: int


@dataclass(frozen=True)
class Program:
    """A program of the corpus and its directives."""

    path: Path
    since: tuple[int, int]
    until: tuple[int, int]
    argv: tuple[str, ...]
    stdin: str
    interrupt_s: float | None

    @property
    def name(self) -> str:
        """Group and name, such as ``generators/send``."""
        return str(self.path.relative_to(PROGRAMS).with_suffix(""))

    @property
    def runs_here(self) -> bool:
        """Tell whether the program is for the running Python."""
        return self.since <= sys.version_info[:2] <= self.until


def read_program(path: Path) -> Program:
    """Read the directives in the comments of a program's first lines."""
    source = (path / "__main__.py" if path.is_dir() else path).read_text(encoding="utf-8")
    found = dict(re.findall(r"^# (since|until|argv|stdin|interrupt): ?(.*)$", source, re.MULTILINE))

    def version(word: str, default: str) -> tuple[int, int]:
        major, minor = found.get(word, default).split(".")
        return int(major), int(minor)

    return Program(
        path,
        version("since", "3.10"),
        version("until", "3.99"),
        tuple(found.get("argv", "").split()),
        found.get("stdin", "").replace("\\n", "\n"),
        float(found["interrupt"]) if "interrupt" in found else None,
    )


def programs() -> list[Program]:
    """Return the corpus, in the order of names."""
    paths = [path for path in PROGRAMS.glob("*/*") if path.suffix == ".py" or (path / "__main__.py").exists()]
    return [read_program(path) for path in sorted(paths)]


def on_host(program: Program) -> Outcome:
    """Run the program under ``python``."""
    return run([sys.executable, str(program.path), *program.argv], program)


def on_machine(program: Program, *options: str) -> Outcome:
    """Run the program under ``lasti run --engine machine``."""
    command = [sys.executable, "-m", "lasti", "run", "--engine", "machine", "--quiet", *options]
    return run([*command, str(program.path), *program.argv], program)


def run(command: list[str], program: Program) -> Outcome:
    """Run a command in the program's folder and return what came out."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=program.path.parent,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
    )
    try:
        if program.interrupt_s is not None:
            interrupt_when_it_prints(process, program.interrupt_s)
        output, errors = process.communicate(program.stdin, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        errors += f"\n(killed after {TIME_LIMIT_S} s)"
    return Outcome(normalized(output), normalized(errors), process.returncode)


def interrupt_when_it_prints(process: subprocess.Popen[str], after_s: float) -> None:
    """Send Ctrl-C some time after the program was started."""
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)


def normalized(text: str) -> str:
    """Take out the addresses, which differ from run to run."""
    return re.sub(r"0x[0-9a-f]{6,}", "0x...", text)


def differences(program: Program, host: Outcome, machine: Outcome) -> str:
    """Describe how the twins differ; empty when they do not."""
    parts = []
    for what in ("output", "errors"):
        expected, got = getattr(host, what).splitlines(), getattr(machine, what).splitlines()
        parts += difflib.unified_diff(expected, got, f"host's {what}", f"machine's {what}", lineterm="")
    if host.exit_code != machine.exit_code:
        parts.append(f"exit code: {host.exit_code} on the host, {machine.exit_code} on the machine")
    return "\n".join(parts)
