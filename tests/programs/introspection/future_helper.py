# A module with a __future__ statement, which what it compiles inherits.
from __future__ import annotations


def compiled_there(text: str):
    return compile(text, "there", "exec")


assert compiled_there("x: int").co_flags & 0x1000000
