"""The page: one HTML file with everything in it, made of the assets beside this module and of a timeline's windows.

Nothing is loaded from anywhere.  The Content-Security-Policy allows this page's own style and script, by their hashes,
and nothing else: whatever a value of the program holds, it cannot become script.  (JSON in a ``<script>`` has each
``<`` written as ``\\u003c``; the assets themselves set text only as text.)
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..bytecode import explain
from ..errors import UsageError
from .windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..trace.timeline import Timeline

MOST_STEPS = 200_000  # in one file
SCRIPTS = ("data.js", "values.js", "words.js", "moves.js", "draw.js", "panes.js", "timeline.js", "main.js")


def page(
    timeline: Timeline, how: Mapping[str, str] | None = None, progress: Callable[[int, int], None] | None = None
) -> str:
    """Return the page of a whole trace as HTML.

    ``how`` has, for opcode names, the lines of Python that implement them; ``progress`` is told after each window how
    many there are by now, and of how many.  UsageError for a trace of more than ``MOST_STEPS`` steps.
    """
    if len(timeline) > MOST_STEPS:
        raise UsageError(
            f"the trace has {len(timeline)} steps, and one page holds {MOST_STEPS}: look at it with `lasti view TRACE`"
        )
    windows = Windows(timeline)
    lines = []
    for number, data in enumerate(windows, 1):
        lines.append(base64.b64encode(packed(data)).decode())
        if progress is not None:
            progress(number, len(windows))
    return assembled({**windows.index(), **words_of(windows), "how": how_of(windows, how)}, lines)


def packed(data: bytes) -> bytes:
    """Compress (deflate without a header: ``DecompressionStream("deflate-raw")``), as small as can be."""
    deflate = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


def served_page(windows: Windows, how: Mapping[str, str] | None = None) -> str:
    """Return the page that asks the server it came from for its windows."""
    return assembled({**windows.index(), **words_of(windows), "how": how_of(windows, how)}, (), connects=True)


def how_of(windows: Windows, how: Mapping[str, str] | None) -> dict[str, str]:
    """Return the implementations of those instructions that the trace has."""
    used = _opnames(windows)
    return {opname: text for opname, text in (how or {}).items() if opname in used}


def words_of(windows: Windows) -> dict[str, Any]:
    """Return the templates of sentences for those instructions that the trace has, in all languages."""
    used = _opnames(windows)
    same = {opname: found for opname, found in explain.SAME.items() if opname in used}
    wanted = {"?", *used, *(opname for opname, _ in same.values())}
    words = {}
    for language in explain.languages():
        texts = explain.templates(language)
        instructions = {key: text for key, text in texts["instructions"].items() if key.partition(":")[0] in wanted}
        words[language] = {**texts, "instructions": instructions}
    return {"words": words, "same": same}


def _opnames(windows: Windows) -> set[str]:
    return {instruction.opname for code in windows.timeline.codes() for instruction in code.instructions}


def assembled(index: Mapping[str, Any], lines: Iterable[str], *, connects: bool = False) -> str:
    """Put the page together: ``lines`` are the windows, in base64."""
    style, script = asset("page.css"), script_text()
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        f"connect-src {chr(39)}{'self' if connects else 'none'}{chr(39)}; base-uri 'none'; form-action 'none'"
    )
    parts = {"csp": policy, "css": style, "index": in_script(index), "windows": "\n".join(lines), "script": script}
    pieces = asset("page.html").split("{")
    return pieces[0] + "".join(_filled(piece, parts) for piece in pieces[1:])


def _filled(piece: str, parts: Mapping[str, str]) -> str:
    name, brace, rest = piece.partition("}")
    return parts[name] + rest if brace and name in parts else "{" + piece


def in_script(data: Any) -> str:
    """Return JSON that stays within its ``<script>``, whatever is in it."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@lru_cache
def script_text() -> str:
    """Return the page's script: the texts in all languages, and the assets in order, in a scope of their own."""
    texts = in_script(json.loads(asset("texts.json")))
    code = "\n".join(asset(name) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\nconst TEXTS = {texts};\n{code}\n}})();\n'


@lru_cache
def asset(name: str) -> str:
    """Return the text of one of the page's files."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
