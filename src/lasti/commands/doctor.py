"""Say which engines work on this Python, and why not.

examples:
  lasti doctor
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from typing import TYPE_CHECKING

from ..terminal import print_lines
from ..versions import NEWEST, OLDEST, is_supported

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti doctor`` understands: nothing."""
    subparsers.add_parser("doctor", usage="lasti doctor")


def run(args: argparse.Namespace) -> int:
    """Print what was found; 0 when at least the machine works."""
    print_lines(list(_findings()))
    return 0 if is_supported() else 1


def _findings() -> Iterator[str]:
    yield f"Python {sys.version.split()[0]}, {sys.implementation.name}, {platform.machine()}, {sys.platform}"
    if is_supported():
        yield "machine engine: works"
    else:
        oldest, newest = (".".join(map(str, version)) for version in (OLDEST, NEWEST))
        yield f"machine engine: does not know this Python; it knows CPython {oldest} to {newest}"
    yield f"native engine:  {_native()}"


def _native() -> str:
    """Return whether the native engine works, or why it does not and what to do."""
    from ..native.proof import complaint

    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "not on a free-threaded build; use the machine (--engine machine)"
    try:
        from ..native import _record  # type: ignore[attr-defined]  # noqa: F401
    except ImportError as error:
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        if not any(name.startswith("_record.") and name.endswith(".so") for name in os.listdir(f"{folder}/native")):
            return (
                "was not built: install lasti where there is a C compiler and Python's headers "
                "(pip install --force-reinstall --no-binary lasti lasti); the machine works without"
            )
        return f"was built, and does not load: {error}"
    problem = complaint()
    return "works" if not problem else f"does not work here: {problem}; use the machine (--engine machine)"
