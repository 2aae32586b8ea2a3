"""Row headers, left of the images: a number, a name, facts, and a strip of layer shares."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import ImageDraw

from .text import (
    ACCENT,
    INK,
    QUIET,
    SMALLEST,
    Font,
    font_for,
    line_height,
    shortened,
    text_width,
    wrapped,
    write,
)

_EMPTY = (52, 56, 66)
"""Colour of a layer with a share of 0."""

_NAME_LINES = 2
"""Largest number of lines of a name."""


@dataclass(frozen=True)
class RowHead:
    """The header of one row of a page."""

    name: str
    """Broken into two lines if it is long; the rest is cut."""
    number: int | None = None
    """Drawn left of the name, larger."""
    facts: tuple[str, ...] = ()
    """Lines below the name, smaller; each is cut to the available width."""
    strip: tuple[float, ...] = ()
    """Shares in [0, 1], drawn as a row of cells; the largest share is the brightest."""


class HeadColumn:
    """The headers of all rows of a page, which have the same width.

    Args:
        heads: One per row.
        size: Size of names in pixels; facts are smaller, numbers larger.
        room: Largest width in pixels.
    """

    def __init__(self, heads: list[RowHead], size: int, room: int) -> None:
        self._heads = heads
        facts = [line for head in heads for line in head.facts]
        self._names = font_for([head.name for head in heads], size)
        self._facts = font_for(facts, max(SMALLEST + 1, round(size * 0.75)))
        self._numbers = font_for((), round(size * 1.5))
        self._gap = max(2, size // 4)
        texts = [str(head.number) for head in heads if head.number is not None]
        widest = max((text_width(self._numbers, text) for text in texts), default=0)
        self._indent = widest + 2 * self._gap if texts else 0
        self._strip = 0 if not any(head.strip for head in heads) else max(5, round(size * 0.35))
        inner = room - self._indent
        self._lines = [wrapped(head.name, self._names, inner, _NAME_LINES) for head in heads]
        self._lines = [
            [shortened(line, self._names, inner) for line in lines] for lines in self._lines
        ]
        self._inner = max(
            *(text_width(self._names, line) for lines in self._lines for line in lines),
            *(min(inner, text_width(self._facts, line)) for line in facts),
            min(inner, 6 * size) if self._strip else 0,
            0,
            0,
        )

    @property
    def width(self) -> int:
        """Width of the widest header in pixels."""
        return self._indent + self._inner

    @property
    def height(self) -> int:
        """Height of the highest header in pixels, the least height of a row."""
        return max(self._height(row) for row in range(len(self._heads)))

    def _height(self, row: int) -> int:
        """Height of one header in pixels."""
        head = self._heads[row]
        text = len(self._lines[row]) * line_height(self._names)
        text += len(head.facts) * (line_height(self._facts) + self._gap)
        return text + (2 * self._gap + self._strip if head.strip else 0)

    def draw(self, pen: ImageDraw.ImageDraw, row: int, left: int, middle: float) -> None:
        """Draw one header.

        Args:
            pen: Draws on the page.
            row: Number of the row.
            left: Left edge in pixels.
            middle: Vertical centre of the row in pixels.
        """
        head, lines = self._heads[row], self._lines[row]
        y = round(middle - self._height(row) / 2)
        step = line_height(self._names)
        if head.number is not None:
            base = y + _ascent(self._names)
            write(pen, (left, base), str(head.number), ACCENT, self._numbers, anchor="ls")
        x = left + self._indent
        for line in lines:
            write(pen, (x, y), line, INK, self._names)
            y += step
        for line in head.facts:
            y += self._gap
            write(pen, (x, y), shortened(line, self._facts, self._inner), QUIET, self._facts)
            y += line_height(self._facts)
        if head.strip:
            self._draw_strip(pen, head.strip, x, y + 2 * self._gap)

    def _draw_strip(
        self, pen: ImageDraw.ImageDraw, shares: tuple[float, ...], left: int, top: int
    ) -> None:
        """Draw a row of cells, the coarsest layer first."""
        count, most = len(shares), max(max(shares), 1e-12)
        width = min(self._inner, 2 * self._strip * count)
        space = 1 if width >= 4 * count else 0
        for number, share in enumerate(shares):
            begin = left + round(width * number / count)
            end = max(begin, left + round(width * (number + 1) / count) - 1 - space)
            amount = max(0.0, share / most)
            pairs = zip(_EMPTY, ACCENT, strict=True)
            colour = tuple(round(low + (high - low) * amount) for low, high in pairs)
            pen.rectangle((begin, top, end, top + self._strip - 1), fill=colour)


def _ascent(font: Font) -> int:
    """Pixels from the top of a line to its baseline."""
    return round(font.main.getbbox("A", anchor="la")[3])
