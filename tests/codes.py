"""Code objects as test material: source text compiled, and what is nested in it."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def module_code(source: str) -> CodeType:
    """Compile ``source`` as a module of its own: the test's own ``from __future__`` does not reach it."""
    return compile(source, "prog.py", "exec", dont_inherit=True)


def code_called(name: str, source: str) -> CodeType:
    """Compile ``source`` and return the first code object in it that is called ``name``."""
    return next(code for code in nested(module_code(source)) if code.co_name == name)


def nested(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and, depth first, those among its constants."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)
