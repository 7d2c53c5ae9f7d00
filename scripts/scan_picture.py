"""Draw the picture of "four ways to wait": scan with all four engines, and draw how each of them waited.

Two dozen listeners of our own are open, four have a full backlog and answer nobody.  Run it from the root of the
project: ``python scripts/scan_picture.py``.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from lasti.scanner import plan_of
from lasti.scanner.compare import compare, differences
from lasti.scanner.picture import drawing

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "four-ways.svg"


def main() -> None:
    """Write the picture."""
    with ExitStack() as stack:
        for _ in range(24):
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for _ in range(4):
            full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
        plan = plan_of("127.0.0.1", "-", timeout=0.3)
        runs = list(compare(plan))
    if differences(runs) or any(each.problem for each in runs):
        raise SystemExit("the engines do not agree; no picture was written")
    PICTURE.write_text(drawing(plan, runs, 'xmlns="http://www.w3.org/2000/svg"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
