"""How long the page of a served trace takes: its first picture, and a jump to a step somewhere in it.

    python benchmarks/bench_page.py                              a hundred tasks, some million steps
    python benchmarks/bench_page.py --tasks 10 --rounds 4300     ten tasks, some twelve million
    python benchmarks/bench_page.py --jumps 80 --seed 2

A program is recorded, `lasti view` serves the trace, and a headless Chromium (1440 x 900, no graphics card) goes to
steps chosen by chance.  Printed are medians in milliseconds, with the smallest, the ninth of ten and the largest:
`answer` until the window has come from the server, `drawn` until the page has been changed, `painted` until the next
frame is on its way.  Needs the extra `browser`, and Chromium.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROGRAM = """
import asyncio

async def child(n, depth):
    if depth:
        return await child(n, depth - 1) + 1
    await asyncio.sleep(0)
    return n

async def worker(n):
    total, items = 0, {{}}
    for i in range({rounds}):
        items[i % 7] = [i, n]
        for j in range(20):
            total += j * i
        total += await child(i, 3)
    return total

async def main():
    await asyncio.gather(*(asyncio.create_task(worker(n), name=f"worker {{n}}") for n in range({tasks})))

asyncio.run(main())
"""

JUMP = """async (step) => {
  const began = performance.now();
  const drawn = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (document.body.dataset.shown !== String(step)) return;
      observer.disconnect();
      resolve(performance.now());
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ["data-shown"] });
  });
  location.hash = `#step=${step}`;
  const drawnAt = await drawn;
  const paintedAt = await new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);
  }));
  const isIt = (entry) => entry.name.includes("window/") && entry.startTime >= began;
  const asked = performance.getEntriesByType("resource").find(isIt);
  performance.clearResourceTimings();
  return [asked ? asked.responseEnd - began : 0, drawnAt - began, paintedAt - began];
}"""
PAUSE_S = 0.7  # between two jumps: the page reads the windows beside the one that it shows


@contextmanager
def served(trace: Path) -> Iterator[str]:
    """Serve a trace with `lasti view`; yield the address."""
    command = [sys.executable, "-m", "lasti", "view", "--no-browser", str(trace)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found, "lasti view has given no address"
            yield found[0]
        finally:
            server.terminate()


def jumps(address: str, count: int, seed: int) -> tuple[float, list[list[float]]]:
    """Return the ms until the first picture, and of each jump those until the answer, the drawing, the painting."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        began = time.perf_counter()
        page.goto(address)
        page.wait_for_function("document.body.dataset.shown !== undefined")
        first = (time.perf_counter() - began) * 1000
        steps = int(page.evaluate("document.getElementById('slider').max"))
        time.sleep(5)  # the server reads ahead
        taken = []
        for step in random.Random(seed).sample(range(steps), count):
            taken.append(page.evaluate(JUMP, step))
            time.sleep(PAUSE_S)
        browser.close()
    return first, taken


def main(argv: Sequence[str] | None = None) -> None:
    """Record, serve, measure, and print five lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100, metavar="N", help="default: 100")
    parser.add_argument("--rounds", type=int, default=43, metavar="N", help="of each task (default: 43)")
    parser.add_argument("--jumps", type=int, default=40, metavar="N", help="default: 40")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the steps (default: 1)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        program, trace = Path(folder, "program.py"), Path(folder, "run.lasti")
        program.write_text(PROGRAM.format(tasks=args.tasks, rounds=args.rounds), encoding="utf-8")
        subprocess.run([sys.executable, "-m", "lasti", "run", "--quiet", "-o", str(trace), str(program)], check=True)
        with served(trace) as address:
            first, taken = jumps(address, args.jumps, args.seed)
    print(f"Python {sys.version.split()[0]}, {args.tasks} tasks, {args.jumps} jumps")
    print(f"first picture  {first:.0f} ms")
    for name, column in zip(("answer", "drawn", "painted"), zip(*taken)):
        times = sorted(column)
        ninth = times[int(0.9 * (len(times) - 1))]
        print(f"{name:8} {statistics.median(times):6.0f} ms ({times[0]:.0f}, {ninth:.0f}, {times[-1]:.0f})")


if __name__ == "__main__":
    main()
