"""The picture of who was resumed and who was suspended: the source lines with ``->`` and ``<-``, then the order.

          async def coroutine1():
       1  ->  print("coroutine1 first entry point")
       2  <-  await asyncio.sleep(1)
       5  ->  print("coroutine1 second entry point")
    ...
       1  ->      coroutine1  print("coroutine1 first entry point")
       2  <-      coroutine1  await asyncio.sleep(1)
       3  |   ->  coroutine2  print("coroutine2 first entry point")

In the order each activation has a lane, as long as there are few.  It is drawn from ``Turns`` (``lasti.trace.turns``)
and from the source, as lines of text; nothing is written here.
"""

from __future__ import annotations

import linecache
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..trace.turns import RESUMED, SUSPENDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import CodeType

    from ..trace.turns import Function, Mark, Turn, Turns

FUNCTIONS = 12  # more of them are not listed, unless all are asked for
LONG_LISTING = 30  # lines; of longer functions only the lines around the arrows are shown
AROUND = 2
MOST_LANES = 6  # in the order; more activations are told apart by their names alone
STATEMENT = 60  # characters of a source line in the list of turns

COLOURS = {RESUMED: "32", SUSPENDED: "33", "<->": "33", "dim": "2", "bold": "1"}  # ANSI SGR


@dataclass(frozen=True)
class Style:
    """How the picture is drawn: with colours or without, all of it or what fits on a page or two."""

    colour: bool = False
    everything: bool = False

    def paint(self, text: str, what: str) -> str:
        """Return ``text`` in the colour of ``what``."""
        return f"\x1b[{COLOURS[what]}m{text}\x1b[0m" if self.colour and text else text


PLAIN = Style()


def interleaving(turns: Turns, sources: Mapping[str, Sequence[str]] | None = None, style: Style = PLAIN) -> list[str]:
    """Draw ``turns`` as lines of text; ``sources`` has the lines of files that cannot be read, by file name."""
    source = _Source(sources or {})
    drawn = [function for function in turns.functions if _by_line(function)]
    listed = drawn if style.everything else drawn[:FUNCTIONS]
    lines = [style.paint("Resumed (->) and suspended (<-), numbered in the order in which it happened:", "bold")]
    width = max((len(_numbers(*marks)) for each in listed for marks in _by_line(each).values()), default=0)
    width = max(width, 4)
    file = None
    for function in listed:
        if function.code.co_filename != file:
            file = function.code.co_filename
            lines += ["", style.paint(_short(file), "dim")]
        else:
            lines.append("")
        lines += _listing(function, source, width, style)
    if len(listed) < len(drawn):
        lines += ["", style.paint(f"(and {len(drawn) - len(listed)} more functions; all of them: --all-turns)", "dim")]
    return [*lines, "", *_order(turns, source, style)]


# -- the source, with arrows ------------------------------------------------------------------------------------


def _listing(function: Function, source: _Source, width: int, style: Style) -> list[str]:
    """Draw the function's lines, the arrows in their indentation and the numbers before them."""
    marks = _by_line(function)
    first, last = _extent(function.code)
    block = source.block(function.code.co_filename, first, last)
    if not block:  # no source: the bare lines that have arrows
        block = {line: f"    line {line}" for line in sorted(marks)}
        block = {first: f"{function.name} (no source)", **block}
    if any(not block.get(line, "    ").startswith("    ") for line in marks):
        block = {line: "    " + text for line, text in block.items()}  # `async def f(): await g()`, or indented by two
    shown = set(block) if style.everything or len(block) <= LONG_LISTING else _around(marks, block)
    lines, is_gap = [], False
    for line, text in block.items():
        if line not in shown:
            if not is_gap:
                lines.append(f"{'':{width}}  " + style.paint("    ...", "dim"))
            is_gap = True
            continue
        is_gap = False
        lines.append(_listed_line(text, marks.get(line), width, style))
    if function.activations > 1 and lines:
        lines[0] += style.paint(f"   # {function.activations} activations", "dim")
    return lines


def _listed_line(text: str, marks: tuple[Mark | None, Mark | None] | None, width: int, style: Style) -> str:
    if marks is None:
        return f"{'':{width}}  {text}".rstrip()
    resumed, suspended = marks
    arrow = "<->" if resumed and suspended else RESUMED if resumed else SUSPENDED
    numbers = style.paint(f"{_numbers(*marks):>{width}}", "dim")
    return f"{numbers}  {style.paint(arrow, arrow)}{'':{4 - len(arrow)}}{text[4:]}"


def _by_line(function: Function) -> dict[int, tuple[Mark | None, Mark | None]]:
    """Return the (resumed, suspended) marks of each line that has any."""
    drawn = {key: mark for key, mark in function.marks.items() if mark.count}
    return {line: (drawn.get((line, RESUMED)), drawn.get((line, SUSPENDED))) for line, _ in drawn}


