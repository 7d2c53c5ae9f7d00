"""The encoder in C writes the lines of the one in Python, floats too, bit by bit."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lasti.errors import TraceFormatError
from lasti.machine import Machine
from lasti.native.extension import extension
from lasti.trace.capture import write
from lasti.trace.pictures import value_of
from lasti.trace.recorder import TraceRecorder
from lasti.trace.store import Reader, unpack

PROGRAM = """
def f():
    for x in (0.0, -0.0, 1e308, -1.7976931348623157e+308, 5e-324, -2.2250738585072014e-308, 0.1, 1e999, 1e999 - 1e999):
        y = x
        z = y + 0.0, -y
    for i in range(100):
        a = i / 7
        b = a * -1.1
        c = a
f()
"""


def steps_of(path: Path) -> list[str]:
    """Record the program; return the lines of its steps (an event's line has its time)."""
    with TraceRecorder(path) as recorder, Machine(recorder) as machine:
        machine.exec(compile(PROGRAM, "floats.py", "exec"), {"__name__": "program"})
    with closing(Reader(str(path))) as reader:
        streams = reader.rows("SELECT stream FROM blocks ORDER BY number")
    return [line for (stream,) in streams for line in unpack(stream).split("\n") if not line[:1].isupper()]


@pytest.mark.skipif(extension() is None, reason="the extension is not built here")
def test_floats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_c = steps_of(tmp_path / "c.lasti")
    monkeypatch.setenv("LASTI_ENCODER", "python")
    in_python = steps_of(tmp_path / "python.lasti")
    assert len(in_c) > 1_000
    assert any(line.endswith(write(-1.7976931348623157e308)) for line in in_c)
    assert any(line.endswith(write(-0.0)) for line in in_c)
    assert in_c == in_python


@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, 0.1, 1e308, 5e-324, float("inf"), float("-inf"), float("nan")])
def test_a_float_is_read_as_it_was(value: float) -> None:
    assert value_of(write(value)).text == repr(value)


@pytest.mark.parametrize("text", ['["float","3ff8"]', '["float","three"]', '["float",3]'])
def test_a_damaged_float_is_named(text: str) -> None:
    with pytest.raises(TraceFormatError, match="a value of the trace is damaged"):
        value_of(text)
