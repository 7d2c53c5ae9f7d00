"""The server of the page for traces that no file can hold: it reads windows of the trace when the page asks for them.

It listens on 127.0.0.1 only, answers ``GET`` alone, and only under a path that begins with a token that nobody can
guess.  The Host header must name the very address (else a page from elsewhere could reach it through a name of its own
that leads here: DNS rebinding).  One thread reads the trace, and keeps the last windows.
"""

from __future__ import annotations

import hmac
import re
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from ..errors import LastiError
from ..trace.timeline import Timeline
from .page import served_page
from .windows import STEPS_SERVED, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

HOST = "127.0.0.1"
WINDOWS_KEPT = 256
SLOWEST = 30  # seconds that a client may take for its request

_WINDOW = re.compile(r"window/(\d{1,9})", re.ASCII)


class PageServer:
    """Serves one trace; ``url`` is where.  ``serve`` until ``stop`` is called (from another thread)."""

    def __init__(self, trace: str, how: Mapping[str, str] | None = None, port: int = 0) -> None:
        """Open the trace and listen; TraceFormatError when it cannot be read, OSError when the port is taken."""
        self.token = secrets.token_urlsafe(24)
        with ExitStack() as opened:
            self._reading = opened.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix="trace"))
            timeline = self._read(lambda: Timeline.open(trace))
            opened.callback(self._read, timeline.close)
            self._windows = self._read(lambda: Windows(timeline, STEPS_SERVED))
            self._page = self._read(lambda: served_page(self._windows, how).encode())
            warming = timeline.warm()
            self._http = opened.enter_context(_Http((HOST, port), _Handler))
            self._http.served = self
            self._open = opened.pop_all()
        self.host = f"{HOST}:{self._http.server_address[1]}"
        self.url = f"http://{self.host}/{self.token}/"
        self._reading.submit(self._warm, warming)
        self._window = lru_cache(maxsize=WINDOWS_KEPT)(lambda number: self._read(lambda: self._windows.window(number)))

    def __len__(self) -> int:
        """Return how many windows there are."""
        return len(self._windows)

    def __enter__(self) -> PageServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def serve(self) -> None:
        """Answer until ``stop``."""
        self._http.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Let ``serve`` return."""
        self._http.shutdown()

    def close(self) -> None:
        """Stop listening and close the trace."""
        self._open.close()

    def answer(self, path: str, host: str) -> tuple[HTTPStatus, str, bytes]:
        """Return status, content type and body for a request."""
        if host not in (self.host, self.host.replace(HOST, "localhost")):
            return _refused(HTTPStatus.MISDIRECTED_REQUEST)
        _, token, *rest = [*path.split("/", 2), "", ""][:3]
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return _refused(HTTPStatus.NOT_FOUND)
        wanted = rest[0].partition("?")[0]
        if not wanted:
            return HTTPStatus.OK, "text/html; charset=utf-8", self._page
        found = _WINDOW.fullmatch(wanted)
        if found is None or int(found[1]) >= len(self):
            return _refused(HTTPStatus.NOT_FOUND)
        return HTTPStatus.OK, "application/json", self._window(int(found[1]))

    def _warm(self, warming: Iterator[None]) -> None:
        """Read ahead a little, and go on with it when those who wait have been served."""
        with suppress(StopIteration, RuntimeError, LastiError):  # done; closed; damaged, as a window will say
            next(warming)
            self._reading.submit(self._warm, warming)

    def _read(self, read: Any) -> Any:
        return self._reading.submit(read).result()


def _refused(status: HTTPStatus) -> tuple[HTTPStatus, str, bytes]:
    return status, "text/plain; charset=utf-8", status.phrase.encode()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    served: PageServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a browser has gone away in the middle of an answer; it does when a page is closed."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One request: everything but GET is refused by ``BaseHTTPRequestHandler`` itself, with 501."""

    protocol_version = "HTTP/1.1"  # the browser's connection stays: making one takes as long as half a window
    disable_nagle_algorithm = True
    timeout = SLOWEST
    server_version = "lasti"
    sys_version = ""

    def do_GET(self) -> None:
        served = self.server.served  # type: ignore[attr-defined]
        try:
            status, kind, body = served.answer(self.path, self.headers.get("Host", ""))
        except Exception as error:  # a damaged trace: the page says so, and the server goes on
            status, kind, body = HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", str(error).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the token stands in every request."""
