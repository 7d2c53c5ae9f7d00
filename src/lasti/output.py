"""What the program writes to standard output and standard error, told to the recorder when it is written.

``recorded`` puts streams in the place of ``sys.stdout`` and ``sys.stderr`` that are what they were in every respect the
program can ask for: text streams over a buffer over the same file descriptor, with the same encoding, errors, line
buffering, ``fileno`` and ``isatty``.  What is written is seen in the buffer, beneath which there is nothing but the
descriptor, so that ``print``, ``sys.stdout.write`` and ``sys.stdout.buffer.write`` are all told, once.  A stream that
is no such stack (replaced before the program began, or None) is left alone.  What the program puts in their place
itself, what is written to the descriptor (``os.write``), and what other processes write, is not told.
"""

from __future__ import annotations

import codecs
import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tell = Callable[[str, str], None]  # ("stdout" or "stderr", text)


class _ToldBuffer(io.BufferedWriter):
    """A buffer that tells of what is written to it, as text."""

    def __init__(self, raw: io.RawIOBase, told: Callable[[str], None], encoding: str, is_unbuffered: bool) -> None:
        super().__init__(raw)
        self._told = told
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._is_unbuffered = is_unbuffered

    def write(self, data: Any, /) -> int:
        count = super().write(data)
        if self._is_unbuffered:
            self.flush()
        text = self._decode(bytes(data))
        if text:
            self._told(text)
        return count


@contextmanager
def recorded(tell: Tell, flush: Callable[[io.TextIOWrapper], None] = io.TextIOWrapper.flush) -> Iterator[None]:
    """Tell ``tell(stream, text)`` of what the program writes, while the context lasts; ``flush`` what is left then."""
    replaced: list[tuple[str, Any, Any]] = []
    for name in ("stdout", "stderr"):
        own = getattr(sys, name)
        told = _told_stream(own, name, tell)
        if told is not None:
            replaced.append((name, own, told))
            _set(name, own, told)
    try:
        yield
    finally:
        for name, own, told in replaced:
            _set(name, told, own)
            if not told.closed:
                flush(told)


def _set(name: str, old: Any, new: Any) -> None:
    for attribute in (name, f"__{name}__"):
        if getattr(sys, attribute) is old:
            setattr(sys, attribute, new)


def _told_stream(own: Any, name: str, tell: Tell) -> io.TextIOWrapper | None:
    if type(own) is not io.TextIOWrapper:
        return None
    try:
        raw = io.FileIO(own.fileno(), "wb", closefd=False)
    except (OSError, ValueError):
        return None
    own.flush()
    raw.name = f"<{name}>"
    # -u, PYTHONUNBUFFERED: the text stream stands on the raw one.
    is_unbuffered = isinstance(own.buffer, io.RawIOBase)
    buffer = _ToldBuffer(raw, lambda text: tell(name, text), own.encoding, is_unbuffered)
    # The text passes into the buffer at once, where it is told; the descriptor gets it no sooner than it did.
    told = io.TextIOWrapper(
        buffer, own.encoding, own.errors, newline="\n" if sys.platform != "win32" else None,
        line_buffering=own.line_buffering, write_through=True,
    )  # fmt: skip
    told.mode = "w"  # type: ignore[misc]
    return told
