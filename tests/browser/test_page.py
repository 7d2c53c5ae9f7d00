"""The page in a real browser: it shows what the timeline says, and it can be moved through."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from looking import Looking
from with_loop import WithLoop

from lasti.trace.pictures import text_of
from lasti.trace.records import FrameState, State, StepRecord
from lasti.trace.timeline import Timeline
from lasti.versions import PY
from lasti.view.page import page
from lasti.view.server import PageServer
from lasti.view.text import what_happens
from lasti.view.words import sentences

Look = Callable[..., Looking]
Made = Callable[[str], tuple[Path, Path]]

PROGRAMS = Path(__file__).parents[1] / "programs"

INTERLEAVED = """\
import asyncio

async def worker(name, delay):
    print(name, "first")
    await asyncio.sleep(delay)
    print(name, "second")

async def main():
    await asyncio.gather(worker("one", 0), worker("two", 0.01))

asyncio.run(main())
"""

LONGER = """\
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

def pairs(n):
    for each in range(n):
        yield each, [each]

table = {}
for first, second in pairs(6):
    second.append(fibonacci(first))
    table[first] = second
print(table)
"""

# What a state is, as the page has it.
STATE = """step => lasti.trace.at(step).then(moment => {
  const frame = (frame) => [frame.activation.name, frame.pc, moment.stackOf(frame).map((value) => moment.text(value)),
    Object.fromEntries([...frame.locals].map(([name, value]) => [name, moment.text(value)]))];
  const [calls, heap] = [moment.callStack().map(frame), moment.heap().map(frame)];
  return { calls, heap, outputs: moment.outputs };
})"""


def said(timeline: Timeline, state: State) -> dict[str, Any]:
    """Return what a state is, as the timeline has it, in the same shape."""

    def frame(each: FrameState) -> list[Any]:
        pc = -1 if each.instruction is None else each.instruction.index
        stack = [text_of(value, state.objects) for value in each.stack]
        names = {name: text_of(value, state.objects) for name, value in each.locals.items()}
        return [each.activation.name, pc, stack, names]

    return {
        "calls": list(map(frame, state.call_stack)),
        "heap": list(map(frame, state.suspended)),
        "outputs": state.outputs,
    }


@pytest.mark.parametrize(
    "source",
    [
        INTERLEAVED,
        LONGER,
        *(
            (PROGRAMS / name).read_text(encoding="utf-8")
            for name in ["coroutines/await_chain.py", "asyncgens/basics.py"]
        ),
        *(
            (PROGRAMS / name).read_text(encoding="utf-8")
            for name in ["threads/generators_across.py", "classes/basics.py"]
        ),
    ],
    ids=["interleaved", "longer", "await chain", "async generators", "threads", "classes"],
)
def test_each_state_is_that_of_the_timeline(look: Look, made: Made, source: str) -> None:
    looking = look(source)
    with Timeline.open(made(source)[0]) as timeline:
        stride = max(len(timeline) // 150, 1)
        for step in [*range(0, len(timeline), stride), len(timeline)]:
            assert looking.page.evaluate(STATE, step) == said(timeline, timeline.state(step)), f"step {step}"
            thread = looking.page.evaluate("step => lasti.trace.at(step).then(moment => moment.thread)", step)
            assert step == len(timeline) or thread == timeline.state(step).thread


# -- moving -------------------------------------------------------------------------------------------------------


def where(looking: Looking) -> tuple[str, str]:
    """Return which activation is about to run, and the line and offset of its instruction."""
    return looking.text("#say .who .id"), looking.text("#say .who .sm")


def press(looking: Looking, *keys: str) -> int:
    """Press keys, one after the other, each when the one before has had its effect; return the step that is shown."""
    for key in keys:
        before = looking.step
        looking.page.keyboard.press(key)
        looking.page.wait_for_function(
            "before => document.body.dataset.shown !== before || document.querySelector('.note')", arg=str(before)
        )
    return looking.step


def records_of(made: Made, source: str) -> list[Any]:
    with Timeline.open(made(source)[0]) as timeline:
        return list(timeline.steps())


def test_one_instruction_there_and_back(look: Look) -> None:
    looking = look(INTERLEAVED, 20)
    assert press(looking, "ArrowRight", "ArrowRight") == 22
    assert press(looking, "ArrowLeft") == 21


def test_the_ends(look: Look, made: Made) -> None:
    looking = look(INTERLEAVED, 20)
    end = len(records_of(made, INTERLEAVED))
    assert press(looking, "End") == end
    assert "The end of the recording" in looking.text("#say")
    assert press(looking, "ArrowRight") == end
    assert "nothing more" in looking.text("#say")
    assert press(looking, "Home") == 0


def test_lines_begin_where_they_begin(look: Look, made: Made) -> None:
    records = records_of(made, LONGER)
    looking = look(LONGER, 0)
    forwards = [press(looking, "ArrowDown") for _ in range(12)]
    keys = [(records[step].activation.number, records[step].instruction.line) for step in forwards]
    assert all(one != other for one, other in pairwise(keys))
    starts = [0, *forwards]
    assert [press(looking, "ArrowUp") for _ in range(12)] == starts[-2::-1]


def depths_of(made: Made, source: str) -> list[int]:
    with Timeline.open(made(source)[0]) as timeline:
        return [len(timeline.state(step).call_stack) for step in range(len(timeline))]


def test_calls_over_into_and_out(look: Look, made: Made) -> None:
    records, depths = records_of(made, LONGER), depths_of(made, LONGER)
    call = next(
        r.number for r, after in pairwise(records)
        if "CALL" in r.instruction.opname and r.activation.kind == "module"
        and after.activation.name.startswith("fibonacci")
    )  # fmt: skip
    looking = look(LONGER, call)
    inside = press(looking, "i")
    assert (inside, depths[inside]) == (call + 1, depths[call] + 1)
    assert press(looking, "U") == call
    over = press(looking, "o")
    assert records[over].activation.number == records[call].activation.number
    assert over > inside
    assert all(depths[step] > depths[call] for step in range(call + 1, over))
    assert press(looking, "O") == call
    assert press(looking, "i", "u") == over
    assert depths[press(looking, "I")] == depths[call] + 1


def test_suspensions_of_one_coroutine(look: Look, made: Made) -> None:
    with Timeline.open(made(INTERLEAVED)[0]) as timeline:
        turns = [
            event.step for event in timeline.events()
            if event.kind in ("resume", "yield", "return") and event.activation is not None
            and event.activation.name == "worker#1"
        ]  # fmt: skip
    looking = look(INTERLEAVED, turns[0])
    steps = [turns[0], *(press(looking, "s") for _ in turns[1:])]
    assert steps == turns
    assert [press(looking, "S") for _ in turns[1:]] == turns[-2::-1]


def test_task_switches(look: Look, made: Made) -> None:
    looking = look(INTERLEAVED, 0)
    found = []
    for _ in range(8):
        press(looking, "t")
        found.append(where(looking)[0])
    names = [name.split()[-1] for name in found]
    assert names[:4] == ["main#1", "worker#1", "worker#2", "worker#1"]


def test_back_in_the_browser_undoes_a_wrong_turn(look: Look) -> None:
    looking = look(INTERLEAVED, 40)
    press(looking, "ArrowRight", "t")
    there = looking.step
    looking.page.go_back()
    looking.at(41)
    looking.page.go_back()
    looking.at(40)
    looking.page.go_forward()
    looking.page.go_forward()
    looking.at(there)
    assert looking.page.url.endswith(f"#step={there}")


def test_the_slider_and_the_buttons(look: Look) -> None:
    looking = look(INTERLEAVED, 10)
    looking.page.locator("#slider").fill("33")
    looking.at(33)
    assert looking.page.locator("#slider").get_attribute("aria-valuetext").startswith("step 33 of ")
    looking.page.get_by_role("button", name="Forward one instruction").click()
    looking.at(34)
    looking.page.get_by_role("button", name="Back one line").click()
    looking.page.wait_for_function("() => document.body.dataset.shown !== '34'")
    assert looking.step < 34


def test_going_to_a_step_by_number(look: Look) -> None:
    looking = look(INTERLEAVED)
    looking.page.keyboard.press("g")
    looking.page.get_by_label("Step, 0 to").fill("17")
    looking.page.keyboard.press("Enter")
    looking.at(17)


def test_it_plays_to_the_end_and_stops(look: Look, made: Made) -> None:
    end = len(records_of(made, INTERLEAVED))
    looking = look(INTERLEAVED, end - 60)  # two seconds: on a slow machine, too, it is seen to play
    looking.page.locator("#speed").select_option("30")
    looking.page.locator("body").press(" ")
    assert looking.page.locator("#play").get_attribute("aria-pressed") == "true"
    looking.at(end)
    looking.page.wait_for_selector("#play[aria-pressed=false]")


# The panes in which something changes while a step is drawn, of nodes that were there before.
TOUCHED = """async step => {
  const touched = new Set();
  const note = (changes) => changes.forEach(({ target }) => touched.add((target.closest ? target : target.parentElement).closest("section")?.id));
  const observer = new MutationObserver(note);
  observer.observe(document.getElementById("main"), { subtree: true, childList: true, attributes: true, characterData: true });
  await lasti.go(step);
  note(observer.takeRecords());
  observer.disconnect();
  return [...touched].sort();
}"""  # noqa: E501


def test_what_stays_the_same_is_not_drawn_again(look: Look, sleepers: tuple[str, int]) -> None:
    step = sleepers[1]
    page = look("", step, url=sleepers[0]).page
    page.wait_for_selector("#pane-timeline svg.tl")
    assert page.evaluate(TOUCHED, step) == []
    touched = page.evaluate(TOUCHED, step + 1)  # the next instruction of the same coroutine
    assert "pane-stack" in touched
    assert not {"pane-heap", "pane-loop", "pane-output"} & set(touched)


def test_the_focus_stays_with_what_it_was_on_or_goes(look: Look) -> None:
    looking = look(LONGER)
    page = looking.page
    looking.go(40)
    page.locator("#pane-locals [data-key^='name ']").first.focus()
    key = page.evaluate("document.activeElement.dataset.key")
    for step in (41, 42, 43, 60, 90):
        looking.go(step)
        focused = page.evaluate("document.activeElement.dataset.key ?? null")
        assert focused == (key if page.locator(f"[data-key='{key}']").count() else None)
        page.locator("#pane-locals [data-key^='name ']").first.focus()
        key = page.evaluate("document.activeElement.dataset.key")


def test_a_step_that_is_none(look: Look, made: Made) -> None:
    looking = look(INTERLEAVED)
    for address, expected in [("#step=999999", len(records_of(made, INTERLEAVED))), ("#step=x", 0), ("#step=-4", 0)]:
        looking.page.evaluate("hash => { location.hash = hash }", address)
        looking.at(expected)


# -- asking -------------------------------------------------------------------------------------------------------


SEARCHED = "() => document.querySelector('#found [role=status]')?.textContent.endsWith('found')"


def step_where(made: Made, source: str, test: Callable[[Any], bool]) -> int:
    return next(record.number for record in records_of(made, source) if test(record))


def hits(looking: Looking) -> list[str]:
    looking.page.wait_for_selector("#found[open]")
    return [text.replace("\n", " ") for text in looking.page.locator("#found .hits li").all_inner_texts()]


def test_when_did_a_variable_change(look: Look, made: Made) -> None:
    step = step_where(made, LONGER, lambda record: record.activation.name == "pairs#1" and "each" in record.changed)
    looking = look(LONGER, step)
    looking.page.locator("[data-key='name each']").click()
    looking.page.wait_for_function("() => document.querySelectorAll('#found .hits li').length === 6")
    assert [hit.split()[1] for hit in hits(looking)] == ["0", "1", "2", "3", "4", "5"]
    looking.page.locator("#found .hits button").nth(3).click()
    looking.page.wait_for_selector("#found:not([open])", state="attached")
    looking.page.wait_for_function("step => document.body.dataset.shown !== step", arg=str(step))
    assert looking.page.locator("[data-key='value each']").inner_text() == "3"
    assert "changed" in looking.text(".kvr.new")


def test_where_a_value_came_from(look: Look, made: Made) -> None:
    step = step_where(
        made, LONGER, lambda record: record.activation.name == "pairs#1" and record.instruction.opname == "YIELD_VALUE"
    )
    looking = look(LONGER, step)
    looking.page.locator("#pane-stack .val").first.click()
    assert "BUILD_TUPLE" in hits(looking)[0]
    looking.page.keyboard.press("Escape")
    looking.page.locator("[data-key='value each']").click()
    found = hits(looking)
    assert "STORE_FAST" in found[0]
    assert "FOR_ITER" in found[1]


def test_the_argument_of_a_call_is_where_it_came_from(look: Look, made: Made) -> None:
    step = step_where(made, LONGER, lambda record: "COMPARE_OP" in record.instruction.opname)
    looking = look(LONGER, step)
    looking.page.locator("[data-key='value n']").click()
    assert "argument n" in hits(looking)[-1]


def test_search_finds_values_lines_and_functions(look: Look) -> None:
    looking = look(INTERLEAVED)
    looking.page.keyboard.press("/")
    looking.page.keyboard.type("second")
    looking.page.keyboard.press("Enter")
    looking.page.wait_for_function(
        "() => document.querySelector('#found [role=status]')?.textContent.endsWith('found')"
    )
    found = hits(looking)
    assert any('print(name, "second")' in hit and "line 6" in hit for hit in found)
    assert any("worker#1: 'second'" in hit and "value" in hit for hit in found)
    looking.page.locator("#found .hits button", has_text="worker#2: 'second'").click()
    looking.page.wait_for_function("() => document.body.dataset.shown !== '0'")
    assert where(looking)[0].split()[-1] == "worker#2"
    looking.page.locator("#query").fill("worker")
    looking.page.locator("#query").press("Enter")
    looking.page.wait_for_function(
        "() => document.querySelector('#found [role=status]')?.textContent.endsWith('found')"
    )
    assert any("worker#2" in hit and "function" in hit for hit in hits(looking))


def test_search_finds_what_is_in_an_object(look: Look, made: Made) -> None:
    """As it looks at that step: the list was [4] when it was made."""
    looking = look(LONGER)
    looking.page.locator("#query").fill("[4, 3]")
    looking.page.locator("#query").press("Enter")
    looking.page.wait_for_function(SEARCHED)
    looking.page.locator("#found .hits button", has_text="[4, 3]").first.click()
    looking.page.wait_for_function("() => document.body.dataset.shown !== '0'")
    record = records_of(made, LONGER)[looking.step]
    assert "[4, 3]" in [text_of(value, record.objects) for value in record.stack]


def test_a_line_of_output_leads_to_the_step_that_printed_it(look: Look, made: Made) -> None:
    looking = look(INTERLEAVED, len(records_of(made, INTERLEAVED)))
    lines = looking.page.locator("#pane-output code").all_inner_texts()
    assert lines == ["one first", "two first", "one second", "two second"]
    looking.page.locator("#pane-output button").nth(1).click()
    looking.page.wait_for_function("() => document.querySelectorAll('#pane-output code').length < 4")
    assert where(looking)[0].split()[-1] == "worker#2"
    assert "CALL" in looking.text("#say p")


def test_a_line_of_source_leads_to_where_it_runs_next(look: Look) -> None:
    looking = look(INTERLEAVED)
    looking.page.locator("#pane-source li[data-line='6'] button").click()
    looking.page.wait_for_function("() => document.body.dataset.shown !== '0'")
    assert where(looking)[1].startswith("line 6,")
    assert looking.page.locator("#pane-source li.now").get_attribute("data-line") == "6"


def test_a_click_on_the_timeline_goes_there(look: Look) -> None:
    looking = look(INTERLEAVED)
    looking.page.wait_for_selector(".tl")
    box = looking.page.locator(".tl").bounding_box()
    looking.page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + 60)
    looking.page.wait_for_function("() => document.body.dataset.shown !== '0'")
    assert 40 < looking.step < 80
    looking.page.get_by_role("button", name="Zoom in").click()
    looking.page.wait_for_function("() => lasti.timeline.range[1] - lasti.timeline.range[0] < lasti.trace.steps")
    looking.page.get_by_role("button", name="Show all").click()
    looking.page.wait_for_function("() => lasti.timeline.range[1] - lasti.timeline.range[0] >= lasti.trace.steps")


# -- hostile text -------------------------------------------------------------------------------------------------

HOSTILE = [
    "</script><script>alert('script')</script>",
    "<img src=x onerror=alert('image')>",
    "<!-- <script>",
    "{{constructor.constructor('alert(1)')()}} ${alert('template')}",
    "<svg/onload=alert('svg')>",
    "]]>&lt;b&gt;&amp;",
    "javascript:alert('url')",
]
TURNING = "\u202egnp.exe\u2066\u200b\u061c\ufeff\x1b[31m\x07\U000e0041"

HOSTILE_PROGRAM = f"""\
texts = {HOSTILE!r}
turning = {TURNING!a}
# {TURNING} </script><img src=x onerror=alert('comment')>

