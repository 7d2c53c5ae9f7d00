"""Pictures for a page of text: one moment whole, and a strip of value stacks, a card for each instruction.

Both are drawings (``view/drawing.py``), from which SVG, PNG and GIF are made.  What colour a frame has is told by its
activation, as on the page: coroutines and generators take turns among four colours, everything else has the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..trace.pictures import printable, text_of
from .drawing import EM, Box, Drawing, Rule, columns
from .labels import label
from .scene import scene_at
from .words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..trace.records import Activation, StepRecord
    from ..trace.timeline import Timeline
    from .scene import FrameView, Scene

MOST_CARDS = 400
MOST_MOMENTS = 2000
WIDTH, HEIGHT = 960, 600  # of a moment
CARD, CARDS_IN_ROW = 224, 4
SLOT = 26
ROW = 18
GAP = 16


@dataclass(frozen=True)
class Theme:
    """Colours; ``activations`` are pairs of a colour and its tint."""

    surface: str
    bar: str
    hairline: str
    text: str
    quiet: str
    faint: str
    activations: tuple[tuple[str, str], ...]


LIGHT = Theme(
    "#ffffff", "#f6f7f9", "#e1e4e8", "#16191d", "#4e5660", "#646c77",
    (("#0b5cad", "#e9f1fa"), ("#a8480a", "#faefe7"), ("#00735c", "#e0f2ed"), ("#8b3a8f", "#f6eaf6")),
)  # fmt: skip
DARK = Theme(
    "#111418", "#171b20", "#2a3038", "#e9ecf0", "#abb3be", "#8b94a1",
    (("#74b3f7", "#15273a"), ("#f2a457", "#33230f"), ("#43cfa5", "#0f2f27"), ("#de96e0", "#321c33")),
)  # fmt: skip


def colours(activation: Activation, theme: Theme) -> tuple[str, str]:
    """Return an activation's colour and its tint."""
    number = activation.number % len(theme.activations) if activation.code.is_resumable else 0
    return theme.activations[number]


# -- which steps --------------------------------------------------------------------------------------------------


def moments(timeline: Timeline, begin: int, end: int, function: str | None = None, calls: bool = False) -> list[int]:
    """Return the steps from ``begin`` to before ``end`` that are to be seen.

    With ``function``, its own; with ``calls``, those at which the call stack differs from the one before.  UsageError
    when there are none, or more than an animation should have.
    """
    if not calls:
        found = [step.number for step in timeline.steps(begin, end, function)]
    else:
        found = list(_call_changes(timeline, begin, end, function))
    if not found:
        raise UsageError(f"there is nothing to draw from step {begin} to {end}")
    if len(found) > MOST_MOMENTS:
        raise UsageError(f"{len(found)} pictures are too many (at most {MOST_MOMENTS}): use --from, --to or --calls")
    return found


def _call_changes(timeline: Timeline, begin: int, end: int, function: str | None) -> Iterator[int]:
    before = None
    for step in timeline.steps(begin, end, function):
        if before is None or step.activation.number != before:
            yield step.number
        before = step.activation.number


# -- one moment ---------------------------------------------------------------------------------------------------


def moment(timeline: Timeline, step: int, language: str = "en", theme: Theme = LIGHT) -> Drawing:
    """Draw the moment before step ``step`` runs; UsageError when there is no such step."""
    scene = scene_at(timeline, step)
    frame = scene.frame
    t = partial(label, language)
    where = t("text.end") if frame is None else t("text.at", name=frame.activation.name, line=frame.line)
    title = t("text.step", step=step, steps=scene.steps, where=where)
    drawing = Drawing(WIDTH, HEIGHT, theme.surface, title, language)
    colour, tint = (theme.text, theme.bar) if frame is None else colours(frame.activation, theme)
    drawing.add(Box(0, 0, WIDTH, 36, theme.bar))
    drawing.text(GAP, 23, drawing.title, colour, 600, 14, is_bold=True)
    drawing.text(640, 23, printable(scene.file).rpartition("/")[2], theme.quiet, 300)
    said = [
        sentence(timeline, item, language) for item in timeline.items(step, step + 1) if hasattr(item, "instruction")
    ]
    for number, line in enumerate(_wrapped(said[0] if said else "", WIDTH - 2 * GAP, 13)[:2]):
        drawing.text(GAP, 58 + 18 * number, line, theme.text, WIDTH - 2 * GAP, 13)
    drawing.add(Rule(0, 88, WIDTH, 88, theme.hairline))
    _source(drawing, scene, GAP, 96, 500, theme, colour, tint)
    _bytecode(drawing, scene, GAP, 352, 500, theme, colour, tint)
    drawing.add(Rule(528, 88, 528, HEIGHT, theme.hairline))
    _stack_pane(drawing, scene, 544, 96, 176, theme)
    _frames(drawing, scene, 736, 96, 208, theme)
    return drawing


def _wrapped(text: str, width: float, size: int) -> list[str]:
    text = printable(text)
    wide = max(columns(text), 1) / max(len(text), 1)
    return wrap(text, int(width / (size * EM * wide)), break_on_hyphens=False)


