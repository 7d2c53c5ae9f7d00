"""Who was resumed and who was suspended: what the recorder keeps, and the picture drawn from it."""

from __future__ import annotations

import gc
import sys
import textwrap

import pytest

from lasti.machine import Machine
from lasti.trace.turns import TurnRecorder, Turns, _recogniser
from lasti.view.interleaving import PLAIN, Style, interleaving


def run(source: str, keep: int | None = None) -> tuple[Turns, list[str]]:
    """Run a program on the machine; return its turns and its lines."""
    source = textwrap.dedent(source).lstrip("\n")
    recorder = TurnRecorder(keep)
    with Machine(recorder) as machine:
        machine.exec(compile(source, "<program>", "exec", dont_inherit=True), {"__name__": "__main__"})
        gc.collect()
    return recorder.turns(), source.splitlines()


def picture(source: str, keep: int | None = None, style: Style = PLAIN) -> list[str]:
    turns, lines = run(source, keep)
    return interleaving(turns, {"<program>": lines}, style)


def order(source: str) -> list[str]:
    """Return the turns as words: arrow, activation, line of source, end."""
    turns, lines = run(source)
    return [
        f"{turn.mark.arrow} {turn.mark.function.name}{turn.activation} {lines[turn.mark.line - 1].strip()}"
        + (f" ({turn.end})" if turn.end else "")
        for turn in turns.first
    ]


COROUTINES = """
    import asyncio

    async def coroutine1():
        print("coroutine1 first entry point")
        await asyncio.sleep(0.001)
        print("coroutine1 second entry point")

    async def coroutine2():
        print("coroutine2 first entry point")
        await asyncio.sleep(0.02)
        print("coroutine2 second entry point")

    async def main():
        await asyncio.gather(coroutine1(), coroutine2())

    asyncio.run(main())
"""


def test_the_picture_of_the_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\n".join(picture(COROUTINES)) == textwrap.dedent(
        """\
        Resumed (->) and suspended (<-), numbered in the order in which it happened:

        <program>
               async def main():
        1,2,9  <-> await asyncio.gather(coroutine1(), coroutine2())

               async def coroutine1():
            3  ->  print("coroutine1 first entry point")
            4  <-  await asyncio.sleep(0.001)
            7  ->  print("coroutine1 second entry point")

               async def coroutine2():
            5  ->  print("coroutine2 first entry point")
            6  <-  await asyncio.sleep(0.02)
            8  ->  print("coroutine2 second entry point")

           1  ->          main        await asyncio.gather(coroutine1(), coroutine2())
           2  <-          main        await asyncio.gather(coroutine1(), coroutine2())
           3  |   ->      coroutine1  print("coroutine1 first entry point")
           4  |   <-      coroutine1  await asyncio.sleep(0.001)
           5  |   |   ->  coroutine2  print("coroutine2 first entry point")
           6  |   |   <-  coroutine2  await asyncio.sleep(0.02)
           7  |   ->  |   coroutine1  print("coroutine1 second entry point")  (returns)
           8  |       ->  coroutine2  print("coroutine2 second entry point")  (returns)
           9  ->          main        await asyncio.gather(coroutine1(), coroutine2())  (returns)"""
    )
    assert capsys.readouterr().out.count("entry point") == 4


# -- where the arrows stand -------------------------------------------------------------------------------------

