"""What ``--order``, ``--clock`` and ``--net`` say, as objects; and the words for an order that was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError
from .order import Lifo, Order, Priority, Random, Replay, Rule

if TYPE_CHECKING:
    from .schedule import Schedule

ORDERS = "there are fifo, lifo, random:SEED, priority:SEED and replay:SCHEDULE; random:io/SEED is the stricter rule"


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
    if name == "lifo" or not seed.isdecimal() or len(seed) > 30:
        raise UsageError(f"{text!r} is no order: {ORDERS}")
    return (Random if name == "random" else Priority)(int(seed), chosen)


def words_of(schedule: Schedule) -> str:
    """Return what to give to ``--order`` to have a schedule again."""
    return f"replay:{schedule}"
