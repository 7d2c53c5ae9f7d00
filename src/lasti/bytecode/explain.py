"""What instructions do, and what else happens, in words: sentence templates by opcode name, in files, one per language.

``texts/LANGUAGE.json`` has "language" (its own name for itself), "instructions", "events" and "phrases"; a new file is
a new language.  A template is text with ``{names}``, for which whoever fills it in puts values (``lasti.view.words``
says which there are).  A part in brackets, ``[ ({result})]``, is left out when a value in it is not known.  The key of
a template is an opcode's name or an event's kind, or that and a variant: ``FOR_ITER:jump``; of the variants that hold,
the first that has a template is taken.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SAME", "fill", "languages", "template", "templates"]

_OPERATORS = {
    "ADD": "+", "AND": "&", "FLOOR_DIVIDE": "//", "LSHIFT": "<<", "MATRIX_MULTIPLY": "@", "MODULO": "%",
    "MULTIPLY": "*", "OR": "|", "POWER": "**", "RSHIFT": ">>", "SUBTRACT": "-", "TRUE_DIVIDE": "/", "XOR": "^",
}  # fmt: skip
_CONDITIONS = ("FALSE", "TRUE", "NONE", "NOT_NONE")

# Opcode -> the one whose template it shares, and what {name} is when the instruction has no argument to tell it.
SAME: dict[str, tuple[str, str]] = {
    **{f"BINARY_{name}": ("BINARY_OP", symbol) for name, symbol in _OPERATORS.items()},  # 3.10
    **{f"INPLACE_{name}": ("BINARY_OP", f"{symbol}=") for name, symbol in _OPERATORS.items()},  # 3.10
    **{
        f"POP_JUMP_{way}_IF_{condition}": (f"POP_JUMP_IF_{condition}", "")
        for way in ("FORWARD", "BACKWARD")
        for condition in _CONDITIONS
    },  # 3.11
    "CALL_FUNCTION": ("CALL", ""),
    "CALL_FUNCTION_KW": ("CALL_KW", ""),
    "CALL_METHOD": ("CALL", ""),
    "DUP_TOP": ("COPY", ""),
    "JUMP_ABSOLUTE": ("JUMP_FORWARD", ""),
    "LOAD_ASSERTION_ERROR": ("LOAD_COMMON_CONSTANT", "AssertionError"),
    "LOAD_FAST_BORROW": ("LOAD_FAST", ""),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": ("LOAD_FAST_LOAD_FAST", ""),
    "LOAD_FAST_CHECK": ("LOAD_FAST", ""),
    "STORE_FAST_MAYBE_NULL": ("STORE_FAST", ""),
}


@lru_cache
def languages() -> dict[str, str]:
    """Return the languages that there are: the file's name -> the language's own name."""
    found = sorted(each.name for each in (files(__package__) / "texts").iterdir() if each.name.endswith(".json"))
    return {name[:-5]: _read(name[:-5])["language"] for name in found}


def templates(language: str) -> dict[str, Any]:
    """Return a language's file: "language", "instructions", "events", "phrases"; UsageError for an unknown one."""
    if language not in languages():
        raise UsageError(f"there is no language {language!r} (there are {', '.join(languages())})")
    return _read(language)


@lru_cache
def _read(language: str) -> dict[str, Any]:
    text = (files(__package__) / "texts" / f"{language}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _table(language: str, kind: str) -> dict[str, str]:
    found: dict[str, str] = templates(language)[kind]
    return found


def template(language: str, kind: str, name: str, variants: Iterable[str] = ()) -> str:
    """Return the template for ``name`` among the "instructions" or "events", of the first variant that has one."""
    table = _table(language, kind)
    for variant in variants:
        found = table.get(f"{name}:{variant}")
        if found is not None:
            return found
    return table.get(name) or table["?"]


# -- filling in ---------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """A piece of a template: pieces of text and names in turns, beginning with text."""

    pieces: tuple[str, ...]
    is_optional: bool


_PART = re.compile(r"\[((?:[^\[\]{}]|\{\w+\})*)\]")
_NAME = re.compile(r"\{(\w+)\}")


@cache
def _parts(text: str) -> tuple[_Part, ...]:
    split = _PART.split(text)
    return tuple(_Part(tuple(_NAME.split(piece)), bool(number % 2)) for number, piece in enumerate(split) if piece)


def fill(text: str, value: Callable[[str], str | None]) -> str:
    """Fill in a template: ``value`` gives the text for a name, None when it is not known ("?", or the part goes)."""
    done: list[str] = []
    for pieces, is_optional in _parts(text):
        filled: list[str | None] = list(pieces)
        for place in range(1, len(pieces), 2):
            filled[place] = value(pieces[place])
        if None not in filled:
            done += filled  # type: ignore[arg-type]
        elif not is_optional:
            done += ["?" if piece is None else piece for piece in filled]
    return "".join(done)
