"""Helpers of these tests: run a coroutine in virtual time, and a listener that writes everything down."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from lasti.eventloop import Order, VirtualClock, run
from lasti.eventloop.listener import name_of


def run_virtual(main: Coroutine[Any, Any, Any], order: Order | None = None, **options: Any) -> Any:
    """Run ``main`` in virtual time."""
    return run(main, clock=VirtualClock(), order=order, **options)


class Journal:
    """A listener: a line for each thing that it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[Any, str] = {}

    def name(self, task: Any) -> str:
        """Name tasks in the order of their making: the host's numbers go on from run to run."""
        return "-" if task is None else self.names.setdefault(task, f"task {len(self.names) + 1}")

    def task_created(self, loop: Any, task: Any, by: Any) -> None:
        self.lines.append(f"{self.name(task)} made by {self.name(by)}")

    def woken(self, loop: Any, task: Any, by: Any, why: str) -> None:
        self.lines.append(f"{self.name(task)} woken by {self.name(by)}: {why.partition(chr(39))[0].strip()}")

    def named(self, loop: Any, task: Any) -> None: ...

    def queued(self, loop: Any, handle: Any) -> None: ...

    def turn(self, loop: Any) -> None:
        self.lines.append(f"turn {loop.iteration} at {loop.time()}")

    def select(self, loop: Any, until: float) -> None:
        self.lines.append(f"waits until {until}")

    def handle_begins(self, loop: Any, handle: Any, task: Any) -> None:
        self.lines.append(f"{name_of(handle._callback)} of {self.name(task)}")

    def handle_ends(self, loop: Any, handle: Any, task: Any) -> None:
        self.lines.append("ends")

    def cancelled(self, loop: Any, task: Any, by: Any) -> None:
        self.lines.append(f"{self.name(task)} cancelled by {self.name(by)}")

    def done(self, loop: Any, task: Any, how: str) -> None:
        self.lines.append(f"{self.name(task)} {how}")


def journal_of(main: Coroutine[Any, Any, Any], order: Order | None = None, **options: Any) -> list[str]:
    """Run ``main`` in virtual time and return what a listener is told."""
    journal = Journal()
    run(main, clock=VirtualClock(), order=order, listener=journal, **options)
    return journal.lines
