"""Every step and event in words: no instruction without a sentence, in every language, with the values there are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lasti.bytecode import explain
from lasti.errors import UsageError
from lasti.machine import Machine, dispatch
from lasti.trace.recorder import TraceRecorder
from lasti.trace.records import Event, StepRecord
from lasti.trace.timeline import Timeline
from lasti.versions import PY
from lasti.view import labels, words

PROGRAMS = Path(__file__).parents[1] / "programs"
EVENTS = ("call", "return", "yield", "resume", "throw", "unwind", "end", "handle", "output")
LOOP_EVENTS = ("task", "wake", "turn", "run", "select", "cancel", "done")
LANGUAGES = sorted(words.languages())

PROGRAM = """
def worker(n):
    got = yield n
    try:
        yield got
    except KeyError as error:
        print("caught", error)
    return 5

def go():
    x = 10
    y = 20
    g = worker(1)
    next(g)
    g.send("hi")
    try:
        g.throw(KeyError("no"))
    except StopIteration:
        pass
    for each in (x, y):
        print(x + y, "`{1}` [{result}]")

go()
"""


@contextmanager
def recorded(source: str, name: str = "<program>") -> Iterator[Timeline]:
    with TraceRecorder() as recorder:
        with Machine(recorder) as machine:
            machine.exec(compile(source, name, "exec"), {"__name__": "__main__"})
        yield Timeline.of(recorder)


@pytest.fixture(scope="module")
def timeline() -> Iterator[Timeline]:
    with recorded(PROGRAM) as timeline:
        yield timeline


def said(timeline: Timeline, language: str = "en") -> list[str]:
    return [text for _, text in words.sentences(timeline, language=language)]


# -- the templates ------------------------------------------------------------------------------------------------


def test_english_and_korean_are_there() -> None:
    assert {"en": "English", "ko": "한국어"}.items() <= words.languages().items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_instruction_of_this_python_has_a_sentence(language: str) -> None:
    """tests/machine/test_instructions.py checks the machine's table against the running Python."""
    table = words.templates(language)["instructions"]
    names = {explain.SAME.get(name, (name, ""))[0] for name in dispatch.TABLE}
    assert sorted(name for name in names if not table.get(name)) == []
    assert sorted(kind for kind in EVENTS + LOOP_EVENTS if not words.templates(language)["events"].get(kind)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["instructions", "events", "phrases"])
def test_every_language_says_the_same_things_with_the_same_values(language: str, kind: str) -> None:
    table, english = words.templates(language)[kind], words.templates("en")[kind]
    assert table.keys() == english.keys()
    for key, text in table.items():
        assert text.strip()
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[key])), key


def test_every_value_that_a_template_asks_for_can_be_given() -> None:
    asked = {name for text in words.templates("en")["instructions"].values() for name in re.findall(r"{(\w+)}", text)}
    assert sorted(n for n in asked if not n.isdigit() and not hasattr(words._Instruction, f"_get_{n}")) == []


def test_an_unknown_language_is_refused(timeline: Timeline) -> None:
    with pytest.raises(UsageError, match="there is no language 'xx'"):
        words.sentence(timeline, next(timeline.steps()), "xx")
    with pytest.raises(UsageError, match=r"there is no language '\.\./ko'"):
        words.templates("../ko")


def test_a_part_with_an_unknown_value_is_left_out() -> None:
    values = {"a": "[{b}]", "b": None}
    assert explain.fill("{a}[ ({b})][ <{a}>]{b}.", values.get) == "[{b}] <[{b}]>?."


# -- the sentences ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name",
    ["coroutines/await_chain.py", "asyncgens/basics.py", "aio/gather.py", "threads/generators_across.py"],
)
def test_every_step_and_event_of_a_program_has_its_sentence(name: str, language: str) -> None:
    unknown = {words.templates(language)[kind]["?"] for kind in ("instructions", "events")}
    source = (PROGRAMS / name).read_text(encoding="utf-8")
    with recorded(source) as timeline:
        found = list(words.sentences(timeline, language=language))
        assert [item for item, _ in found] == list(timeline.items())
        for _, text in found:
            assert not any(text.endswith(each) for each in unknown)


def test_one_sentence_is_as_among_many(timeline: Timeline) -> None:
    for item, text in words.sentences(timeline):
        if isinstance(item, StepRecord):
            assert words.sentence(timeline, item) == text
    events = {kind: event for event in timeline.events() for kind in [event.kind]}
    assert set(events) >= set(EVENTS) - {"unwind", "end", "output"}
    for event in events.values():
        assert words.sentence(timeline, event)


def test_a_stretch_is_as_in_the_whole(timeline: Timeline) -> None:
    whole = {item.number: text for item, text in words.sentences(timeline) if isinstance(item, StepRecord)}
    middle = len(timeline) // 2
    for item, text in words.sentences(timeline, middle, middle + 5):
        if isinstance(item, StepRecord) and item.number < middle + 3:  # the result comes with the step that follows
            assert whole[item.number] == text


def test_values_stand_as_they_are(timeline: Timeline) -> None:
    assert any("'`{1}` [{result}]'" in text for text in said(timeline))


def yields(timeline: Timeline, language: str) -> list[str]:
    return [text.partition(": ")[2] for text in said(timeline, language) if text.startswith("YIELD_VALUE")]