CASES: dict[str, tuple[str, list[str]]] = {
    "a for loop resumes at its head": (
        """
        def numbers():
            for i in range(2):
                yield i
        list(numbers())
        """,
        [
            "-> numbers1 for i in range(2):",
            "<- numbers1 yield i",
            "-> numbers1 for i in range(2):",
            "<- numbers1 yield i",
            "-> numbers1 for i in range(2): (returns)",
        ],
    ),
    "what is sent is taken on the line of the yield": (
        """
        def echo():
            while True:
                got = yield
                print(got)
        e = echo()
        next(e)
        e.send(1)
        e.close()
        """,
        ["-> echo1 got = yield", "<- echo1 got = yield", "-> echo1 got = yield", "<- echo1 got = yield"],
    ),
    "an abandoned generator just vanishes": (
        """
        def g():
            yield 1
        next(g())
        """,
        ["-> g1 yield 1", "<- g1 yield 1"],
    ),
    "a generator that was never started has no turns": ("def g():\n    yield 1\ng().close()\ng()\n", []),
    "closing runs what must be cleaned up": (
        """
        def g():
            try:
                yield 1
            finally:
                print("clean")
        x = g()
        next(x)
        x.close()
        """,
        ["-> g1 yield 1", "<- g1 yield 1", '-> g1 print("clean") (closed)'],
    ),
    "thrown in and caught": (
        """
        def g():
            try:
                yield 1
            except ValueError:
                yield 2
        x = g()
        next(x)
        x.throw(ValueError)
        """,
        ["-> g1 yield 1", "<- g1 yield 1", "-> g1 except ValueError:", "<- g1 yield 2"],
    ),
    "thrown in and not caught": (
        """
        def g():
            print(0)
            yield 1
        x = g()
        next(x)
        try:
            x.throw(ValueError)
        except ValueError:
            pass
        """,
        ["-> g1 print(0)", "<- g1 yield 1", "-> g1 yield 1 (raises ValueError)"],
    ),
    "an error of its own": (
        """
        def g():
            yield 1
            int("x")
        try:
            list(g())
        except ValueError:
            pass
        """,
        ["-> g1 yield 1", "<- g1 yield 1", '-> g1 int("x") (raises ValueError)'],
    ),
    "who only hands on stays where it is": (
        """
        def inner():
            yield 1
            yield 2
        def outer():
            yield from inner()
            print("done")
        list(outer())
        """,
        [
            "-> outer1 yield from inner()",
            "-> inner1 yield 1",
            "<- inner1 yield 1",
            "<- outer1 yield from inner()",
            "-> inner1 yield 2",
            "<- inner1 yield 2",
            "-> inner1 yield 2 (returns)",
            '-> outer1 print("done") (returns)',
        ],
    ),
    "handing on what the host yields": (
        """
        def outer():
            while True:
                yield from range(2)
                print("round")
        x = outer()
        for _ in range(4): next(x)
        """,
        [
            "-> outer1 yield from range(2)",
            "<- outer1 yield from range(2)",
            '-> outer1 print("round")',
            "<- outer1 yield from range(2)",
        ],
    ),
    "each round of a loop that awaits": (
        """
        import asyncio
        async def heart():
            for beat in range(2):
                await asyncio.sleep(0)
        asyncio.run(heart())
        """,
        [
            "-> heart1 for beat in range(2):",
            "<- heart1 await asyncio.sleep(0)",
            "-> heart1 for beat in range(2):",
            "<- heart1 await asyncio.sleep(0)",
            "-> heart1 for beat in range(2): (returns)",
        ],
    ),
    "an await in a loop of its own line": (
        """
        import asyncio
        def soon(loop):
            future = loop.create_future()
            loop.call_soon(future.set_result, None)
            return future
        async def heart(loop):
            for beat in range(2): await soon(loop)
        async def main():
            await heart(asyncio.get_running_loop())
        asyncio.run(main())
        """,
        [
            "-> main1 await heart(asyncio.get_running_loop())",
            "-> heart1 for beat in range(2): await soon(loop)",
            "<- heart1 for beat in range(2): await soon(loop)",
            "<- main1 await heart(asyncio.get_running_loop())",
            "-> heart1 for beat in range(2): await soon(loop)",
            "<- heart1 for beat in range(2): await soon(loop)",
            "-> heart1 for beat in range(2): await soon(loop) (returns)",
            "-> main1 await heart(asyncio.get_running_loop()) (returns)",
        ],
    ),
    "waiting for a coroutine of the library that is resumed more than once": (
        """
        import asyncio
        async def main():
            queue = asyncio.Queue()
            async def later():
                queue.put_nowait(1)
                queue.get_nowait()
                await asyncio.sleep(0)
                queue.put_nowait(2)
            task = asyncio.create_task(later())
            got = await queue.get()
            await task
        asyncio.run(main())
        """,
        [
            "-> main1 queue = asyncio.Queue()",
            "<- main1 got = await queue.get()",
            "-> later1 queue.put_nowait(1)",
            "<- later1 await asyncio.sleep(0)",
            "-> later1 queue.put_nowait(2) (returns)",
            "-> main1 got = await queue.get() (returns)",
        ],
    ),
    "an await that does not suspend": (
        """
        import asyncio
        async def quick():
            return 1
        async def main():
            await quick()
        asyncio.run(main())
        """,
        ["-> main1 await quick() (returns)", "-> quick1 return 1 (returns)"],
    ),
    "a cancelled task": (
        """
        import asyncio
        async def waits():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise
        async def main():
            task = asyncio.create_task(waits())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        asyncio.run(main())
        """,
        [
            "-> main1 task = asyncio.create_task(waits())",
            "<- main1 await asyncio.sleep(0)",
            "-> waits1 await asyncio.sleep(10)",
            "<- waits1 await asyncio.sleep(10)",
            "-> main1 task.cancel()",
            "<- main1 await asyncio.wait([task])",
            "-> waits1 except asyncio.CancelledError: (raises CancelledError)",
            "-> main1 await asyncio.wait([task]) (returns)",
        ],
    ),
    "an async generator": (
        """
        import asyncio
        async def ticks():
            await asyncio.sleep(0)
            yield 1
        async def main():
            async for tick in ticks():
                print(tick)
            print("over")
        asyncio.run(main())
        """,
        [
            "-> main1 async for tick in ticks():",
            "-> ticks1 await asyncio.sleep(0)",
            "<- ticks1 await asyncio.sleep(0)",
            "<- main1 async for tick in ticks():",
            "-> ticks1 yield 1",
            "<- ticks1 yield 1",
            "-> main1 async for tick in ticks(): (returns)",
            "-> ticks1 yield 1 (returns)",
        ],
    ),
    "the second call of a method": (
        """
        class Box:
            def each(self):
                yield 1
        for _ in range(2):
            next(Box().each())
        """,
        ["-> {Box.}each1 yield 1", "<- {Box.}each1 yield 1", "-> {Box.}each2 yield 1", "<- {Box.}each2 yield 1"],
    ),
    "what a closed generator lets go of": (
        """
        def inner():
            yield 1
            yield 2
        def outer():
            for each in inner():
                yield each
        g = outer()
        next(g)
        del g
        """,
        [
            "-> outer1 for each in inner():",
            "-> inner1 yield 1",
            "<- inner1 yield 1",
            "<- outer1 yield each",
        ],
    ),
    "generator expressions belong to their line": ("sum(x for x in range(3))\n", []),
}


