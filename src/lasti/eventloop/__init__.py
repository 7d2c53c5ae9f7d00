"""The event loop: asyncio's, with a clock, an order and a network that can be chosen."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clock import RealClock, VirtualClock
    from .deadlock import Deadlock
    from .futures import Future
    from .listener import LoopListener
    from .loop import Loop
    from .network import Conditions, Network
    from .order import Lifo, Order, Priority, Random, Replay, Rule
    from .patching import patched_time
    from .running import installed, new_loop, run
    from .schedule import Schedule, ScheduleMismatch
    from .tasks import Task
    from .watched import OwnTasksLoop, WatchedLoop

__all__ = [
    "Conditions",
    "Deadlock",
    "Future",
    "Lifo",
    "Loop",
    "LoopListener",
    "Network",
    "Order",
    "OwnTasksLoop",
    "Priority",
    "Random",
    "RealClock",
    "Replay",
    "Rule",
    "Schedule",
    "ScheduleMismatch",
    "Task",
    "VirtualClock",
    "WatchedLoop",
    "installed",
    "new_loop",
    "patched_time",
    "run",
]

_NAMES = {
    "clock": ("RealClock", "VirtualClock"),
    "deadlock": ("Deadlock",),
    "futures": ("Future",),
    "listener": ("LoopListener",),
    "loop": ("Loop",),
    "network": ("Conditions", "Network"),
    "order": ("Lifo", "Order", "Priority", "Random", "Replay", "Rule"),
    "patching": ("patched_time",),
    "running": ("installed", "new_loop", "run"),
    "schedule": ("Schedule", "ScheduleMismatch"),
    "tasks": ("Task",),
    "watched": ("OwnTasksLoop", "WatchedLoop"),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import what is asked for only then (PEP 562): a recording wants one module of this package, not the loop."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
