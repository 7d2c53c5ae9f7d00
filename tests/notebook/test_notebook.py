"""The notebook for real: a kernel executes cells with ``%%lasti``, and the saved outputs hold the page."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import warnings
import zlib
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient and ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbclient and ipykernel")

pytestmark = pytest.mark.filterwarnings("ignore")  # of the notebook's own libraries

CELLS = [
    "%load_ext lasti\nstart = 40",
    """%%lasti --height 500
import asyncio

async def worker(n):
    await asyncio.sleep(0)
    print("worker", n, "</script>")
    return n

async def main():
    return sum(await asyncio.gather(worker(1), worker(1)))

answer = start + asyncio.run(main())""",
    "print(answer, start)",
    "%%lasti\nprint('before')\n1 / 0",
    "%%lasti --height x\npass",
    "print('still there')",
    "print(await worker(7))",
]


@pytest.fixture(scope="module", params=["auto", "machine"])
def outputs(request: pytest.FixtureRequest) -> list[list[dict[str, Any]]]:
    """What each cell has put out, in a notebook as it is saved."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = [cell.replace("%%lasti", f"%%lasti --engine {request.param}") for cell in CELLS]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True, kernel_name="python3")
        client.execute()
        saved = nbformat.reads(nbformat.writes(notebook), as_version=4)
    return [cell.outputs for cell in saved.cells]


def page_of(outputs: list[dict[str, Any]]) -> str:
    found = [each["data"]["text/html"] for each in outputs if each["output_type"] == "display_data"]
    assert len(found) == 1
    match = re.fullmatch(
        r'<iframe title="lasti" sandbox="allow-scripts" style="[^"]*" srcdoc="([^"]*)"></iframe>', found[0]
    )
    assert match
    return html.unescape(match[1])


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(each["text"] for each in outputs if each["output_type"] == "stream")


def test_the_cell_runs_in_the_notebook(outputs: list[list[dict[str, Any]]]) -> None:
    assert printed(outputs[1]) == "worker 1 </script>\nworker 1 </script>\n"
    assert printed(outputs[2]) == "42 40\n"


def test_the_page_is_in_the_output(outputs: list[list[dict[str, Any]]]) -> None:
    page = page_of(outputs[1])
    assert page.lower().startswith("<!doctype html>")
    assert "async def worker(n):" in page  # the cell's source
    assert "500px" in str(outputs[1])


def test_the_recording_is_whole(outputs: list[list[dict[str, Any]]]) -> None:
    """Also of a coroutine that a task is made of before it has begun, though a cell has no file."""
    page = page_of(outputs[1])
    index = json.loads(re.search(r'id="index">(.*?)</script>', page)[1])  # type: ignore[index]
    windows = re.search(r'id="windows">(.*?)</script>', page)[1].split()  # type: ignore[index]
    window = json.loads(zlib.decompress(base64.b64decode(windows[0]), -zlib.MAX_WBITS))
    assert index["complete"]
    assert index["meta"]["argv"] == '["%%lasti"]'  # and not the kernel's
    names = {name for name, *_ in window["activations"].values()}
    assert {"main#1", "worker#1", "worker#2"} <= names


def test_an_error_comes_out_behind_the_page(outputs: list[list[dict[str, Any]]]) -> None:
    assert printed(outputs[3]) == "before\n"
    page_of(outputs[3])
    last = outputs[3][-1]
    assert (last["output_type"], last["ename"]) == ("error", "ZeroDivisionError")


def test_a_wrong_option_is_a_sentence(outputs: list[list[dict[str, Any]]]) -> None:
    (only,) = outputs[4]
    assert only["ename"] == "UsageError"
    assert "--height" in only["evalue"]
    assert printed(outputs[5]) == "still there\n"


def test_what_a_cell_has_defined_works_in_the_next(outputs: list[list[dict[str, Any]]]) -> None:
    assert printed(outputs[6]) == "worker 7 </script>\n7\n"


def test_the_saved_output_works_in_a_browser(outputs: list[list[dict[str, Any]]], tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Chromium")
    (tmp_path / "saved.html").write_text(f"<!doctype html>{outputs[1][-1]['data']['text/html']}", encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((tmp_path / "saved.html").as_uri())
        inside = page.frame_locator("iframe")
        sync_api.expect(inside.locator("#say")).to_contain_text("<module>")  # the page has begun
        inside.locator("#pairs button").nth(1).click()  # forward one instruction
        sync_api.expect(inside.locator("#goto")).to_contain_text("step 1 of")
        page.keyboard.press("ArrowRight")
        sync_api.expect(inside.locator("#goto")).to_contain_text("step 2 of")
        assert errors == []
        browser.close()
