"""What a process owes to chance, beside clock and order, and how to take it away: begin it anew without.

A set of texts comes out in an order that depends on a seed which Python draws for each process (``PYTHONHASHSEED``), a
set of other objects by the addresses that the system chose.  A run that is to be had again has both fixed: the seed by
the environment, the addresses by Linux's ``personality``.  Neither can be changed once a process runs, so that its
program is executed once more in its place: same process, same words, nothing of the user's has run yet.

Source: Doc/using/cmdline.rst (``PYTHONHASHSEED``); personality(2), ``ADDR_NO_RANDOMIZE``.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

_ADDR_NO_RANDOMIZE = 0x0040000
_ASK = 0xFFFFFFFF  # personality(2): changes nothing, returns what is
_SEED = "0"
_MARK = "LASTI_BEGUN_ANEW"  # the process that was, so that none is begun twice


def take_away() -> None:
    """Begin this process anew with a fixed hash seed and fixed addresses; return when it is so, or cannot be."""
    if os.environ.pop(_MARK, None) == str(os.getpid()) or os.name != "posix":  # elsewhere it would be another process
        return
    has_seed = _fix_hash_seed()
    has_addresses = _fix_addresses()
    if has_seed or has_addresses:
        os.environ[_MARK] = str(os.getpid())
        with suppress(OSError):
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        del os.environ[_MARK]


def words_before() -> str:
    """Return what stands before the command that has this process's run again: a hash seed which the user has set."""
    seed = os.environ.get("PYTHONHASHSEED", _SEED)
    return "" if seed == _SEED or not seed.isdecimal() else f"PYTHONHASHSEED={seed} "


def _fix_hash_seed() -> bool:
    """Set the seed for the process to come; tell whether it changes anything."""
    if sys.flags.ignore_environment or os.environ.get("PYTHONHASHSEED", "random") != "random":
        return False
    os.environ["PYTHONHASHSEED"] = _SEED
    return True


def _fix_addresses() -> bool:
    """Ask the system for fixed addresses in the process to come; tell whether it changes anything (Linux alone)."""
    if sys.platform != "linux":
        return False
    try:
        import ctypes

        personality: Any = ctypes.CDLL(None).personality
    except (ImportError, OSError, AttributeError):
        return False
    personality.argtypes = [ctypes.c_ulong]
    now = personality(_ASK)
    # -1: forbidden, as in a container's sandbox.
    return now != -1 and not now & _ADDR_NO_RANDOMIZE and personality(now | _ADDR_NO_RANDOMIZE) != -1
