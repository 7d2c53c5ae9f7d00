"""The event loop: asyncio's, with a clock, an order and a network that can be chosen."""

from __future__ import annotations

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
