"""The recording in the terminal: the page's panes and keys, with Textual, which the extra ``tui`` brings.

The panes' lines are those of ``view/text.py``, the moves those of ``view/moves.py``, titles and keys those of the page
(``assets/texts.json``).  Whatever a program's values hold is shown as text: no markup is read in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Container, ScrollableContainer, Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer, Input, OptionList, Static

from ..trace.pictures import printable
from . import text
from .labels import label
from .lanes import cells, lanes_of, marks_of
from .moves import Moves
from .scene import scene_at
from .words import languages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from textual.events import Click, Resize
    from textual.timer import Timer

    from ..trace.timeline import Timeline
    from .moves import Found
    from .scene import FrameView, Scene

    Action = Callable[[], object]

SPEEDS = (1, 2, 4, 10, 30)  # steps a second
AROUND = 200  # lines of source and instructions on each side
SPAN, WIDEST_SPAN, NARROWEST_SPAN = 2_000, 20_000, 20  # steps in the timeline
NAMES = 18  # columns at the left of the timeline
NARROW = 110  # columns: with fewer, the panes stand two abreast
LANE = {"running": "█", "ready": "▒", "calling": "─", "suspended": "┄", "": " "}
COLOURS = ("dodger_blue2", "dark_orange3", "spring_green4", "medium_orchid")
KEYS = [
    ("← →", "key.instruction"), ("↑ ↓", "key.line"), ("o i u", "key.call"), ("s", "key.suspension"), ("t", "key.task"),
    ("Shift + ...", "key.shift"), ("Home End", "key.ends"), ("Space", "key.play"), ("- +", "key.speed"),
    ("g", "key.goto"), ("/", "key.search"), ("F6", "key.pane"), ("z", "zoom.pane"), ("< >", "zoom.time"),
    ("c", "when.changed"), ("v", "where.from"), ("m", "how"), ("d k", "key.look"), ("?", "key.help"),
    ("Esc", "key.close"), ("q", "quit"),
]  # fmt: skip


def bytecode(scene: Scene, around: int, language: str) -> Iterator[str]:
    """Yield the instructions, without columns: a pane is too narrow for them."""
    for row in scene.bytecode:
        at = row.instruction
        mark = ">" if row.is_current else "*" if row.here else " "
        yield f"{mark}{at.offset:>4} {at.opname} {at.argument or ('' if at.oparg is None else at.oparg)}".rstrip()


def calls(scene: Scene, around: int, language: str) -> Iterator[str]:
    """Yield the call stack, the newest frame first."""
    for frame in scene.call_stack:
        yield from _frame(frame, language)


def heap(scene: Scene, around: int, language: str) -> Iterator[str]:
    """Yield the frames of suspended generators and coroutines."""
    for frame in scene.heap:
        yield from _frame(frame, language)
        yield from text.details(frame, language)


def loop(scene: Scene, around: int, language: str) -> Iterator[str]:
    """Yield the event loops and the tasks, what a task waits for in a line of its own."""
    yield from text.loops(scene, language)
    for name, more in text.tasks(scene, language):
        yield name
        yield from (f"    {line}" for line in more)


def _frame(frame: FrameView, language: str) -> Iterator[str]:
    at = label(language, "text.frame", line=frame.line, offset=frame.offset, opname=frame.opname).rstrip()
    yield f"{frame.activation.name}  {label(language, frame.state)}"
    yield f"    {label(language, f'kind.{frame.activation.kind}')}, {at}"


PANES: dict[str, Callable[[Scene, int, str], Iterable[str]]] = {
    "source": text.source,
    "bytecode": bytecode,
    "stack": text.stack,
    "locals": text.local_variables,
    "tables": text.tables,
    "calls": calls,
    "heap": heap,
    "output": text.output,
    "loop": loop,
}


class Pane(ScrollView):
    """A pane: its title in the border, and lines in it that scroll, of which only those are drawn that can be seen.

    A click on one does what stands for it in ``actions``, by its number.
    """

    ALLOW_MAXIMIZE = True
    can_focus = True

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.lines: Sequence[Line] = ()
        self.actions: Mapping[int, Action] = {}

    def show(self, title: str, lines: Sequence[Line], here: int | None, actions: Mapping[int, Action]) -> None:
        """Show lines, and scroll to line ``here``."""
        self.border_title = Text(title)
        self.actions = actions
        if lines == self.lines:
            return
        self.lines = lines
        self.virtual_size = Size(max((len(line.text) for line in lines), default=0), len(lines))
        if here is not None:
            self.scroll_to(y=max(here - self.size.height // 2, 0), animate=False, immediate=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line that stands ``y`` lines below the top."""
        left, top = self.scroll_offset
        width = self.size.width
        place = int(top) + y
        if place >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        shown = self.lines[place].drawn()
        shown.no_wrap = True
        strip = Strip(shown.render(self.app.console), cell_len(shown.plain))
        return strip.crop_extend(int(left), int(left) + width, self.rich_style).apply_style(self.rich_style)

    def on_click(self, event: Click) -> None:
        """Do what the line is for."""
        offset = event.get_content_offset(self)
        action = None if offset is None else self.actions.get(offset.y + int(self.scroll_offset.y))
        if action is not None:
            action()


