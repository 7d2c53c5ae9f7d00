"""Orders: what may change places, and that each choice can be made again."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import Journal, journal_of, run_virtual

from lasti.errors import UsageError
from lasti.eventloop import (
    Lifo,
    Loop,
    Order,
    Priority,
    Random,
    Replay,
    Rule,
    Schedule,
    ScheduleMismatch,
    VirtualClock,
    run,
)
from lasti.eventloop.settings import order_of

ORDERS: list[Any] = [Lifo, lambda: Random(3), lambda: Random(4), lambda: Priority(3), lambda: Random(3, Rule.IO)]


async def three_workers(seen: list[str]) -> None:
    async def worker(name: str) -> None:
        for number in range(3):
            seen.append(f"{name}{number}")
            await asyncio.sleep(1)

    await asyncio.gather(*[worker(name) for name in "abc"])


def seen_with(order: Order | None) -> list[str]:
    seen: list[str] = []
    run_virtual(three_workers(seen), order)
    return seen


def test_first_in_first_out_is_asyncio_s() -> None:
    assert seen_with(None) == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]


def test_last_in_first_out() -> None:
    assert seen_with(Lifo())[:3] == ["c0", "b0", "a0"]


def test_random_orders_differ_and_are_the_same_for_a_seed() -> None:
    found = {tuple(seen_with(Random(seed))) for seed in range(20)}
    assert len(found) > 10
    assert seen_with(Random(7)) == seen_with(Random(7))


def test_priority_by_key() -> None:
    def key(task: Any) -> float:
        return 0 if task is None else {"a": 1, "b": 3, "c": 2}.get(task.get_name(), 9)

    seen: list[str] = []

    async def worker(name: str) -> None:
        seen.append(name)

    async def main() -> None:
        await asyncio.gather(*[asyncio.create_task(worker(name), name=name) for name in "abc"])

    run_virtual(main(), Priority(key=key))
    assert seen == ["b", "c", "a"]


def test_priority_keeps_to_its_choices_for_a_while() -> None:
    first = {seen_with(Priority(seed, change=0.0))[0] for seed in range(20)}
    assert first == {"a0", "b0", "c0"}


@pytest.mark.parametrize("make", ORDERS)
def test_the_same_choices_again(make: Any) -> None:
    """Byte for byte: all that a listener is told."""
    order = make()
    original = journal_of(three_workers([]), order)
    text = str(order.schedule())
    again = Replay(text)
    assert journal_of(three_workers([]), again) == original
    assert str(again.schedule()) == text
    assert journal_of(three_workers([]), make()) == original


# -- what may change places -----------------------------------------------------------------------------------------


async def nothing() -> None:
    pass


def arranged(kinds: str, order: Order, arrived: int = 0) -> str:
    """Return how ``order`` arranges handles: s a step, t a timer, p a plain callback; upper case is the result's."""
    loop = Loop()
    names: dict[int, str] = {}
    ready: deque[asyncio.Handle] = deque()
    tasks = []
    for number, kind in enumerate(kinds):
        if kind == "s":
            tasks.append(loop.create_task(nothing()))
            handle = loop._ready.pop()
        elif kind == "p":
            handle = loop.call_soon(print)
        else:
            handle = loop.call_at(float(kind), print)
        names[id(handle)] = f"{kind}{number}"
        ready.append(handle)
    order.arrange(ready, arrived)
    loop._ready.clear()
    for task in tasks:
        task._log_destroy_pending = False
        task.get_coro().close()
    loop.close()
    return " ".join(names[id(handle)] for handle in ready)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("sss", "s2 s1 s0"),
        ("ppp", "p0 p1 p2"),
        ("sspss", "s1 s0 p2 s4 s3"),
        ("pssp", "p0 s2 s1 p3"),
        ("ss11", "13 12 s1 s0"),
        ("s12", "11 s0 22"),  # a timer does not overtake an earlier one
        ("1122", "11 10 23 22"),
        ("sp", "s0 p1"),
        ("", ""),
    ],
)
def test_only_steps_and_timers_change_places(kinds: str, expected: str) -> None:
    assert arranged(kinds, Lifo()) == expected


def test_the_stricter_rule() -> None:
    """Steps stay; timers and what came with input in this turn change places."""
    assert arranged("ss11", Lifo(Rule.IO)) == "s0 s1 13 12"
    assert arranged("sspp", Lifo(Rule.IO), arrived=2) == "s0 s1 p3 p2"
    assert arranged("sspp", Lifo(Rule.STEPS), arrived=2) == "s1 s0 p2 p3"


@given(st.text(alphabet="sp1", max_size=12), st.integers(0, 1000))
def test_plain_callbacks_keep_their_places(kinds: str, seed: int) -> None:
    result = arranged(kinds, Random(seed)).split()
    assert sorted(result) == sorted(f"{kind}{number}" for number, kind in enumerate(kinds))
    for number, kind in enumerate(kinds):
        if kind == "p":
            assert result[number] == f"p{number}"


def test_jobs_of_executors_may_change_places() -> None:
    async def main() -> list[int]:
        seen: list[int] = []

        async def job(number: int) -> None:
            await asyncio.to_thread(int)
            seen.append(number)

        await asyncio.gather(*[job(number) for number in range(6)])
        return seen

    found = {tuple(run_virtual(main(), Random(seed, Rule.IO))) for seed in range(10)}
    assert len(found) > 5


