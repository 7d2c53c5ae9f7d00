"""Drawings: rectangles, lines and texts at places, as records, and SVG made of them.

The SVG stands alone: no script, no style sheet, no font file; the fonts are those that every machine has under the
names of ``MONO``.  The same drawing gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from ..trace.pictures import printable
from .labels import label

__all__ = ["Box", "Drawing", "Rule", "Text", "fit", "svg"]

MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK KR', monospace"
EM = 0.602  # the width of a character of the widest common fixed-width font, in its size


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels from the upper left corner; ``fill`` and ``stroke`` are colours ("" for none)."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""
    is_dashed: bool = False
    thickness: float = 1


@dataclass(frozen=True)
class Text:
    """A line of text whose baseline begins at (x, y)."""

    x: float
    y: float
    text: str
    colour: str
    size: int = 12
    is_bold: bool = False
    is_struck: bool = False


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str


@dataclass
class Drawing:
    """A picture: ``title`` says in words what it shows, in the language of its other words."""

    width: int
    height: int
    background: str
    title: str
    language: str = "en"
    shapes: list[Box | Text | Rule] = field(default_factory=list)

    def label(self, key: str, **words: object) -> str:
        """Return one of the views' texts in the drawing's language."""
        return label(self.language, key, **words)

    def add(self, shape: Box | Text | Rule) -> None:
        """Draw something on top of what is there."""
        self.shapes.append(shape)

    def text(self, x: float, y: float, text: str, colour: str, width: float, size: int = 12, **how: bool) -> None:
        """Write a text, cut to ``width``."""
        shown = fit(printable(text), width, size)
        if shown:
            self.add(Text(x, y, shown, colour, size, **how))


def fit(text: str, width: float, size: int) -> str:
    """Cut a text to a width; wide letters (Korean...) count twice."""
    most = int(width / (size * EM))
    if len(text) * 2 <= most or columns(text) <= most:
        return text
    kept = ""
    for letter in text:
        if columns(kept) + columns(letter) > most - 3:
            break
        kept += letter
    return f"{kept}..." if most > 3 else ""


def columns(text: str) -> int:
    """Return how many columns a text takes in a fixed-width font."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def svg(drawing: Drawing) -> str:
    """Return a drawing as SVG."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
        f'width="{drawing.width}" height="{drawing.height}" role="img" font-family={quoteattr(MONO)}>'
    )
    background = f'<rect width="100%" height="100%" fill="{drawing.background}"/>'
    title = f"<title>{escape(printable(drawing.title))}</title>"
    return "\n".join([head, title, background, *map(_element, drawing.shapes), "</svg>", ""])


def _element(shape: Box | Text | Rule) -> str:
    if isinstance(shape, Text):
        how = ' font-weight="700"' if shape.is_bold else ""
        how += ' text-decoration="line-through"' if shape.is_struck else ""
        place = f'x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size}" fill="{shape.colour}"'
        return f'<text {place}{how} xml:space="preserve">{escape(shape.text)}</text>'
    if isinstance(shape, Rule):
        ends = f'x1="{shape.x1:g}" y1="{shape.y1:g}" x2="{shape.x2:g}" y2="{shape.y2:g}"'
        return f'<line {ends} stroke="{shape.colour}"/>'
    dash = ' stroke-dasharray="4 3"' if shape.is_dashed else ""
    line = f' stroke="{shape.stroke}" stroke-width="{shape.thickness:g}"{dash}' if shape.stroke else ""
    size = f'x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}"'
    return f'<rect {size} fill="{shape.fill or "none"}"{line}/>'