def _title(drawing: Drawing, x: float, y: float, text: str, theme: Theme) -> None:
    drawing.text(x, y + 14, drawing.label(text), theme.quiet, 300, 12, is_bold=True)


def _around(length: int, here: int, most: int) -> range:
    first = max(min(here - most // 2, length - most), 0)
    return range(first, min(first + most, length))


def _source(
    drawing: Drawing, scene: Scene, x: float, y: float, width: float, theme: Theme, colour: str, tint: str
) -> None:
    _title(drawing, x, y, "source", theme)
    here = next((place for place, line in enumerate(scene.source) if line.is_current), 0)
    for row, place in enumerate(_around(len(scene.source), here, 12)):
        line, top = scene.source[place], y + 22 + ROW * row
        if line.is_current:
            drawing.add(Box(x - 8, top, width + 8, ROW, tint))
            drawing.text(x + 20, top + 13, ">", colour, 12, is_bold=True)
        turns = {mark.arrow: mark.activation for mark in line.marks if mark.arrow in ("->", "<-")}
        if turns:
            arrow, activation = next(iter(turns.items()))
            shown = "<->" if len(turns) == 2 else arrow
            drawing.text(x - 4, top + 13, shown, colours(activation, theme)[0], 26, is_bold=True)
        drawing.text(x + 32, top + 13, str(line.number), theme.faint, 36)
        drawing.text(x + 64, top + 13, line.text, theme.text, width - 64)


def _bytecode(
    drawing: Drawing, scene: Scene, x: float, y: float, width: float, theme: Theme, colour: str, tint: str
) -> None:
    drawing.add(Rule(0, y - 8, 528, y - 8, theme.hairline))
    _title(drawing, x, y, "bytecode", theme)
    here = next((place for place, row in enumerate(scene.bytecode) if row.is_current), 0)
    for row, place in enumerate(_around(len(scene.bytecode), here, 12)):
        each, top = scene.bytecode[place], y + 22 + ROW * row
        at = each.instruction
        if each.is_current:
            drawing.add(Box(x - 8, top, width + 8, ROW, tint))
            drawing.text(x, top + 13, ">", colour, 12, is_bold=True)
        drawing.text(x + 20, top + 13, f"{at.offset:>5}", theme.faint, 48)
        drawing.text(x + 72, top + 13, at.opname, theme.text, 236, is_bold=each.is_current)
        drawing.text(x + 312, top + 13, at.argument or _number(at.oparg), theme.text, width - 312)


def _number(oparg: int | None) -> str:
    return "" if oparg is None else str(oparg)


def _stack_pane(drawing: Drawing, scene: Scene, x: float, y: float, width: float, theme: Theme) -> None:
    _title(drawing, x, y, "stack", theme)
    if scene.frame is not None:
        slots = [(slot.text, slot.is_pushed, slot.is_null) for slot in scene.stack]
        _slots(drawing, slots, (), x, 352, width, 8, colours(scene.frame.activation, theme), theme)
    drawing.add(Rule(528, 366, 728, 366, theme.hairline))
    _title(drawing, x, 374, "locals", theme)
    for row, variable in enumerate(scene.locals[:11]):
        top = 374 + 22 + ROW * row
        colour = colours(scene.frame.activation, theme)[0] if variable.is_changed and scene.frame else theme.text
        drawing.text(x, top + 13, f"{variable.name} = {variable.text}", colour, width, is_bold=variable.is_changed)


def _slots(
    drawing: Drawing,
    slots: Sequence[tuple[str, bool, bool]],
    gone: Sequence[str],
    x: float,
    bottom: float,
    width: float,
    most: int,
    colours_: tuple[str, str],
    theme: Theme,
) -> None:
    """Draw a value stack that grows upwards from ``bottom``: (text, is pushed, is NULL); above it what has gone."""
    colour, tint = colours_
    drawing.add(Rule(x, bottom, x + width, bottom, theme.quiet))
    hidden = max(len(slots) - most, 0)
    for place, (text, is_pushed, is_null) in enumerate(slots[hidden:]):
        top = bottom - (place + 1) * SLOT - 2
        drawing.add(
            Box(x, top, width, SLOT - 3, tint if is_pushed else theme.bar, colour if is_pushed else theme.hairline)
        )
        drawing.text(x + 8, top + 16, text, theme.faint if is_null else theme.text, width - 16, is_bold=is_pushed)
    if hidden:
        drawing.text(x, bottom + 13, drawing.label("picture.below", n=hidden), theme.faint, width, 11)
    for place, text in enumerate(gone[: most - len(slots)]):
        top = bottom - (len(slots) + place + 1) * SLOT - 2
        drawing.add(Box(x, top, width, SLOT - 3, "", theme.faint, is_dashed=True))
        drawing.text(x + 8, top + 16, text, theme.faint, width - 16, is_struck=True)


def _frames(drawing: Drawing, scene: Scene, x: float, y: float, width: float, theme: Theme) -> None:
    drawing.add(Rule(728, 88, 728, HEIGHT, theme.hairline))
    _title(drawing, x, y, "calls", theme)
    top = _cards(drawing, scene.call_stack[:5], x, y + 24, width, theme)
    if len(scene.call_stack) > 5:
        drawing.text(x, top + 10, drawing.label("picture.below", n=len(scene.call_stack) - 5), theme.faint, width, 11)
    top = max(top + 20, 348)
    if scene.heap:
        _title(drawing, x, top, "picture.heap", theme)
        _cards(drawing, scene.heap[: int((HEIGHT - top - 24) // 50)], x, top + 24, width, theme)


def _cards(drawing: Drawing, frames: Iterable[FrameView], x: float, y: float, width: float, theme: Theme) -> float:
    for frame in frames:
        colour, tint = colours(frame.activation, theme)
        rests = frame.state in ("suspended", "created")
        fill = tint if frame.state == "running" else ""
        drawing.add(Box(x, y, width, 42, fill, theme.faint if rests else colour, rests, 2 if fill else 1))
        drawing.text(x + 8, y + 17, frame.activation.name, theme.faint if rests else colour, width - 16, is_bold=True)
        state = drawing.label(frame.state)
        at = drawing.label("picture.card", state=state, line=frame.line, offset=frame.offset)
        drawing.text(x + 8, y + 33, at, theme.faint if rests else theme.quiet, width - 16, 10)
        y += 50
    return y


# -- a strip ------------------------------------------------------------------------------------------------------


def strip(timeline: Timeline, steps: Sequence[int], theme: Theme = LIGHT, language: str = "en") -> Drawing:
    """Draw a card for each of the steps: the instruction, and the value stack and the locals after it.

    UsageError for more cards than one picture should have.
    """
    if len(steps) > MOST_CARDS:
        raise UsageError(f"{len(steps)} cards are too many for one picture (at most {MOST_CARDS}): use --from and --to")
    records = [next(timeline.steps(step, step + 1)) for step in steps]
    after = [_after(timeline, record, following) for record, following in pairwise([*records, None]) if record]
    most = max(max(len(record.stack), len(stack)) for record, (stack, _) in zip(records, after))
    height = 92 + SLOT * max(most, 1) + ROW * max(len(names) for _, names in after)
    in_row = min(CARDS_IN_ROW, len(records))
    rows = -(-len(records) // in_row)
    title = label(language, "picture.strip", first=steps[0], last=steps[-1])
    drawing = Drawing(GAP + in_row * (CARD + GAP), GAP + rows * (height + GAP), theme.surface, title, language)
    for number, (record, (stack, names)) in enumerate(zip(records, after)):
        x = GAP + number % in_row * (CARD + GAP)
        y = GAP + number // in_row * (height + GAP)
        _card(drawing, number, record, stack, names, (x, y, height, most), theme)
    return drawing


def _after(
    timeline: Timeline, record: StepRecord, following: StepRecord | None
) -> tuple[tuple[str, ...], tuple[tuple[str, str, bool], ...]]:
    """Return the stack after a step, and its frame's locals: (name, text, is changed); nothing when it has ended."""
    if following is None or following.activation != record.activation:
        ahead = timeline.steps(record.number + 1, record.number + 500)
        following = next((step for step in ahead if step.activation == record.activation), None)
    if following is None:
        return (), ()
    state = timeline.state(following.number)
    names = tuple(
        (name, text_of(value, state.objects), name in following.changed)
        for name, value in state.call_stack[-1].locals.items()
    )
    return tuple(text_of(value, following.objects) for value in following.stack), names[-8:]


def _card(
    drawing: Drawing,
    number: int,
    record: StepRecord,
    stack: tuple[str, ...],
    names: tuple[tuple[str, str, bool], ...],
    place: tuple[float, float, float, int],
    theme: Theme,
) -> None:
    x, y, height, most = place
    before = tuple(text_of(value, record.objects) for value in record.stack)
    kept = 0
    while kept < min(len(before), len(stack)) and before[kept] == stack[kept]:
        kept += 1
    at, pair = record.instruction, colours(record.activation, theme)
    drawing.add(Box(x, y, CARD, height, "", theme.hairline))
    drawing.add(Box(x, y, CARD, 44, theme.bar))
    drawing.text(x + 12, y + 18, f"{number + 1}. {at.opname}", pair[0], CARD - 24, 12, is_bold=True)
    drawing.text(x + 12, y + 35, f"{at.offset:>3}  {at.argument or _number(at.oparg)}", theme.quiet, CARD - 24, 11)
    bottom = y + 64 + SLOT * max(most, 1)
    gone = () if len(stack) > kept else before[kept:]
    slots = [(text, index >= kept, text == "NULL") for index, text in enumerate(stack)]
    _slots(drawing, slots, gone, x + 12, bottom, CARD - 24, max(most, 1), pair, theme)
    for row, (name, text, is_changed) in enumerate(names):
        colour = pair[0] if is_changed else theme.quiet
        drawing.text(x + 12, bottom + 16 + ROW * row, f"{name} = {text}", colour, CARD - 24, 11, is_bold=is_changed)