def test_call_soon_stays_first_in_first_out() -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        for number in range(50):
            asyncio.get_running_loop().call_soon(seen.append, number)
        await asyncio.sleep(0)
        return seen

    assert run_virtual(main(), Random(1)) == list(range(50))


# -- it finds bugs --------------------------------------------------------------------------------------------------


async def lost_update() -> int:
    """Two tasks read, give way, and write: right by luck in asyncio's order."""
    balance = 100
    turn = 0

    async def pay(amount: int, at: int) -> None:
        nonlocal balance, turn
        await asyncio.sleep(1)
        turn += 1
        if turn == at:  # what the author has seen whenever he tried
            balance -= amount

    await asyncio.gather(pay(10, 1), pay(20, 2))
    return balance


def test_a_race_is_found_and_replayed() -> None:
    assert run_virtual(lost_update()) == 70
    failing = [seed for seed in range(10) if run_virtual(lost_update(), Random(seed)) != 70]
    assert failing
    order = Random(failing[0])
    wrong = run_virtual(lost_update(), order)
    assert run_virtual(lost_update(), Replay(str(order.schedule()))) == wrong != 70


# -- schedules ------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 200)), st.sampled_from(["steps", "io"]), st.none() | st.integers(0, 10**9))
def test_a_schedule_is_a_text_and_back(choices: list[int], rule: str, seed: int | None) -> None:
    again = Schedule.from_text(str(Schedule(tuple(choices), rule, seed)))
    trimmed = list(choices)
    while trimmed and trimmed[-1] == 0:
        trimmed.pop()
    assert (list(again.choices), again.rule, again.seed) == (trimmed, rule, seed)


def test_a_schedule_is_short() -> None:
    choices = random.Random(1)
    assert str(Schedule(())) == ""
    assert str(Schedule((0, 1, 2, 35, 36, 0, 0))) == "012z(36)"
    assert str(Schedule((1,), "io", 7)) == "io/1@7"
    assert len(str(Schedule(tuple(choices.randrange(3) for _ in range(10_000))))) < 4000


@pytest.mark.parametrize("text", ["!", "0120@", "other/01", "Zno", "(1", "01\n", "Z" + "A" * 50, "é"])
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(UsageError, match="is no schedule"):
        Schedule.from_text(text)


def test_a_packed_text_does_not_become_gigabytes() -> None:
    import base64
    import zlib

    bomb = "Z" + base64.urlsafe_b64encode(zlib.compress(b"1" * 50_000_000)).decode()
    with pytest.raises(UsageError, match="is no schedule"):
        Schedule.from_text(bomb)


def test_a_schedule_of_another_program() -> None:
    with pytest.raises(
        ScheduleMismatch, match="choice 1 of the schedule takes number 10 of the handles that are ready"
    ):
        run_virtual(three_workers([]), Replay("9"))


def test_behind_the_end_of_the_schedule_it_is_asyncio_s_order() -> None:
    assert seen_with(Replay("")) == seen_with(None)


@pytest.mark.parametrize(
    ("text", "kind", "seed", "rule"),
    [
        ("lifo", Lifo, None, Rule.STEPS),
        ("random:7", Random, 7, Rule.STEPS),
        ("priority:8", Priority, 8, Rule.STEPS),
        ("random:io/9", Random, 9, Rule.IO),
        ("lifo:io/", Lifo, None, Rule.IO),
        ("replay:io/01@7", Replay, 7, Rule.IO),
        ("replay:", Replay, None, Rule.STEPS),
    ],
)
def test_orders_by_name(text: str, kind: type, seed: int | None, rule: Rule) -> None:
    order = order_of(text)
    assert order is not None
    assert (type(order), order.seed, order.rule) == (kind, seed, rule)


def test_fifo_by_name() -> None:
    assert order_of("fifo") is None


@pytest.mark.parametrize("text", ["", "fifo:1", "random", "random:x", "random:-1", "lifo:3", "random:steps", "sorted"])
def test_what_is_no_order(text: str) -> None:
    with pytest.raises(UsageError, match="is no order: there are fifo, lifo, random:SEED"):
        order_of(text)


def test_a_loop_tells_its_order() -> None:
    order, clock = Random(1), VirtualClock()
    loop = Loop(order=order, clock=clock)
    assert loop.order is order
    assert loop.clock is clock
    assert loop.network is None
    loop.close()


@pytest.mark.parametrize(
    "options", [{}, {"order": Random(3)}, {"listener": Journal()}], ids=["clock", "order", "watched"]
)
def test_tasks_lie_in_sets_by_the_order_of_their_making(options: dict[str, Any]) -> None:
    """asyncio.wait returns sets, and asyncio.run cancels a set: by address, each run would have another order."""

    async def main() -> list[int]:
        tasks = [asyncio.create_task(asyncio.sleep(1), name=str(number)) for number in range(20)]
        done, _ = await asyncio.wait(tasks)
        assert done == set(tasks)
        return [hash(task) - hash(tasks[0]) for task in tasks]

    assert run(main(), clock=VirtualClock(), **options) == list(range(20))
