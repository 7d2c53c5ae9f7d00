"""What a recorded program may do: fork, start threads and interpreters, end at once, fill the disk, record itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lasti.native.proof import complaint
from lasti.trace.timeline import Timeline

pytestmark = pytest.mark.skipif(bool(complaint()), reason=f"the native engine does not work here: {complaint()}")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

COMMON = """\
import os, sys
def count(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""


SPOILED = """\
def bad(name):
    def method(*args, **kwargs):
        print("ran", name)
        raise SystemError(name)
    return method
def methods(names):
    return {f"__{name}__": bad(name) for name in names.split()}
def spoil(kind, names):
    for name, method in methods(names).items():
        setattr(kind, name, method)
"""
SPECIAL_METHODS = (
    "repr str len eq ne hash bool getattr getattribute setattr delattr iter next call contains getitem setitem "
    "delitem format bytes dir sizeof reduce reduce_ex lt le gt ge index int float complex enter exit await aiter "
    "anext length_hint missing reversed add radd get set delete instancecheck subclasscheck class_getitem copy "
    "deepcopy fspath"
)

EXPECTED_STACKS = (
    *([*module, *rest] for module in ([], ["<module>"]) for rest in ([], ["meet"], ["meet", "count"], ["count"])),
)


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Record a program into run.lasti with ``lasti run``."""
    (folder / "prog.py").write_text(COMMON + text, encoding="utf-8")
    words = [sys.executable, "-W", "ignore", "-m", "lasti", "run", "--quiet", "--engine", "native", "-o", "run.lasti"]
    return subprocess.run([*words, *options, "prog.py"], cwd=folder, capture_output=True, text=True)


def returned(folder: Path, function: str) -> list[str]:
    """What the activations of a function returned, according to the trace."""
    with Timeline.open(folder / "run.lasti") as timeline:
        assert not timeline.problem
        return [
            event.values[0].text
            for event in timeline.events()
            if event.kind == "return" and event.activation is not None and event.activation.code.qualname == function
        ]


@needs_fork
@pytest.mark.parametrize("leave", ["os._exit(count(4))", "sys.exit(count(4))"])
def test_a_forked_child_is_not_recorded(tmp_path: Path, leave: str) -> None:
    text = f"""\
count(3)
child = os.fork()
if not child:
    count(20_000)
    {leave}
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), count(5))
"""
    done = run(tmp_path, text)
    assert (done.stdout, done.stderr, done.returncode) == ("6 10\n", "", 0)
    assert returned(tmp_path, "count") == ["3", "10"]


@needs_fork
def test_a_forked_child_may_record_itself(tmp_path: Path) -> None:
    text = """\
import lasti
with lasti.record("parent.lasti"):
    child = os.fork()
    if not child:
        with lasti.record("run.lasti"):
            count(7)
        os._exit(0)
    os.waitpid(child, 0)
    count(3)
"""
    (tmp_path / "prog.py").write_text(COMMON + text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", "prog.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("", 0)
    assert returned(tmp_path, "count") == ["21"]
    (tmp_path / "parent.lasti").replace(tmp_path / "run.lasti")
    assert returned(tmp_path, "count") == ["3"]


@needs_fork
def test_processes_of_multiprocessing(tmp_path: Path) -> None:
    text = """\
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(count, [3, 4, 5]))
    count(6)
"""
    done = run(tmp_path, text)
    assert (done.stdout, done.stderr, done.returncode) == ("[3, 6, 10]\n", "", 0)
    assert returned(tmp_path, "count") == ["15"]


@pytest.mark.parametrize(
    ("engine", "encoder", "size", "interval"),
    [
        ("native", "c", 1000, 5e-3),
        ("native", "c", 1000, 1e-6),
        ("machine", "c", 500, 1e-6),
        ("machine", "python", 500, 1e-6),
    ],
)
def test_each_thread_has_its_call_stack(
    tmp_path: Path, engine: str, encoder: str, size: int, interval: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where CPython switches threads as often as it can, in the midst of what the recorder does too."""
    monkeypatch.setenv("LASTI_ENCODER", encoder)
    text = f"""\
import threading
def meet(barrier, n):
    barrier.wait()
    return count(n)
barrier = threading.Barrier(3)
threads = []
for n in ({2 * size}, {3 * size}):
    threads.append(threading.Thread(target=meet, args=(barrier, n), name=f"thread {{n}}"))
sys.setswitchinterval({interval})
for thread in threads:
    thread.start()
meet(barrier, {4 * size})
for thread in threads:
    thread.join()
again = threading.Thread(target=count, args=(3,), name="a later one")
again.start(), again.join()
"""
    done = run(tmp_path, text, "--engine", engine)
    assert (done.stderr, done.returncode) == ("", 0)
    sums = [sum(range(n)) for n in (3, 2 * size, 3 * size, 4 * size)]
    assert sorted(map(int, returned(tmp_path, "count"))) == sums
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        names = ["MainThread", "a later one", f"thread {2 * size}", f"thread {3 * size}"]
        assert sorted(timeline.thread_names().values()) == names
        several = 0
        for step in range(0, len(timeline), 2500):
            state = timeline.state(step)
            stacks = [state.call_stack, *state.threads.values()]
            several += len(stacks) > 1
            for stack in stacks:
                assert [frame.activation.code.qualname for frame in stack if frame.line] in EXPECTED_STACKS
        assert several


