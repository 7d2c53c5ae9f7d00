"""The machine: one interpreter of our own, at work in this process.

``with Machine(recorder) as machine: machine.exec(code, globals)`` runs a module's code on it.  While a machine is at
work the host shows the machine's frames and functions as its own (see ``mirror``); functions that it made go on
working as long as some machine is at work.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import TYPE_CHECKING, Any

from ..versions import is_supported
from . import (
    breakpoints,
    crossing,
    evalloop,
    introspection,
    mirror,
    ops_build,
    ops_call,
    ops_exceptions,
    ops_flow,
    ops_function,
    ops_import,
    ops_intrinsics,
    ops_lazy,
    ops_match,
    ops_names,
    ops_operators,
    ops_stack,
    ops_suspend,
    ops_with,
    unraisable,
    warned,
)
from .asyncgen import AsyncGenerator
from .code import code_of
from .frame import in_place_of_function, make_frame
from .function import begin, set_code
from .generator import Coroutine, Generator, IterableCoroutine
from .protocols import addresses
from .recursion import Recursion, give_back_room, set_host_limit, set_limit

if TYPE_CHECKING:
    from ..events import Recorder

# What enters handlers in tables, and is imported for nothing else.
ENTERED = (
    breakpoints, ops_build, ops_call, ops_exceptions, ops_flow, ops_function, ops_import, ops_intrinsics, ops_lazy,
    ops_match, ops_names, ops_operators, ops_stack, ops_suspend, ops_with,
)  # fmt: skip

introspection.IN_DISGUISE |= addresses(Generator, IterableCoroutine, Coroutine, AsyncGenerator)


class Machine:
    """An interpreter of Python bytecode on frames of its own.

    ``recorder`` is told of everything that happens (with ``wants_steps = False`` of everything but the steps);
    ``checked`` compares what each instruction does to the stack with what it states.  ``bottom`` is the code of the
    host function out of which the whole program is run: the program sees no frame beneath that function's.

    RuntimeError on a Python that is not supported.  What goes wrong in the machine itself is a MachineError, never an
    exception of the program's.
    """

    def __init__(self, recorder: Recorder | None = None, checked: bool = False, bottom: CodeType | None = None) -> None:
        if not is_supported():
            raise RuntimeError(f"the machine does not know Python {sys.version.split()[0]}")
        self.recorder = recorder
        self._bottoms = set() if bottom is None else {id(bottom)}
        if checked:
            self.advance = evalloop.advance_checked
        elif recorder is not None and getattr(recorder, "wants_steps", True):
            self.advance = evalloop.advance_recording
        else:
            self.advance = evalloop.advance
        self._replaced: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Machine:
        evalloop.machine_at_work.append(self)
        mirror.bottoms |= self._bottoms
        if len(evalloop.machine_at_work) == 1:
            mirror.install(set_code)
            unraisable.install()
            warned.forget_own()
        Recursion.limit = sys.getrecursionlimit()
        self._replace_functions()
        Recursion.beneath = _host_depth()
        give_back_room()
        return self

    def __exit__(self, *exc_info: object) -> None:
        for module, name, function in reversed(self._replaced):
            setattr(module, name, function)
        self._replaced.clear()
        set_host_limit(Recursion.limit)
        evalloop.machine_at_work.remove(self)
        mirror.bottoms -= self._bottoms
        if not evalloop.machine_at_work:
            mirror.uninstall()
            unraisable.uninstall()

    def _replace_functions(self) -> None:
        limits = [
            (sys, "getrecursionlimit", getrecursionlimit),
            (sys, "setrecursionlimit", setrecursionlimit),
        ]
        for module, name, function in [
            *introspection.replacements(),
            *unraisable.replacements(),
            *crossing.replacements(),
            *limits,
        ]:
            self._replaced.append((module, name, getattr(module, name)))
            setattr(module, name, function)

    def exec(self, code: CodeType, f_globals: dict[str, Any]) -> None:
        """Run a module's code in ``f_globals``; the program's exceptions come out as they are."""
        thread = evalloop.current_thread()
        builtins = f_globals.setdefault("__builtins__", __builtins__)
        f_builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        function = in_place_of_function(f_globals, f_builtins, None, code.co_name, code.co_name)
        frame = make_frame(code_of(code), function, list(code_of(code).unbound), f_globals, None, thread)
        begin(frame)
        evalloop.run(frame)


def getrecursionlimit() -> int:
    """Return how deep the program's calls may go."""
    return Recursion.limit


def setrecursionlimit(limit: int, /) -> None:
    """Set how deep the program's calls may go."""
    set_limit(limit, evalloop.current_thread().depth)


def _host_depth() -> int:
    """Return how many host frames lie beneath the caller's caller."""
    frame, depth = mirror.host_getframe(2), 0
    while frame is not None:
        frame, depth = mirror.host_back(frame), depth + 1
    return depth
