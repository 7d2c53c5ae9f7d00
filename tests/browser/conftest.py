"""A headless Chromium, and pages in it; without one these tests are skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from looking import Looking  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No connections of Chromium's own: a machine without a network is not to wait for them.
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


def missing() -> str:
    """Return what is missing for these tests, "" when nothing is."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed (pip install '.[browser]')"
    if executable() is None:
        return "there is no Chromium (Debian: apt install chromium; or name one with CHROMIUM=...)"
    return ""


def executable() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = missing()
    if why:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="module")  # while it is there, Playwright's event loop runs: no asyncio.run in other tests
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """Run a program once; give its trace and its page."""
    folder = tmp_path_factory.mktemp("pages")
    known: dict[str, tuple[Path, Path]] = {}

    def make(source: str) -> tuple[Path, Path]:
        if source not in known:
            home = folder / str(len(known))
            home.mkdir(exist_ok=True)
            (home / "prog.py").write_text(source, encoding="utf-8")
            command = ["run", "--quiet", "-o", "run.lasti", "--html", "run.html", "prog.py"]
            subprocess.run(
                [sys.executable, "-m", "lasti", *command], check=True, capture_output=True, timeout=100, cwd=home
            )
            known[source] = home / "run.lasti", home / "run.html"
        return known[source]

    return make


@pytest.fixture
def look(browser: Any, made: Callable[[str], tuple[Path, Path]]) -> Iterator[Callable[..., Looking]]:
    """Open the page of a program: ``look(source, step=0, width=1440, height=900, locale="en-US", theme="light")``."""
    contexts = []
    opened: list[Looking] = []

    def open_page(source: str, step: int = 0, url: str | None = None, **options: Any) -> Looking:
        size = {"width": options.get("width", 1440), "height": options.get("height", 900)}
        context = browser.new_context(
            viewport=size,
            locale=options.get("locale", "en-US"),
            color_scheme=options.get("theme", "light"),
            offline=url is None,
        )
        contexts.append(context)
        looking = Looking(context.new_page())
        opened.append(looking)
        looking.page.goto(f"{url or made(source)[1].as_uri()}#step={step}")
        looking.at(step)
        return looking

    yield open_page
    for context in contexts:
        context.close()
    assert [looking.errors for looking in opened if looking.errors] == []
