"""The code blocks of the documents, and how they are run.

* ``python`` blocks of one document run in order, in one namespace.  A ``text`` block behind one is what it prints.
* A ``python`` block whose first line is a file name (``# prog.py``) is that file, for the commands that follow.
* ``console`` blocks have commands, ``$ lasti ...``, and what they print; ``...`` stands for anything, on a line of its
  own for any lines.
* ``on 3.12`` behind ``text`` or ``console`` says that the output is so on that version; on others only the exit code
  counts.
* ``python not run`` is not run; nor is any other kind of block.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HERE = "{}.{}".format(*sys.version_info)

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w/-]+\.py)\n")


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind (python, text, console...), what follows on that line, its text, where it begins."""

    kind: str
    info: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that the block is, if it is one."""
        found = _FILE.match(self.text) if self.kind == "python" else None
        return found and found[1]

    @property
    def is_for_here(self) -> bool:
        """Tell whether the output is said to be so on the running version."""
        return not self.info or self.info == f"on {HERE}"


def blocks_of(path: Path) -> list[Block]:
    """Return the blocks of a document, in order."""
    text = path.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        kind, _, info = match[1].partition(" ")
        found.append(Block(kind, info, match[2], text.count("\n", 0, match.start()) + 2))
    return found


def run_document(path: Path, folder: Path) -> list[str]:
    """Run a document's blocks, with files and commands in ``folder``; return a sentence for each that is wrong."""
    blocks = blocks_of(path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    wrong: list[str] = []
    for number, block in enumerate(blocks):
        if block.kind == "python" and block.file:
            target = folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.kind == "python" and block.info != "not run":
            printed = run_python(block, path, namespace)
            for expected in outputs_behind(blocks, number):
                if expected.is_for_here and not agree(expected.text, printed):
                    wrong.append(f"{path.name}:{block.line}: printed\n{printed}\ninstead of\n{expected.text}")
        elif block.kind == "console":
            wrong += [f"{path.name}:{block.line}: {complaint}" for complaint in run_console(block, folder)]
    return wrong


def run_python(block: Block, path: Path, namespace: dict[str, Any]) -> str:
    """Run a block and return what it prints; tracebacks lead into the document."""
    code = compile("\n" * (block.line - 1) + block.text, str(path), "exec", dont_inherit=True)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code, namespace)
    return printed.getvalue()


def outputs_behind(blocks: list[Block], number: int) -> list[Block]:
    """Return the ``text`` blocks that follow block ``number``."""
    found = []
    for block in blocks[number + 1 :]:
        if block.kind != "text":
            break
        found.append(block)
    return found


# -- consoles -----------------------------------------------------------------------------------------------------


def run_console(block: Block, folder: Path) -> list[str]:
    """Run the ``lasti`` commands of a block; return what is wrong with what they print."""
    wrong = []
    for command, expected in commands_of(block):
        code, printed = run_lasti(command, folder)
        if code is None:
            continue
        if code != 0:
            wrong.append(f"$ {command}: exit code {code}\n{printed}")
        elif expected and block.is_for_here and not agree(expected, printed):
            wrong.append(f"$ {command} printed\n{printed}\ninstead of\n{expected}")
    return wrong


def commands_of(block: Block) -> list[tuple[str, str]]:
    """Return (command, what it prints) for each ``$ `` line of a block."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


def run_lasti(command: str, folder: Path) -> tuple[int | None, str]:
    """Run ``lasti ...`` (``| head -N`` too); return its exit code, None for another command, and its output."""
    words, _, head = command.partition(" | head -")
    argv = shlex.split(words, comments=True)
    if argv[:1] != ["lasti"]:
        return None, ""
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run(
        [sys.executable, "-m", *argv], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, env=environment | {"PYTHONIOENCODING": "utf-8"},
        check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    return done.returncode, "\n".join(lines[: int(head)] if head else lines)


def agree(expected: str, printed: str) -> bool:
    """Tell whether ``printed`` is what ``expected`` says, white space at ends of lines apart."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else _pattern(line) for line in _lines(expected))
    return re.fullmatch(pattern, "".join(line + "\n" for line in _lines(printed))) is not None


def _pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.split("..."))) + r"\n"


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]
