"""Scan TCP ports by connecting to them, in one of four models of concurrency, or in all four side by side.

A port is open when somebody accepts (or resets) the connection, closed when it is refused, filtered when nothing
answers in time.  What the system refuses to ask (no route, no permission) is an error, and never "closed".  Open ports
are printed as they are found.

engines:
  threads        threads that sleep until the system wakes them (auto: this one)
  asyncio        tasks of one event loop
  asyncgen       an async generator: results one by one, and an early stop
  interpreters   subinterpreters, with a GIL each from Python 3.12 on

examples:
  lasti scan localhost                            the usual ports, on 127.0.0.1 and ::1
  lasti scan localhost -4 -p 22,http,8000-8100    some ports, by number, name and range
  lasti scan 127.0.0.1 -p - --banner              all ports, with what they say by themselves
  lasti scan 127.0.0.1 -p 30000- --first 1        stop at the first open port
  lasti scan 127.0.0.1 -p 30000- --compare --html compare.html    four engines, and a picture of their waiting

exit codes: 0 open ports were found, 1 none, 2 misuse or nothing could be asked, 130 interrupted.
"""

from __future__ import annotations

import sys

from ..errors import UsageError
from ..terminal import complain, print_lines

TYPE_CHECKING = False  # typing's own takes long to import
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from ..scanner.records import News, Plan, Result, Tally

