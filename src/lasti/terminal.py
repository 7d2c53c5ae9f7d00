"""What lasti itself prints: lines to standard output, a sentence to standard error, colours where they are wanted.

It prints to the interpreter's own streams, whatever the program has put in their place, and is quiet when they are
closed or when nobody reads them any more.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing's own takes long to import
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO


def wants_colour(choice: str) -> bool:
    """Decide whether to colour standard output: ``choice`` is always, never, or auto (a terminal, no NO_COLOR)."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return sys.__stdout__ is not None and sys.__stdout__.isatty()
    except ValueError:  # closed
        return False


def print_lines(lines: Iterable[str]) -> None:
    """Print to the interpreter's own standard output, and do nothing when it is closed or nobody reads it."""
    out = sys.__stdout__
    if out is None or out.closed:
        return
    text = "".join(line + "\n" for line in lines)
    encoding = out.encoding or "utf-8"
    try:
        out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        out.flush()
    except BrokenPipeError:
        give_up(1)
    except OSError as error:
        if text:
            complain(f"cannot write to standard output: {error.strerror}")


def flush(stream: IO[str]) -> None:
    """Write what a stream of the program's still holds, when the program is over."""
    try:
        stream.flush()
    except OSError as error:
        give_up(stream.fileno())
        if not isinstance(error, BrokenPipeError):
            name = "output" if stream.name == "<stdout>" else "error"
            complain(f"cannot write to standard {name}: {error.strerror}")


def complain(text: str) -> None:
    """Print one sentence of lasti's to standard error."""
    if sys.stderr is not None:
        print(f"lasti: {text}", file=sys.stderr)


def give_up(descriptor: int) -> None:
    """Let what is still written there vanish, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
