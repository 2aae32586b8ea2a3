"""Words in pictures: fonts of any size, measured, shortened and broken into lines."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PAPER = (24, 26, 31)
"""Colour of pages; dark, so that images and not the page are what shines."""
INK = (233, 235, 240)
"""Colour of titles and of the labels above and beside images."""
QUIET = (160, 166, 178)
"""Colour of what is said besides: 7 times as bright as the paper, which small letters want."""
ACCENT = (255, 140, 26)
"""Colour of what marks: numbers of levers, and the layers in which they live."""

SMALLEST = 10
"""Least size of letters in pixels that can be read."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_MISSING = "\ue000"
"""A letter that no font has: what stands for it stands for all that a font lacks."""

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
"""Fonts of systems that know more than Latin letters; looked for where a text needs them."""


def font_for(texts: Sequence[str], size: int) -> Font:
    """Pillow's own font, so that none need be installed; another where it lacks a letter.

    Args:
        texts: What will be written with it.
        size: Height in pixels, roughly.

    Returns:
        The first font that has all letters: Pillow's, or one of the system's; Pillow's, which draws
        boxes for letters that it lacks, where none has.
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
    """Letters that Pillow's font is known to have."""
    return frozenset(map(chr, range(32, 127)))


@functools.lru_cache(maxsize=64)
def _own_font(size: int) -> Font:
    """The font that comes with Pillow."""
    return ImageFont.load_default(size=size)


@functools.lru_cache(maxsize=64)
def _system_font(name: str, size: int) -> Font | None:
    """A font of the system, if it is there."""
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _lacks(font: Font, letters: frozenset[str]) -> bool:
    """Whether a font draws the same box for a letter as for one that does not exist."""
    nothing = _picture(font, _MISSING)
    return any(not c.isspace() and _picture(font, c) == nothing for c in letters)


def _picture(font: Font, letter: str) -> bytes:
    """One letter, drawn."""
    box = font.getbbox(letter)
    page = Image.new("L", (max(1, math.ceil(box[2])), max(1, math.ceil(box[3]))))
    ImageDraw.Draw(page).text((0, 0), letter, 255, font)
    return page.width.to_bytes(4, "big") + page.tobytes()


def fitting(texts: Sequence[str], size: int, room: int) -> Font:
    """The largest font, down to what can still be read, in which each text fits on one line.

    Args:
        texts: Lines.
        size: Largest size.
        room: Pixels from left to right.

    Returns:
        The font; at `SMALLEST` a text may still be too long.
    """
    for smaller in range(size, SMALLEST, -1):
        font = font_for(texts, smaller)
        if all(text_width(font, text) <= room for text in texts):
            return font
    return font_for(texts, SMALLEST)


def text_width(font: Font, text: str) -> int:
    """Pixels that a text takes from left to right.

    Args:
        font: Its font.
        text: One line.

    Returns:
        The width.
    """
    return round(font.getlength(text))


def line_height(font: Font) -> int:
    """Pixels from one line of text to the next.

    Args:
        font: Its font.

    Returns:
        From the top of the line to below the longest letter.
    """
    return round(font.getbbox("Ag")[3])


def shortened(text: str, font: Font, room: int) -> str:
    """A text cut to the room there is, with dots where something was lost.

    Args:
        text: One line.
        font: Its font.
        room: Pixels from left to right.

    Returns:
        The text, or as much of it as fits.
    """
    if text_width(font, text) <= room:
        return text
    while text and text_width(font, f"{text}...") > room:
        text = text[:-1]
    return f"{text.rstrip()}..."


def wrapped(text: str, font: Font, room: int, most: int | None = None) -> list[str]:
    """A text in lines that fit, broken between words.

    Args:
        text: Words; line breaks in it are kept.
        font: Their font.
        room: Pixels from left to right; a single word may be longer.
        most: Largest number of lines; the last one is then cut, with dots. None for all.

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
