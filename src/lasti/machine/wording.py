"""Names in error messages, put as the host puts them: its words differ between versions, and the program sees them."""

from __future__ import annotations


def full_name(kind: type) -> str:
    """Name a type as ``%T`` does in CPython's messages (3.13+): with its module, but for builtins and ``__main__``."""
    module = kind.__module__
    if not isinstance(module, str) or module in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{module}.{kind.__qualname__}"
