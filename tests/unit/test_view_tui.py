"""``lasti tui``, driven by Textual's pilot; the moves, checked against the timeline."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from lasti.trace.timeline import Timeline
from lasti.view.lanes import Piece, cells, lanes_of
from lasti.view.moves import TURNS, Moves

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("textual", reason="needs textual")
    from lasti.view.tui import NAMES, Slider, Viewer

if TYPE_CHECKING:
    from textual.pilot import Pilot

PROGRAM = """\
def inner(n):
    return n + 1

def gen():
    x = inner(1)
    yield "[bold]" + str(x)
    yield 2

def outer():
    for each in gen():
        print(each)

outer()
"""


def lasti(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lasti", *words], capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tui")
    (folder / "prog.py").write_text(PROGRAM, encoding="utf-8")
    done = lasti("run", "-o", str(folder / "prog.lasti"), str(folder / "prog.py"))
    assert done.returncode == 0, done.stderr
    return str(folder / "prog.lasti")


@pytest.fixture
def timeline(trace: str) -> Iterator[Timeline]:
    with Timeline.open(trace) as timeline:
        yield timeline


def first_of(timeline: Timeline, function: str) -> int:
    return next(step.number for step in timeline.steps(function=function) if step.instruction.line is not None)


def name_at(timeline: Timeline, step: int | None) -> str:
    assert step is not None
    return next(timeline.steps(step, step + 1)).activation.name


# -- moves --------------------------------------------------------------------------------------------------------


def test_over_into_and_out(timeline: Timeline) -> None:
    moves = Moves(timeline)
    step = first_of(timeline, "outer")
    into = moves.destination("into", 1, step)
    assert name_at(timeline, into) == "gen#1"
    inner = first_of(timeline, "inner")
    assert name_at(timeline, moves.destination("out", 1, inner)) == "gen#1"
    assert name_at(timeline, moves.destination("out", -1, inner)) == "gen#1"
    assert name_at(timeline, moves.destination("over", 1, inner - 1)) == "gen#1"
    assert moves.destination("instruction", -1, 0) is None
    assert moves.destination("into", 1, len(timeline) - 1) is None


def test_lines_forwards_and_backwards(timeline: Timeline) -> None:
    moves = Moves(timeline)
    step, seen = 0, []
    while step < len(timeline) - 1:
        following = moves.destination("line", 1, step)
        if following is None:
            break
        seen.append(following)
        step = following
    back = [moves.destination("line", -1, step) for step in seen]
    assert back == [0, *seen[:-1]]


def test_suspensions_of_this_generator(timeline: Timeline) -> None:
    moves = Moves(timeline)
    step = first_of(timeline, "gen")
    focus = next(timeline.steps(step, step + 1)).activation.number
    turns = sorted(
        {e.step for e in timeline.events() if e.activation and e.activation.number == focus and e.kind in TURNS}
    )
    seen = []
    found = moves.destination("suspension", 1, step, focus)
    while found is not None and found < len(timeline):
        seen.append(found)
        found = moves.destination("suspension", 1, found, focus)
    assert len(seen) >= 4
    assert seen == [turn for turn in turns if step < turn < len(timeline)]


def test_search_goes_round(timeline: Timeline) -> None:
    moves = Moves(timeline)
    found = moves.search("[bold]", 0)
    assert found is not None
    assert moves.search("inner#1", len(timeline) - 1) == next(s.number for s in timeline.steps(function="inner"))
    assert moves.search("nothing like this", 0) is None


# -- the screen ---------------------------------------------------------------------------------------------------


class Screen:
    """A viewer that a test drives."""

    def __init__(self, viewer: Viewer, pilot: Pilot[None]) -> None:
        self.viewer, self.pilot = viewer, pilot

    async def press(self, *keys: str) -> int:
        """Press keys; return the step that is shown then."""
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()
        return self.viewer.step

    async def click(self, target: Any, offset: tuple[int, int]) -> int:
        """Click; return the step that is shown then."""
        await self.pilot.click(target, offset=offset)
        await self.pilot.pause()
        return self.viewer.step

    async def goes(self, step: int) -> None:
        """Go to a step."""
        self.viewer.go(step)
        await self.pilot.pause()

    def text(self) -> str:
        """Return all that stands on the screen."""
        return self.viewer.export_screenshot().replace("&#160;", " ")


def drive(timeline: Timeline, script: Callable[[Screen], Awaitable[None]], step: int = 0, **options: Any) -> None:
    """Let ``script`` drive a viewer."""

    async def run() -> None:
        viewer = Viewer(timeline, step, how=options.get("how"))
        async with viewer.run_test(size=options.get("size", (130, 44))) as pilot:
            await pilot.pause()
            await script(Screen(viewer, pilot))

    asyncio.run(asyncio.wait_for(run(), 60))


def test_what_is_to_be_seen(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        await screen.press("right", "right")
        shown = screen.text()
        for title in (
            "Source",
            "Bytecode",
            "Value stack",
            "Locals",
            "Tables",
            "Call stack",
            "Heap",
            "Timeline",
            "Output",
        ):
            assert title in shown
        assert "step 2 of" in shown
        assert "Before: " in shown
        assert "After: " in shown
        assert "def inner(n):" in shown

    drive(timeline, script)


def test_keys_move(timeline: Timeline) -> None:
    moves = Moves(timeline)

    async def script(screen: Screen) -> None:
        for keys, unit in [(("left", "right"), "instruction"), (("up", "down"), "line"), (("O", "o"), "over"),
                           (("I", "i"), "into"), (("U", "u"), "out"), (("T", "t"), "task")]:  # fmt: skip
            for key, direction in zip(keys, (-1, 1)):
                await screen.goes(middle)
                found = moves.destination(unit, direction, middle)
                assert await screen.press(key) == (middle if found is None else found), key
        await screen.goes(middle)
        there = await screen.press("s", "s")  # of the generator both times, though another frame runs in between
        assert there == moves.destination(
            "suspension", 1, moves.destination("suspension", 1, middle, focus) or 0, focus
        )
        assert await screen.press("S") == moves.destination("suspension", -1, there, focus)
        assert await screen.press("end") == len(timeline)
        assert "the end" in screen.text()
        assert await screen.press("right") == len(timeline)
        assert "nothing more" in screen.text()
        assert await screen.press("left") == len(timeline) - 1
        assert await screen.press("home") == 0
        assert await screen.press("g", "1", "2", "enter") == 12
        assert await screen.press("g", "x", "enter") == 12

    middle = first_of(timeline, "gen")
    focus = next(timeline.steps(middle, middle + 1)).activation.number
    drive(timeline, script)


def test_languages_and_lists(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        await screen.press("question_mark")
        assert "next task switch" in screen.text()
        await screen.press("escape")
        assert "next task switch" not in screen.text()
        await screen.press("m")
        assert "def of_" in screen.text()
        await screen.press("escape")
        assert "Over" in screen.text()
        await screen.press("k")
        assert "값 스택" in screen.text()
        assert "Value stack" not in screen.text()
        assert "앞 단계: " in screen.text()
        assert "Before: " not in screen.text()
        assert "건너서" in screen.text()  # at the foot
        assert "Over" not in screen.text()

    drive(timeline, script, 5, how={step.instruction.opname: "def of_it" for step in timeline.steps()})


def test_search_and_hostile_values(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        assert await screen.press("slash", *"bold", "enter") == Moves(timeline).search("bold", 0)
        assert "[bold]" in screen.text()
        there = screen.viewer.step
        assert await screen.press("slash", *"no such", "enter") == there
        assert "Nothing was found" in screen.text()

    drive(timeline, script)


def test_the_mouse(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        assert await screen.click(Slider, (129, 0)) == len(timeline)
        for line, step in enumerate(printed):  # a line of the output goes to the step that printed it
            await screen.goes(len(timeline))
            assert await screen.click("#output", (3, line + 1)) == step
        assert 0 < await screen.click("#timeline", (NAMES + 42, 1)) < len(timeline)
        await screen.goes(0)
        assert await screen.click("#heap", (3, 3)) == 0

    printed = [event.step - 1 for event in timeline.events() if event.kind == "output" and event.text.strip()]
    assert ["CALL" in next(timeline.steps(step, step + 1)).instruction.opname for step in printed] == [True] * 2
    drive(timeline, script)


def test_when_did_a_local_change(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        await screen.click("#locals", (4, 1))
        assert "Changes of x" in screen.text()
        assert await screen.press("enter") == changed[0].step
        await screen.goes(end)
        assert await screen.press("c", "x", "enter", "enter") == changed[0].step

    end = max(step.number for step in timeline.steps(function="gen"))
    changed = Moves(timeline).changes(next(timeline.steps(end, end + 1)).activation, "x")
    assert [text for _, text in changed] == ["2"]
    drive(timeline, script, end)


def test_where_did_a_value_come_from(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        await screen.click("#stack", (4, 2))
        assert "Where it came from" in screen.text()
        assert await screen.press("down") == step.number
        assert await screen.press("enter") == chain[1].step
        await screen.goes(step.number)
        await screen.press("v", "9", "left", "0", "end", "backspace")  # edits what is typed: to "0"
        assert screen.viewer.step == step.number
        assert await screen.press("enter", "enter") == chain[0].step
        await screen.press("v", "9", "9", "enter")
        assert "Nothing was found" in screen.text()

    step = next(s for s in timeline.steps(function="inner") if len(s.stack) == 2)
    chain = Moves(timeline).origin(step.activation, 0, step.number)
    assert chain[0].text.startswith("LOAD_FAST")
    assert chain[-1] == (step.activation.first, "argument n")
    drive(timeline, script, step.number)


def test_playing_and_its_speed(timeline: Timeline) -> None:
    async def script(screen: Screen) -> None:
        await screen.press("plus", "plus", "space")
        while screen.viewer.step < len(timeline) or screen.viewer.is_playing:
            await screen.pilot.pause(0.01)

    drive(timeline, script, len(timeline) - 3)


def test_one_pane_alone_and_a_narrow_terminal(timeline: Timeline) -> None:
    async def alone(screen: Screen) -> None:
        await screen.press("f6", "z")
        assert "Value stack" not in screen.text()
        assert "Bytecode" in screen.text()
        await screen.press("z")
        assert "Value stack" in screen.text()
        await screen.press("less_than_sign", "greater_than_sign")
        assert screen.viewer.range[1] - screen.viewer.range[0] < len(timeline)

    async def narrow(screen: Screen) -> None:
        for title in ("Source", "Bytecode", "Value stack", "Call stack"):
            assert title in screen.text()

    drive(timeline, alone)
    drive(timeline, narrow, size=(80, 60))


# -- lanes --------------------------------------------------------------------------------------------------------


def test_lanes_say_who_ran(timeline: Timeline) -> None:
    lanes = {lane.name: lane for lane in lanes_of(timeline, 0, len(timeline))}
    assert set(lanes) == {"MainThread", "gen#1"}
    for step in range(len(timeline)):
        state = timeline.state(step)
        running = {frame.activation.name for frame in state.call_stack if frame.activation.code.is_resumable}
        suspended = {frame.activation.name for frame in state.suspended}
        now = next((p.state for p in lanes["gen#1"].pieces if p.begin <= step < p.end), "")
        assert (now == "running") == ("gen#1" in running)
        assert (now == "suspended") == ("gen#1" in suspended)
    begin, end = len(timeline) // 2, len(timeline)
    part = {lane.name: lane for lane in lanes_of(timeline, begin, end)}
    whole = [max(piece.begin, begin) for piece in lanes["gen#1"].pieces if piece.end > begin]
    assert [piece.begin for piece in part["gen#1"].pieces] == whole


def test_cells() -> None:
    pieces = [Piece("suspended", 0, 50), Piece("running", 50, 51), Piece("ready", 51, 100)]
    assert cells(pieces, 0, 100, 4) == ["suspended", "suspended", "running", "ready"]
    assert cells(pieces, 90, 110, 2) == ["ready", ""]


# -- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--step", "99999"], "steps, numbered from 0"),
        (["--language", "xx"], "there is no language 'xx'"),
        ([], "needs a terminal"),
    ],
)
def test_bad_input(trace: str, words: list[str], complaint: str) -> None:
    done = lasti("tui", trace, *words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