def test_a_yield_says_who_gets_what_and_where_it_stays(timeline: Timeline) -> None:
    offsets = [step.instruction.offset for step in timeline.steps() if step.instruction.opname == "YIELD_VALUE"]
    assert yields(timeline, "en") == [
        f"suspend `worker#1` and hand {value} to `go#1`, which sent {sent}; "
        f"its frame stays on the heap with `f_lasti` = {offset}"
        for value, sent, offset in zip(["1", "'hi'"], ["None", "'hi'"], offsets)
    ]
    assert yields(timeline, "ko") == [
        f"`worker#1` 실행을 일시 중지하고 {value} 값을 `go#1` 쪽에 건넵니다 (보내온 값: {sent}). "
        f"그 프레임은 `f_lasti` = {offset} 상태로 힙에 남습니다"
        for value, sent, offset in zip(["1", "'hi'"], ["None", "'hi'"], offsets)
    ]


def test_what_is_loaded_added_and_called_is_named(timeline: Timeline) -> None:
    text = "\n".join(said(timeline))
    assert "LOAD_FAST 1: push the local `y` (20)" in text or "push the locals `x` (10) and `y` (20)" in text
    assert "take 10 and 20, and push the result of `+` (30)" in text
    assert "call <builtin print> with 30, '`{1}` [{result}]'" in text
    assert "`go#1` resumes `worker#1` with 'hi'" in text
    assert "`go#1` throws KeyError('no') into `worker#1`" in text


def test_a_loop_says_whether_it_goes_on(timeline: Timeline) -> None:
    loops = [text for text in said(timeline) if text.startswith("FOR_ITER")]
    assert [text.partition(" for its next value")[2][:13] for text in loops] == [
        " and push it ",
        " and push it ",
        ": there is no",
    ]
    receiver = "(10, 20)" if PY >= (3, 15) else "tuple_iterator#"  # from 3.15 a tuple is iterated with an index
    assert all(receiver in text for text in loops)


def test_the_end_of_a_coroutine_is_told() -> None:
    source = "async def f(n):\n    return n\nasync def g():\n    return await f(7)\ntry:\n    g().send(None)\n"
    with recorded(source + "except StopIteration:\n    pass\n") as timeline:
        text = "\n".join(said(timeline))
    assert "`f#1` is done: 7 goes to `g#1` in a StopIteration" in text
    assert re.search(r"(SEND|YIELD_FROM) \d*:? ?.*resume <coroutine f#1> with None", text) or PY == (3, 10)
    assert "`await` asks <coroutine f#1>" in text


def test_keyword_arguments_and_stars() -> None:
    source = "def f(*a, **k):\n    return 1\na = [1, 2]\nf(3, key=4)\nf(*a)\nf(*a, **{'k': 5})\n[].append(6)\n"
    with recorded(source) as timeline:
        calls = [text.partition(": call ")[2] for text in said(timeline) if ": call " in text]
    texts = [text.partition(";")[0] for text in calls]
    assert "<function f> with 3, 4" in texts
    assert "<function f> with the positional arguments (1, 2)" in texts or any("[1, 2]" in text for text in texts)
    assert any("and the keyword arguments {'k': 5}" in text for text in texts)
    assert any(text.endswith("with [], 6") for text in texts) or any(text.endswith(" with 6") for text in texts)


# -- the loop's events, as the records have them ------------------------------------------------------------------


def event(kind: str, **fields: object) -> Event:
    return Event(kind, 0, 1, None, 0, 0, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        (event("output", stream="stdout", text="caught\n"), r"'caught\n' is written to stdout"),
        (event("task", task=2, by=1, text="Task-2"), "the task Task-2 is made by `#1`"),
        (event("wake", task=2, text="the timer is due"), "`#2` is put into the ready queue: the timer is due"),
        (event("wake", task=2, by=1), "`#2` is put into the ready queue by `#1`"),
        (event("run", task=2), "it is the turn of `#2`: the event loop runs its next step"),
        (event("run", text="sleep.<locals>.cb"), "the event loop runs sleep.<locals>.cb"),
        (event("done", task=2, text="failed"), "`#2` is over: failed"),
    ],
)
def test_what_the_loop_does(timeline: Timeline, happened: Event, expected: str) -> None:
    assert words.sentence(timeline, happened) == expected


def test_the_templates_come_with_the_package() -> None:
    """A wheel has the files too: pyproject.toml names them."""
    code = "from lasti.bytecode.explain import languages; print(*languages())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == LANGUAGES
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"bytecode/texts/*.json"' in text


def test_every_phrase_of_the_loop_is_translated() -> None:
    """What a task waits for and why it was woken stands in the recording in English."""
    from lasti.eventloop.waiting import WORDS

    phrases = [*WORDS.values(), "all of: a future", "task 'x' and 7 more", "a future that nobody has completed"]
    phrases += ["its future was completed by file 7, which became readable", "it was made", "a timer or input", "done"]
    for phrase in phrases:
        assert labels.said("en", phrase) == phrase
        assert labels.said("ko", phrase) != phrase
        assert not re.search("[a-z]{3}", labels.said("ko", phrase).replace("'x'", ""))
    assert labels.said("ko", "its future was completed by task 'worker'") == "퓨처를 완료한 것: 태스크 'worker'"
    assert labels.said("ko", "my own {x} phrase") == "my own {x} phrase"