def swallow(text, **more):
    local = {{text: [text]}}
    print(text)
    try:
        raise ValueError(text)
    except ValueError as error:
        return local, error

for text in [*texts, turning]:
    swallow(text, **{{text: text}})
strange = type("</script><img src=x onerror=alert(1)>", (), {{}})()
strange.__dict__["<img src=x onerror=alert(2)>"] = turning
print(turning)
"""


def test_values_are_text_and_nothing_else(look: Look, made: Made) -> None:
    looking = look(HOSTILE_PROGRAM)
    records = records_of(made, HOSTILE_PROGRAM)
    elements = "document.querySelectorAll('main img, main script, main b[onclick], .pane svg [onload], a').length"
    for step in [*range(5, len(records), 7), len(records)]:
        looking.go(step)
        assert looking.page.evaluate(elements) == 0
    output = looking.page.locator("#pane-output code").all_inner_texts()
    assert output[: len(HOSTILE)] == HOSTILE
    assert looking.errors == []


def test_what_cannot_be_seen_is_spelled_out(look: Look, made: Made) -> None:
    looking = look(HOSTILE_PROGRAM, len(records_of(made, HOSTILE_PROGRAM)))
    shown = looking.page.evaluate("document.body.innerText")
    for character in "\u202e\u2066\u200b\u061c\ufeff\x1b\x07\U000e0041":
        assert character not in shown
    assert "\\u{202e}gnp.exe\\u{2066}" in looking.page.locator("#pane-output code").last.inner_text()
    assert "\\u{202e}" in looking.page.locator("#pane-source li[data-line='3']").inner_text()


def test_hostile_questions_are_text_too(look: Look, made: Made) -> None:
    looking = look(HOSTILE_PROGRAM)
    for query in HOSTILE[:2]:
        looking.page.locator("#query").fill(query)
        looking.page.locator("#query").press("Enter")
        looking.page.wait_for_function(
            "() => document.querySelector('#found [role=status]')?.textContent.endsWith('found')"
        )
        assert query in looking.text("#found h2")
        assert looking.page.locator("#found img, #found script").count() == 0
        looking.page.keyboard.press("Escape")


def test_nothing_comes_from_the_network(look: Look) -> None:
    """The browser is offline for a page that is a file, and no request is so much as tried."""
    looking = look(INTERLEAVED)
    requests: list[str] = []
    looking.page.on("request", lambda request: requests.append(request.url))
    looking.page.reload()
    looking.page.wait_for_selector("body[data-shown]")
    press(looking, "End", "ArrowLeft")
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


# -- for everybody ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1000, 390])
def test_axe_finds_nothing(look: Look, theme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    looking = look(INTERLEAVED, 62, width=width, theme=theme)
    looking.page.wait_for_selector("#pane-output", state="attached")
    results = axe.Axe().run(looking.page)
    assert results.violations_count == 0, results.generate_report()
    looking.page.locator("#help" if width > 700 else "#goto").click()
    results = axe.Axe().run(looking.page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", [1440, 1000, 390])
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_nothing_is_wider_than_the_screen(look: Look, width: int, locale: str) -> None:
    looking = look(INTERLEAVED, 62, width=width, locale=locale)
    for tab in ["stack", "bytecode", "frames", "time"] if width == 390 else ["stack"]:
        if width == 390:
            looking.page.locator(f"#tab-{tab}").click()
        assert looking.page.evaluate("document.documentElement.scrollWidth") <= width
        assert looking.page.evaluate("document.querySelector('main').scrollWidth") <= width


BOXES = """() => [...document.querySelectorAll("main .pane, #tabs")].filter((each) => each.offsetParent !== null)
  .map((each) => [each.id, each.getBoundingClientRect().top, Math.max(each.offsetHeight, each.scrollHeight)])"""


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_panes_lie_below_each_other_on_a_narrow_screen(look: Look, locale: str) -> None:
    source = '"""' + "A long one. " * 60 + '"""\n' + INTERLEAVED
    looking = look(source, 62, width=390, height=844, locale=locale)
    for tab in ["stack", "bytecode", "frames", "loop", "time"]:
        looking.page.locator(f"#tab-{tab}").click()
        boxes = sorted(looking.page.evaluate(BOXES), key=lambda box: box[1])
        assert len(boxes) >= 3
        for (name, top, height), (other, following, _) in pairwise(boxes):
            assert top + height <= following + 2, (tab, name, other)
    looking.page.locator("#tab-stack").click()
    line = looking.page.locator("#pane-source .now").bounding_box()
    pane = looking.page.locator("#pane-source").bounding_box()
    assert pane["y"] < line["y"] < pane["y"] + pane["height"] - line["height"]


def test_one_screen_without_scrolling(look: Look) -> None:
    looking = look(INTERLEAVED, 62)
    assert looking.page.evaluate("document.documentElement.scrollHeight") == 900
    panes = ["source", "output", "bytecode", "stack", "locals", "tables", "calls", "heap", "timeline"]
    for pane in panes:
        box = looking.page.locator(f"#pane-{pane}").bounding_box()
        assert box is not None
        assert box["height"] >= 60, pane
        assert box["y"] + box["height"] <= 901, pane


def test_a_long_source_leaves_room_for_the_output(look: Look, made: Made) -> None:
    source = INTERLEAVED + "# the end\n" * 200
    looking = look(source, len(records_of(made, source)))
    looking.page.wait_for_selector("#pane-output button")
    last = looking.page.locator("#pane-output button").last.bounding_box()
    pane = looking.page.locator("#pane-output").bounding_box()
    assert last["y"] + last["height"] <= pane["y"] + pane["height"]


def test_all_of_it_by_keyboard(look: Look) -> None:
    looking = look(INTERLEAVED, 62)
    seen = []
    for _ in range(9):
        looking.page.keyboard.press("F6")
        seen.append(looking.page.evaluate("document.activeElement.id"))
    panes = ["source", "output", "how", "bytecode", "stack", "locals", "tables", "calls", "heap"]
    assert seen == [f"pane-{pane}" for pane in panes]
    looking.page.keyboard.press("?")
    assert "next task switch" in looking.text("#keys")
    looking.page.get_by_label("Single letters are keys").uncheck()
    looking.page.keyboard.press("Escape")
    looking.page.keyboard.press("t")
    assert press(looking, "ArrowRight") == 63  # t did nothing
    reached = set()
    looking.page.locator("#query").focus()
    for _ in range(90):
        looking.page.keyboard.press("Tab")
        reached.add(looking.page.evaluate("document.activeElement.id || document.activeElement.dataset.key || ''"))
    wanted = {
        "goto",
        "theme",
        "help",
        "slider",
        "play",
        "speed",
        "slot0",
        "name delay",
        "value delay",
        "how",
        "zoom.in",
    }
    assert wanted <= reached


def test_the_step_is_told_to_screen_readers(look: Look) -> None:
    looking = look(INTERLEAVED, 62)
    say = looking.page.locator("#say")
    assert (say.get_attribute("aria-live"), say.get_attribute("aria-label")) == ("polite", "This step in words")
    roles = {
        role: looking.page.get_by_role(role).count() for role in ("banner", "navigation", "main", "search", "slider")
    }
    assert roles == {"banner": 1, "navigation": 1, "main": 1, "search": 1, "slider": 1}
    for name in ["Source", "Bytecode", "Value stack", "Locals", "Call stack", "Heap: coroutines alive", "Timeline"]:
        assert looking.page.get_by_role("region", name=name, exact=True).count() == 1
    looking.page.locator("#speed").select_option("10")
    looking.page.locator("#play").click()
    assert say.get_attribute("aria-live") == "off"
    looking.page.locator("#play").click()
    assert say.get_attribute("aria-live") == "polite"


def test_tabs_on_a_narrow_screen(look: Look) -> None:
    looking = look(INTERLEAVED, 62, width=390, height=844)
    looking.page.locator("#tab-stack").focus()
    looking.page.keyboard.press("ArrowRight")
    assert looking.page.locator("#pane-bytecode").is_visible()
    assert not looking.page.locator("#pane-stack").is_visible()
    assert looking.page.evaluate("document.activeElement.id") == "tab-bytecode"
    looking.page.locator("#unit").select_option("line")
    looking.page.locator("#forward").click()
    looking.page.wait_for_function("() => document.body.dataset.shown !== '62'")
    for name in ["#back", "#forward", "#play", "#unit"]:
        box = looking.page.locator(name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def test_korean(look: Look) -> None:
    looking = look(INTERLEAVED, 62, locale="ko-KR")
    assert looking.page.evaluate("document.documentElement.lang") == "ko"
    for word in ["바이트코드", "값 스택", "코루틴", "일시 중지", "재개"]:
        assert word in looking.text("body")
    looking.page.keyboard.press("k")
    looking.page.wait_for_function("() => document.documentElement.lang === 'en'")
    assert "Value stack" in looking.text("body")


def test_light_and_dark(look: Look) -> None:
    looking = look(INTERLEAVED, 62, theme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert looking.page.evaluate(background) == "rgb(17, 20, 24)"
    looking.page.keyboard.press("d")
    assert looking.page.evaluate(background) == "rgb(255, 255, 255)"
    looking.page.reload()
    looking.page.wait_for_selector("body[data-shown]")
    assert looking.page.evaluate(background) == "rgb(255, 255, 255)"


# -- the loop -----------------------------------------------------------------------------------------------------


@pytest.fixture
def loop_page(made: Made, tmp_path: Path) -> tuple[str, dict[int, State]]:
    with Timeline.open(made(INTERLEAVED)[0]) as timeline:
        with_loop = WithLoop(timeline)
        (tmp_path / "loop.html").write_text(page(with_loop), encoding="utf-8")  # type: ignore[arg-type]
        states = {step: with_loop.state(step) for step in range(len(timeline) + 1)}
    return (tmp_path / "loop.html").as_uri(), states


def test_the_loop_is_shown(look: Look, loop_page: Any) -> None:
    url, states = loop_page
    ready = next(step for step, state in states.items() if any(task.status == "ready" for task in state.tasks))
    looking = look("", ready, url=url)
    for step in range(ready, len(states), 9):
        looking.go(step)
        tasks = states[step].tasks
        rows = [row.split("\t") for row in looking.page.locator("#pane-loop tbody tr").all_inner_texts()]
        assert [row[1].strip() for row in rows] == [task.status for task in tasks]
        assert [row[2].strip() for row in rows] == [task.waits_for or "\N{EN DASH}" for task in tasks]
        loop = states[step].loops[0]
        assert f"iteration {loop.iteration}, t = {loop.time:.3f} s" in looking.text("#pane-loop .hd")
        boxes = looking.page.locator("#pane-loop .v").all_inner_texts()
        assert (boxes[1] == "empty") == (not loop.ready)
        assert boxes[2].count("in ") == len(loop.timers)


SLEEPERS = """\
import asyncio

