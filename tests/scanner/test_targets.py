"""Port specifications, hosts and networks, and what is refused with a sentence."""

from __future__ import annotations

import socket

import pytest

from lasti.errors import UsageError
from lasti.scanner import parse_ports, plan_of, resolve
from lasti.scanner.records import Address
from lasti.scanner.sockets import is_loopback
from lasti.scanner.targets import USUAL, service_of


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("22", (22,)),
        ("22,80,8000-8003", (22, 80, 8000, 8001, 8002, 8003)),
        ("-3", (1, 2, 3)),
        ("65534-", (65534, 65535)),
        ("http,22, 22 ,80", (80, 22)),
        ("5-5", (5,)),
    ],
)
def test_ports(text: str, ports: tuple[int, ...]) -> None:
    assert parse_ports(text) == ports


def test_all_and_usual_ports() -> None:
    assert parse_ports("-") == tuple(range(1, 65536))
    assert len(parse_ports(USUAL)) > 100


def test_services_with_a_dash_in_their_names() -> None:
    try:
        number = socket.getservbyname("http-alt", "tcp")
    except OSError:
        pytest.skip("this system has no service with a dash in its name")
    assert parse_ports("http-alt") == (number,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing"),
        ("80,", "nothing between two commas"),
        ("0", "0 is out of range"),
        ("65536", "65536 is out of range"),
        ("99999999999999999999999", "out of range"),
        ("1-70000", "70000 is out of range"),
        ("9-8", "the range 9-8 is empty"),
        ("nonsense", "neither a number nor the name"),
        ("1-2-3", "neither a number"),
        ("٣", "neither a number"),
        ("80;rm", "neither a number"),
    ],
)
def test_ports_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_ports(text)


def test_hosts() -> None:
    assert resolve(["127.0.0.1"]) == (Address("127.0.0.1", socket.AF_INET, "127.0.0.1", 0),)
    assert resolve(["127.0.0.1", "127.0.0.1"]) == resolve(["127.0.0.1"])
    assert {each.ip for each in resolve(["localhost"])} <= {"127.0.0.1", "::1"}
    assert [each.ip for each in resolve(["localhost"], (socket.AF_INET,))] == ["127.0.0.1"]
    assert [each.ip for each in resolve(["127.0.0.8/30"])] == ["127.0.0.8", "127.0.0.9", "127.0.0.10", "127.0.0.11"]
    assert [each.ip for each in resolve(["192.0.2.0/30"])] == ["192.0.2.1", "192.0.2.2"]
    assert [each.ip for each in resolve(["::1/128"])] == ["::1"]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no.such.host.invalid", "does not resolve"),
        ("10.0.0.0/33", "is no network"),
        ("10.0.0.0/8", "at most 65536"),
        ("a" * 300, "does not resolve"),
        ("", "does not resolve"),
    ],
)
def test_hosts_that_are_refused(host: str, said: str) -> None:
    if host == "":
        host = "\udcff"  # what is not even text
    with pytest.raises(UsageError, match=said):
        resolve([host])


def test_a_family_that_is_not_there() -> None:
    with pytest.raises(UsageError):
        resolve(["127.0.0.1"], (socket.AF_INET6,))
    with pytest.raises(UsageError, match="no address of the family"):
        resolve(["127.0.0.0/30"], (socket.AF_INET6,))


@pytest.mark.parametrize(
    ("ip", "is_here"),
    [("127.0.0.1", True), ("127.255.0.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("128.0.0.1", False),
     ("0.0.0.0", False), ("::", False), ("::ffff:10.0.0.1", False), ("fe80::1", False), ("::7f00:1", False)],
)  # fmt: skip
def test_loopback(ip: str, is_here: bool) -> None:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    assert is_loopback(Address(ip, family, ip, 0)) is is_here


def test_only_loopback_unless_it_is_allowed() -> None:
    with pytest.raises(UsageError, match="--i-am-allowed-to-scan"):
        plan_of(["127.0.0.1", "192.0.2.1"], "80")
    assert plan_of("192.0.2.1", "80", is_allowed=True).total == 1


def test_services() -> None:
    assert service_of(80) == "http"
    assert service_of(64999) == ""
