"""What ``--loop``, ``--clock``, ``--order``, ``--net`` and ``--deadlock`` say, as a record and as the objects.

All loops of one run share the clock and the order, so that one schedule has the choices of the whole run; each loop has
a network of its own.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .clock import Clock, RealClock, VirtualClock
from .network import Conditions, Network
from .order import Lifo, Order, Priority, Random, Replay, Rule
from .running import new_loop

if TYPE_CHECKING:
    from .listener import LoopListener
    from .loop import Loop

ORDERS = "there are fifo, lifo, random:SEED, priority:SEED and replay:SCHEDULE; random:io/SEED is the stricter rule"


@dataclass(frozen=True)
class Settings:
    """The words of the command line."""

    clock: str = "real"
    order: str = "fifo"
    net: str = "real"
    deadlock: bool = False

    def chosen(self) -> dict[str, str]:
        """Return clock, order and network, as far as they are not the system's."""
        words = {"clock": self.clock, "order": self.order, "net": self.net}
        return {name: word for name, word in words.items() if word not in ("real", "fifo")}

    @property
    def is_to_be_had_again(self) -> bool:
        """Tell whether the same words are to give the same run: where time or the order is not the system's."""
        return self.clock == "virtual" or self.order != "fifo"


class Choices:
    """What a run has chosen: ``new_loop()`` makes its loops.  UsageError when a word is not understood."""

    def __init__(self, settings: Settings, listener: LoopListener | None = None) -> None:
        self.settings = settings
        self.order = order_of(settings.order)
        self.clock = clock_of(settings.clock, finds_deadlocks=settings.deadlock)
        self._conditions = conditions_of(settings.net)
        self._listener = listener
        if self._conditions is not None and not isinstance(self.clock, VirtualClock):
            raise UsageError("the simulated network runs in virtual time: give --clock virtual too")

    def new_loop(self) -> Loop:
        """Return a new loop."""
        network = None
        if self._conditions is not None:
            seed = self._conditions.get("seed", self.order.seed if self.order is not None else None)
            network = Network(**{**self._conditions, "seed": seed or 0})
        return new_loop(clock=self.clock, order=self.order, network=network, listener=self._listener)

    def words_to_replay(self) -> str | None:
        """Return the options that have this run's choices again, None where there were none."""
        if self.order is None:
            return None
        settings = self.settings
        words = ["--loop", "lasti", "--clock", settings.clock, "--order", f"replay:{self.order.schedule()}"]
        words += ["--net", settings.net] if settings.net != "real" else []
        return shlex.join(words + (["--deadlock"] if settings.deadlock else []))


def clock_of(text: str, *, finds_deadlocks: bool = False) -> Clock:
    """Return the clock that ``text`` names: ``real`` or ``virtual``; UsageError when it names none."""
    if text not in ("real", "virtual"):
        raise UsageError(f"{text!r} is no clock: there are real and virtual")
    return VirtualClock() if text == "virtual" else RealClock(finds_deadlocks=finds_deadlocks)


def conditions_of(text: str) -> dict[str, Any] | None:
    """Return the conditions that ``simulated:latency=0.05,loss=0.01,seed=7`` says, None for ``real``; UsageError."""
    name, _, argument = text.partition(":")
    if name == "real" and not argument:
        return None
    known = {field.name: int if field.name == "window" else float for field in fields(Conditions)} | {"seed": int}
    found: dict[str, Any] = {}
    for pair in filter(None, argument.split(",")):
        key, _, value = pair.partition("=")
        try:
            found[key] = known[key](value)
        except (KeyError, ValueError):
            raise UsageError(
                f"--net: {pair!r} is no condition: there are {', '.join(known)}, as in latency=0.05"
            ) from None
    if name != "simulated":
        raise UsageError(f"{text!r} is no network: there are real and simulated, and simulated:latency=0.05,loss=0.01")
    Conditions(**{key: value for key, value in found.items() if key != "seed"})
    return found


def order_of(text: str) -> Order | None:
    """Return the order that ``text`` names, None for ``fifo``; UsageError when it names none."""
    name, _, argument = text.partition(":")
    if name == "fifo" and not argument:
        return None
    if name == "replay":
        return Replay(argument)
    rule, slash, rest = argument.partition("/")
    if name not in ("lifo", "random", "priority") or (slash and rule not in ("io", "steps")):
        raise UsageError(f"{text!r} is no order: {ORDERS}")
    seed = rest if slash else argument
    chosen = Rule(rule) if slash else Rule.STEPS
    if name == "lifo" and not seed:
        return Lifo(chosen)
    if name == "lifo" or not (seed.isascii() and seed.isdecimal()) or len(seed) > 30:
        raise UsageError(f"{text!r} is no order: {ORDERS}")
    return (Random if name == "random" else Priority)(int(seed), chosen)