async def worker(name, delay):
    print(name, "first")
    await asyncio.sleep(delay)
    print(name, "second")

async def main():
    await asyncio.gather(worker("one", 1), worker("two", 2))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def sleepers(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    """Return the page of a run in virtual time, and a step at which the second worker runs and the first sleeps."""
    folder = tmp_path_factory.mktemp("sleepers")
    (folder / "prog.py").write_text(SLEEPERS, encoding="utf-8")
    options = ["--quiet", "--loop", "lasti", "--clock", "virtual", "-o", "run.lasti", "--html", "run.html"]
    subprocess.run([sys.executable, "-m", "lasti", "run", *options, "prog.py"], check=True, cwd=folder, timeout=100)
    with Timeline.open(folder / "run.lasti") as timeline:
        printed = [event.step for event in timeline.events() if event.kind == "output" and "two" in event.text]
    return (folder / "run.html").as_uri(), printed[0] + 1


def test_who_will_wake_a_task_and_when(look: Look, sleepers: tuple[str, int]) -> None:
    looking = look("", sleepers[1], url=sleepers[0])
    rows = [row.split("\t") for row in looking.page.locator("#pane-loop tbody tr").all_inner_texts()]
    assert [row[1:3] for row in rows[:2]] == [["waiting", "all of: 'Task-2', 'Task-3'"], ["waiting", "a sleep to end"]]
    assert "Task-2" in rows[0][3]
    assert "Task-3" in rows[0][3]  # it runs, and is one of all
    assert rows[1][3] == "timer, in 1.00 s"
    assert "Task-2" in looking.page.locator("#pane-loop .v").all_inner_texts()[2]
    assert looking.page.locator(".tl .gap").count() == 2  # a second each, though none has passed
    looking.page.keyboard.press("k")
    looking.page.wait_for_selector("html[lang=ko]")
    korean = looking.text("#pane-loop")
    assert "잠든 시간이 끝나기" in korean
    assert "타이머, 1.00초 뒤" in korean
    assert "sleep" not in korean


def test_what_comes_before_and_after(look: Look, sleepers: tuple[str, int]) -> None:
    """The step's sentence stands between that of the last and of the next instruction of its frame."""
    looking = look("", sleepers[1], url=sleepers[0])
    said = {}
    for step in (sleepers[1], sleepers[1] + 1, sleepers[1] + 2):
        looking.go(step)
        said[step] = looking.text("#say p"), looking.text("#say .nx")
    here = sleepers[1] + 1
    assert f"Before: {said[here - 1][0].split(':')[0]}: " in said[here][1]
    assert f"After: {said[here + 1][0].split(':')[0]}: " in said[here][1]


def test_the_expression_is_underlined(look: Look, sleepers: tuple[str, int]) -> None:
    if PY < (3, 11):
        pytest.skip("3.10 knows no columns")
    looking = look("", sleepers[1], url=sleepers[0])
    seen = set()
    for step in range(sleepers[1], sleepers[1] + 8):
        looking.go(step)
        script = "[...(CSS.highlights.get('expression') ?? [])].map(String).join()"
        seen.add(looking.page.evaluate(script))
    assert {"asyncio.sleep", "delay", "asyncio.sleep(delay)"} <= seen


def _range(looking: Looking) -> tuple[int, int]:
    """Return the steps that the timeline shows."""
    found = re.search(r"steps (\d+) to (\d+);", looking.page.get_attribute(".tl", "aria-label"))
    assert found is not None
    return int(found[1]), int(found[2])


def _redrawn(looking: Looking, action: Callable[[], Any]) -> None:
    """Do something, and wait for another picture of the timeline."""
    label = looking.page.get_attribute(".tl", "aria-label")
    action()
    looking.page.wait_for_selector(f'.tl:not([aria-label="{label}"])')


def test_how_an_instruction_works_goes_to_what_does_the_work(look: Look, made: Made) -> None:
    looking = look(LONGER)
    with Timeline.open(made(LONGER)[0]) as timeline:
        call = next(
            each.number for each in timeline.steps(0, len(timeline)) if each.instruction.opname == "RETURN_VALUE"
        )
    looking.go(call)
    looking.page.click("#pane-how summary")
    how = looking.text("#pane-how pre")
    assert "def RETURN_VALUE(frame" in how
    assert "def leave(frame" in how
    assert "@" not in how


def _reads(record: StepRecord, name: str) -> bool:
    return record.instruction.opname.startswith("LOAD_FAST") and record.instruction.argument == name


def _is_same(first: StepRecord, later: StepRecord) -> bool:
    return first.activation == later.activation


def test_locals_say_what_was_read_and_what_is_not_there_yet(look: Look, made: Made) -> None:
    looking = look(LONGER)
    with Timeline.open(made(LONGER)[0]) as timeline:
        records = list(timeline.steps(0, len(timeline)))
    pairs = [record for record in records if record.activation.code.qualname == "pairs"]
    looking.go(pairs[3].number)
    rows = [row.split() for row in looking.page.locator("#pane-locals .kvr").all_inner_texts()]
    assert ["each", "unbound"] in rows
    read = next(later.number for first, later in pairwise(records) if _reads(first, "n") and _is_same(first, later))
    looking.go(read)
    assert "just read" in looking.text("#pane-locals")


def test_what_the_compiler_adds_for_exceptions_is_folded(look: Look, sleepers: tuple[str, int]) -> None:
    looking = look("", sleepers[1], url=sleepers[0])
    fold = looking.page.locator("#pane-bytecode .fold")
    if PY < (3, 12):
        assert fold.count() == 0  # nothing of the kind in this function
        return
    hidden = looking.page.locator("#pane-bytecode tr[hidden]").count()
    assert hidden > 0
    assert fold.get_attribute("aria-expanded") == "false"
    fold.click()
    assert looking.page.locator("#pane-bytecode tr[hidden]").count() == 0
    assert fold.get_attribute("aria-expanded") == "true"


THREADS = """\
import threading

def work():
    print("first")
    print("second")

for _ in range(2):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print("end")
"""


def test_a_thread_runs_only_where_it_has_steps(look: Look, made: Made) -> None:
    looking = look(THREADS)
    looking.page.wait_for_selector(".tl .ou")
    with Timeline.open(made(THREADS)[0]) as timeline:
        threads = [record.thread for record in timeline.steps(0, len(timeline))]
    runs = 1 + sum(one != other for one, other in pairwise(threads))
    assert looking.page.locator(".tl .run").count() == runs
    assert looking.page.locator(".tl .sus").count() >= 1  # the main thread, meanwhile


def test_part_of_the_timeline(look: Look, sleepers: tuple[str, int]) -> None:
    """Lines of output keep their numbers, and who rests all the time keeps its lane."""
    looking = look("", sleepers[1], url=sleepers[0])
    looking.page.wait_for_selector(".tl .ou")
    assert looking.page.locator(".tl .ou").all_text_contents() == ["1", "2", "3", "4"]
    for _ in range(2):
        looking.page.click('[data-key="zoom.in"]')
    looking.page.wait_for_function("document.querySelectorAll('.tl .ou').length === 1")
    assert looking.page.locator(".tl .ou").all_text_contents() == ["2"]
    names = " ".join(looking.page.locator(".tl .nm").all_text_contents())
    assert all(name in names for name in ("main#1", "worker#1", "worker#2"))


def test_the_timeline_is_zoomed_by_keys_and_dragged_away_from_the_cursor(look: Look, sleepers: tuple[str, int]) -> None:
    looking = look("", sleepers[1], url=sleepers[0])
    looking.page.wait_for_selector(".tl .ou")
    whole = _range(looking)
    assert looking.page.locator(".tl .tt").all_text_contents() == ["1.00 s", "2.00 s"]
    for key in ">><>":
        _redrawn(looking, lambda key=key: looking.page.keyboard.press(key))
    begin, end = _range(looking)
    assert end - begin == pytest.approx((whole[1] - whole[0]) / 4, abs=2)
    box = looking.page.locator(".tl").bounding_box()
    y = box["y"] + box["height"] - 20
    looking.page.mouse.move(box["x"] + 700, y)
    looking.page.mouse.down()
    for x in (600, 500, 400, 300, 200):
        _redrawn(looking, lambda x=x: looking.page.mouse.move(box["x"] + x, y))
    looking.page.mouse.up()
    assert _range(looking)[0] == pytest.approx(begin + (end - begin) * 500 / (box["width"] - 144), abs=2)
    assert looking.step == sleepers[1]  # dragging goes nowhere
    _redrawn(looking, lambda: looking.page.keyboard.press("ArrowRight"))
    assert _range(looking)[0] <= sleepers[1] + 1  # and the timeline follows again


def test_a_trace_without_a_loop_shows_nothing_of_it(look: Look) -> None:
    looking = look(LONGER, 62, width=390)
    assert not looking.page.locator("#tab-loop").is_visible()
    looking = look(LONGER, 62)
    assert not looking.page.locator("#pane-loop").is_visible()
    assert "woken" not in looking.text("body")


def test_woken_tasks_are_on_the_timeline(look: Look, loop_page: Any) -> None:
    looking = look("", 62, url=loop_page[0])
    looking.page.wait_for_selector(".tl")
    assert looking.page.locator(".tl .rdy").count() >= 3
    assert looking.page.locator(".tl .wk").count() >= 1
    assert "woken, waiting for its turn" in looking.text("#pane-timeline")


# -- the server ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "shown"),
    [("en-US", "virtual clock order random:7 simulated network"), ("ko-KR", "가상 시계 순서 random:7 가상 네트워크")],
)
def test_what_was_chosen_for_the_loop(look: Look, tmp_path: Path, locale: str, shown: str) -> None:
    (tmp_path / "prog.py").write_text(INTERLEAVED, encoding="utf-8")
    words = ["--order", "random:7", "--net", "simulated", "--html", "run.html", "prog.py"]
    subprocess.run([sys.executable, "-m", "lasti", "run", "--quiet", *words], check=True, cwd=tmp_path, timeout=100)
    looking = look("", url=(tmp_path / "run.html").as_uri(), locale=locale)
    assert " ".join(looking.page.locator("#facts span").all_inner_texts()[3:]) == shown


