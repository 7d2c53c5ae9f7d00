"""Draw the picture of the page that the README shows: record an example, open its page in Chromium, photograph it.

Needs Playwright and Chromium (``pip install '.[browser]'``, Debian's ``chromium``).  Run it from the root of the
project: ``python scripts/page_picture.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "examples" / "coroutine.py"
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


def main() -> None:
    """Write the pictures."""
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
            page.screenshot(path=ROOT / "docs" / "images" / name)
        browser.close()


if __name__ == "__main__":
    main()
