"""Instructions of ``import``.

Source: CPython Python/ceval.c (``import_name``, ``import_from``, ``import_all_from``).
"""

from __future__ import annotations

import sys
from typing import Any

from .dispatch import argval, op
from .frame import Frame
from .protocols import is_a, tp_name
from .trampoline import call_natively

Stack = list[Any]


@op("IMPORT_NAME", "(level, fromlist -- module)", until=(3, 14), operand=argval)
def IMPORT_NAME(frame: Frame, stack: Stack, name: str) -> None:
    """Import a module through ``builtins.__import__``."""
    fromlist = stack.pop()
    level = stack[-1]
    try:
        function = frame.f_builtins["__import__"]
    except KeyError:
        function = None
    if function is None:
        raise ImportError("__import__ not found")
    arguments = (name, frame.f_globals, frame.locals, fromlist, level)
    stack[-1] = call_natively(frame, function, arguments)


@op("IMPORT_FROM", "(module -- module, value)", until=(3, 14), operand=argval)
def IMPORT_FROM(frame: Frame, stack: Stack, name: str) -> None:
    """Push an attribute of a module, or a submodule that is being imported."""
    module = stack[-1]
    try:
        value = getattr(module, name)
    except AttributeError:
        pass
    else:
        stack.append(value)
        return
    stack.append(call_natively(frame, submodule, (module, name)))


def submodule(module: Any, name: str) -> Any:
    """Find a submodule in ``sys.modules`` (circular imports), or raise the host's ImportError."""
    package = getattr(module, "__name__", None)
    if is_a(package, str):
        found = sys.modules.get(f"{package}.{name}")
        if found is not None:
            return found
    raise import_error(module, name)


def import_error(module: Any, name: str) -> ImportError:
    """Make the ImportError of ``from module import name``."""
    import builtins

    def importer(*args: Any) -> Any:
        return module

    scope: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": importer}}
    try:
        exec(f"from module import {name}", scope)  # the host finds the words (they differ between versions)
    except ImportError as error:
        return ImportError(*error.args, name=error.name, path=error.path, **_name_from(error))
    raise AssertionError(f"{name!r} was found after all")


def _name_from(error: ImportError) -> dict[str, Any]:
    return {"name_from": error.name_from} if hasattr(error, "name_from") else {}  # 3.12+


@op("IMPORT_STAR", "(module -- )", until=(3, 11))
def IMPORT_STAR(frame: Frame, stack: Stack, arg: Any) -> None:
    """Import all public names of a module."""
    import_star(frame, stack.pop())


def import_star(frame: Frame, module: Any) -> None:
    """Bring a module's ``__all__``, or its names without a leading underscore, into the frame's locals."""
    try:
        names, skip_private = module.__all__, False
    except AttributeError:
        names, skip_private = None, True
    if names is None:
        try:
            namespace = module.__dict__
        except AttributeError:
            raise ImportError("from-import-* object has no __dict__ and no __all__") from None
        names = list(namespace.keys())
    for name in names:
        if type(name) is not str:
            _complain(module, name, skip_private)
        if skip_private and name[:1] == "_":
            continue
        frame.locals[name] = getattr(module, name)


def _complain(module: Any, name: Any, in_dict: bool) -> None:
    where = f"Key in {module.__name__}.__dict__" if in_dict else f"Item in {module.__name__}.__all__"
    raise TypeError(f"{where} must be str, not {tp_name(type(name))}")
