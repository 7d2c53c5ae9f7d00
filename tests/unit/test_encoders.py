"""The encoder in C writes the lines of the one in Python: floats, bit by bit, and what event loops do."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import lasti.trace.recorder
from lasti.errors import TraceFormatError
from lasti.machine import Machine
from lasti.native.engine import engine
from lasti.native.extension import extension
from lasti.native.proof import complaint
from lasti.trace.capture import write
from lasti.trace.loops import LoopWatch
from lasti.trace.pictures import value_of
from lasti.trace.recorder import TraceRecorder
from lasti.trace.store import Reader, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

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

TASKS = """
import asyncio, functools

class Callable:
    def __init__(self, loop):
        self.loop = loop
    def __call__(self, *args):
        pass
    def method(self):
        self.loop.call_soon(self)
    def __getattr__(self, name):
        raise RuntimeError("nobody asks for " + name)

async def waits(future, n):
    for _ in range(n):
        await asyncio.sleep(0)
    return await future

async def fails():
    await asyncio.sleep(0)
    raise ValueError("as it should")

async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    tasks = [asyncio.ensure_future(waits(future, n)) for n in range(3)]
    tasks[1].set_name("the second")
    loop.call_soon(Callable(loop).method)
    loop.call_soon(functools.partial(Callable(loop), 1))
    loop.call_at(loop.time(), future.set_result, 7)  # due in the next turn, however slow the machine is
    last = asyncio.ensure_future(waits(loop.create_future(), 1))
    await asyncio.gather(*tasks, fails(), return_exceptions=True)
    last.cancel()
    await asyncio.wait([last])

asyncio.run(main())
"""


OBJECTS = """
import collections, enum, functools, pathlib, re, types

class Slotted: __slots__ = ("first", "second", "_private")
class Both(Slotted): __slots__ = ("third", "__dict__", "__weakref__")
class List(list): pass
class SlottedList(list): __slots__ = ("at",)
class Tuple(tuple): pass
class Dict(dict): pass
class Set(set): pass
class FrozenSet(frozenset): pass
class Float(float): pass
class Complex(complex): pass
class Bytes(bytes): pass
class Str(str): __slots__ = ()
class Int(int): pass
class Error(Exception): pass
class Meta(type): pass
class WithMeta(metaclass=Meta): pass
Named = collections.namedtuple("Named", "x y")
class Numbers(enum.IntEnum): ONE = 1
class Flags(enum.Flag): A = 1; B = 2

# No object dies here: another one at its address would have its number, or not, as the allocator pleases.
slotted, empty_slots, both, many = Slotted(), Slotted(), Both(), Both()
slotted.first, slotted._private = 1, "x"
both.first, both.third, both.other = 1, 3, "x"
vars(many).update(dict.fromkeys(range(50), 1))
some_list, some_dict, some_set, some_int, error = List(range(50)), Dict(a=1), Set(), Int(10**40), Error(1)
some_list.at = some_dict.at = some_set.at = some_int.at = error.at = 1
slotted_list = SlottedList()
slotted_list.at = 2
objects = [
    empty_slots, slotted, both, many, some_list, List("ab"), slotted_list, Tuple(), Tuple((1, 2)), Dict(), some_dict,
    Set("abc"), some_set, FrozenSet("xyz"), FrozenSet(range(40)), Float("nan"), Complex(1 + 2j), Bytes(b"ab"), Str('"'),
    some_int, Int(), Error(), Error(*range(40)), OSError(2, "no", "file"), error, Named(1, 2), Numbers.ONE,
    Flags.A | Flags.B, WithMeta, Meta, WithMeta(), collections.OrderedDict(a=1), collections.defaultdict(list, a=1),
    collections.Counter("aab"), pathlib.PurePath("a"), collections.deque([1]), re.compile("a"),
    functools.partial(print, 1), types.SimpleNamespace(a=1), list.append, str.__add__, dict.__dict__["fromkeys"],
    type.__dict__["__qualname__"], types.FunctionType.__dict__["__globals__"], [].append, property(),
    staticmethod(len), slice(1, 2), object(), Ellipsis, bytearray(b"a"),
]
for each in objects:
    pass