def test_the_served_page_shows_the_same(look: Look, made: Made) -> None:
    with PageServer(str(made(LONGER)[0])) as server, Timeline.open(made(LONGER)[0]) as timeline:
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            looking = look("", 5, url=server.url)
            for step in [0, 90, len(timeline) // 2, len(timeline)]:
                looking.go(step)
                assert looking.page.evaluate(STATE, step) == said(timeline, timeline.state(step))
            assert press(looking, "ArrowLeft") == len(timeline) - 1
        finally:
            server.stop()
            thread.join()


# -- in words -----------------------------------------------------------------------------------------------------

SAID = """([step]) => lasti.trace.at(step).then(moment => {
  const text = (pieces) => pieces.flat(9).map((piece) => piece.code ?? piece).join("").replaceAll("`", "");
  const events = moment.events.map((event) => text(lasti.words.event(moment, event)));
  return [events, moment.top() ? text(lasti.words.step(moment)) : ""];
})"""


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("source", [INTERLEAVED, LONGER], ids=["interleaved", "longer"])
def test_a_step_is_told_as_words_tells_it(look: Look, made: Made, source: str, language: str) -> None:
    looking = look(source, locale=language)
    events: list[str] = []
    with Timeline.open(made(source)[0]) as timeline:
        for item, expected in sentences(timeline, language=language):
            plain = expected.replace("`", "")  # the page has the type of code instead
            if not isinstance(item, StepRecord):
                events.append(plain)
                continue
            told = looking.page.evaluate(SAID, [item.number])
            assert told == [events, plain], f"step {item.number}"
            events = []


SAY = """async steps => {
  const said = [];
  for (const step of steps) {
    await lasti.go(step);
    said.push([...document.querySelectorAll("#say p, #say p ~ .sm, #say .nx .sm")].map((each) => each.textContent).filter(Boolean));
  }
  return said;
}"""  # noqa: E501


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("source", [INTERLEAVED, LONGER], ids=["interleaved", "longer"])
def test_what_comes_before_and_after_is_told_as_in_a_terminal(
    look: Look, made: Made, source: str, language: str
) -> None:
    looking = look(source, locale=language)
    with Timeline.open(made(source)[0]) as timeline:
        steps = [*range(0, len(timeline), 3), len(timeline)]
        expected = [[each.replace("`", "") for each in what_happens(timeline, step, language)] for step in steps]
    for step, there, here in zip(steps, looking.page.evaluate(SAY, steps), expected):
        assert there == here, f"step {step}"