ENGINES = ("auto", "threads", "asyncio", "asyncgen", "interpreters")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti scan`` understands."""
    parser = subparsers.add_parser("scan", usage="lasti scan [options] HOST...")
    add = parser.add_argument
    add("hosts", nargs="+", metavar="HOST", help="names, addresses, or networks (127.0.0.0/28)")
    add("-p", dest="ports", metavar="PORTS", help="22,80,8000-8100, service names, - for all (default: the usual ones)")
    add("--engine", choices=ENGINES, default="auto", help="the model of concurrency (default: %(default)s)")
    family = parser.add_mutually_exclusive_group()
    family.add_argument("-4", dest="family", action="store_const", const=4, help="IPv4 only (default: all addresses)")
    family.add_argument("-6", dest="family", action="store_const", const=6, help="IPv6 only")
    add("--timeout", type=float, default=1.0, metavar="SECONDS", help="wait so long for an answer (default: 1)")
    add("--retries", type=int, metavar="N", help="ask again when nothing answers (default: 0 on loopback, else 1)")
    add("--max-open", type=int, default=1000, metavar="N", help="sockets that wait at a time (default: %(default)s)")
    add("--rate", type=float, default=0.0, metavar="N", help="connects a second (default: as fast as it goes)")
    add("--first", type=int, metavar="N", help="stop after N open ports")
    add("--banner", action="store_true", help="read what an open port says by itself")
    add("--all", dest="every", action="store_true", help="print closed and filtered ports too")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print a JSON object for each port, one a line")
    output.add_argument("--grepable", action="store_true", help="print one line for each address, at the end")
    add("--compare", action="store_true", help="run all four engines, check that they agree, and print what each took")
    add("--html", metavar="FILE", help="with --compare: write a page with the four timelines")
    add("--i-am-allowed-to-scan", dest="is_allowed", action="store_true", help="needed for other hosts than this one")


def run(args: argparse.Namespace) -> int:
    """Scan and print; return the exit code."""
    import gc

    gc.disable()  # a scan makes no cycles, and to look for some takes a tenth of its time
    try:
        return _run(args)
    except KeyboardInterrupt:  # before or after the scan itself, or in a comparison
        return 130
    finally:
        gc.freeze()  # nor is there anything to look for when the interpreter ends
        gc.enable()


def _run(args: argparse.Namespace) -> int:
    if args.html and not args.compare:
        raise UsageError("--html goes with --compare")
    if args.compare and (args.first or args.grepable or args.engine != "auto"):
        raise UsageError("--compare runs all engines to the end: --engine, --first and --grepable do not go with it")
    plan = _plan(args)
    if args.compare:
        return _compare(plan, args)
    shown = Shown(args, plan)
    from ..scanner.engines import Enough, import_asyncio
    from ..scanner.engines import run as scan

    if args.engine.startswith("async"):
        import_asyncio()
    was_interrupted = False
    _take_one_interrupt()
    try:
        scan("threads" if args.engine == "auto" else args.engine, plan, shown.tally, shown.found)
    except Enough:
        pass
    except KeyboardInterrupt:
        was_interrupted = True
        _ignore_interrupts()
    shown.end(was_interrupted)
    if was_interrupted:
        return 130
    if len(shown.failed) == len(plan.addresses):
        return 2
    return 0 if shown.tally.counts["open"] else 1


def _take_one_interrupt() -> None:
    """Let the first Ctrl-C end the scan, and no further one break into what it then puts away and prints."""
    import signal
    from contextlib import suppress

    def interrupt(*_: object) -> None:
        _ignore_interrupts()
        raise KeyboardInterrupt

    with suppress(ValueError):  # not the main thread: no interrupt comes here
        signal.signal(signal.SIGINT, interrupt)


def _ignore_interrupts() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Join ``-p`` with ports that begin with a dash, as in ``-p -1023``: argparse would take them for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "-p" and word[:1] == "-" and word[1:2].isdigit():
            joined[-1] += word
        else:
            joined.append(word)
    return joined, []


def _plan(args: argparse.Namespace) -> Plan:
    from _socket import AF_INET, AF_INET6

    from ..scanner.records import Plan
    from ..scanner.sockets import is_loopback
    from ..scanner.targets import USUAL, check_loopback, parse_ports, resolve

    for value, name, least in [
        (args.timeout, "--timeout", 0.001), (args.retries, "--retries", 0), (args.max_open, "--max-open", 1),
        (args.rate, "--rate", 0), (args.first, "--first", 1),
    ]:  # fmt: skip
        if value is not None and not least <= value <= 1e6:
            raise UsageError(f"{name} {value:g}: expected at least {least}, and at most a million")
    ports = parse_ports(USUAL if args.ports is None else args.ports)
    both = (AF_INET, AF_INET6)
    addresses = resolve(args.hosts, {None: both, 4: both[:1], 6: both[1:]}[args.family])
    if not args.is_allowed:
        check_loopback(addresses)
    retries = args.retries
    if retries is None:
        retries = 0 if all(map(is_loopback, addresses)) else 1
    return Plan(addresses, ports, args.timeout, retries, args.max_open, args.rate, args.banner, args.every)


# -- what is printed --------------------------------------------------------------------------------------------


class Shown:
    """Prints results as they come, and the rest at the end."""

    def __init__(self, args: argparse.Namespace, plan: Plan) -> None:
        from ..scanner.records import Tally

        self.args = args
        self.plan = plan
        self.failed: dict[str, str] = {}
        self._results: list[Result] = []
        self._has_header = False
        self._width = max(len("ADDRESS"), *(len(address.ip) for address in plan.addresses))
        self._is_watched = sys.stderr is not None and sys.stderr.isatty()
        self.tally: Tally = Progress(plan) if self._is_watched else Tally(plan)

    def found(self, result: Result) -> None:
        """Print a result, or keep it for the end; Enough when --first has its number."""
        from ..scanner.engines import Enough

        if result.state == "error":
            if result.ip not in self.failed:
                complain(f"{result.host} ({result.ip}) could not be asked: {result.reason}")
            self.failed[result.ip] = result.reason
            return
        self._results.append(result)
        if self.args.json:
            print_lines([_json(result)])
        elif not self.args.grepable and (result.state == "open" or self.args.every):
            self._print_row(result)
        opened = [each for each in self._results if each.state == "open"] if result.state == "open" else []
        if self.args.first and len(opened) >= self.args.first:
            raise Enough

    def _print_row(self, result: Result) -> None:
        if self._is_watched:
            print(end="\r\x1b[K", file=sys.stderr, flush=True)
        rows = [] if self._has_header else [self._row("ADDRESS", "PORT", "STATE", "SERVICE", "REASON", "")]
        self._has_header = True
        from ..scanner.targets import service_of

        service = service_of(result.port)
        rows.append(self._row(result.ip, result.port, result.state, service, result.reason, printable(result.banner)))
        print_lines(rows)

    def _row(self, ip: str, port: object, state: str, service: str, reason: str, banner: str) -> str:
        return f"{ip:{self._width}}  {port!s:>5}  {state:<8}  {service:<14}  {reason:<9}  {banner}".rstrip()

    def end(self, was_interrupted: bool) -> None:
        """Print what stands at the end: a summary, or the grepable lines."""
        if self._is_watched:
            print(end="\r\x1b[K", file=sys.stderr, flush=True)
        if self.args.grepable:
            print_lines(_grepable(self.plan, self._results))
        if self.args.json or self.args.grepable:
            return
        counts = self.tally.counts
        if not self.args.every:
            print_lines(self._filtered())
        asked = sum(counts.values())
        ending = f", interrupted after {asked} of {self.plan.total} ports" if was_interrupted else ""
        print_lines([f"{counts['open']} open, {counts['filtered']} filtered, {counts['closed']} closed{ending}"])

    def _filtered(self) -> Iterator[str]:
        groups: dict[tuple[str, str], list[int]] = {}
        for result in self._results:
            if result.state == "filtered":
                groups.setdefault((result.ip, result.reason), []).append(result.port)
        for (ip, reason), ports in groups.items():
            yield f"{ip:{self._width}}  filtered ({reason}): {ranges(ports)}"


def Progress(plan: Plan) -> Tally:
    """Return a tally that draws how far the scan is, on standard error."""
    from ..scanner.records import Tally

    class Drawn(Tally):
        def hear(self, worker: int, news: News) -> Iterator[Result]:
            yield from super().hear(worker, news)
            width = 30 * self.done // max(1, plan.total)
            bar = f"[{'#' * width:<30}] {self.done} of {plan.total} ports, {self.counts['open']} open"
            print(f"\r{bar}\x1b[K", end="", file=sys.stderr, flush=True)

    return Drawn(plan)


def _json(result: Result) -> str:
    import json

    from ..scanner.targets import service_of

    return json.dumps({**result._asdict(), "seconds": round(result.seconds, 6), "service": service_of(result.port)})


def _grepable(plan: Plan, results: Iterable[Result]) -> Iterator[str]:
    from ..scanner.targets import service_of

    by_address: dict[str, list[Result]] = {address.ip: [] for address in plan.addresses}
    for result in results:
        by_address[result.ip].append(result)
    for address in plan.addresses:
        ports = ", ".join(
            f"{each.port}/{each.state}/tcp//{service_of(each.port)}//{printable(each.banner).replace('/', '|')}/"
            for each in sorted(by_address[address.ip], key=lambda each: each.port)
        )
        yield f"Host: {address.ip} ({printable(address.host)})\tPorts: {ports}"


def printable(text: str) -> str:
    """Return what a port has said as one line that does nothing to a terminal."""
    text = text.rstrip("\r\n")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def ranges(ports: Iterable[int]) -> str:
    """Return ports as a specification: 22,80,8000-8100."""
    spans: list[list[int]] = []
    for port in sorted(ports):
        if spans and port == spans[-1][1] + 1:
            spans[-1][1] = port
        else:
            spans.append([port, port])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


# -- side by side -----------------------------------------------------------------------------------------------


def _compare(plan: Plan, args: argparse.Namespace) -> int:
    from ..scanner.compare import compare, differences, table

    runs = []
    try:
        for measured in compare(plan):
            runs.append(measured)
            if sys.stderr is not None and sys.stderr.isatty():
                complain(f"{measured.engine}: done ({len(runs)} of 4)")
    except KeyboardInterrupt:
        _ignore_interrupts()
    if args.json:
        import json

        print_lines(json.dumps(each._asdict()) for each in runs)
    else:
        print_lines(table(runs))
    if len(runs) < 4:
        return 130
    if args.html:
        from ..scanner.picture import page

        try:
            with open(args.html, "w", encoding="utf-8") as file:
                file.write(page(plan, runs))
        except OSError as error:
            raise UsageError(f"cannot write {args.html!r}: {error.strerror}") from error
    different = differences(runs)
    for line in different:
        complain(line)
    if different or all(each.problem for each in runs):
        return 2
    return 0 if any(state == "open" for each in runs for _, _, state in each.states) else 1