@pytest.mark.parametrize("name", CASES)
def test_arrows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from lasti.versions import PY311

    source, expected = CASES[name]
    # 3.10's code objects know no qualified name.
    assert order(source) == [line.replace("{Box.}", "Box." if PY311 else "") for line in expected]


def test_two_threads_do_not_disturb_each_other() -> None:
    turns, lines = run("""
        import threading
        def g(done):
            yield 1
            yield 2
            done.append(1)
        done = []
        threads = [threading.Thread(target=lambda: list(g(done))) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert len(done) == 4
    """)
    for number in range(1, 5):
        marks = [turn.mark for turn in turns.first if turn.activation == number]
        mine = [mark.arrow + lines[mark.line - 1].strip() for mark in marks]
        assert mine == ["->yield 1", "<-yield 1", "->yield 2", "<-yield 2", "->done.append(1)"]
    assert [turn.number for turn in turns.first] == list(range(1, 21))


# -- bounds -----------------------------------------------------------------------------------------------------

LONG = """
    def numbers():
        yield from range(3)
        for i in range(100):
            yield i
    for x in numbers(): pass
"""


def test_of_many_turns_the_first_and_the_last_are_kept() -> None:
    turns, _ = run(LONG, keep=10)
    assert turns.total == 203
    assert [turn.number for turn in turns.first] == [1, 2, 3, 4, 5]
    assert [turn.number for turn in turns.last] == [199, 200, 201, 202, 203]
    assert turns.left_out == 193
    drawn = picture(LONG, keep=10)
    assert "      ... 193 turns left out; all of them: --all-turns" in drawn
    assert "3,5..203  ->  for i in range(100):" in drawn
    assert "4,6..202  <-      yield i" in drawn


def test_all_turns() -> None:
    turns, _ = run(LONG, keep=None)
    assert (len(turns.first), turns.last, turns.left_out) == (203, [], 0)


def test_what_is_over_is_forgotten() -> None:
    recorder = TurnRecorder()
    source = "def g():\n    yield 1\nfor _ in range(50):\n    next(g())\n    list(g())\n    g().close()\n"
    with Machine(recorder) as machine:
        machine.exec(compile(source, "<program>", "exec"), {})
        gc.collect()
    assert not recorder._activations


