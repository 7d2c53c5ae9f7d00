"""A code object and those within it, each with its qualified name (``Class.method``, ``f.<locals>.g``).

From 3.11 a code object knows its qualified name.  On 3.10 the code around it does: the constant that MAKE_FUNCTION
takes, or for a class what its body stores as ``__qualname__``.

Source: PEP 3155; CPython Python/compile.c (``compiler_make_closure``).
"""

from __future__ import annotations

from itertools import pairwise
from types import CodeType
from typing import TYPE_CHECKING

from ..versions import PY311
from .decoder import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["nested_code"]


def nested_code(code: CodeType, qualname: str = "<module>") -> Iterator[tuple[str, CodeType]]:
    """Yield ``(qualified name, code object)`` for ``code`` and, depth first, all code objects among its constants.

    On 3.10 ``qualname`` is the name of ``code`` itself; from 3.11 it is not needed.
    """
    yield (code.co_qualname if PY311 else qualname), code
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    made_as = {} if PY311 or not inner else _made_as(code)
    for constant in inner:
        yield from nested_code(constant, _class_name(constant) or made_as.get(id(constant)) or constant.co_name)


def _made_as(code: CodeType) -> dict[int, str]:
    """Return the names that ``code`` gives to functions, by the id of their code objects."""
    pairs = pairwise(decode(code).instructions)
    return {
        id(made.argval): name.argval
        for made, name in pairs
        if isinstance(made.argval, CodeType) and name.opname == "LOAD_CONST"
    }


def _class_name(code: CodeType) -> str | None:
    """Return what a class's body stores as ``__qualname__``; None for anything else, and from 3.11."""
    if PY311 or "__qualname__" not in code.co_names:
        return None
    pairs = pairwise(decode(code).instructions)
    stored = (value.argval for value, store in pairs if (store.opname, store.argval) == ("STORE_NAME", "__qualname__"))
    return next(stored, None)
