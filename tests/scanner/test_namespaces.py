"""Off loopback: two network namespaces of our own, joined by a cable on which some packets are lost."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from lasti.scanner.engines import ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE = f"lasti-a-{os.getpid()}", f"lasti-b-{os.getpid()}"
LISTEN = """
import socket
socks = [socket.create_server(("0.0.0.0", port)) for port in (8000, 8005)]
print("ready", flush=True)
input()
"""


def ip(words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *words.split()], capture_output=True, text=True, timeout=20, check=check)


@pytest.fixture(scope="module")
def cable() -> Iterator[None]:
    """10.98.0.1 here, 10.98.0.2 there; 10.98.0.9 is a neighbour to whom packets go, and nobody takes them."""
    try:
        made = ip(f"netns add {HERE}", check=False)
    except FileNotFoundError:
        pytest.skip("there is no `ip` here: filtered ports behind a network are not tested")
    if made.returncode:
        pytest.skip(f"`ip netns` is not allowed here ({made.stderr.strip()}): filtered ports are not tested")
    with ExitStack() as stack:
        stack.callback(ip, f"netns del {HERE}", check=False)
        ip(f"netns add {THERE}")
        stack.callback(ip, f"netns del {THERE}", check=False)
        try:
            ip(f"-n {HERE} link add cable type veth peer name cable netns {THERE}")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no cable can be had between namespaces here ({error.stderr.strip()})")
        for name, number in ((HERE, 1), (THERE, 2)):
            ip(f"-n {name} addr add 10.98.0.{number}/24 dev cable")
            ip(f"-n {name} link set cable up")
            ip(f"-n {name} link set lo up")
        ip(f"-n {HERE} neigh add 10.98.0.9 lladdr 02:00:00:00:00:99 dev cable nud permanent")
        ip(f"-n {HERE} route add unreachable 10.97.0.0/24")
        listener = stack.enter_context(
            subprocess.Popen(
                ["ip", "netns", "exec", THERE, sys.executable, "-c", LISTEN],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        assert listener.stdout is not None
        assert listener.stdout.readline() == "ready\n"
        yield
        listener.communicate("\n")


def scan(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ip", "netns", "exec", HERE, sys.executable, "-m", "lasti", "scan", "--i-am-allowed-to-scan", *words],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.usefixtures("cable")
def test_open_closed_and_filtered(engine: str) -> None:
    options = ["-p", "8000-8100", "--engine", engine, "--timeout", "0.5", "--retries", "0"]
    done = scan("10.98.0.2", "10.98.0.9", *options)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sorted(line.split()[:3] for line in lines[1:3]) == [
        ["10.98.0.2", "8000", "open"],
        ["10.98.0.2", "8005", "open"],
    ]
    assert lines[3:] == ["10.98.0.9  filtered (no answer): 8000-8100", "2 open, 101 filtered, 99 closed"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.usefixtures("cable")
def test_a_small_window_and_retries(engine: str) -> None:
    options = ["-p", "8000-8019", "--engine", engine, "--timeout", "0.1", "--retries", "2", "--max-open", "5"]
    done = scan("10.98.0.9", *options)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 open, 20 filtered, 0 closed"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("host", ["192.0.2.1", "10.97.0.1"], ids=["no route", "refused route"])
@pytest.mark.usefixtures("cable")
def test_a_network_that_is_not_there_is_an_error(engine: str, host: str) -> None:
    done = scan(host, "-p", "8000-8100", "--engine", engine)
    assert done.returncode == 2
    why = "network is unreachable" if host == "192.0.2.1" else "no route to host"
    assert done.stderr == f"lasti: {host} ({host}) could not be asked: {why}\n"
    assert done.stdout == "0 open, 0 filtered, 0 closed\n"
