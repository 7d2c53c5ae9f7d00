"""One moment of a run as plain text, for a mail or an issue: all that the page shows, pane below pane.

``picture(timeline, step)`` gives the lines.  Whatever a program's values hold, nothing but printable text comes out.
"""

from __future__ import annotations

from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING

from ..trace.pictures import printable
from .labels import label, said
from .scene import entry_of, scene_at
from .words import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..trace.timeline import Timeline
    from .scene import FrameView, Scene, SourceLine

AROUND = 5  # lines of source, instructions, and lines of output
WIDEST = 110  # columns


def picture(timeline: Timeline, step: int, around: int = AROUND, language: str = "en") -> Iterator[str]:
    """Yield the lines of the moment before step ``step`` runs.

    ``around`` is how many lines of source and how many instructions are shown on each side, and how many lines of
    output.  UsageError when there is no such step or language.
    """
    scene = scene_at(timeline, step)
    yield title(scene, language)
    for sentence in what_happens(timeline, step, language):
        yield from wrap(sentence, WIDEST, break_long_words=False, break_on_hyphens=False)
    for name, lines in panes(scene, around, language):
        yield ""
        yield name
        yield from (f"  {cut(line)}" for line in lines)


def title(scene: Scene, language: str = "en") -> str:
    """Return where the run stands, in a line."""
    t, frame = partial(label, language), scene.frame
    if frame is None:
        where = t("text.end")
    else:
        at = t("text.at", name=frame.activation.name, line=frame.line)
        where = t("text.in", at=at, file=printable(scene.file))
    return t("text.step", step=scene.step, steps=scene.steps, where=where)


def what_happens(timeline: Timeline, step: int, language: str) -> Iterator[str]:
    """Yield in words what step ``step`` does, then what has happened before it and what comes after it, if anything."""
    before, now, after = told(timeline, step, language)
    yield printable(now or label(language, "ended.in"))
    if before:
        yield printable(f"{label(language, 'before')} {'; '.join(before)}.")
    if after:
        yield printable(f"{label(language, 'after')} {after}.")


def panes(scene: Scene, around: int = AROUND, language: str = "en") -> Iterator[tuple[str, list[str]]]:
    """Yield the titles and the lines of what there is to see; what is empty is left out."""
    for name, make in PANES.items():
        lines = list(make(scene, around, language))
        if lines:
            yield label(language, name), lines


def cut(line: str, width: int = WIDEST) -> str:
    """Cut a line that is too long."""
    return line if len(line) <= width else f"{line[: width - 3]}..."


# -- the panes ----------------------------------------------------------------------------------------------------


