"""The page of `lasti scan --compare --html` in a browser: its language is the one that was chosen, or the browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lasti.scanner import plan_of
from lasti.scanner.compare import Measured
from lasti.scanner.picture import page

if TYPE_CHECKING:
    from pathlib import Path

RUN = Measured("threads", [("127.0.0.1", 80, "open")], 1, 1, 1, 1, 1, 0.5, [0.5], [(0, 0, 0), (0.5, 9, 2)], "")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "compare.html"
    path.write_text(page(plan_of("127.0.0.1", "80"), [RUN]), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize(
    ("locale", "heading", "waits"),
    [
        ("en-GB", "Four ways to wait", "at most 2 wait"),
        ("ko-KR", "네 가지 기다리는 방법", "최대 2개가 기다림"),
        ("de-DE", "Four ways to wait", "at most 2 wait"),
    ],
)
def test_it_speaks_the_language_of_the_browser(browser: Any, file: str, locale: str, heading: str, waits: str) -> None:
    shown = browser.new_page(locale=locale)
    shown.goto(file)
    assert shown.inner_text("h1") == shown.title() == heading
    assert shown.locator("svg tspan:visible").all_text_contents() == [waits]
    assert shown.locator("th").first.inner_text() == {"ko-KR": "엔진"}.get(locale, "engine")
    shown.close()


def test_another_language_is_chosen_and_kept(browser: Any, file: str) -> None:
    shown = browser.new_page(locale="en-GB")
    shown.goto(file)
    shown.click("text=한국어")
    assert shown.inner_text("h1") == "네 가지 기다리는 방법"
    assert shown.locator("nav button[aria-pressed=true]").inner_text() == "한국어"
    shown.reload()
    assert shown.title() == "네 가지 기다리는 방법"
    shown.close()
