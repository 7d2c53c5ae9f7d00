"""``lasti export``: Perfetto traces, read by Perfetto's own parser, and JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from lasti.trace.timeline import Timeline
from lasti.view import perfetto

PROGRAM = """\
import asyncio

def gen():
    yield 1

async def worker(n):
    await asyncio.sleep(0)
    print(ascii("\\ud800") + "<\\x1b>", n)
    return n

async def main():
    await asyncio.gather(worker(1), worker(2))
    for each in gen():
        pass

asyncio.run(main())
"""


def lasti(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lasti", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("export")
    (folder / "prog.py").write_text(PROGRAM, encoding="utf-8")
    done = lasti("run", "-o", str(folder / "prog.lasti"), str(folder / "prog.py"))
    assert done.returncode == 0, done.stderr
    return str(folder / "prog.lasti")


# -- Perfetto -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packets(trace: str, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pb = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason="needs perfetto")
    path = tmp_path_factory.mktemp("perfetto") / "run.pftrace"
    done = lasti("export", trace, "--perfetto", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    parsed = pb.Trace()
    parsed.ParseFromString(path.read_bytes())
    return list(parsed.packet)


def names(packets: list[Any]) -> dict[int, str]:
    return {p.track_descriptor.uuid: p.track_descriptor.name for p in packets if p.HasField("track_descriptor")}


def events(packets: list[Any], track: str) -> list[Any]:
    known = names(packets)
    return [p.track_event for p in packets if p.HasField("track_event") and known[p.track_event.track_uuid] == track]


def test_a_track_a_task_and_a_thread(packets: list[Any]) -> None:
    assert {"MainThread", "Task-1", "Task-2", "Task-3"} <= set(names(packets).values())
    assert len({p.trusted_packet_sequence_id for p in packets}) == 1


def test_slices_are_nested_and_all_of_them_end(packets: list[Any]) -> None:
    depths: dict[int, int] = {}
    for each in packets:
        if each.HasField("track_event"):
            event = each.track_event
            step = {event.TYPE_SLICE_BEGIN: 1, event.TYPE_SLICE_END: -1}.get(event.type, 0)
            depths[event.track_uuid] = depths.get(event.track_uuid, 0) + step
            assert depths[event.track_uuid] >= 0
    assert set(depths.values()) == {0}


def test_what_a_task_did(packets: list[Any]) -> None:
    begun = [e.name for e in events(packets, "Task-2") if e.type == e.TYPE_SLICE_BEGIN]
    assert begun == ["turn", "worker#1", "turn", "worker#1"]
    begun = [e.name for e in events(packets, "Task-1") if e.type == e.TYPE_SLICE_BEGIN]
    assert begun[:2] == ["turn", "main#1"]
    assert begun.count("gen#1") == 2
    assert [e.name for e in events(packets, "MainThread") if e.type == e.TYPE_SLICE_BEGIN][:1] == ["<module>#1"]
    assert any(e.name == "output" for e in events(packets, "Task-2"))


def test_every_flow_has_one_beginning_and_leads_to_a_turn(packets: list[Any]) -> None:
    tracked = [p.track_event for p in packets if p.HasField("track_event")]
    begin = [flow for event in tracked for flow in event.flow_ids]
    ends = {flow: event for event in tracked for flow in event.terminating_flow_ids}
    assert len(begin) == len(set(begin)) >= 2
    assert set(ends) <= set(begin)
    assert {event.name for event in ends.values()} == {"turn"}
    known = names(packets)
    woken = {known[event.track_uuid] for event in ends.values()}
    assert {"Task-1", "Task-2", "Task-3"} <= woken


def test_times_go_forward(packets: list[Any]) -> None:
    times = [p.timestamp for p in packets if p.HasField("track_event")]
    assert times == sorted(times)


@pytest.mark.parametrize(("number", "data"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_numbers_in_base_128(number: int, data: bytes) -> None:
    assert perfetto.varint(number) == data


# -- JSON lines ---------------------------------------------------------------------------------------------------


def test_json_lines_have_everything(trace: str) -> None:
    printed = lasti("export", trace, "--jsonl", "-").stdout
    first, *others = map(json.loads, printed.splitlines())
    with Timeline.open(trace) as timeline:
        assert (first["type"], first["steps"]) == ("trace", len(timeline))
        assert len(others) == sum(1 for _ in timeline.items())
        steps = [each for each in others if each["type"] == "step"]
        assert [each["opname"] for each in steps] == [step.instruction.opname for step in timeline.steps()]
    assert printed.replace("\n", "").isprintable()
    assert {"call", "yield", "resume", "return", "output", "task", "wake", "run", "done"} <= {
        each["event"] for each in others if each["type"] == "event"
    }
    made = [each for each in others if each.get("event") == "call" and each["activation"] == "worker#2"]
    assert made[0]["values"] == ["2"]


# -- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "expected --perfetto FILE or --jsonl FILE"),
        (["--perfetto", "no/such/folder/x"], "cannot write 'no/such/folder/x'"),
        (["--jsonl", "no/such/folder/x"], "cannot write 'no/such/folder/x'"),
    ],
)
def test_bad_input(trace: str, words: list[str], complaint: str) -> None:
    done = lasti("export", trace, *words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_trace(tmp_path: Path) -> None:
    (tmp_path / "no.lasti").write_text("no", encoding="utf-8")
    done = lasti("export", str(tmp_path / "no.lasti"), "--jsonl", "-")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