"""


def lines_of(path: Path, program: str, column: str = "stream") -> list[str]:
    """Record a program; return the lines of its stream, or of another column."""
    with TraceRecorder(path) as recorder, Machine(recorder) as machine:
        machine.exec(compile(program, "program.py", "exec"), {"__name__": "program"})
    return column_of(path, column)


def column_of(path: Path, column: str) -> list[str]:
    with closing(Reader(str(path))) as reader:
        columns = reader.rows(f"SELECT {column} FROM blocks ORDER BY number")
    return [line for (text,) in columns for line in unpack(text).split("\n")]


def steps_of(path: Path) -> list[str]:
    """Return the lines of steps (an event's line has its time)."""
    return [line for line in lines_of(path, PROGRAM) if not line[:1].isupper()]


def native_lines_of(path: Path, program: str) -> list[str]:
    """Record a program natively; return the lines of its stream."""
    code = compile(program, "program.py", "exec")
    with TraceRecorder(path, engine="native") as recorder:
        native = engine(recorder.encoder, lambda code: code.co_filename == "program.py")
        recorder.on_code = native.watch
        native.start()
        try:
            exec(code, {"__name__": "program"})
        finally:
            native.stop()
    return column_of(path, "stream")


def loops_of(lines: list[str]) -> list[str]:
    """Return what an event loop did, but for turns, times, and the numbers that asyncio gives to tasks."""
    lines = [re.sub(r"Task-\d+", "Task", line) for line in lines]
    told = [json.loads(line.partition("\t")[2]) for line in lines if line[:1] == "L"]
    return [str(line[:-1] if line[0] == "ran" else line) for line in told if line[0] in ("task", "run", "ran", "done")]


@pytest.mark.skipif(extension() is None, reason="the extension is not built here")
def test_floats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_c = steps_of(tmp_path / "c.lasti")
    monkeypatch.setenv("LASTI_ENCODER", "python")
    in_python = steps_of(tmp_path / "python.lasti")
    assert len(in_c) > 1_000
    assert any(line.endswith(write(-1.7976931348623157e308)) for line in in_c)
    assert any(line.endswith(write(-0.0)) for line in in_c)
    assert in_c == in_python


@pytest.mark.skipif(extension() is None, reason="the extension is not built here")
def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_c = lines_of(tmp_path / "c.lasti", OBJECTS, "pictures")
    monkeypatch.setenv("LASTI_ENCODER", "python")
    in_python = lines_of(tmp_path / "python.lasti", OBJECTS, "pictures")
    slots = '{"attributes":["_private","x","first",1]}'
    for some in (slots, '"more_attributes":18', '"value":1', '{"name":"fromkeys"}'):
        assert any(some in line for line in in_c), some
    assert in_c == in_python


@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, 0.1, 1e308, 5e-324, float("inf"), float("-inf"), float("nan")])
def test_a_float_is_read_as_it_was(value: float) -> None:
    assert value_of(write(value)).text == repr(value)


@pytest.mark.parametrize("text", ['["float","3ff8"]', '["float","three"]', '["float",3]'])
def test_a_damaged_float_is_named(text: str) -> None:
    with pytest.raises(TraceFormatError, match="a value of the trace is damaged"):
        value_of(text)


@pytest.mark.skipif(extension() is None, reason="the extension is not built here")
def test_event_loops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_c = loops_of(lines_of(tmp_path / "c.lasti", TASKS))
    monkeypatch.setenv("LASTI_ENCODER", "python")
    in_python = loops_of(lines_of(tmp_path / "python.lasti", TASKS))
    for some in ("Callable.method", "cancelled", "waiting", "failed", "done"):
        assert any(some in line for line in in_c), some
    assert in_c == in_python


@pytest.mark.skipif(bool(complaint()), reason="the native engine does not work here")
def test_event_loops_natively(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is noted in C of asyncio's own tasks is what LoopWatch would note."""

    class InPython(LoopWatch):
        def __init__(self, encoder: Any, block: Callable[[], int]) -> None:
            super().__init__(encoder, block)
            self._make_runs = None

    in_c = loops_of(native_lines_of(tmp_path / "c.lasti", TASKS))
    monkeypatch.setattr(lasti.trace.recorder, "LoopWatch", InPython)
    in_python = loops_of(native_lines_of(tmp_path / "python.lasti", TASKS))
    for some in ("Callable.method", "cancelled", "waiting", "failed", "done"):
        assert any(some in line for line in in_c), some
    assert in_c == in_python


@pytest.mark.skipif(extension() is None, reason="the extension is not built here")
def test_standing_of_tasks() -> None:
    async def waits(event: asyncio.Event, n: int) -> None:
        for _ in range(n):
            await asyncio.sleep(0)
        await event.wait()

    async def main(watch: Any) -> tuple[str, str, str]:
        event = asyncio.Event()
        tasks = [asyncio.ensure_future(waits(event, n)) for n in range(6)]
        for _ in range(4):
            await asyncio.sleep(0)
        tasks[5].set_name("the last")
        found = watch._standings(), watch._quick.standings(1000), watch._quick.standings(2)
        event.set()
        await asyncio.gather(*tasks)
        return found

    with TraceRecorder(None) as recorder:
        in_python, in_c, first = asyncio.run(main(recorder._loops))
    assert in_c == in_python
    assert in_c.startswith(first)
    assert (len(json.loads(f"[{in_c}]")), len(json.loads(f"[{first}]"))) == (7, 2)
    assert "the last" in in_c