@dataclass(frozen=True)
class Line:
    """A line of a pane: a text in one style, or in several: (style, from column, to column)."""

    text: str
    style: str = ""
    parts: tuple[tuple[str, int, int], ...] = ()

    def drawn(self) -> Text:
        """Return it as Rich has it."""
        shown = Text(self.text, self.style)
        for style, begin, end in self.parts:
            shown.stylize(style, begin, end)
        return shown


class Slider(Static):
    """Where the run stands; a click goes there."""

    def on_click(self, event: Click) -> None:
        """Go to the step at the place of the click."""
        viewer = self.app
        assert isinstance(viewer, Viewer)
        viewer.go(round(event.x / max(self.size.width - 1, 1) * len(viewer.timeline)))

    def show(self, step: int, steps: int) -> None:
        """Draw the bar."""
        width = max(self.size.width, 10)
        done = round(width * step / max(steps, 1))
        self.update("━" * done + "─" * (width - done))


# -- what opens over the panes ------------------------------------------------------------------------------------


class Ask(ModalScreen[str]):
    """Asks for a line of text."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss('')")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        yield Input(placeholder=self._question)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give back what was typed."""
        self.dismiss(event.value)


class Choose(ModalScreen[int]):
    """A list of steps, one of which can be gone to."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)")]

    def __init__(self, title: str, found: list[Found]) -> None:
        super().__init__()
        self._title, self._found = title, found

    def compose(self) -> ComposeResult:
        options = OptionList(*(Text(f"{step:>8}  {printable(said)}") for step, said in self._found), markup=False)
        options.border_title = Text(self._title)
        yield options

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give back the step."""
        self.dismiss(self._found[event.option_index].step)


class Told(ModalScreen[None]):
    """Text to read."""

    BINDINGS: ClassVar = [Binding("escape,question_mark,q,m", "dismiss")]

    def __init__(self, title: str, body: str) -> None:
        super().__init__()
        self._title, self._body = title, body

    def compose(self) -> ComposeResult:
        box = ScrollableContainer(Static(Text(self._body), markup=False), id="told")
        box.border_title = Text(self._title)
        yield box

    def on_click(self) -> None:
        """Close."""
        self.dismiss()


class KeysInWords(Footer):
    """The foot of the viewer: the keys, and what they do in its language (a binding's description is a text's name)."""

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            name = getattr(widget, "description", "")
            if name:
                widget.description = label(self.app.language, name).capitalize()  # type: ignore[attr-defined]
            yield widget


# -- the viewer ---------------------------------------------------------------------------------------------------


def _move_bindings() -> list[Binding]:
    keys = {"over": "o", "into": "i", "out": "u", "suspension": "s", "task": "t"}
    forward = [Binding(key, f"move('{unit}', 1)", f"unit.{unit}") for unit, key in keys.items()]
    backward = [Binding(key.upper(), f"move('{unit}', -1)", show=False) for unit, key in keys.items()]
    return forward + backward