def source(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the source around the current line, with its arrows."""
    here = next((place for place, line in enumerate(scene.source) if line.is_current), None)
    if here is None:
        return
    shown = scene.source[max(here - around, 0) : here + around + 1]
    for line in shown:
        mark = ">" if line.is_current else " "
        yield f"{mark} {arrows(line):>3} {line.number:>5}  {printable(line.text)}{_who(line)}"


def arrows(line: SourceLine) -> str:
    """Return what the arrows beside a line amount to: ``->`` resumed, ``<-`` suspended, ``<->`` both."""
    found = {mark.arrow for mark in line.marks}
    return "<->" if {"->", "<-"} <= found else "->" if "->" in found else "<-" if "<-" in found else ""


def _who(line: SourceLine) -> str:
    names = dict.fromkeys(mark.activation.name for mark in line.marks if mark.arrow in ("->", "<-"))
    return f"    # {', '.join(names)}" if names else ""


def bytecode(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the instructions around the one about to run."""
    here = next((place for place, row in enumerate(scene.bytecode) if row.is_current), None)
    if here is None:
        return
    for row in scene.bytecode[max(here - around, 0) : here + around + 1]:
        at = row.instruction
        mark = ">" if row.is_current else "*" if row.here else " "
        others = f"    # {', '.join(each.name for each in row.here)}" if row.here else ""
        number = "" if at.oparg is None else at.oparg
        yield f"{mark} {at.offset:>5}  {at.opname:<26} {number:>4}  {at.argument}{others}".rstrip()


def stack(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the value stack, the top first."""
    if scene.frame is None:
        return
    for text in reversed(scene.popped):
        yield f"-       {text}"
    for slot in reversed(scene.stack):
        yield f"{'+' if slot.is_pushed else ' '} {slot.index:>4}  {slot.text}"
    if not scene.stack:
        yield f"   {label(language, 'stack.empty')}"


def local_variables(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the locals; what the last instruction changed is marked."""
    for variable in scene.locals:
        yield f"{'+' if variable.is_changed else ' '} {variable.name} = {variable.text}"


def tables(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the entries of the code object's tables; the one that the instruction uses is marked."""
    current = next((row.instruction for row in scene.bytecode if row.is_current), None)
    used = [] if current is None else entry_of(current)
    known = scene.tables
    for name, table in (("co_consts", known.consts), ("co_names", known.names), ("co_varnames", known.varnames)):
        for index, entry in table.items():
            yield f"{'>' if (name, index) in used else ' '} {name:<11} {index:>3}  {entry}"


def calls(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the call stack, the newest frame first."""
    return (_frame(frame, language) for frame in scene.call_stack)


def heap(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the frames of suspended generators and coroutines."""
    for frame in scene.heap:
        yield _frame(frame, language)
        yield from details(frame, language)


def _frame(frame: FrameView, language: str) -> str:
    at = label(language, "text.frame", line=frame.line, offset=frame.offset, opname=frame.opname).rstrip()
    kind, state = label(language, f"kind.{frame.activation.kind}"), label(language, frame.state)
    return f"{frame.activation.name:<20} {kind:<15} {state:<9} {at}"


def details(frame: FrameView, language: str = "en") -> Iterator[str]:
    """Yield what a frame at rest has: what it awaits, gave last, its stack and its locals."""
    if frame.awaits:
        yield f"    {label(language, 'awaits')} {frame.awaits}"
    if frame.yielded:
        yield f"    {label(language, 'yielded')} {frame.yielded}"
    if frame.stack:
        yield f"    {label(language, 'stack.short')} [{', '.join(frame.stack)}]"
    if frame.locals:
        yield f"    {', '.join(f'{name} = {text}' for name, text in frame.locals)}"


def loop(scene: Scene, around: int, language: str = "en") -> Iterator[str]:
    """Yield the event loops, and the tasks."""
    yield from loops(scene, language)
    for name, more in tasks(scene, language):
        yield ", ".join([name, *more])


def loops(scene: Scene, language: str) -> Iterator[str]:
    """Yield the event loops: what runs, what is ready, and the timers."""
    t = partial(label, language)
    for each in scene.loops:
        running = t("text.waits.in") if each.is_waiting else each.running.text if each.running else "-"
        yield printable(t("text.runs", n=each.iteration, time=f"{each.time:g}", what=running))
        yield printable(f"  {t('text.ready', what=', '.join(handle.text for handle in each.ready) or '-')}")
        for timer in each.timers:
            yield printable(f"  {t('text.timer', what=timer.text, time=f'{timer.when or 0:g}')}")


def tasks(scene: Scene, language: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the tasks: a line with name and state, and what each waits for and who woke it."""
    t, tell = partial(label, language), partial(said, language)
    names = {task.number: task.name for task in scene.tasks}
    for task in scene.tasks:
        more = []
        if task.waits_for:
            more.append(t("text.waits", what=tell(task.waits_for)))
        if task.woken_by:
            why = f": {tell(task.woken_why)}" if task.woken_why else ""
            more.append(t("text.woken", what=names.get(task.woken_by, task.woken_by)) + why)
        elif task.woken_why:
            more.append(t("text.woken.why", what=tell(task.woken_why)))
        yield printable(f"{task.name:<16} {t(task.status):<9} {task.coroutine}"), list(map(printable, more))


def output(scene: Scene, around: int, language: str = "en") -> Sequence[str]:
    """Return the last lines of the output."""
    shown = scene.output[-around:] if around else ()
    return [f"{'' if stream == 'stdout' else f'({stream}) '}{printable(text)}" for stream, text in shown]


PANES: dict[str, Callable[[Scene, int, str], Iterable[str]]] = {
    "source": source,
    "bytecode": bytecode,
    "text.stack": stack,
    "locals": local_variables,
    "tables": tables,
    "text.calls": calls,
    "text.heap": heap,
    "loop": loop,
    "output": output,
}
