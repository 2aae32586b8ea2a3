"""Text in pictures: choose fonts, measure text, shorten it and break it into lines."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import ImageDraw, ImageFont

from ..base.wording import warn
from .fonts import font_with, font_with_all, has_letter, own_font, system_font
from .transliteration import composed, is_shown, romanised

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


@dataclass(frozen=True)
class Font:
    """A font, and others for the letters that it lacks; what none has is romanised."""

    main: ImageFont.FreeTypeFont
    """The font of most letters, and of the height of a line."""
    more: tuple[ImageFont.FreeTypeFont, ...] = ()
    """Further fonts."""
    choice: Mapping[str, int] = field(default_factory=dict[str, int])
    """Letters that the main font lacks: the number of their font in `more`, or -1 for none."""

    def runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """Split a line into parts of one font each, in which every letter can be drawn.

        Args:
            text: One line.

        Returns:
            Fonts and texts, in order.
        """
        text = composed(text)
        if not self.choice:
            return [(self.main, text)]
        parts: list[tuple[ImageFont.FreeTypeFont, str]] = []
        for letter in text:
            number = self.choice.get(letter)
            if number is not None and number < 0:
                letter = romanised(letter) if is_shown(letter) else ""
            font = self.main if number is None or number < 0 else self.more[number]
            if parts and parts[-1][0] is font:
                parts[-1] = (font, parts[-1][1] + letter)
            else:
                parts.append((font, letter))
        return parts


def font_for(texts: Sequence[str], size: int) -> Font:
    """Choose a font that has all letters of some texts.

    Pillow's bundled font is preferred, so that none must be installed; then a font of the system
    that has all letters, then several fonts.

    Args:
        texts: The texts to draw.
        size: Font size in pixels.

    Returns:
        The font. Letters that no font on this computer has are romanised, with a warning.
    """
    font, lost = _chosen(frozenset(composed("".join(texts))), size)
    _warn_of(lost)
    return font


def _warn_of(lost: str) -> None:
    """Warn of letters that no font has."""
    if lost:
        examples = ", ".join(f"{letter} as {romanised(letter)}" for letter in lost[:3])
        warn(
            f"No font on this computer has the letters {lost[:20]}; pictures show {examples}. "
            "Install a font that has them, such as Noto Sans CJK",
            stacklevel=1,
        )


@functools.lru_cache(maxsize=256)
def _chosen(letters: frozenset[str], size: int) -> tuple[Font, str]:
    """The font of some letters, and those that no font has."""
    own = own_font(size)
    if letters <= _LATIN:
        return Font(own), ""
    drawn = frozenset(c for c in letters if is_shown(c) and not c.isspace())
    hidden = {c: -1 for c in letters if not is_shown(c)}
    missing = sorted(c for c in drawn if c not in _LATIN and not has_letter(None, c))
    if not missing:
        return Font(own, (), hidden), ""
    whole = font_with_all(drawn | _ALWAYS)
    main = None if whole is None else system_font(whole, size)
    if main is not None:
        return Font(main, (), hidden), ""
    more: list[ImageFont.FreeTypeFont] = []
    choice, lost = dict(hidden), ""
    for letter in missing:
        path = font_with(letter)
        font = None if path is None else system_font(path, size)
        if font is None:
            choice[letter] = -1
            lost += letter
        else:
            if font not in more:
                more.append(font)
            choice[letter] = more.index(font)
    return Font(own, tuple(more), choice), lost


_LATIN = frozenset(map(chr, range(32, 127)))
"""Letters that Pillow's font has."""

_ALWAYS = frozenset("Ag0.")
"""Letters that the font of a whole line has, for numbers and dots."""


def write(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    colour: tuple[int, int, int],
    font: Font,
    anchor: str = "la",
) -> None:
    """Draw a line of text; no letter becomes an empty box.

    Args:
        pen: Draws on the page.
        place: Horizontal and vertical position of the anchor in pixels.
        text: One line.
        colour: Red, green, blue.
        font: From `font_for`.
        anchor: Pillow's: "l", "m" or "r" (left, middle, right), then "a" or "s" (top, baseline).
    """
    parts = font.runs(text)
    if len(parts) == 1:
        only, words = parts[0]
        pen.text(place, words, colour, only, anchor=anchor)
        return
    x, y = place
    x -= {"l": 0, "m": 0.5, "r": 1}[anchor[0]] * text_width(font, text)
    y += font.main.getmetrics()[0] if anchor[1] == "a" else 0
    for part, words in parts:
        pen.text((x, y), words, colour, part, anchor="ls")
        x += part.getlength(words)


def fitting(texts: Sequence[str], size: int, room: int) -> Font:
    """Choose the largest legible font in which each text fits on one line.

    Args:
        texts: Lines.
        size: Largest size.
        room: Available width in pixels.

    Returns:
        The font, of `SMALLEST` at least; at that size a text may still be too long.
    """
    letters = frozenset(composed("".join(texts)))
    for smaller in range(size, SMALLEST, -1):
        font, lost = _chosen(letters, smaller)
        if all(text_width(font, text) <= room for text in texts):
            break
    else:
        font, lost = _chosen(letters, SMALLEST)
    _warn_of(lost)
    return font


def text_width(font: Font, text: str) -> int:
    """Measure the width of a text.

    Args:
        font: Its font.
        text: One line.

    Returns:
        The width in pixels.
    """
    return round(sum(part.getlength(words) for part, words in font.runs(text)))


def line_height(font: Font) -> int:
    """Measure the height of a line of text.

    Args:
        font: Its font.

    Returns:
        Pixels from the top of the line to the bottom of the descenders.
    """
    return round(max(part.getbbox("Ag")[3] for part in (font.main, *font.more)))


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
    low, high = 0, len(text)  # letters that fit, and that do not
    while high - low > 1:
        middle = (low + high) // 2
        if text_width(font, f"{text[:middle]}...") <= room:
            low = middle
        else:
            high = middle
    return f"{text[:low].rstrip()}..."


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