class Viewer(App[None]):
    """The viewer of a timeline; ``how`` has the machine's own lines for each instruction, by opcode name."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #say { height: 4; padding: 0 1; background: $panel; }
    Slider { height: 1; color: $accent; }
    #panes { layout: grid; grid-size: 4 2; grid-columns: 8fr 6fr 4fr 6fr; grid-rows: 5fr 3fr; }
    #timeline { column-span: 2; }
    Pane { border: round $surface-lighten-2; padding: 0 1; }
    Pane:focus { border: round $accent; }
    .narrow #panes { grid-size: 2 4; grid-columns: 1fr 1fr; grid-rows: 18; overflow-y: auto; }
    Ask, Choose, Told { align: center middle; }
    Input { width: 60; }
    OptionList { width: 80%; max-height: 80%; border: round $accent; }
    #told { width: 90; max-width: 95%; height: auto; max-height: 90%; padding: 0 1; }
    #told { background: $panel; border: round $accent; }
    #told Static { width: auto; }
    """
    BINDINGS: ClassVar = [
        Binding("left", "move('instruction', -1)", "back", priority=True),
        Binding("right", "move('instruction', 1)", "forward", priority=True),
        Binding("up", "move('line', -1)", "unit.line.b", priority=True, show=False),
        Binding("down", "move('line', 1)", "unit.line", priority=True),
        *_move_bindings(),
        Binding("home", "go_to(0)", "key.ends", show=False, priority=True),
        Binding("end", "go_to(-1)", "key.ends", show=False, priority=True),
        Binding("space", "play", "play"),
        Binding("minus", "speed(-1)", show=False),
        Binding("plus,equals_sign", "speed(1)", show=False),
        Binding("g", "ask_step", "key.goto"),
        Binding("slash", "ask_words", "search"),
        Binding("f6", "app.focus_next", "key.pane", show=False),
        Binding("shift+f6", "app.focus_previous", "key.pane", show=False),
        Binding("z", "alone", show=False),
        Binding("greater_than_sign", "zoom(0.5)", show=False),
        Binding("less_than_sign", "zoom(2)", show=False),
        Binding("c", "ask_changes", show=False),
        Binding("v", "ask_origin", show=False),
        Binding("m", "how", show=False),
        Binding("d", "look", "theme", show=False),
        Binding("k", "language", "languages"),
        Binding("question_mark", "help", "keys"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(
        self, timeline: Timeline, step: int = 0, language: str = "en", how: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.timeline = timeline
        self.step = step
        self.language = language
        self.moves = Moves(timeline)
        self.range = _around(step, min(SPAN, len(timeline)), len(timeline))
        self._how = how or {}
        self._focus = 0  # the coroutine that "suspension" is about
        self._speed = SPEEDS.index(4)
        self._playing: Timer | None = None
        self._panes = {name: Pane(name) for name in (*PANES, "timeline")}
        self._scene: Scene | None = None
        self._happens = lru_cache(maxsize=1)(lambda step, code: list(text.what_happens(timeline, step, code)))
        self._rows = lru_cache(maxsize=4)(lambda begin, end, width: list(_rows_of(timeline, begin, end, width)))

    def compose(self) -> ComposeResult:
        panes = self._panes
        yield Static(id="say", markup=False)
        yield Slider(markup=False)
        with Container(id="panes"):
            yield panes["source"]
            yield panes["bytecode"]
            yield Vertical(panes["stack"], panes["locals"], panes["tables"])
            yield Vertical(panes["calls"], panes["heap"])
            yield panes["timeline"]
            yield panes["output"]
            yield panes["loop"]
        yield KeysInWords()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows, Home and End to a list or a line to type in, as long as one is open."""
        return action not in ("move", "go_to") or len(self.screen_stack) == 1

    def on_resize(self, event: Resize) -> None:
        """Draw again, when it is known how much room there is."""
        self.screen_stack[0].set_class(event.size.width < NARROW, "narrow")
        self.call_after_refresh(self.draw)

    # -- showing --------------------------------------------------------------------------------------------------

    def t(self, key: str, **words: object) -> str:
        """Return a text of the page."""
        return label(self.language, key, **words)

    def draw(self) -> None:
        """Show the step."""
        scene = self._scene = scene_at(self.timeline, self.step)
        running = next((f.activation for f in scene.call_stack if f.activation.code.is_resumable), None)
        self._focus = self._focus if running is None else running.number
        self._draw(scene)

    def _draw(self, scene: Scene) -> None:
        main = self.screen_stack[0]
        self.tell("")
        main.query_one(Slider).show(self.step, len(self.timeline))
        for name, make in PANES.items():
            lines = list(make(scene, AROUND, self.language))
            here = [number for number, line in enumerate(lines) if line.startswith(">")]
            follow = len(lines) if name == "output" else here[0] if here else 0
            shown = _styled(lines, here)
            self._panes[name].show(self.t(name), shown, follow, self._actions(name, lines, scene))
        self._draw_timeline()

    def tell(self, note: str) -> None:
        """Say what happens at this step, and ``note`` beside where it stands."""
        if self._scene is not None:
            shown = Text("\n".join(self._said(self._scene, note)), overflow="ellipsis", no_wrap=True)
            self.screen_stack[0].query_one("#say", Static).update(shown)

    def _actions(self, name: str, lines: list[str], scene: Scene) -> dict[int, Action]:
        """Return what a click on each line of a pane does."""
        if scene.frame is None and name != "output":
            return {}
        if name == "locals":
            return {n: partial(self.show_changes, variable.name) for n, variable in enumerate(scene.locals)}
        if name == "stack":
            slots = [slot.index for slot in reversed(scene.stack)]
            return {n: partial(self.show_origin, slot) for n, slot in enumerate(slots, len(scene.popped))}
        if name == "output":
            return {n: partial(self.go_to_print, len(lines) - 1 - n) for n in range(len(lines))}
        if name == "bytecode":
            return dict.fromkeys(range(len(lines)), self.action_how)
        return {}

    def _said(self, scene: Scene, note: str) -> list[str]:
        return [f"{text.title(scene, self.language)}   {note}", *self._happens(scene.step, self.language)]

    def _draw_timeline(self) -> None:
        begin, end = self.range
        if not begin <= self.step <= end:
            begin, end = self.range = _around(self.step, end - begin, len(self.timeline))
        pane = self._panes["timeline"]
        width = max(pane.size.width - NAMES - 4, 10)
        cursor = NAMES + min(int((self.step - begin) * width / max(end - begin, 1)), width - 1)
        shown = [
            Line(row, colour, (("reverse", cursor, cursor + 1),))
            for row, colour in (self._rows(begin, end, width) if end > begin else ())
        ]
        signs = (("█", "tl.running"), ("▒", "tl.ready"), ("▼▲", "tl.wakes"), ("◆", "tl.output"))
        legend = "  ".join(f"{sign} {self.t(key)}" for sign, key in signs)
        title = f"{self.t('timeline')}  {begin}-{end}   {legend}"
        pane.show(title, shown, None, {})
        pane.actions = _Everywhere(partial(self._click_timeline, begin, end, width))

    def _click_timeline(self, begin: int, end: int, width: int) -> None:
        column = self.mouse_position.x - self._panes["timeline"].content_region.x - NAMES
        if 0 <= column < width:
            self.go(begin + round(column * (end - begin) / width))

    def go(self, step: int) -> None:
        """Go to a step."""
        self.step = min(max(step, 0), len(self.timeline))
        self.draw()

    # -- moving ---------------------------------------------------------------------------------------------------

    def action_move(self, unit: str, direction: int) -> None:
        """Move by a unit."""
        found = self.moves.destination(unit, direction, self.step, self._focus)
        if found is None:
            self.tell(self.t("no.more"))
            return
        focus = self._focus
        self.go(found)
        self._focus = focus if unit == "suspension" else self._focus

    def action_go_to(self, step: int) -> None:
        """Go to the first or the last step."""
        self.go(step if step >= 0 else len(self.timeline))

    def action_play(self) -> None:
        """Play, or stop playing."""
        if self._playing is None:
            self._playing = self.set_interval(1 / SPEEDS[self._speed], self._play_on)
        else:
            self._playing.stop()
            self._playing = None

    @property
    def is_playing(self) -> bool:
        """Whether it plays."""
        return self._playing is not None

    def _play_on(self) -> None:
        self.go(self.step + 1)
        if self.step >= len(self.timeline) and self._playing is not None:
            self.action_play()

    def action_speed(self, by: int) -> None:
        """Play slower or faster."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        speed = SPEEDS[self._speed]
        self.tell(self.t("speed.1") if speed == 1 else self.t("speed.n", n=speed))
        if self._playing is not None:
            self.action_play()
            self.action_play()

    def action_zoom(self, factor: float) -> None:
        """Show more or fewer steps in the timeline."""
        steps = len(self.timeline)
        span = max(int((self.range[1] - self.range[0]) * factor), NARROWEST_SPAN)
        self.range = _around(self.step, min(span, WIDEST_SPAN, steps), steps)
        self._draw_timeline()

    # -- asking ---------------------------------------------------------------------------------------------------

    def action_ask_step(self) -> None:
        """Ask for a step and go there."""
        question = self.t("goto.ask", steps=len(self.timeline))

        def answered(answer: str | None) -> None:
            if answer and answer.isdecimal():
                self.go(int(answer))
            elif answer:
                self.tell(question)

        self.push_screen(Ask(question), answered)

    def action_ask_words(self) -> None:
        """Ask for words and go to the next step that has them."""

        def answered(answer: str | None) -> None:
            found = self.moves.search(answer, self.step) if answer else None
            if found is not None:
                self.go(found)
            elif answer:
                self.tell(self.t("found.none"))

        self.push_screen(Ask(self.t("find")), answered)

    def action_ask_changes(self) -> None:
        """Ask for a local, and show when it changed."""

        def answered(name: str | None) -> None:
            if name:
                self.show_changes(name)

        self.push_screen(Ask(self.t("when.changed", name="...")), answered)

    def action_ask_origin(self) -> None:
        """Ask for a slot of the stack or a local, and show where its value came from."""

        def answered(place: str | None) -> None:
            if place:
                self.show_origin(int(place) if place.isdecimal() else place)

        self.push_screen(Ask(self.t("where.from")), answered)

    def show_changes(self, name: str) -> None:
        """Show when a local of the running frame changed."""
        if self._scene is not None and self._scene.frame is not None:
            self._choose(self.t("changes", name=name), self.moves.changes(self._scene.frame.activation, name))

    def show_origin(self, place: int | str) -> None:
        """Show where the value in a slot of the stack, or in a local, came from."""
        if self._scene is not None and self._scene.frame is not None:
            self._choose(self.t("came.from"), self.moves.origin(self._scene.frame.activation, place, self.step))

    def _choose(self, title: str, found: list[Found]) -> None:
        if found:
            self.push_screen(Choose(title, found), lambda step: None if step is None else self.go(step))
        else:
            self.tell(self.t("found.none"))

    def go_to_print(self, back: int) -> None:
        """Go to the step that printed a line of the output, counted from the last."""
        step = self.moves.printed(self.step, back)
        if step is not None:
            self.go(step)

    def action_how(self) -> None:
        """Show the machine's own lines for the instruction that is about to run."""
        opname = "" if self._scene is None or self._scene.frame is None else self._scene.frame.opname
        if opname:
            self.push_screen(Told(self.t("how", opname=opname), self._how.get(opname) or self.t("how.none")))

    # -- the looks ------------------------------------------------------------------------------------------------

    def action_alone(self) -> None:
        """Show the pane that has the focus alone, or all again."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif isinstance(self.focused, Pane):
            self.screen.maximize(self.focused, container=False)
        self.call_after_refresh(self.draw)

    def action_look(self) -> None:
        """Change between light and dark."""
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"

    def action_language(self) -> None:
        """Take the next language."""
        names = list(languages())
        self.language = names[(names.index(self.language) + 1) % len(names)]
        self.draw()
        self.query_one(KeysInWords).refresh(recompose=True)

    def action_help(self) -> None:
        """Show the keys."""
        lines = [f"{keys:<14}{self.t(key, opname='...', name='...').strip()}" for keys, key in KEYS]
        self.push_screen(Told(self.t("keys"), "\n".join(lines)))


class _Everywhere(dict[int, Any]):
    """The same action for every line."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def get(self, key: int, default: Any = None) -> Any:
        """Return the action."""
        return self._action


def _around(step: int, span: int, steps: int) -> tuple[int, int]:
    """Return a range of ``span`` steps around a step."""
    begin = min(max(step - span // 2, 0), max(steps - span, 0))
    return begin, begin + span


def _rows_of(timeline: Timeline, begin: int, end: int, width: int) -> Iterator[tuple[str, str]]:
    """Yield the lanes of a stretch as lines, each with its colour; wake-ups and output stand in them as marks."""
    lanes = lanes_of(timeline, begin, end)
    marks = marks_of(timeline, begin, end)
    places = {lane.activation: place for place, lane in enumerate(lanes) if lane.activation}
    for place, lane in enumerate(lanes):
        row = [LANE[state] for state in cells(lane.pieces, begin, end, width)]
        for mark in marks:
            column = min(int((mark.step - begin) * width / max(end - begin, 1)), width - 1)
            if mark.kind == "wake" and mark.activation == lane.activation:
                row[column] = "▼" if places.get(mark.by, -1) < place else "▲"
            elif mark.kind == "output" and mark.activation == lane.activation and (lane.activation or not place):
                row[column] = "◆"
        colour = COLOURS[(place - 1) % len(COLOURS)] if lane.activation else ""
        yield f"{text.cut(printable(lane.name), NAMES - 1):<{NAMES}}{''.join(row)}", colour


def _styled(lines: list[str], here: list[int]) -> list[Line]:
    """Return lines: the current ones reversed, new values bold, taken ones struck."""
    return [
        Line(line, "reverse" if n in here else "bold" if line[:1] == "+" else "strike dim" if line[:2] == "- " else "")
        for n, line in enumerate(lines)
    ]
