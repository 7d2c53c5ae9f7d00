"""What the study notes show is what the machine shows; with their numbers, on the versions that they used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness import PROGRAMS, on_machine, read_program

HERE = Path(__file__).parent
PY = sys.version_info[:2]
on_310 = pytest.mark.skipif(PY != (3, 10), reason="the notes' numbers are those of 3.10")
on_312 = pytest.mark.skipif(PY != (3, 12), reason="the notes' numbers are those of 3.12")


def printed(name: str) -> list[str]:
    """Run a program of the notes on the machine, return the lines that it printed; it must end well."""
    outcome = on_machine(read_program(PROGRAMS / "seeds" / f"{name}.py"))
    assert (outcome.errors, outcome.exit_code) == ("", 0)
    return outcome.output.splitlines()


def steps_of(name: str, function: str) -> list[tuple[str, object, list[object], dict[str, object]]]:
    """Run a program of the notes on the machine, return the steps of one of its functions (see ``stack_steps``)."""
    command = [sys.executable, str(HERE / "stack_steps.py"), str(PROGRAMS / "seeds" / f"{name}.py"), function]
    output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return [tuple(json.loads(line[5:])) for line in output.splitlines() if line.startswith("step ")]


# -- seeds 000 and 002: frames, bytecode, the value stack --------------------------------------------------------


def test_two_coroutines_interleave() -> None:
    assert printed("coroutine_mended") == [
        "coroutine1 first entry point",
        "coroutine2 first entry point",
        "coroutine1 second entry point",
        "coroutine2 second entry point",
    ]


def test_the_interleaving_is_drawn_as_in_the_notes() -> None:
    command = [sys.executable, "-m", "lasti", "run", str(PROGRAMS / "seeds" / "coroutine_mended.py")]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    turns = [re.fullmatch(r" *\d+  ([|<> -]*)  (\w+) +(.*)", line) for line in lines[-9:]]
    lanes, names, texts = zip(*(turn.groups() for turn in turns if turn is not None))
    assert list(zip(map(str.rstrip, lanes), names)) == [
        ("->", "main"), ("<-", "main"),
        ("|   ->", "coroutine1"), ("|   <-", "coroutine1"),
        ("|   |   ->", "coroutine2"), ("|   |   <-", "coroutine2"),
        ("|   ->  |", "coroutine1"), ("|       ->", "coroutine2"), ("->", "main"),
    ]  # fmt: skip
    assert texts[2] == 'print("coroutine1 first entry point")'
    assert texts[3].startswith("await asyncio.sleep(")
    assert texts[6].startswith('print("coroutine1 second entry point")')


def test_a_frame_tells_its_locals_and_its_caller() -> None:
    lines = printed("frame_example")
    assert lines[:2] == ["30", "frame.f_locals: {'x': 10, 'y': 20}"]
    assert lines[2].startswith("frame.f_back: <frame at 0x...")
    assert lines[2].endswith("code <module>>")
    assert lines[5] == "True"  # frame.f_code is func.__code__


@on_310
def test_f_lasti_of_a_returned_frame_is_its_return() -> None:
    assert "frame.f_lasti: 30" in printed("frame_example")
    assert printed("byte_code_example")[-1].split() == ["30", "RETURN_VALUE"]


@on_310
def test_co_code_pairs_opcodes_and_arguments() -> None:
    assert (
        "[100, 1, 125, 0, 100, 2, 125, 1, 116, 0, 124, 0, 124, 1, 23, 0, 131, 1, 1, 0, 116, 1, 160, 2, 161, 0, "
        "97, 3, 100, 0, 83, 0]"
    ) in printed("frame_example")


def test_the_names_and_constants_of_code() -> None:
    lines = printed("frame_f_code_example")
    assert lines[2:] == ["('x', 'y')", "('print', 'inspect', 'currentframe', 'frame')"]
    if PY < (3, 14):  # from 3.14 small numbers are no constants any more
        assert lines[0] == "func.co_consts: (None, 10, 20)"
        assert lines[1] == "func2.co_consts: (None, 'Hello, ')"


@on_310
def test_the_twelve_states_of_the_value_stack() -> None:
    nothing, x, both = {}, {"x": 10}, {"x": 10, "y": 20}
    assert steps_of("byte_code_with_frame_ex", "func") == [
        ("LOAD_CONST", 10, [], nothing),
        ("STORE_FAST", "x", [10], nothing),
        ("LOAD_CONST", 20, [], x),
        ("STORE_FAST", "y", [20], x),
        ("LOAD_GLOBAL", "print", [], both),
        ("LOAD_FAST", "x", ["print"], both),
        ("LOAD_FAST", "y", ["print", 10], both),
        ("BINARY_ADD", None, ["print", 10, 20], both),
        ("CALL_FUNCTION", 1, ["print", 30], both),
        ("POP_TOP", None, [None], both),
        ("LOAD_CONST", None, [], both),
        ("RETURN_VALUE", None, [None], both),
        ("return", None, [], {}),
    ]


def test_the_value_stack_on_every_version() -> None:
    steps = steps_of("byte_code_with_frame_ex", "func")
    states = [stack for _, _, stack, _ in steps[:-1]]
    different = [state for before, state in zip([None, *states], states) if state != before]
    expected: list[list[object]] = [
        [], [10], [], [20], [], ["print"], ["print", 10], ["print", 10, 20], ["print", 30], [None], [],
    ]  # fmt: skip
    if PY >= (3, 13):  # two locals are loaded by one instruction
        expected.remove(["print", 10])
    if PY not in ((3, 12), (3, 13)):  # those have RETURN_CONST
        expected.append([None])
    assert different == expected
    assert steps[-2][3] == {"x": 10, "y": 20}
    assert steps[-1] == ("return", None, [], {})


@on_312
def test_await_is_send_and_yield_value() -> None:
    lines = [line.replace(">>", "").split() for line in printed("coroutine_dis")]
    for expected in (["72", "SEND", "3"], ["76", "YIELD_VALUE", "2"], ["78", "RESUME", "3"], ["82", "END_SEND"]):
        assert any(line[: len(expected)] == expected for line in lines), expected


@on_312
def test_a_suspended_generator_stands_at_its_yield() -> None:
    assert printed("generator_lasti")[-3:] == ["1", ">> f_lasti: 8", ">> op: 150, opname: YIELD_VALUE"]


def test_a_suspended_generator_stands_at_its_yield_on_every_version() -> None:
    opname = printed("generator_lasti")[-1].rpartition(" ")[2]
    assert opname == ("YIELD_VALUE" if PY < (3, 13) else "RESUME")


# -- seed 001: a frame that outlives its call --------------------------------------------------------------------


def test_a_frame_outlives_its_call() -> None:
    assert printed("frame_outlives_call") == ["bar", "foo"]


def test_a_generator_before_and_after_its_first_yield() -> None:
    lines = printed("gen_fn")
    assert lines[:2] == ["<class 'generator'>", "gen_fn"]
    before, first, after = int(lines[2]), lines[3], int(lines[4])
    assert first == "1"
    assert before < after
    if PY == (3, 10):
        assert before == -1  # not begun
    assert lines[6:] == ["result of yield: hello", "2", "result of 2nd yield: goodbye", "done"]


# -- seed 003: coroutines out of generators, native ones ---------------------------------------------------------


def test_values_go_into_a_generator() -> None:
    assert printed("coroutine_receives")[:4] == [
        "받아온 값: 10",
        "받아온 값: 안녕하세요.",
        "받아온 값: 흔한 찐따입니다.",
        "받아온 값: 3.14",
    ]


def test_the_sums_that_come_back() -> None:
    assert printed("coroutine_sums")[1::2] == ["x: 1", "x: 3", "x: 6", "x: 10"]


def test_native_coroutines() -> None:
    assert printed("native_coroutine_mended") == ["네이티브 코루틴 호출"]
    assert printed("await_coroutine") == ["100"]


# -- seed 004: generators, event loop, async generators ----------------------------------------------------------


def test_the_letters() -> None:
    assert "".join(printed("letters")) == "abcdefghijklmnopqrstuvwxyz"
    assert "".join(printed("letters_yield_from_mended")) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_the_flags_of_a_generator() -> None:
    flags, name, is_set = printed("letters_flags")
    assert (name, is_set) == ("GENERATOR", "True")
    assert int(flags) & 32
    if PY == (3, 10):  # from 3.11 NOFREE, 64, is not set any more
        assert flags == "99"


def test_the_code_of_a_generator_is_its_functions() -> None:
    lines = printed("letters_disco")
    assert lines[-1] == "True"
    assert any("YIELD_VALUE" in line for line in lines)


def test_alarms_ring_in_the_order_of_their_times() -> None:
    assert printed("sleepy_alarm") == ["wake up!"]
    assert printed("alarms") == ["Sam -- wake up!", "Bob -- wake up!", "Andy -- wake up!"]


@pytest.mark.parametrize("name", ["scan_threads", "scan_asyncio", "scan_async_generator"])
def test_port_scanners_find_the_open_port(name: str) -> None:
    assert printed(name) == ["Port number 1 is open", "Completed scan"]
