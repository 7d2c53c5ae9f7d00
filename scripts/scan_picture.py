"""Draw the picture of "four ways to wait": scan with all four engines, and draw how each of them waited.

Two dozen listeners of our own are open, four have a full backlog and answer nobody.  Of each engine the quickest of a
few runs is drawn: what else the machine does is not the engine's.  Run it from the root of the project:
``python scripts/scan_picture.py``.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from lasti.scanner import plan_of
from lasti.scanner.compare import compare, differences
from lasti.scanner.picture import drawing

ROUNDS = 7
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
        rounds = [list(compare(plan)) for _ in range(ROUNDS)]
    for runs in rounds:
        if problems := [*differences(runs), *(each.problem for each in runs if each.problem)]:
            raise SystemExit("\n".join([*problems, "no picture was written"]))
    runs = [min(ran, key=lambda each: each.scan) for ran in zip(*rounds, strict=True)]
    PICTURE.write_text(drawing(plan, runs, 'xmlns="http://www.w3.org/2000/svg"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
