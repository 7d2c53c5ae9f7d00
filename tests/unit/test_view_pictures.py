"""``lasti picture``: what is drawn, that the same recording gives the same bytes, and what bad input gets."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lasti.trace.timeline import Timeline
from lasti.versions import PY
from lasti.view.drawing import Box, Drawing, Text, fit, svg
from lasti.view.image import DARK, LIGHT, moment, moments, strip

Image = pytest.importorskip("PIL.Image", reason="needs Pillow")
from lasti.view import pixels  # noqa: E402

PROGRAM = """\
def func():
    x = 10
    y = 20
    print(x + y)

def hostile():
    return "</text><script>&" + "\\x1b[31m"

def gen():
    yield 1

func()
hostile()
for each in gen():
    pass
"""


def lasti(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lasti", *words], capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "prog.py").write_text(PROGRAM, encoding="utf-8")
    done = lasti("run", "-o", str(folder / "prog.lasti"), str(folder / "prog.py"))
    assert done.returncode == 0, done.stderr
    return str(folder / "prog.lasti")


def texts(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def test_a_card_for_each_instruction(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        steps = list(timeline.steps(function="func"))
        drawing = strip(timeline, moments(timeline, 0, len(timeline), "func"))
    shown = texts(drawing)
    titles = [text for text in shown if ". " in text]
    assert len(titles) == len(steps)
    for number, (step, title) in enumerate(zip(steps, titles), 1):
        assert f"{number}. {step.instruction.opname}".startswith(
            title.removesuffix("...")
        )  # 3.14 has names that are cut
    struck = [shape.text for shape in drawing.shapes if isinstance(shape, Text) and shape.is_struck]
    assert struck[:2] == ["10", "20"]  # taken by STORE_FAST
    assert "30" in shown
    assert {"x = 10", "y = 20"} <= set(shown)


@pytest.mark.skipif(PY != (3, 10), reason="the twelve pictures are of 3.10's bytecode")
def test_the_twelve_pictures(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        drawing = strip(timeline, moments(timeline, 0, len(timeline), "func"))
    pushed = [shape.text for shape in drawing.shapes if isinstance(shape, Text) and shape.is_bold]
    assert [text.partition(". ")[2] for text in pushed if ". " in text] == [
        "LOAD_CONST", "STORE_FAST", "LOAD_CONST", "STORE_FAST", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_FAST", "BINARY_ADD",
        "CALL_FUNCTION", "POP_TOP", "LOAD_CONST", "RETURN_VALUE",
    ]  # fmt: skip
    assert [text for text in pushed if ". " not in text] == [
        "10", "x = 10", "20", "y = 20", "<builtin print>", "10", "20", "30", "None", "None",
    ]  # fmt: skip


def test_every_moment_can_be_drawn_and_is_well_formed(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        for step in range(len(timeline) + 1):
            drawing = moment(timeline, step, "ko" if step % 2 else "en", DARK)
            root = ElementTree.fromstring(svg(drawing))
            assert {element.tag.rpartition("}")[2] for element in root} <= {"title", "rect", "line", "text"}
            for shape in drawing.shapes:
                if isinstance(shape, Box):
                    assert shape.x + shape.width <= drawing.width
                    assert shape.y + shape.height <= drawing.height


def test_a_suspended_generator_is_dashed(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        step = next(s.number for s in timeline.steps() if timeline.state(s.number).suspended)
        drawing = moment(timeline, step)
    assert "Heap: suspended" in texts(drawing)
    assert any(isinstance(shape, Box) and shape.is_dashed for shape in drawing.shapes)


def test_values_are_text(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        written = svg(strip(timeline, moments(timeline, 0, len(timeline), "hostile")))
    assert "<script" not in written
    assert "&lt;/text&gt;&lt;script&gt;&amp;" in written
    assert written.replace("\n", "").isprintable()


def test_calls_are_where_another_frame_goes_on(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        found = moments(timeline, 0, len(timeline), calls=True)
        names = [next(timeline.steps(step, step + 1)).activation.name for step in found]
    assert names[:5] == ["<module>#1", "func#1", "<module>#1", "hostile#1", "<module>#1"]
    assert all(one != other for one, other in zip(names, names[1:]))  # noqa: RUF007


def test_texts_are_cut_to_their_width() -> None:
    assert fit("x" * 100, 12 * 0.602 * 10, 12) == "x" * 7 + "..."  # ten letters fit
    assert fit("가" * 4, 12 * 0.602 * 8.5, 12) == "가" * 4
    assert fit("abc", 5, 12) == ""


@pytest.mark.parametrize("kind", ["svg", "png", "gif"])
def test_the_same_bytes_each_time(trace: str, tmp_path: Path, kind: str) -> None:
    for name in ("one", "two"):
        done = lasti("picture", trace, "--from", "10", "--to", "16", "-o", str(tmp_path / f"{name}.{kind}"))
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()


def test_pixels_are_those_of_the_drawing(trace: str) -> None:
    with Timeline.open(trace) as timeline:
        drawing = moment(timeline, 5, theme=LIGHT)
        with Image.open(io.BytesIO(pixels.png(drawing))) as image:
            assert image.size == (2 * drawing.width, 2 * drawing.height)
            assert image.getpixel((4, 4)) == (0xF6, 0xF7, 0xF9)  # the bar on top
        moving = pixels.gif([moment(timeline, step) for step in (3, 4, 5)], 500)
    with Image.open(io.BytesIO(moving)) as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (3, 500, 0)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--step", "99999", "-o", "x.svg"], "steps, numbered from 0"),
        (["--from", "5", "--to", "3", "-o", "x.svg"], "the first is behind the last"),
        (["--step", "1", "--from", "3", "-o", "x.svg"], "--step is one moment"),
        (["--function", "nobody", "-o", "x.svg"], "there is nothing to draw"),
        (["-o", "x.bmp"], "expected a name that ends in .svg, .png, .gif"),
        (["-o", "no/such/folder/x.svg"], "cannot write"),
        (["--language", "xx", "-o", "x.svg"], "there is no language 'xx'"),
        (["--language", "ko", "-o", "x.png"], "--font FILE"),
        (["--font", "nothing.ttf", "-o", "x.png"], "--font 'nothing.ttf'"),
        (["--delay", "1", "-o", "x.gif"], "expected 20 to 60000 milliseconds"),
    ],
)
def test_bad_input(trace: str, words: list[str], complaint: str) -> None:
    done = lasti("picture", trace, *words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_extra_is_named(trace: str, tmp_path: Path) -> None:
    (tmp_path / "PIL.py").write_text("raise ImportError", encoding="utf-8")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from lasti.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "picture", trace, "-o", str(tmp_path / "x.png")],
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 2
    assert "python3 -m pip install 'lasti[pictures]'" in done.stderr
    done = lasti("picture", trace, "--step", "3", "-o", str(tmp_path / "x.svg"))
    assert done.returncode == 0
