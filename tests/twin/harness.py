"""Twin runs: the same program on the host and on the machine, as two commands; what comes out must be equal.

A program is a file ``tests/programs/<group>/<name>.py`` or a folder with a ``__main__.py``.  Its first line says what
it shows; directives follow in comments: ``# since: 3.12``, ``# until: 3.11``, ``# argv: a b``, ``# stdin: text``,
``# interrupt: 4`` (Ctrl-C when so many lines have been printed, for programs that never end), ``# watch: pattern`` (the
library's modules too, say), ``# skip-checked: why``, ``# soak: why`` (it takes long).

Plain subprocesses, because only they are exact to the last flush; the corpus takes some 0.2 s of a core a program.
"""

from __future__ import annotations

import difflib
import dis
import io
import os
import re
import signal
import subprocess
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent.parent / "programs"
TIME_LIMIT_S = 60.0
SETTLE_S = 0.5  # from the last line awaited to Ctrl-C: the program then sits in its event loop


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
    interrupt_after: int | None  # lines of output
    watch: str  # pattern; "" for the program and the modules beside it
    has_checked_run: bool
    is_slow: bool

    @property
    def source(self) -> Path:
        """The file that runs as ``__main__``."""
        return self.path / "__main__.py" if self.path.is_dir() else self.path

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
    found = dict(
        re.findall(r"^# (since|until|argv|stdin|interrupt|watch|skip-checked|soak): ?(.*)$", source, re.MULTILINE)
    )

    def version(word: str, default: str) -> tuple[int, int]:
        major, minor = found.get(word, default).split(".")
        return int(major), int(minor)

    return Program(
        path,
        version("since", "3.10"),
        version("until", "3.99"),
        tuple(found.get("argv", "").split()),
        found.get("stdin", "").replace("\\n", "\n"),
        int(found["interrupt"]) if "interrupt" in found else None,
        found.get("watch", ""),
        "skip-checked" not in found and "soak" not in found,
        "soak" in found,
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
    command += [f"--watch={program.watch}"] if program.watch else []
    return run([*command, str(program.path), *program.argv], program)


def run(command: list[str], program: Program) -> Outcome:
    """Run a command in the program's folder and return what came out."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    if program.interrupt_after is not None:
        environment["PYTHONUNBUFFERED"] = "1"
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
        printed = "" if program.interrupt_after is None else interrupted(process, program.interrupt_after)
        output, errors = process.communicate(program.stdin, timeout=TIME_LIMIT_S * (5 if program.is_slow else 1))
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        errors += f"\n(killed after {TIME_LIMIT_S} s)"
    return Outcome(normalized(printed + output), normalized(errors), process.returncode)


def interrupted(process: subprocess.Popen[str], after: int) -> str:
    """Send Ctrl-C when the program has printed ``after`` lines and settled; return these lines."""
    assert process.stdout is not None
    printed = "".join(process.stdout.readline() for _ in range(after))
    with suppress(subprocess.TimeoutExpired):
        process.wait(SETTLE_S)
    process.send_signal(signal.SIGINT)
    return printed


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
    return "\n".join([*parts, "", disassembly(program)]) if parts else ""


def disassembly(program: Program) -> str:
    """Return the program's bytecode, for the one who has to find out why the twins differ."""
    text = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some programs are there for what the compiler warns of
        try:
            dis.dis(program.source.read_text(encoding="utf-8"), file=text)
        except SyntaxError as error:
            return f"no bytecode: {error}"
    return text.getvalue()
