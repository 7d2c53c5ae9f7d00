"""The four engines against the truth: each port's state, whatever the model of concurrency."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from conftest import HOSTILE, PORTS, Truth, fill, listen, may_answer, who_listens
from lasti.scanner import Tally, plan_of, scan, scan_asyncio, scan_interpreters, scan_threads
from lasti.scanner.engines import ENGINES, run
from lasti.scanner.probe import Probe
from lasti.scanner.records import Address
from lasti.scanner.sockets import Sources

if TYPE_CHECKING:
    from conftest import Listeners
    from lasti.scanner import Plan, Result

HERE = (Address("v4", socket.AF_INET, "127.0.0.1", 0), Address("v6", socket.AF_INET6, "::1", 0))


def scanned(engine: str, plan: Plan, truth: Truth | None = None) -> tuple[list[Result], Tally]:
    tally, results = Tally(plan), []

    def found(result: Result) -> None:
        results.append(result)
        if truth is not None:
            truth.look()

    run(engine, plan, tally, found)
    return results, tally


def states(results: list[Result], ip: str = "127.0.0.1") -> dict[int, str]:
    return {each.port: each.state for each in results if each.ip == ip}


def check(engine: str, plan: Plan, listeners: Listeners) -> list[Result]:
    """Scan, and compare with the fixture and with what the system says meanwhile."""
    with Truth() as truth:
        results, tally = scanned(engine, plan, truth)
    assert not [each for each in results if each.state == "error"]
    for ip in {address.ip for address in plan.addresses}:
        found = states(results, ip)
        opened = {port for port, state in found.items() if state == "open"}
        certain = listeners.open_on_ipv6 if ip == "::1" else listeners.open_on_ipv4 if ip == "127.0.0.1" else set()
        assert certain <= opened
        assert opened <= may_answer(ip, truth.seen)
        filtered = {port for port, state in found.items() if state == "filtered"}
        assert (listeners.full in filtered) is (ip == "127.0.0.1")
        assert filtered <= may_answer(ip, truth.seen)  # others may have listeners with a full backlog too
    counts = tally.counts
    assert counts["open"] + counts["filtered"] + counts["closed"] == plan.total == tally.done
    assert counts["open"] == sum(each.state == "open" for each in results)
    return results


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hosts", ["127.0.0.1", "::1", "localhost", "127.0.0.1 ::1"])
def test_every_state_is_right(engine: str, hosts: str, listeners: Listeners) -> None:
    check(engine, plan_of(hosts.split(), PORTS, timeout=0.3), listeners)


@pytest.mark.parametrize("engine", ENGINES)
def test_sixteen_addresses(engine: str, listeners: Listeners) -> None:
    plan = plan_of(
        "127.0.0.0/28", [*range(30000, 31000), *listeners.ipv4, listeners.second, listeners.full], timeout=0.3
    )
    results, _ = scanned(engine, plan)
    for last in range(16):
        found = states(results, f"127.0.0.{last}")
        expected = {listeners.second} if last == 2 else set()
        if last == 1:
            expected = {*listeners.ipv4}
        assert {port for port in [*listeners.ipv4, listeners.second] if found.get(port) == "open"} == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_reasons(engine: str, listeners: Listeners) -> None:
    closed = next(port for port in range(30000, 40000) if port not in may_answer("127.0.0.1", who_listens()))
    ports = [listeners.silent, listeners.full, closed]
    results, _ = scanned(engine, plan_of("127.0.0.1", ports, timeout=0.2, wants_closed=True))
    assert {each.port: (each.state, each.reason) for each in results} == {
        listeners.silent: ("open", "syn-ack"),
        listeners.full: ("filtered", "no answer"),
        closed: ("closed", "refused"),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_who_resets_at_once_is_open(engine: str, listeners: Listeners) -> None:
    for _ in range(20):
        results, _ = scanned(engine, plan_of("127.0.0.1", [listeners.resetting], timeout=0.5))
        assert [each.state for each in results] == ["open"]


@pytest.mark.parametrize("engine", ENGINES)
def test_banners(engine: str, listeners: Listeners) -> None:
    ports = [listeners.banner, listeners.hostile, listeners.silent, listeners.resetting]
    results, _ = scanned(engine, plan_of("127.0.0.1", ports, timeout=0.5, wants_banner=True))
    found = {each.port: each.banner for each in results}
    assert set(states(results).values()) == {"open"}
    assert found[listeners.banner] == "220 ready\r\n"
    assert found[listeners.hostile] == HOSTILE.decode("utf-8", "replace")
    assert found[listeners.silent] == found[listeners.resetting] == ""


@pytest.mark.parametrize("engine", ENGINES)
def test_what_comes_and_goes_meanwhile(engine: str, listeners: Listeners) -> None:
    """Of a port that changes in the middle either state is right; all others have theirs."""
    plan = plan_of("127.0.0.1", PORTS, timeout=0.3)
    going, coming, results = listen(), [], []

    class Changing(Tally):
        def hear(self, worker: int, news: object) -> object:
            yield from super().hear(worker, news)
            if self.done > plan.total // 2 and not coming:
                going.close()
                coming.append(listen())

    run(engine, plan, Changing(plan), results.append)
    going.close()
    found = states(results)
    changed = {coming[0].getsockname()[1]}
    coming[0].close()
    assert listeners.open_on_ipv4 - changed <= {port for port, state in found.items() if state == "open"}
    assert found[listeners.full] == "filtered"


@pytest.mark.parametrize("engine", ENGINES)
def test_all_ports_and_no_phantom(engine: str, listeners: Listeners) -> None:
    """With every port a target the source ports are targets too: connected to themselves, and nobody listens there."""
    with Truth() as truth:
        results, tally = scanned(engine, plan_of("127.0.0.1", "-", timeout=0.3), truth)
    opened = {port for port, state in states(results).items() if state == "open"}
    assert listeners.open_on_ipv4 <= opened <= may_answer("127.0.0.1", truth.seen)
    assert tally.done == 65535


# -- ending early ----------------------------------------------------------------------------------------------------


def test_the_first_result_comes_while_the_scan_runs(listeners: Listeners) -> None:
    async def first() -> tuple[Result, int]:
        tally = Tally(plan := plan_of("127.0.0.1", [*sorted(listeners.open_on_ipv4), *range(1025, 65536)]))
        results = scan(plan, tally)
        async for result in results:
            await results.aclose()
            return result, tally.done
        raise AssertionError("nothing found")

    result, done = asyncio.run(first())
    assert result.state == "open"
    assert done < 5000


def descriptors_when(number: int) -> int:
    """Return how many descriptors are open, once they are ``number``: a listener may close its own a little later."""
    end = time.monotonic() + 2
    while len(os.listdir("/proc/self/fd")) != number and time.monotonic() < end:
        threading.Event().wait(0.01)
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("function", [scan_threads, scan_interpreters])
def test_a_generator_that_is_closed_leaves_nothing(function: object, listeners: Listeners) -> None:
    plan = plan_of("127.0.0.1", PORTS, timeout=5)  # the full backlog alone would take five seconds
    before, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    begin = time.monotonic()
    with closing(function(plan)) as results:
        assert next(results).state == "open"
    assert time.monotonic() - begin < 4
    assert threading.active_count() == threads
    assert descriptors_when(before) == before


def test_cancelling_the_coroutine_leaves_nothing(listeners: Listeners) -> None:
    async def cancelled() -> None:
        found = asyncio.Event()
        plan = plan_of("127.0.0.1", PORTS, timeout=5)
        task = asyncio.ensure_future(scan_asyncio(plan, found=lambda result: found.set()))
        await found.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    before = len(os.listdir("/proc/self/fd"))
    asyncio.run(cancelled())
    assert descriptors_when(before) == before


# -- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_sixty_four_descriptors(engine: str, listeners: Listeners) -> None:
    """Eighty ports that do not answer, and room for fewer sockets than that: each still has its own state."""
    fulls = [listen(backlog=0) for _ in range(80)]
    waiting = [sock for full in fulls for sock in fill(full)]
    ports = sorted({full.getsockname()[1] for full in fulls} | listeners.open_on_ipv4)
    source = (
        "import resource, sys, json\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "from lasti.scanner import plan_of, Tally\nfrom lasti.scanner.engines import run\n"
        f"plan = plan_of('127.0.0.1', {ports}, timeout=0.2)\nfound = []\n"
        f"run({engine!r}, plan, Tally(plan), found.append)\n"
        "print(json.dumps([[each.port, each.state] for each in found]))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    for sock in [*fulls, *waiting]:
        sock.close()
    assert done.returncode == 0, done.stderr
    import json

    found = dict(json.loads(done.stdout))
    assert found == {port: "open" if port in listeners.open_on_ipv4 else "filtered" for port in ports}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rate_is_kept(engine: str) -> None:
    plan = plan_of("127.0.0.1", range(30000, 30100), rate=200.0)
    begin = time.monotonic()
    _, tally = scanned(engine, plan)
    assert tally.done == 100
    assert 0.4 < time.monotonic() - begin < 5


def test_the_window_is_kept(listeners: Listeners) -> None:
    fulls = [listen(backlog=0) for _ in range(20)]
    waiting = [sock for full in fulls for sock in fill(full)]
    plan = plan_of("127.0.0.1", [full.getsockname()[1] for full in fulls], timeout=0.1, window=4)
    results, tally = scanned("asyncgen", plan)
    for sock in [*fulls, *waiting]:
        sock.close()
    assert {each.state for each in results} == {"filtered"}
    assert len(results) == 20
    assert max(waits for _, _, waits in tally.samples) == 4


def test_retries_ask_again(listeners: Listeners) -> None:
    """A backlog that has room again when it is asked the second time."""
    full = listen(backlog=0)
    waiting = fill(full)
    plan = plan_of("127.0.0.1", [full.getsockname()[1]], timeout=0.3, retries=3)
    with Sources(plan.addresses, plan.ports, 1) as sources:
        [share] = plan.shares(sources, time.monotonic())
        with Probe(share) as probe:
            probe.step()
            for sock in waiting:
                sock.close()
            connections = [full.accept()[0]]
            results = []
            while not probe.is_done:
                results += probe.step().results
                probe.wait()
    for sock in [full, *connections]:
        sock.close()
    assert [each[3] for each in results] == ["open"]


# -- errors of ours are errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["ENETUNREACH", "EACCES", "EADDRNOTAVAIL", "EHOSTUNREACH"])
def test_what_the_system_refuses_to_ask_is_not_closed(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    class Refusing(socket.socket):
        def connect_ex(self, where: object) -> int:
            return getattr(errno, number)

    with monkeypatch.context() as patched:
        patched.setattr("lasti.scanner.sockets.socket", Refusing)
        results, tally = scanned("asyncgen", plan_of("127.0.0.1", "8000-8010"))
    assert [(each.state, each.reason) for each in results] == [("error", os.strerror(getattr(errno, number)).lower())]
    assert tally.counts["closed"] == 0


def test_no_descriptor_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    plan = plan_of("127.0.0.1", "8000-8010")
    with Sources(plan.addresses, plan.ports, 1) as sources:
        [share] = plan.shares(sources, time.monotonic())
        with Probe(share) as probe:

            def refuse(*_: object) -> None:
                raise OSError(errno.EMFILE, "Too many open files")

            monkeypatch.setattr("lasti.scanner.probe.socket_for", refuse)
            results = probe.step().results
            assert probe.is_done
    assert [each[3:5] for each in results] == [("error", "too many open files")]


def test_sources_are_no_targets() -> None:
    ports = tuple(range(30000, 65536))
    with Sources(HERE, ports, 3) as sources:
        assert len(set(sources)) == 3
        assert not set(sources) & set(ports)


def test_two_scans_have_sources_of_their_own() -> None:
    """Else both might connect from the same port to the same port, and one would get EADDRNOTAVAIL."""
    ports = tuple(port for port in range(1, 65536) if port not in range(20000, 20100))
    with Sources(HERE, ports, 60) as ours, Sources(HERE, ports, 30) as others:
        assert len(ours) == 60
        assert len(others) == 30
        assert not set(ours) & set(others)
        assert set(ours) | set(others) <= set(range(20000, 20100))
