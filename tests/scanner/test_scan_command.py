"""``lasti scan``: what it prints, its exit codes, what it refuses."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import fill, listen
from lasti.commands.scan import printable, ranges
from lasti.scanner.compare import Measured, differences, table
from lasti.scanner.picture import TEXTS, drawing, page
from lasti.scanner.targets import plan_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Listeners


def lasti(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lasti", "scan", *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_table_and_a_summary(listeners: Listeners) -> None:
    ports = f"{listeners.banner},{listeners.full}"
    done = lasti("127.0.0.1", "-p", ports, "--timeout", "0.2", "--banner")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["ADDRESS", "PORT", "STATE", "SERVICE", "REASON"]
    assert lines[1].split() == ["127.0.0.1", str(listeners.banner), "open", "syn-ack", "220", "ready"]
    assert lines[2:] == [f"127.0.0.1  filtered (no answer): {listeners.full}", "1 open, 1 filtered, 0 closed"]
    assert done.stderr == ""


def test_the_columns_stand_under_their_names(listeners: Listeners) -> None:
    words = ["::1"] if listeners.ipv6 else ["127.0.0.1"]
    header, row = lasti(*words, "-p", str(listeners.dual)).stdout.splitlines()[:2]
    assert header.index("STATE") == row.index("open")
    assert header.index("REASON") == row.index("syn-ack")


def test_each_address_as_itself(listeners: Listeners) -> None:
    ports = f"{listeners.dual},{listeners.ipv4[0]}"
    found = map(json.loads, lasti("127.0.0.1", "::1", "-p", ports, "--json").stdout.splitlines())
    both = {("127.0.0.1", listeners.dual), ("::1", listeners.dual), ("127.0.0.1", listeners.ipv4[0])}
    assert {(each["ip"], each["port"]) for each in found} == both
    done = lasti("localhost", "-4", "-p", str(listeners.dual), "--json")
    assert [json.loads(line)["ip"] for line in done.stdout.splitlines()] == ["127.0.0.1"]


def test_a_name_with_two_addresses(listeners: Listeners, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ``localhost`` is here."""
    import socket

    def both(host: str, port: None, family: int, kind: int) -> list[tuple[object, ...]]:
        found = [(socket.AF_INET6, kind, 6, "", ("::1", 0, 0, 0)), (socket.AF_INET, kind, 6, "", ("127.0.0.1", 0))]
        return [each for each in found if family in (socket.AF_UNSPEC, each[0])]

    monkeypatch.setattr("lasti.scanner.targets.socket.getaddrinfo", both)
    assert [each.ip for each in plan_of("two", "80").addresses] == ["::1", "127.0.0.1"]
    assert [each.ip for each in plan_of("two", "80", families=(socket.AF_INET6,)).addresses] == ["::1"]