def test_subinterpreters_run_unseen(tmp_path: Path) -> None:
    text = """\
count(3)
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
there = interpreters.create()
run = getattr(interpreters, "run_string")
run(there, "total = 0\\nfor i in range(2000): total += i\\nimport os; os.write(1, b'%d ' % total)")
interpreters.destroy(there)
print(count(4))
"""
    done = run(tmp_path, text)
    assert (done.stdout, done.returncode) == ("1999000 6\n", 0), done.stderr
    assert returned(tmp_path, "count") == ["3", "6"]


def test_what_ends_at_once_is_recorded_up_to_half_a_second_before(tmp_path: Path) -> None:
    """``os._exit`` lets nobody do anything."""
    text = """\
import time
began = time.monotonic()
while time.monotonic() < began + 1.5:
    count(100)
print("over", flush=True)
os._exit(3)
"""
    done = run(tmp_path, text)
    assert (done.stdout, done.stderr, done.returncode) == ("over\n", "", 3)
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert not timeline.is_complete
        assert len(timeline) > 16_000
        assert timeline.state(len(timeline)).time > 250_000_000  # ns
        assert timeline.state(len(timeline)).call_stack


@needs_fork
@pytest.mark.parametrize("last", [(), ("--last", "2000")])
def test_a_full_disk(tmp_path: Path, last: tuple[str, ...]) -> None:
    """What was written before can be read."""
    text = """\
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))
words = []
for i in range(60_000):
    words = [*words[-3:], f"{i * 7919}"]
print(len(words))
"""
    done = run(tmp_path, text, *last)
    assert (done.stdout, done.returncode) == ("4\n", 0)
    if not last or done.stderr:  # a ring may be small enough
        assert done.stderr.startswith("lasti: the recording stopped after ")
        assert done.stderr.count("\n") == 1
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert timeline.state(len(timeline)).step == len(timeline)
        assert last or done.stderr.startswith(f"lasti: the recording stopped after {len(timeline)} steps")


def test_a_program_that_records_itself_while_it_is_recorded(tmp_path: Path) -> None:
    text = """\
import lasti
try:
    with lasti.record("inner.lasti"):
        pass
except lasti.errors.UsageError as error:
    print(error)
count(3)
"""
    done = run(tmp_path, text)
    assert (done.stdout, done.returncode) == ("a recording goes on already, into 'run.lasti': stop it first\n", 0)
    assert returned(tmp_path, "count") == ["3"]


def test_a_pattern_that_matches_nothing_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "count(3)\n", "--watch", "no.such.module")
    assert done.returncode == 0
    assert "no.such.module" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_picture_of_a_long_run_says_of_how_much_it_is(tmp_path: Path) -> None:
    text = """\
def numbers(n):
    for i in range(n):
        yield i
print(sum(numbers(30_000)))
count(1000)
"""
    (tmp_path / "prog.py").write_text(COMMON + text, encoding="utf-8")
    script = "from lasti.trace import retold; retold.MOST_STEPS = 20_000; from lasti.cli import main; main()"
    words = ["run", "--engine", "native", "-o", "run.lasti", "prog.py"]
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("449985000\n")
    assert "numbers" in done.stdout
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert done.stderr == f"lasti: the picture is that of the first 20,000 of {len(timeline):,} steps\n"


def test_at_the_recursion_limit_there_is_room_for_the_recorder(tmp_path: Path) -> None:
    """The first exception is one of a type that the recorder has not met, where the program can make no more calls."""
    text = """\
def deeper(n):
    return deeper(n + 1)
try:
    deeper(0)
except RecursionError:
    print(count(3))
"""
    done = run(tmp_path, text)
    assert (done.stdout, done.stderr) == ("3\n", "")
    assert returned(tmp_path, "count") == ["3"]


def test_a_generator_that_will_not_be_closed_dies_without_harm(tmp_path: Path) -> None:
    """It ran before the recording began: the recorder meets it while it dies, when its weak references are gone."""
    text = """\
import lasti
def stubborn():
    while True:
        try:
            yield [1] * 100
        except GeneratorExit:
            pass
sys.unraisablehook = lambda _: None
for _ in range(10):
    held = [stubborn(), stubborn()]
    for generator in held:
        next(generator)
    del generator
    with lasti.record("run.lasti", watch=["__main__"]):
        held.pop()
        held += [stubborn() for _ in range(20)]
        count(3)
        held.clear()
print("alive")
"""
    (tmp_path / "prog.py").write_text(COMMON + text, encoding="utf-8")
    words = [sys.executable, "-X", "faulthandler", "prog.py"]
    environment = {**os.environ, "PYTHONMALLOC": "debug"}
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr, done.returncode) == ("alive\n", "", 0)
    assert returned(tmp_path, "count") == ["3"]


