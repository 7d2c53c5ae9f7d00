"""A picture of the event loop at work: a row for each handle that it ran, with the queues at that moment.

Each row says which turn it was and at what time, what was in the ready queue and among the timers, what ran, and what
came of it: which tasks were made ready and why, which are over.  A recording that was made with lasti's own loop knows
the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import UsageError
from .drawing import EM, Box, Drawing, Rule, columns
from .image import GAP, LIGHT, MOST_CARDS, WIDTH, Theme, colours
from .labels import label, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..trace.records import HandleState, LoopState, TaskState
    from ..trace.timeline import Timeline

HEAD, ROW, LINE = 40, 40, 16
READY, RUNS, TIMERS = 128, 440, 684  # where the columns begin
MOST_BOXES = 4  # in one column
MOST_LINES = 4  # of what came of a handle


@dataclass
class Moment:
    """The loop when a handle begins to run, or when it waits; ``after`` is what came of it: (kind, task, text)."""

    loop: LoopState
    tasks: Mapping[int, TaskState]
    after: list[tuple[str, str, str]] = field(default_factory=list)


def moments_of_loop(timeline: Timeline, begin: int, end: int) -> list[Moment]:
    """Return what the loop did from step ``begin`` to before ``end``; UsageError when it did nothing, or too much."""
    found: list[Moment] = []
    for replay, happening in timeline.happenings(begin, end):
        for kind, task, _, text in replay.told if happening.kind == "loop" else ():
            tasks = {each.number: each for each in replay.loops.tasks()}
            if kind in ("run", "select"):
                found.append(Moment(replay.loops.loops()[-1], tasks))
            elif kind in ("wake", "done") and found:
                name = tasks[task].name if task in tasks else "?"
                found[-1].after.append((kind, name, text))
        if len(found) > MOST_CARDS:
            raise UsageError(f"the loop ran more than {MOST_CARDS} handles: use --from and --to")
    if not found:
        raise UsageError("no event loop ran here")
    last = max((place for place, moment in enumerate(found) if _is_watched(moment)), default=len(found))
    return found[: last + 1]  # behind it is what asyncio.run does to end the loop


def _is_watched(moment: Moment) -> bool:
    """Tell whether what runs is a step of the program's own."""
    running = moment.loop.running
    return running is not None and running.task in moment.tasks and moment.tasks[running.task].activation > 0


def loop_strip(timeline: Timeline, begin: int, end: int, theme: Theme = LIGHT, language: str = "en") -> Drawing:
    """Draw a row for each handle that ran, and for each time the loop waited."""
    moments = moments_of_loop(timeline, begin, end)
    height = HEAD + GAP + sum(map(_height, moments))
    turns = moments[0].loop.iteration, moments[-1].loop.iteration
    title = label(language, "picture.loop", first=turns[0], last=turns[1])
    drawing = Drawing(WIDTH, height, theme.surface, title, language)
    for x, key in ((GAP, "turn"), (READY, "ready"), (RUNS, "runs"), (TIMERS, "timers")):
        drawing.text(x, 25, drawing.label(f"picture.{key}"), theme.quiet, 240, 12, is_bold=True)
    top = HEAD
    for moment in moments:
        _row(drawing, timeline, moment, top, theme)
        top += _height(moment)
    return drawing


def _height(moment: Moment) -> int:
    return ROW + LINE * min(len(moment.after), MOST_LINES) + (6 if moment.after else 0)


def _row(drawing: Drawing, timeline: Timeline, moment: Moment, y: float, theme: Theme) -> None:
    loop = moment.loop
    drawing.add(Rule(0, y, WIDTH, y, theme.hairline))
    if loop.is_waiting:
        drawing.text(RUNS, y + 24, drawing.label("picture.waits"), theme.quiet, TIMERS - RUNS)
    else:
        now = drawing.label("picture.turn.now", n=loop.iteration, time=f"{loop.time:g}")
        drawing.text(GAP, y + 24, now, theme.text, READY - GAP)
    if loop.running is not None:
        _handle(drawing, timeline, moment, loop.running, RUNS, y, TIMERS - RUNS - GAP, theme, runs=True)
    if not loop.ready:
        drawing.text(READY, y + 24, "-", theme.faint, 20)
    for x, handle, width in _side_by_side(moment, loop.ready, READY, RUNS - GAP):
        _handle(drawing, timeline, moment, handle, x, y, width, theme)
    if not loop.timers:
        drawing.text(TIMERS, y + 24, "-", theme.faint, 20)
    for x, handle, width in _side_by_side(moment, loop.timers, TIMERS, WIDTH - GAP):
        _handle(drawing, timeline, moment, handle, x, y, width, theme)
    for number, (kind, name, why) in enumerate(moment.after[:MOST_LINES]):
        key = "picture.is.ready" if kind == "wake" else "picture.is.over"
        line = drawing.label(key, name=name, why=said(drawing.language, why), how=said(drawing.language, why))
        drawing.text(RUNS, y + ROW + 9 + LINE * number, line, theme.quiet, WIDTH - RUNS - GAP, 11)


def _side_by_side(
    moment: Moment, handles: tuple[HandleState, ...], x: float, right: float
) -> Iterator[tuple[float, HandleState, float]]:
    """Yield where each handle is drawn and how wide, as many as there is room for."""
    for place, handle in enumerate(handles):
        left = min(len(handles) - place, MOST_BOXES - place)
        if not left:
            return
        width = min(columns(_name(moment, handle)) * 12 * EM + 18, (right - x + 6) / left - 6)
        yield x, handle, width
        x += width + 6


def _handle(
    drawing: Drawing,
    timeline: Timeline,
    moment: Moment,
    handle: HandleState,
    x: float,
    y: float,
    width: float,
    theme: Theme,
    runs: bool = False,
) -> None:
    task = moment.tasks.get(handle.task)
    colour, tint = (
        colours(timeline.activation(task.activation), theme) if task and task.activation else (theme.quiet, theme.bar)
    )
    if runs:
        width = min(columns(_name(moment, handle)) * 12 * EM + 18, width)
    drawing.add(Box(x, y + 8, width, 25, tint if runs else "", colour, handle.when is not None, 2 if runs else 1))
    drawing.text(x + 8, y + 24, _name(moment, handle), colour, width - 10, is_bold=runs)


def _name(moment: Moment, handle: HandleState) -> str:
    """Return what a handle is called: its task's name, or its callback's, and when it is due."""
    task = moment.tasks.get(handle.task)
    name = handle.text if task is None else task.name
    if task is not None and name.startswith("Task-"):  # asyncio's own name says little
        name = f"{name} {task.coroutine}"
    return name if handle.when is None else f"{handle.when:g} s: {name}"
