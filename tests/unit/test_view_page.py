"""The page as a file and from the server: what it holds, who gets it. What it shows is tested in tests/browser."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lasti.cli import main
from lasti.errors import UsageError
from lasti.trace.timeline import Timeline
from lasti.view import page as page_module
from lasti.view.page import asset, page
from lasti.view.server import PageServer
from lasti.view.windows import STEPS, STEPS_SERVED, Windows

HOSTILE = "</script><script>alert(1)</script><!--"
PROGRAM = f"""\
hostile = {HOSTILE!r}
total = 0
for number in range(150):
    total += number
print(hostile, total)
"""


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "prog.py").write_text(PROGRAM, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "lasti",
        "run",
        "--quiet",
        "-o",
        str(folder / "run.lasti"),
        str(folder / "prog.py"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return folder / "run.lasti"


@pytest.fixture(scope="module")
def html(trace: Path) -> str:
    with Timeline.open(trace) as timeline:
        return page(timeline)


# -- the file -----------------------------------------------------------------------------------------------------


def test_values_cannot_leave_their_script(html: str) -> None:
    assert "alert(1)" in html  # it is there
    assert html.count("<script") == html.count("</script>") == 3
    index = re.search(r'<script type="application/json" id="index">(.*?)</script>', html, re.DOTALL)
    assert index is not None
    assert not set("<>&") & set(index[1])
    assert HOSTILE in json.loads(index[1])["files"][next(iter(json.loads(index[1])["files"]))][0]


def test_everything_is_in_it_and_nothing_else_is_allowed(html: str) -> None:
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", html)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "connect-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]


def test_the_assets_make_no_markup_of_text() -> None:
    script = page_module.script_text()
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script)


def test_windows_hold_every_step(trace: Path, html: str) -> None:
    text = re.search(r'<script type="text/plain" id="windows">(.*?)</script>', html, re.DOTALL)
    assert text is not None
    found = [json.loads(zlib.decompress(base64.b64decode(line), -zlib.MAX_WBITS)) for line in text[1].split()]
    with Timeline.open(trace) as timeline:
        assert len(timeline) > STEPS
        assert [window["first"] for window in found] == list(range(0, len(timeline) + 1, STEPS))
        rows = [row for window in found for row in window["rows"]]  # type: ignore[attr-defined]
        assert len(rows) == len(timeline) + 1
        records = list(timeline.steps())
    assert [row[0] for row in rows[:-1]] == [record.activation.number for record in records]
    assert [[*row, 0][1] for row in rows[:-1]] == [record.instruction.index for record in records]


def test_a_window_says_the_same_in_or_out_of_order(trace: Path) -> None:
    with Timeline.open(trace) as timeline:
        in_order = [json.loads(data)["rows"] for data in Windows(timeline)]
        windows = Windows(timeline)
        backwards = [json.loads(windows.window(number))["rows"] for number in reversed(range(len(windows)))]
        with pytest.raises(IndexError):
            windows.window(len(windows))
    assert backwards[::-1] == in_order


def test_a_trace_too_long_for_a_file(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MOST_STEPS", 100)
    with Timeline.open(trace) as timeline, pytest.raises(UsageError, match="lasti view"):
        page(timeline)


def test_each_text_is_there_in_each_language() -> None:
    texts = json.loads(asset("texts.json"))
    assert set(texts) >= {"en", "ko"}
    for language in texts.values():
        assert set(language) == set(texts["en"])
    fields = {
        code: {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in table.items()} for code, table in texts.items()
    }
    assert all(table == fields["en"] for table in fields.values())


# -- the commands -------------------------------------------------------------------------------------------------


def test_run_writes_a_page(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "lasti", "run", "--quiet", "--html", "run.html", "prog.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "prog.py" in text
    assert '"LOAD_CONST":"# ( -- value)\\ndef LOAD_CONST(' in text  # how the machine does it
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prog.py", "run.html"]


def test_view_writes_a_page(trace: Path, tmp_path: Path) -> None:
    assert main(["view", str(trace), "-o", str(tmp_path / "run.html")]) == 0
    assert (tmp_path / "run.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--step", "99999"], "has 1"),
        (["--step", "-1"], "numbered from 0"),
        (["-o", "no/such/folder/run.html"], "cannot write"),
        (["--port", "99999"], "cannot listen"),
    ],
)
def test_what_cannot_be_done_is_said(
    trace: Path, options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["view", *options, str(trace)]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


def test_a_page_that_cannot_be_written_is_refused_before_the_program_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lasti", "run", "--html", "no/such/run.html", "-c", "print('ran')"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot write" in done.stderr


# -- the server ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(trace: Path) -> Iterator[PageServer]:
    with PageServer(str(trace)) as server:
        thread = threading.Thread(target=server.serve)
        thread.start()
        yield server
        server.stop()
        thread.join()


def ask(
    server: PageServer, path: str, method: str = "GET", host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(server.host, timeout=10)
    connection.request(method, path, headers={"Host": server.host if host is None else host})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def path_of(server: PageServer) -> str:
    return urlsplit(server.url).path


def test_the_server_listens_on_loopback_alone(server: PageServer) -> None:
    assert urlsplit(server.url).hostname == "127.0.0.1"
    assert server._http.server_address[0] == "127.0.0.1"


def test_the_page_comes_under_its_token(server: PageServer) -> None:
    status, headers, body = ask(server, path_of(server))
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"connect-src 'self'" in body
    assert headers["Cache-Control"] == "no-store"


def test_a_window_is_what_the_writer_makes(server: PageServer, trace: Path) -> None:
    with Timeline.open(trace) as timeline:
        expected = Windows(timeline, STEPS_SERVED).window(1)
    status, headers, body = ask(server, path_of(server) + "window/1")
    assert (status, headers["Content-Type"], body) == (200, "application/json", expected)


@pytest.mark.parametrize("path", ["/", "/window/0", "/wrong/", "/wrong/window/0", "//"])
def test_without_the_token_there_is_nothing(server: PageServer, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("rest", ["window/999999999", "window/-1", "window/x", "window/1/", "other", "../window/0"])
def test_there_is_nothing_else(server: PageServer, rest: str) -> None:
    assert ask(server, path_of(server) + rest)[0] == 404


@pytest.mark.parametrize("host", ["example.com", "", "127.0.0.1", "example.com:80"])
def test_another_host_s_name_is_refused(server: PageServer, host: str) -> None:
    assert ask(server, path_of(server), host=host)[0] == 421


def test_a_browser_that_goes_away_is_no_error(server: PageServer, capfd: pytest.CaptureFixture[str]) -> None:
    host, _, port = server.host.partition(":")
    for sent in (b"", f"GET {path_of(server)} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()):
        with socket.create_connection((host, int(port))) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
            connection.sendall(sent)
    assert ask(server, path_of(server))[0] == 200
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_only_get_is_answered(server: PageServer, method: str) -> None:
    assert ask(server, path_of(server), method)[0] == 501
