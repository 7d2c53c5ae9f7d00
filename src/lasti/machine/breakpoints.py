"""``breakpoint()`` on the machine: pdb's prompt in the frame that called it, to look around; it cannot step.

On the host ``breakpoint`` calls ``sys.breakpointhook``, whose own form calls what ``PYTHONBREAKPOINT`` names:
``pdb.set_trace``, where nobody says otherwise (PEP 553).  pdb steps by ``sys.settrace``, which would trace the machine.
Every other hook is called as on the host.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from .introspection import natively, special

if TYPE_CHECKING:
    from .frame import Frame

REFUSAL = "the machine cannot step: look around, then c(ontinue) or q(uit); `lasti view` goes back and forth"
STEPPING = ("step", "next", "until", "return", "jump", "run", "restart", "break", "tbreak", "debug")


@special(breakpoint)
def serve_breakpoint(frame: Frame, args: list[Any], kwargs: dict[str, Any]) -> None:
    """``breakpoint()``: a prompt where pdb would be asked for, the program's hook where it has one."""
    hook = sys.breakpointhook
    named = "" if sys.flags.ignore_environment else os.environ.get("PYTHONBREAKPOINT", "")
    if args or kwargs or hook is not sys.__breakpointhook__ or named not in ("", "pdb.set_trace"):
        return natively(frame, breakpoint, args, kwargs)
    sys.audit("builtins.breakpoint", hook)
    look_around(frame)
    frame.stack.append(None)
    return None


def look_around(frame: Frame) -> None:
    """Show pdb's prompt in ``frame`` until the user goes on; ``bdb.BdbQuit`` when he quits."""
    import bdb
    import pdb

    def refuse(prompt: pdb.Pdb, words: str) -> None:
        prompt.error(REFUSAL)

    commands = {f"do_{name}": refuse for name in STEPPING}
    commands |= {f"do_{short}": refuse for short in ("s", "n", "unt", "r", "j", "b")}
    prompt = type("Pdb", (pdb.Pdb,), commands)()
    prompt.reset()
    prompt.interaction(frame, None)
    if prompt.quitting:
        raise bdb.BdbQuit
