"""What the views say beside sentences: the page's texts (``assets/texts.json``), and what a recording says in English.

A recording holds phrases of the event loop's: what a task waits for, why it was woken.  Their translations stand under
``said`` and the phrase; ``{x}`` in it stands for what differs, which may be such a phrase itself, ``{n}`` for a number.
``assets/panes.js`` does the same.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SAID = "said "


@lru_cache
def texts(language: str) -> Mapping[str, str]:
    """Return the texts in a language, in English when there is no such language."""
    known: dict[str, dict[str, str]] = json.loads((files(__package__) / "assets" / "texts.json").read_text("utf-8"))
    return known.get(language) or known["en"]


def label(language: str, key: str, **words: object) -> str:
    """Return a text in a language, its fields filled in."""
    return texts(language)[key].format(**words)


def said(language: str, phrase: str) -> str:
    """Return what a recording says, in a language; as it is when nobody has translated it."""
    exact = texts(language).get(SAID + phrase)
    if exact is not None:
        return exact
    for pattern, translated in _patterns(language):
        found = pattern.fullmatch(phrase)
        if found is not None:
            fields = found.groupdict()
            if "x" in fields:
                fields["x"] = said(language, fields["x"])
            return translated.format(**fields)
    return phrase


@lru_cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the phrases with fields, those first that say the most."""
    phrases = [(key.removeprefix(SAID), text) for key, text in texts(language).items() if key.startswith(SAID)]
    with_fields = sorted(((key, text) for key, text in phrases if "{" in key), key=lambda each: -len(each[0]))
    return [(_pattern(key), text) for key, text in with_fields]


def _pattern(phrase: str) -> re.Pattern[str]:
    escaped = re.escape(phrase).replace(r"\{x\}", "(?P<x>.+)").replace(r"\{n\}", r"(?P<n>\d+)")
    return re.compile(escaped, re.DOTALL)
