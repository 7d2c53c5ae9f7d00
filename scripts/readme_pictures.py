"""Draw the README's pictures: the page, photographed in Chromium; the animation and what `await` does, by lasti.

Needs Playwright, Chromium and Pillow (``pip install '.[browser,pictures]'``, Debian's ``chromium``).  Run it from the
root of the project, on Python 3.12 (whose bytecode the texts beneath the pictures name):
``python scripts/readme_pictures.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from lasti.trace.timeline import Timeline

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PROGRAM = ROOT / "examples" / "coroutine.py"
AWAITING = ROOT / "examples" / "awaiting.py"
PICTURES = {"page.png": ("en-US", "light"), "page.ko.png": ("ko-KR", "dark")}
SIZE = {"width": 1440, "height": 900}
# The second coroutine is about to call asyncio.sleep; the first one is suspended in its own.
MOMENT = """async () => {
  for (let step = 0; step < lasti.trace.steps; step += 1) {
    const moment = await lasti.trace.at(step);
    const top = moment.top();
    const [, opname] = top.activation.code.instructions[top.pc];
    if (top.activation.name === "coroutine2#1" && opname.startsWith("CALL") && moment.stackOf(top).length > 1
      && (moment.text(top.stack[0]).includes("sleep") || moment.text(top.stack[1]).includes("sleep"))) return step;
  }
  return 0;
}"""


# The five moments of an `await`: who is about to run which instruction, for which time.
AWAIT = [("main#1", "SEND", 0), ("worker#1", "YIELD_VALUE", 0), ("main#1", "YIELD_VALUE", 0), ("worker#1", "SEND", 1),
         ("main#1", "STORE_FAST", 0)]  # fmt: skip


def main() -> None:
    """Write the pictures."""
    photographs()
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "run.lasti"
        lasti("run", "--quiet", "-o", str(recording), str(PROGRAM))
        lasti("picture", "--calls", "-o", str(IMAGES / "coroutine.gif"), str(recording))
        lasti("run", "--quiet", "-o", str(recording), str(AWAITING))
        with Timeline.open(recording) as timeline:
            steps = [moment(timeline, *each) for each in AWAIT]
        for number, step in enumerate(steps, 1):
            for name, language in (f"await-{number}.svg", "en"), (f"await-{number}.ko.svg", "ko"):
                words = ["--step", str(step), "--language", language, "-o", str(IMAGES / name)]
                lasti("picture", *words, str(recording))


def lasti(*words: str) -> None:
    """Run lasti."""
    subprocess.run([sys.executable, "-m", "lasti", *words], check=True, stdout=subprocess.DEVNULL)


def moment(timeline: Timeline, activation: str, opname: str, place: int) -> int:
    """Return the step at which an activation is about to run an instruction, the ``place``-th time."""
    steps = timeline.steps(function=activation)
    return [step.number for step in steps if step.instruction.opname == opname][place]


def photographs() -> None:
    """Photograph the page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        html = Path(folder) / "coroutine.html"
        command = [sys.executable, "-m", "lasti", "run", "--quiet", "--html", str(html), PROGRAM.name]
        subprocess.run(command, check=True, capture_output=True, cwd=PROGRAM.parent)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (locale, theme) in PICTURES.items():
            page = browser.new_page(viewport=SIZE, locale=locale, color_scheme=theme)
            page.goto(html.as_uri())
            page.wait_for_selector("body[data-shown]")
            step = page.evaluate(MOMENT)
            page.evaluate("step => { location.hash = `step=${step}` }", step)
            page.wait_for_selector(f'body[data-shown="{step}"]')
            page.wait_for_selector(".tl")
            page.screenshot(path=IMAGES / name)
        browser.close()


if __name__ == "__main__":
    main()
