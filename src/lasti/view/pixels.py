"""Drawings as PNG and as animated GIF, through Pillow, which the extra ``pictures`` brings.

The letters are those of the font that comes inside Pillow, so that a picture is the same on every machine; it has no
Korean ones: those need a font file.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .drawing import Box, Drawing, Rule, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NEEDS = "PNG and GIF pictures need Pillow: python3 -m pip install 'lasti[pictures]' (SVG needs nothing)"


def check(font: str | None = None, language: str = "en") -> None:
    """Raise UsageError, saying what to do, when Pillow is not there, or a font is missing or cannot be read."""
    try:
        import PIL.ImageFont
    except ImportError:
        raise UsageError(NEEDS) from None
    if font is None:
        if language == "ko":
            raise UsageError("Pillow's own font has no Korean letters: name a font file that has them with --font FILE")
        return
    try:
        PIL.ImageFont.truetype(font, 12)
    except OSError as error:
        raise UsageError(f"--font {font!r}: {error}") from None


def png(drawing: Drawing, font: str | None = None, scale: int = 2) -> bytes:
    """Return a drawing as PNG, ``scale`` pixels for each of its own."""
    written = io.BytesIO()
    _image(drawing, font, scale).save(written, "PNG", optimize=True)
    return written.getvalue()


def gif(
    drawings: Iterable[Drawing], delay: int, font: str | None = None, progress: Callable[[int], None] | None = None
) -> bytes:
    """Return drawings of one size as an animated GIF that begins again, ``delay`` milliseconds each."""
    from PIL import Image

    frames: list[Any] = []
    for number, drawing in enumerate(drawings, 1):
        frames.append(_image(drawing, font, 1).quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))
        if progress is not None:
            progress(number)
    written = io.BytesIO()
    first, *others = frames
    first.save(written, "GIF", save_all=True, append_images=others, duration=delay, loop=0, optimize=False, disposal=1)
    return written.getvalue()


def _image(drawing: Drawing, font: str | None, scale: int) -> Any:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (drawing.width * scale, drawing.height * scale), drawing.background)
    draw = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Box):
            _box(draw, shape, scale)
        elif isinstance(shape, Rule):
            draw.line([v * scale for v in (shape.x1, shape.y1, shape.x2, shape.y2)], fill=shape.colour, width=scale)
        else:
            _text(draw, shape, font, scale)
    return image


def _box(draw: Any, box: Box, scale: int) -> None:
    corners = [v * scale for v in (box.x, box.y, box.x + box.width, box.y + box.height)]
    if not box.is_dashed:
        width = int(box.thickness * scale)
        draw.rectangle(corners, fill=box.fill or None, outline=box.stroke or None, width=width if box.stroke else 0)
        return
    left, top, right, bottom = corners
    for across in range(int(left), int(right), 7 * scale):
        for y in (top, bottom):
            draw.line([across, y, min(across + 4 * scale, right), y], fill=box.stroke, width=scale)
    for down in range(int(top), int(bottom), 7 * scale):
        for x in (left, right):
            draw.line([x, down, x, min(down + 4 * scale, bottom)], fill=box.stroke, width=scale)


def _text(draw: Any, text: Text, font: str | None, scale: int) -> None:
    chosen = _font(font, text.size * scale)
    place = (text.x * scale, text.y * scale)
    # The font has one weight: a thin outline makes it bold.
    draw.text(place, text.text, fill=text.colour, font=chosen, anchor="ls", stroke_width=0.2 * scale * text.is_bold)
    if text.is_struck:
        middle = place[1] - text.size * scale * 0.3
        draw.line([place[0], middle, place[0] + chosen.getlength(text.text), middle], fill=text.colour, width=scale)


@lru_cache
def _font(file: str | None, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size) if file is None else ImageFont.truetype(file, size)