def test_json(listeners: Listeners) -> None:
    done = lasti("127.0.0.1", "-p", f"1,{listeners.hostile},{listeners.full}", "--json", "--all", "--banner")
    results = {each["port"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert {port: each["state"] for port, each in results.items()} == {
        1: "closed",
        listeners.hostile: "open",
        listeners.full: "filtered",
    }
    assert results[1]["service"] == "tcpmux"
    assert results[1]["reason"] == "refused"
    assert set(results[1]) == {"host", "ip", "port", "state", "reason", "seconds", "banner", "service"}


def test_grepable(listeners: Listeners) -> None:
    done = lasti("127.0.0.1", "127.0.0.3", "-p", f"{listeners.banner},{listeners.hostile}", "--grepable", "--banner")
    one, three = done.stdout.splitlines()
    assert one.startswith("Host: 127.0.0.1 (127.0.0.1)\tPorts: ")
    assert f"{listeners.banner}/open/tcp////220 ready/" in one
    assert three == "Host: 127.0.0.3 (127.0.0.3)\tPorts: "


def test_hostile_banners_do_nothing_to_a_terminal(listeners: Listeners) -> None:
    for option in ([], ["--json"], ["--grepable"]):
        done = lasti("127.0.0.1", "-p", str(listeners.hostile), "--banner", *option)
        assert "owned" in done.stdout
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stdout)


def test_nothing_found() -> None:
    done = lasti("127.0.0.1", "-p", "1")
    assert (done.returncode, done.stdout) == (1, "0 open, 0 filtered, 1 closed\n")


@pytest.mark.parametrize("engine", ["auto", "threads", "asyncio", "asyncgen", "interpreters"])
def test_the_first(engine: str, listeners: Listeners) -> None:
    done = lasti("127.0.0.1", "-p", "30000-", "--first", "2", "--engine", engine, "--json")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no.such.host.invalid"], "does not resolve"),
        (["127.0.0.1", "-p", "70000"], "out of range"),
        (["127.0.0.1", "-p", "9-8"], "is empty"),
        (["192.0.2.1"], "--i-am-allowed-to-scan"),
        (["127.0.0.1", "--timeout", "0"], "--timeout 0: expected"),
        (["127.0.0.1", "--timeout", "nan"], "--timeout nan: expected"),
        (["127.0.0.1", "--max-open", "0"], "--max-open 0: expected"),
        (["127.0.0.1", "--rate=-1"], "--rate -1: expected"),
        (["127.0.0.1", "--first", "0"], "--first 0: expected"),
        (["127.0.0.1", "--html", "x.html"], "--html goes with --compare"),
        (["127.0.0.1", "-p", "1", "--compare", "--first", "1"], "--compare runs all engines to the end"),
        (["127.0.0.1", "-p", "1", "--compare", "--engine", "asyncio"], "--compare runs all engines to the end"),
        (["127.0.0.1", "-p", "1", "--compare", "--html", "/nowhere/x.html"], "cannot write '/nowhere/x.html'"),
    ],
)
def test_misuse_gets_one_sentence(words: list[str], said: str) -> None:
    done = lasti(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ports_that_begin_with_a_dash() -> None:
    for words in (["-p", "-3"], ["-p-3"], ["-p", "-3", "-4"]):
        assert lasti("127.0.0.1", *words).stdout == "0 open, 0 filtered, 3 closed\n"
    assert "expected one argument" in lasti("127.0.0.1", "-p", "--json").stderr


@pytest.mark.parametrize("engine", ["asyncio", "interpreters"])
def test_hardly_any_descriptors_get_one_sentence(engine: str) -> None:
    source = (
        "import resource, sys\nfrom lasti.cli import main\nresource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))\n"
        f"sys.exit(main(['scan', '127.0.0.1', '-p', '1', '--engine', {engine!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == "lasti: the system refuses to go on: too many open files\n"


def test_without_subinterpreters() -> None:
    source = (
        "import sys\n"
        "for name in ('_xxsubinterpreters', '_interpreters', 'concurrent.interpreters'): sys.modules[name] = None\n"
        "from lasti.cli import main\nsys.exit(main(['scan', '127.0.0.1', '-p', '1', '--engine', 'interpreters']))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"lasti: this Python was built without subinterpreters \(.*\)\n", done.stderr)


@pytest.mark.parametrize("engine", ["threads", "asyncio", "asyncgen", "interpreters"])
def test_an_interrupted_scan_prints_what_was_found(engine: str, listeners: Listeners) -> None:
    """The full backlog keeps the scan waiting for a minute; the interrupt comes when the open port has been printed."""
    words = ["127.0.0.1", "-p", f"{listeners.silent},{listeners.full}", "--timeout", "60", "--engine", engine]
    process = subprocess.Popen(
        [sys.executable, "-m", "lasti", "scan", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    head = process.stdout.readline() + process.stdout.readline()
    for _ in range(2):  # the second breaks into nothing
        process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert f"{listeners.silent}  open" in head
    assert rest.splitlines() == ["1 open, 0 filtered, 0 closed, interrupted after 1 of 2 ports"]
    assert (process.returncode, errors) == (130, "")


TWICE = """
import os, signal, sys
from lasti.cli import main
from lasti.commands import scan

def interrupted(function):
    def wrapper(*args):
        if wrapper in waiting:
            waiting.remove(wrapper)
            os.kill(os.getpid(), signal.SIGINT)
        return function(*args)
    waiting.append(wrapper)
    return wrapper

waiting = []
scan.Shown._filtered = interrupted(scan.Shown._filtered)
scan.Shown._print_row = interrupted(scan.Shown._print_row)
scan._ignore_interrupts = interrupted(scan._ignore_interrupts)
sys.exit(main(["scan", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("engine", ["threads", "asyncio", "asyncgen", "interpreters"])
def test_an_interrupt_in_the_last_moment_breaks_into_nothing(engine: str, listeners: Listeners) -> None:
    """The first as a result is printed, the second just before interrupts are ignored, the third as all is printed."""
    words = ["127.0.0.1", "-p", f"{listeners.silent},{listeners.full}", "--timeout", "60", "--engine", engine]
    done = subprocess.run(
        [sys.executable, "-c", TWICE, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines()[-1] == "1 open, 0 filtered, 0 closed, interrupted after 1 of 2 ports", done.stderr
    assert (done.returncode, done.stderr) == (130, "")


def test_an_interrupted_comparison_prints_what_was_measured(listeners: Listeners) -> None:
    source = (
        "import os, signal, sys\nfrom lasti.cli import main\nfrom lasti.scanner import compare\n"
        "def interrupted(engine, plan, measured=compare.measured):\n"
        "    os.kill(os.getpid(), signal.SIGINT) if engine == 'asyncgen' else None\n"
        "    return measured(engine, plan)\n"
        "compare.measured = interrupted\nsys.exit(main(['scan', *sys.argv[1:]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, "127.0.0.1", "-p", str(listeners.silent), "--compare"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ENGINE", "threads", "asyncio", "all"]
    assert (done.returncode, done.stderr) == (130, "")


def what_a_terminal_got(master: int) -> str:
    """All of it: a read gives what the kernel has passed on so far, and EIO when nothing is left (Linux, pty(7))."""
    pieces = []
    with contextlib.suppress(OSError):
        while piece := os.read(master, 4096):
            pieces.append(piece)
    return b"".join(pieces).decode()


def test_a_progress_bar_on_a_terminal_only(listeners: Listeners) -> None:
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "lasti", "scan", "127.0.0.1", "-p", f"{listeners.silent}"],
        stdout=subprocess.PIPE, stderr=slave, timeout=60, check=False,
    )  # fmt: skip
    os.close(slave)
    drawn = what_a_terminal_got(master)
    os.close(master)
    assert "1 of 1 ports, 1 open" in drawn
    assert b"\x1b" not in done.stdout


# -- side by side ----------------------------------------------------------------------------------------------------


def test_the_comparison_agrees_and_draws(listeners: Listeners, tmp_path: Path) -> None:
    file = tmp_path / "compare.html"
    words = ["127.0.0.1", "-p", f"30000-32000,{listeners.silent},{listeners.full}", "--timeout", "0.2"]
    done = lasti(*words, "--compare", "--html", str(file))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ENGINE", "threads", "asyncio", "asyncgen", "interpreters", "all"]
    assert lines[-1] == "all 4 agree"
    text = file.read_text(encoding="utf-8")
    assert text.count('class="done"') == text.count('class="wait"') == 4
    assert text.count('class="open"') >= 4
    assert "http" not in text


def of(engine: str, *states: tuple[str, int, str], problem: str = "") -> Measured:
    return Measured(engine, list(states), 1, 1, 1, 1, 1, 0.5, [0.5], [(0, 0, 0), (0.5, 9, 2)], problem)


def test_a_difference_is_told() -> None:
    runs = [of("threads", ("127.0.0.1", 80, "open")), of("asyncio"), of("asyncgen", problem="it is not there")]
    assert differences(runs) == ["127.0.0.1 port 80: the engines differ (threads: open, asyncio: closed)"]
    lines = list(table(runs))
    assert "agree" not in lines[-1]
    assert lines[-1].split(maxsplit=1) == ["asyncgen", "it is not there"]
    assert differences(runs[:1]) == []


def test_the_page_escapes_what_comes_from_outside() -> None:
    plan = plan_of("127.0.0.1", "80")
    [address] = plan.addresses
    plan = plan._replace(addresses=(address._replace(host="<script>alert(1)</script>"),))
    text = page(plan, [of("threads"), of("asyncio", problem="<img src=x onerror=alert(1)>")])
    assert text.count("<script") == 1
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_the_page_says_everything_in_english_and_korean() -> None:
    [address] = plan_of("127.0.0.1", "80").addresses
    plan = plan_of("127.0.0.1", "80")._replace(addresses=(address,) * 10)
    text = page(plan, [of("threads"), of("asyncio")])
    said = {
        code: re.findall(rf'<(?:span|tspan) class="in" lang="{code}">(.*?)</(?:span|tspan)>', text) for code in TEXTS
    }
    assert len(said["en"]) == len(said["ko"]) == 1 + 1 + 2 + 1 + 8
    assert not [one for one in said["en"] if re.search("[가-힣]", one)]
    assert [one for one in said["ko"] if not re.search("[가-힣]", one)] == []
    assert "127.0.0.1 (127.0.0.1) 외 2개의 TCP 포트 10개" in text
    assert ":root[lang=ko] .in[lang=en]" in text
    assert 'class="in"' not in drawing(plan, [of("threads")])


def test_texts() -> None:
    assert printable("a\x1b[2J\r\n") == "a\\x1b[2J"
    assert printable("päc \u202e") == "päc \\u202e"
    assert ranges([3, 1, 2, 7, 9, 10]) == "1-3,7,9-10"
    assert ranges([]) == ""


def test_filtered_ports_are_folded_into_ranges() -> None:
    fulls = [listen(backlog=0) for _ in range(3)]
    waiting = [sock for full in fulls for sock in fill(full)]
    ports = sorted(full.getsockname()[1] for full in fulls)
    done = lasti("127.0.0.1", "-p", ",".join(map(str, ports)), "--timeout", "0.1")
    for sock in [*fulls, *waiting]:
        sock.close()
    assert done.returncode == 1
    assert f"127.0.0.1  filtered (no answer): {ranges(ports)}" in done.stdout