def _numbers(resumed: Mark | None, suspended: Mark | None) -> str:
    """Return the numbers of a line's turns: all of them up to three, else the first two and the last."""
    found = [mark for mark in (resumed, suspended) if mark is not None]
    known = sorted({number for mark in found for number in (*mark.first, mark.last)})
    if sum(mark.count for mark in found) <= 3:
        return ",".join(map(str, known))
    return f"{known[0]},{known[1]}..{known[-1]}"


def _around(marks: Mapping[int, object], block: Mapping[int, str]) -> set[int]:
    near = {line + step for line in marks for step in range(-AROUND, AROUND + 1)}
    return {next(iter(block)), *near}


def _extent(code: CodeType) -> tuple[int, int]:
    """Return the first and the last line of the function, as far as its instructions and inner functions tell."""
    last = max((line for _, _, line in code.co_lines() if line is not None), default=code.co_firstlineno)
    inner = [_extent(const)[1] for const in code.co_consts if isinstance(const, type(code))]
    return code.co_firstlineno, max([last, *inner])


# -- the order --------------------------------------------------------------------------------------------------


def _order(turns: Turns, source: _Source, style: Style) -> list[str]:
    kept = [*turns.first, *turns.last]
    numbers = max(len(str(turns.total)), 4)
    names = max((len(_name(turn)) for turn in kept), default=0)
    lines = [
        _turn_line(turn, numbers, arrows, names, source, style) for turn, arrows in zip(kept, _arrows(kept, style))
    ]
    if turns.left_out:
        left_out = f"{'':{numbers}}  ... {turns.left_out} turns left out; all of them: --all-turns"
        lines.insert(len(turns.first), style.paint(left_out, "dim"))
    return lines


def _arrows(kept: Sequence[Turn], style: Style) -> list[str]:
    """Return each turn's arrow, in the lane of its activation: lanes go from its first turn to its last."""
    last = {_lane(turn): place for place, turn in enumerate(kept)}
    lanes = list(dict.fromkeys(map(_lane, kept)))
    if len(lanes) > MOST_LANES:
        return [style.paint(turn.mark.arrow, turn.mark.arrow) for turn in kept]
    found, begun = [], set()
    for place, turn in enumerate(kept):
        begun.add(_lane(turn))
        cells = [
            style.paint(turn.mark.arrow, turn.mark.arrow) if lane == _lane(turn)
            else style.paint("|", "dim") + " " if lane in begun and place < last[lane]
            else "  "
            for lane in lanes
        ]  # fmt: skip
        found.append("  ".join(cells))
    return found


def _lane(turn: Turn) -> tuple[int, int]:
    return id(turn.mark.function), turn.activation


def _turn_line(turn: Turn, numbers: int, arrows: str, names: int, source: _Source, style: Style) -> str:
    mark = turn.mark
    statement = source.line(mark.function.code.co_filename, mark.line).strip() or f"line {mark.line}"
    if len(statement) > STATEMENT:
        statement = statement[: STATEMENT - 3] + "..."
    number = style.paint(f"{turn.number:>{numbers}}", "dim")
    end = style.paint(f"  ({turn.end})", "dim") if turn.end else ""
    return f"{number}  {arrows}  {_name(turn):{names}}  {statement}{end}"


def _name(turn: Turn) -> str:
    """Return the activation's name: ``worker#2``, or ``worker`` when there was only one."""
    function = turn.mark.function
    return f"{function.name}#{turn.activation}" if function.activations > 1 else function.name


# -- the source -------------------------------------------------------------------------------------------------


class _Source:
    """Lines of source, by file name and number."""

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self._given = given

    def _lines(self, file: str) -> Sequence[str]:
        return self._given[file] if file in self._given else linecache.getlines(file)

    def line(self, file: str, number: int) -> str:
        lines = self._lines(file)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def block(self, file: str, first: int, last: int) -> dict[int, str]:
        """Return the lines of a function from its ``def`` on, by number, without their common indentation."""
        lines = self._lines(file)[first - 1 : last]
        numbered = dict(enumerate((line.rstrip().expandtabs() for line in lines), first))
        while numbered and not _begins_function(next(iter(numbered.values()))):
            del numbered[next(iter(numbered))]  # decorators
        if not numbered:  # a lambda, or source that has changed
            numbered = dict(enumerate((line.rstrip().expandtabs() for line in lines), first))
        head = next(iter(numbered.values()), "")
        indent = len(head) - len(head.lstrip())
        return {number: text if text[:indent].strip() else text[indent:] for number, text in numbered.items()}


def _begins_function(text: str) -> bool:
    return text.lstrip().startswith(("def ", "async def "))


def _short(file: str) -> str:
    """Return the file's path from here, when that is shorter."""
    if file.startswith("<"):
        return file
    try:
        return min(os.path.relpath(file), file, key=len)
    except (OSError, ValueError):  # the folder is gone; another drive
        return file
