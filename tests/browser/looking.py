"""A page in the browser, as a test looks at it."""

from __future__ import annotations

from typing import Any


class Looking:
    """A page in the browser; whatever it complains of is remembered."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def at(self, step: int) -> None:
        """Wait until a step is shown."""
        self.page.wait_for_selector(f'body[data-shown="{step}"]', timeout=10_000)

    def go(self, step: int) -> None:
        """Show a step, by its address."""
        self.page.evaluate("step => { location.hash = `step=${step}` }", step)
        self.at(step)

    @property
    def step(self) -> int:
        return int(self.page.evaluate("document.body.dataset.shown"))

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())
