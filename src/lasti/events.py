"""What an engine tells while a program runs: the Recorder protocol, and NULL.

An engine (the machine now, the native engine beside it) drives one Recorder.  Its methods receive *live* objects;
a recorder reads what it wants before it returns, runs no code of the program's (no ``repr``, ``len``, ``==``,
attribute lookup on the program's objects) and keeps no reference to them, so that objects die when they would
have died without it.

The order of events for a plain call is ``call, step, step, ..., return_``; a generator's life is ``call``, then
``resume, step ..., yield_`` for each turn, then ``return_`` or ``unwind``.  A ``step`` comes *before* its instruction
runs; what the instruction did is seen in the same activation's next step (or in the event that ends it).
"""

from __future__ import annotations

from typing import Any, Protocol


class _Null:
    """The empty slot: an unbound local, or CPython's NULL on the value stack (there is one, ``NULL``)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NULL"


NULL = _Null()


class FrameLike(Protocol):
    """What a recorder may read of an engine's frame."""

    code: Any  # has .co (the host's code object) and .bytecode (lasti.bytecode.Bytecode)
    pc: int  # index of an instruction in code.bytecode.instructions
    stack: list[Any]  # value stack, bottom to top; may hold NULL
    fast: list[Any]  # co_varnames, then cells, then free variables; NULL where unbound
    activation: int  # the recorder's own number for this frame, 0 until ``call``


class Recorder(Protocol):
    """An engine's listener; one call an event, in the order in which things happen."""

    def call(self, frame: FrameLike, caller: FrameLike | None) -> None:
        """A new activation: ``frame`` was called (its arguments are bound); generators, coroutines too."""

    def step(self, frame: FrameLike) -> None:
        """``frame`` is about to run the instruction at ``frame.pc``."""

    def return_(self, frame: FrameLike, value: object) -> None:
        """``frame`` returned ``value`` and is over."""

    def yield_(self, frame: FrameLike, value: object) -> None:
        """``frame`` gave ``value`` to its resumer and is suspended."""

    def resume(self, frame: FrameLike, resumer: FrameLike | None, value: object) -> None:
        """A suspended (or just created) ``frame`` goes on; ``value`` is what was sent."""

    def throw(self, frame: FrameLike, resumer: FrameLike | None, error: BaseException) -> None:
        """A suspended ``frame`` goes on with ``error`` raised at the place where it waits."""

    def unwind(self, frame: FrameLike, error: BaseException) -> None:
        """``error`` left ``frame``, which is over."""

    def end(self, frame: FrameLike) -> None:
        """A suspended ``frame`` is over and ran no further: closed before it began, or where nothing would notice."""

    def handle(self, frame: FrameLike, error: BaseException, raised: int) -> None:
        """``error``, raised in ``frame`` at the instruction ``raised``, is handled there: next comes the handler."""

    def output(self, stream: str, text: str) -> None:
        """The program wrote ``text`` to ``stream`` ("stdout" or "stderr")."""
