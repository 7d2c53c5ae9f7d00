"""Schedules: the choices of a run as a short text, which runs it again.

The text is ``[RULE/]CHOICES[@SEED]``.  CHOICES has one character for each choice, ``0`` to ``9``, ``a`` to ``z`` for
10 to 35 and ``(N)`` beyond; zeros at the end are left out.  When that is shorter, it is ``Z`` and the same compressed,
in URL-safe base 64.  SEED is that of the simulated network's draws; RULE is left out when it is ``steps``.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from ..errors import LastiError, UsageError

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LONGEST_UNPACKED = 10_000_000  # characters: a text of some kB must not become gigabytes

_TEXT = re.compile(r"(?:(steps|io)/)?([0-9a-z()]*|Z[\w-]*={0,2})(?:@(\d{1,30}))?", re.ASCII)
_CHOICE = re.compile(r"[0-9a-z]|\((\d{1,9})\)")


class ScheduleMismatch(LastiError):
    """A schedule does not fit the run: the program does something else than it did when the schedule was made."""


@dataclass(frozen=True)
class Schedule:
    """``choices``: the number that was taken at each choice; ``rule`` and ``seed`` those of the order that chose."""

    choices: tuple[int, ...]
    rule: str = "steps"
    seed: int | None = None

    def __str__(self) -> str:
        plain = "".join(map(_digit, self.choices)).rstrip("0")
        packed = "Z" + base64.urlsafe_b64encode(zlib.compress(plain.encode(), 9)).decode().rstrip("=")
        rule = "" if self.rule == "steps" else f"{self.rule}/"
        return f"{rule}{min(plain, packed, key=len)}" + ("" if self.seed is None else f"@{self.seed}")

    @classmethod
    def from_text(cls, text: str) -> Schedule:
        """Return the schedule that ``text`` says; UsageError when it is none."""
        found = _TEXT.fullmatch(text)
        plain = found and (_unpacked(found[2]) if found[2].startswith("Z") else found[2])
        if found is None or plain is None or _CHOICE.sub("", plain):
            raise UsageError(f"{_shortened(text)} is no schedule: was it copied whole?")
        choices = tuple(int(each[1]) if each[1] else DIGITS.index(each[0]) for each in _CHOICE.finditer(plain))
        return cls(choices, found[1] or "steps", None if found[3] is None else int(found[3]))


def _digit(choice: int) -> str:
    return DIGITS[choice] if choice < len(DIGITS) else f"({choice})"


def _unpacked(text: str) -> str | None:
    padding = "=" * (-(len(text) - 1) % 4)
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.urlsafe_b64decode(text[1:] + padding), LONGEST_UNPACKED)
        return data.decode("ascii") if unpacker.eof else None
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        return None


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
