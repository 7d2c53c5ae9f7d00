"""From words to what is scanned: ``22,80,8000-8100,http`` to ports, hosts and networks to addresses."""

from __future__ import annotations

import _socket as socket  # all of `socket` that is needed here: see sockets.py

from ..errors import UsageError
from .records import Address, Plan
from .sockets import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

LAST = 65535
MOST_ADDRESSES = 65536  # of one network

# Without -p: what is found most often, by the services' names; `-p -` has them all.
USUAL = (
    "21-23,25,53,80,81,88,110,111,113,119,135,139,143,179,389,443,445,465,514,515,548,554,587,631,636,646,873,902,990,"
    "993,995,1025-1029,1080,1194,1433,1521,1720,1723,1883,2000,2049,2121,2375,2376,3000,3128,3306,3389,4000,4444,5000,"
    "5001,5060,5222,5353,5432,5601,5672,5800,5900,5984,6000,6379,6443,6666,7000,7070,8000-8010,8080-8090,8443,8888,"
    "9000-9002,9042,9090-9092,9200,9300,9418,9999,10000,11211,15672,25565,27017,32768,49152-49157,50000"
)


def parse_ports(text: str) -> tuple[int, ...]:
    """Return the ports that a specification names, each once, in order.

    Numbers, ranges (``8000-8100``, ``-1023``, ``60000-``), ``-`` for all, and services by name, between commas.
    """
    ports: dict[int, None] = {}
    for word in text.split(","):
        ports.update(dict.fromkeys(_range(word.strip(), text)))
    return tuple(ports)


def _range(word: str, text: str) -> Iterable[int]:
    if not word:
        raise UsageError(f"ports {text!r}: there is nothing between two commas, or nothing at all")
    if word == "-":
        return range(1, LAST + 1)
    begin, dash, end = word.partition("-")
    if dash and all(part == "" or _is_number(part) for part in (begin, end)):
        first, last = _port(begin or "1", text), _port(end or str(LAST), text)
        if first > last:
            raise UsageError(f"ports {text!r}: the range {word} is empty, {first} is more than {last}")
        return range(first, last + 1)
    return (_port(word, text) if _is_number(word) else _service(word, text),)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _port(word: str, text: str) -> int:
    number = int(word[:10])
    if not 1 <= number <= LAST:
        raise UsageError(f"ports {text!r}: {word} is out of range, ports go from 1 to {LAST}")
    return number


def _service(word: str, text: str) -> int:
    try:
        return socket.getservbyname(word, "tcp")
    except OSError:
        raise UsageError(f"ports {text!r}: {word!r} is neither a number nor the name of a TCP service") from None


def service_of(port: int) -> str:
    """Return the name of the TCP service that usually has a port; "" when there is none."""
    try:
        return socket.getservbyport(port, "tcp")
    except OSError:
        return ""


def resolve(hosts: Iterable[str], families: tuple[int, ...] = (socket.AF_INET, socket.AF_INET6)) -> tuple[Address, ...]:
    """Return the addresses of hosts and networks (``10.0.0.0/28``), each once; every name is looked up once."""
    found: dict[tuple[int, str, int], Address] = {}
    for host in hosts:
        for address in _network(host) if "/" in host else _host(host, families):
            if address.family in families:
                found.setdefault(address[1:], address)
    if not found:
        raise UsageError(f"{', '.join(hosts)}: there is no address of the family that was asked for")
    return tuple(found.values())


def _network(text: str) -> Iterator[Address]:
    from ipaddress import ip_network

    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(f"{text!r} is no network: {error}") from None
    if network.num_addresses > MOST_ADDRESSES:
        raise UsageError(f"{text!r} has {network.num_addresses} addresses; at most {MOST_ADDRESSES} can be scanned")
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    # The first and the last address of an IPv4 network are its name and its broadcast; on loopback all are hosts.
    every = network if network.is_loopback else network.hosts()
    return (Address(text, int(family), str(each), 0) for each in every)


def _host(host: str, families: tuple[int, ...]) -> Iterator[Address]:
    family = families[0] if len(families) == 1 else socket.AF_UNSPEC
    try:
        name = host.encode("ascii") if host.isascii() else host  # else it imports encodings.idna, to do the same
        infos = socket.getaddrinfo(name, None, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no name"
        raise UsageError(f"{host!r} does not resolve: {why}") from None
    for found, _, _, _, where in infos:
        scope = where[3] if len(where) == 4 else 0
        yield Address(host, int(found), str(where[0]).partition("%")[0], int(scope))


def plan_of(hosts: Iterable[str] | str, ports: str | Iterable[int], **options: Any) -> Plan:
    """Return the plan of a scan of ``hosts`` (one, or several), with ``Plan``'s other fields as keywords.

    UsageError when a host does not resolve, or is not on loopback without ``is_allowed=True``.
    """
    is_allowed = options.pop("is_allowed", False)
    families = options.pop("families", (socket.AF_INET, socket.AF_INET6))
    addresses = resolve([hosts] if isinstance(hosts, str) else list(hosts), families)
    if not is_allowed:
        check_loopback(addresses)
    numbers = parse_ports(ports) if isinstance(ports, str) else tuple(dict.fromkeys(ports))
    return Plan(addresses, numbers, **options)


def check_loopback(addresses: Iterable[Address]) -> None:
    """Raise UsageError when an address is not on loopback."""
    others = [address for address in addresses if not is_loopback(address)]
    if others:
        raise UsageError(
            f"{others[0].host} ({others[0].ip}) is not this machine: scan only what you own or may scan, for others "
            "will take it for an attack, and say so with --i-am-allowed-to-scan"
        )
