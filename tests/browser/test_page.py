"""The page in a real browser: it shows what the timeline says, and it can be moved through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looking import Looking

from lasti.trace.pictures import text_of
from lasti.trace.records import FrameState, State
from lasti.trace.timeline import Timeline

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
