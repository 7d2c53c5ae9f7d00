"""Every question about the running Python's version, in one place.

No other module of lasti looks at ``sys.version_info``; what an opcode does differently between versions stands in
the ``since=`` and ``until=`` of its entry (see ``lasti.machine.dispatch``).
"""

from __future__ import annotations

import sys

PY = sys.version_info[:2]

PY311 = sys.version_info >= (3, 11)
PY312 = sys.version_info >= (3, 12)
PY313 = sys.version_info >= (3, 13)
PY314 = sys.version_info >= (3, 14)
PY315 = sys.version_info >= (3, 15)

OLDEST, NEWEST = (3, 10), (3, 15)


def is_supported() -> bool:
    """Tell whether lasti knows this interpreter: CPython from OLDEST to NEWEST."""
    return sys.implementation.name == "cpython" and OLDEST <= PY <= NEWEST


def names_annotate() -> bool:
    """Tell whether a function names its ``__annotate__`` after itself when it gets it: late releases of 3.14 do.

    Earlier ones call it after the class or function around both; from 3.15 the compiler gives it its qualified name.
    """
    if not PY314 or PY315:
        return False
    names: dict[str, object] = {}
    exec(compile("def function(argument: int): ...", "<probe>", "exec", dont_inherit=True), names)
    annotate = getattr(names["function"], "__annotate__")  # noqa: B009  (typeshed's object has none)
    return bool(annotate.__qualname__ != annotate.__code__.co_qualname)
