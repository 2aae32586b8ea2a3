"""Text in pictures: choose fonts, measure text, shorten it and break it into lines."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PAPER = (24, 26, 31)
"""Background colour of pages, dark so that the images stand out."""
INK = (233, 235, 240)
"""Colour of titles and of the labels above and beside images."""
QUIET = (160, 166, 178)
"""Colour of secondary text; its contrast to the background is 7:1, enough for small letters."""
ACCENT = (255, 140, 26)
"""Colour of highlights: numbers of levers, and the layers in which they act."""

SMALLEST = 10
"""Smallest legible font size in pixels."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_MISSING = "\ue000"
"""A character that no font has. Fonts draw it as the glyph of all missing characters."""

_WIDER_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "PingFang.ttc",
    "msyh.ttc",
    "DejaVuSans.ttf",
    "arial.ttf",
)
"""System fonts with more than Latin letters, searched if a text needs them."""


def font_for(texts: Sequence[str], size: int) -> Font:
    """Choose a font that has all letters of some texts.

    Pillow's bundled font is preferred, so that none must be installed.

    Args:
        texts: The texts to draw.
        size: Font size in pixels.

    Returns:
        The first font that has all letters: Pillow's, else one of the system's. If none has them,
        Pillow's, which draws boxes for missing letters.
    """
    own = _own_font(size)
    letters = frozenset("".join(texts))
    if letters.issubset(_latin()) or not _lacks(own, letters):
        return own
    for name in _WIDER_FONTS:
        font = _system_font(name, size)
        if font is not None and not _lacks(font, letters):
            return font
    return own


@functools.cache
def _latin() -> frozenset[str]:
    """Letters that Pillow's font has."""
    return frozenset(map(chr, range(32, 127)))


@functools.lru_cache(maxsize=64)
def _own_font(size: int) -> Font:
    """The font that is bundled with Pillow."""
    return ImageFont.load_default(size=size)


@functools.lru_cache(maxsize=64)
def _system_font(name: str, size: int) -> Font | None:
    """A system font; none if it is not installed."""
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _lacks(font: Font, letters: frozenset[str]) -> bool:
    """Whether a font lacks a letter, that is, draws it as the glyph of missing characters."""
    missing = _picture(font, _MISSING)
    return any(not c.isspace() and _picture(font, c) == missing for c in letters)


def _picture(font: Font, letter: str) -> bytes:
    """Size and pixels of one drawn letter."""
    box = font.getbbox(letter)
    page = Image.new("L", (max(1, math.ceil(box[2])), max(1, math.ceil(box[3]))))
    ImageDraw.Draw(page).text((0, 0), letter, 255, font)
    return page.width.to_bytes(4, "big") + page.tobytes()


def fitting(texts: Sequence[str], size: int, room: int) -> Font:
    """Choose the largest legible font in which each text fits on one line.

    Args:
        texts: Lines.
        size: Largest size.
        room: Available width in pixels.

    Returns:
        The font, of `SMALLEST` at least; at that size a text may still be too long.
    """
    for smaller in range(size, SMALLEST, -1):
        font = font_for(texts, smaller)
        if all(text_width(font, text) <= room for text in texts):
            return font
    return font_for(texts, SMALLEST)


def text_width(font: Font, text: str) -> int:
    """Measure the width of a text.

    Args:
        font: Its font.
        text: One line.

    Returns:
        The width in pixels.
    """
    return round(font.getlength(text))


def line_height(font: Font) -> int:
    """Measure the height of a line of text.

    Args:
        font: Its font.

    Returns:
        Pixels from the top of the line to the bottom of the descenders.
    """
    return round(font.getbbox("Ag")[3])


def shortened(text: str, font: Font, room: int) -> str:
    """Cut a text to the available width, and mark the cut with dots.

    Args:
        text: One line.
        font: Its font.
        room: Available width in pixels.

    Returns:
        The text, or its beginning and "...".
    """
    if text_width(font, text) <= room:
        return text
    while text and text_width(font, f"{text}...") > room:
        text = text[:-1]
    return f"{text.rstrip()}..."


def wrapped(text: str, font: Font, room: int, most: int | None = None) -> list[str]:
    """Break a text between words into lines that fit.

    Args:
        text: The text; its line breaks are kept.
        font: Its font.
        room: Available width in pixels; a single word may be wider.
        most: Largest number of lines; the last one is cut and marked with dots if the text is
            longer. None means no limit.

    Returns:
        The lines.
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        begun = False
        for word in paragraph.split():
            if begun and text_width(font, f"{lines[-1]} {word}") <= room:
                lines[-1] = f"{lines[-1]} {word}"
            else:
                lines.append(word)
                begun = True
    if most is not None and len(lines) > most:
        lines[most - 1 :] = [shortened(" ".join(lines[most - 1 :]), font, room)]
    return lines