def test_what_a_frame_waits_for_is_recognised_and_not_kept() -> None:
    class Iterator:
        def __iter__(self) -> Iterator:
            return self

        def __next__(self) -> int:
            return 1

    class Slotted:
        __slots__ = ()

    for make in (Iterator, Slotted, lambda: (x for x in "ab"), lambda: map(int, "12")):
        waited_for = make()
        references = sys.getrefcount(waited_for)
        is_still = _recogniser(waited_for)
        assert is_still(waited_for)
        assert not is_still(make())
        assert sys.getrefcount(waited_for) == references


def test_long_functions_are_shown_around_their_arrows() -> None:
    body = "\n".join(f"    x = {number}" for number in range(40))
    source = f"def g():\n{body}\n    yield x\n{body}\nlist(g())\n"
    drawn = picture(source)
    listing = [line.strip() for line in drawn[3:-4]]
    assert listing == [
        "def g():", "1  ->  x = 0", "x = 1", "x = 2", "...", "x = 38", "x = 39", "2  <-  yield x",
        "3  ->  x = 0", "x = 1", "x = 2", "...",
    ]  # fmt: skip
    assert len(picture(source, style=Style(everything=True))) > 80


def test_many_functions() -> None:
    source = "".join(f"def g{number}(): yield\nlist(g{number}())\n" for number in range(15))
    drawn = picture(source)
    assert "(and 3 more functions; all of them: --all-turns)" in drawn
    assert not any("more functions" in line for line in picture(source, style=Style(everything=True)))


# -- drawing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "row"),
    [
        ("def g(): yield 1\nlist(g())\n", " 1,2,3  <-> def g(): yield 1"),
        ("def g():\n  yield 1\nlist(g())\n", " 1,2,3  <->   yield 1"),
        ("def g():\n\tyield 1\nlist(g())\n", " 1,2,3  <->     yield 1"),
        ("class A:\n    def g(self):\n        yield '<é>'\nlist(A().g())\n", " 1,2,3  <-> yield '<é>'"),
        ("list((lambda: (yield 1))())\n", " 1,2,3  <-> list((lambda: (yield 1))())"),
        ("def g():\n    s = '''\n0\n'''\n    yield s\nlist(g())\n", "     1  ->  s = '''"),
        ("import functools\n@functools.cache\ndef g():\n    yield 1\nlist(g())\n", "        def g():"),
    ],
)
def test_rows(source: str, row: str) -> None:
    assert row.strip() in [line.strip() for line in picture(source)]


def test_the_def_line_comes_first_without_decorators() -> None:
    drawn = picture("import functools\n@functools.cache\ndef g():\n    yield 1\nlist(g())\n")
    assert [line.strip() for line in drawn[3:5]] == ["def g():", "1,2,3  <-> yield 1"]


def test_without_source_the_lines_are_numbered() -> None:
    turns, _ = run("def g():\n    yield 1\nlist(g())\n")
    drawn = interleaving(turns)
    assert [line.strip() for line in drawn[3:5]] == ["g (no source)", "1,2,3  <-> line 2"]
    assert drawn[-1] == "   3  ->  g  line 2  (returns)"


def test_long_statements_are_cut() -> None:
    drawn = picture(f"def g():\n    yield {'+'.join('1' * 50)}\nlist(g())\n")
    assert drawn[-1] == f"   3  ->  g  yield {'1+' * 25}1...  (returns)"


@pytest.mark.parametrize(("count", "has_lanes"), [(6, True), (7, False)])
def test_each_of_a_few_has_a_lane(count: int, has_lanes: bool) -> None:
    source = f"def gen():\n    yield\n\nfor each in [gen() for _ in range({count})]:\n    next(each)\n"
    places = {line.index("->") for line in picture(source) if "gen#" in line and "->" in line}
    assert len(places) == (count if has_lanes else 1)


def test_colours_change_nothing_but_colours() -> None:
    import re

    coloured = picture(COROUTINES, style=Style(colour=True))
    assert "\x1b[32m->\x1b[0m" in "".join(coloured)
    assert [re.sub("\x1b\\[[0-9;]*m", "", line) for line in coloured] == picture(COROUTINES)


def test_the_same_run_gives_the_same_picture() -> None:
    assert len({tuple(picture(COROUTINES)) for _ in range(3)}) == 1