@pytest.mark.parametrize("engine", ["native", "machine"])
def test_what_a_loop_is_given_is_asked_nothing(tmp_path: Path, engine: str) -> None:
    """Callbacks, futures, tasks and awaitables whose every special method raises, on a recorded event loop."""
    text = """\
import asyncio
class Meta(type): pass
class Callback(metaclass=Meta):
    def __call__(self, *args): print("called")
class Future(asyncio.Future): pass
class Task(asyncio.Task): pass
class Waiting:
    def __init__(self, future): object.__setattr__(self, "future", future)
    def __await__(self): return (yield from object.__getattribute__(self, "future"))
spoil(Callback, "repr str len eq ne hash bool getattr getattribute iter")
spoil(Meta, "repr eq ne hash getattribute")
spoil(Future, "repr str len eq bool getattr getitem")
spoil(Task, "repr str len eq bool getattr getitem")
spoil(Waiting, "repr str len eq ne hash bool getattr getattribute iter getitem setattr")
async def work(future):
    return await Waiting(future) + count(3)
async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(Callback(), Callback())
    loop.call_later(0, Callback(), Callback())
    loop.call_later(3600, Callback(), Callback())
    loop.set_task_factory(lambda loop, coroutine, **rest: Task(coroutine, loop=loop, **rest))
    for make in (Future, loop.create_future):
        future = make()
        loop.call_later(0, asyncio.futures._set_result_unless_cancelled, future, 4)
        print(await loop.create_task(work(future)))
asyncio.run(main())
"""
    done = run(tmp_path, SPOILED + text, "--engine", engine)
    assert (sorted(done.stdout.split()), done.stderr) == (["7", "7", "called", "called"], "")
    assert returned(tmp_path, "count") == ["3", "3"]


def test_objects_whose_every_special_method_raises(tmp_path: Path) -> None:
    """And whose classes' do: who only looks at them must not be noticed."""
    bypassed = {"call", "getattribute", "setattr", "delattr", "get", "set", "delete"}  # these the program itself uses
    of_meta = " ".join(name for name in SPECIAL_METHODS.split() if name not in bypassed)
    text = f"""\
NAMES, OF_META = {SPECIAL_METHODS!r}, {of_meta!r}
Meta = type("Meta", (type,), methods(OF_META))
hidden = {{"__class__": property(bad("class")), "__dict__": property(bad("dict"))}}
Plain = type.__call__(Meta, "Plain", (), methods(NAMES))
Hidden = type.__call__(Meta, "Hidden", (), {{**methods(NAMES), **hidden, "__slots__": ()}})
Error = type("Error", (Exception,), methods(NAMES))
def derived(kind):
    return type.__call__(Meta, kind.__name__.title(), (kind,), methods(NAMES))
def work(thing, *rest, **named):
    same, pair, nested = thing, [thing, thing], (thing, {{1: thing}})
    def inner():
        return thing
    inner()
    return same
def letters(thing):
    yield thing
    yield [thing]
things = [object.__new__(Plain), object.__new__(Hidden), Plain, Hidden]
for kind, arguments in (
    (list, ()), (dict, ()), (set, ()), (tuple, ([1],)), (str, ("t",)), (int, (5,)), (float, (5,)), (bytes, (b"b",)),
):
    things.append(kind.__new__(derived(kind), *arguments))
list.append(things[4], things[0])
dict.__setitem__(things[5], "key", things[1])
for each in things:
    work(each, each, key=each)
    for got in letters(each):
        pass
try:
    raise Exception.__new__(Error)
except Error as error:
    work(error)
count(3)
"""
    done = run(tmp_path, SPOILED + text)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert returned(tmp_path, "count") == ["3"]
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert sum(1 for activation in timeline.activations() if activation.name.startswith("work#")) == 13


def test_the_recorders_own_thread_is_not_recorded(tmp_path: Path) -> None:
    """Nor does it wait for those that are, which may wait for it: all code is watched here, that which it runs too."""
    text = """\
import json, lasti, threading
def dumps(n):
    for i in range(n):
        json.dumps({"n": i})
with lasti.record("run.lasti", watch=["*"]):
    threads = [threading.Thread(target=dumps, args=(300,)) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    dumps(300)
"""
    (tmp_path / "prog.py").write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "prog.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    with Timeline.open(tmp_path / "run.lasti") as timeline:
        assert len(timeline.thread_names()) == 3
        assert any(each.code.file.endswith("encoder.py") for each in timeline.activations())
