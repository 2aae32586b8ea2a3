"""Tables as pictures: a column per lever, a row per figure."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from ..base.errors import PackError
from .images import page_tensor
from .text import (
    INK,
    PAPER,
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

_STRIPE = (32, 35, 42)
"""Background of every other row."""

_WIDEST = 24
"""Width of the widest column, in letter sizes."""

_NARROWEST = 32
"""Width of a narrow table, in letter sizes, so that title and note have room."""


def table_page(
    grid: Sequence[Sequence[str]], title: str = "", note: str = "", size: int = 20
) -> Tensor:
    """Draw a table.

    Args:
        grid: Rows of equal length, the first one are headings, the first column is labels. Text
            behind a line break is small, below the rest of the cell.
        title: Text at the top.
        note: Small text at the bottom, broken into lines.
        size: Font size in pixels.

    Returns:
        `[height, width, 3]` uint8.

    Raises:
        PackError: There is no cell, or rows differ in length.
    """
    lengths = {len(row) for row in grid}
    if len(lengths) != 1 or 0 in lengths:
        raise PackError(f"A table with rows of {sorted(lengths)} cells", "rows of equal length")
    page = _Layout(grid, title, note, size)
    return page_tensor(page.draw())


def message_page(text: str, width: int = 900, size: int = 20, least_height: int = 0) -> Tensor:
    """Draw a message in place of a picture.

    Args:
        text: The message.
        width: Width in pixels.
        size: Font size in pixels.
        least_height: Height in pixels, unless the text needs more.

    Returns:
        `[height, width, 3]` uint8.
    """
    font, margin = font_for([text], size), 2 * size
    lines = wrapped(text, font, width - 2 * margin)
    step = line_height(font) + size // 2
    height = max(least_height, 2 * margin + step * len(lines))
    page = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        write(pen, (margin, margin + number * step), line, INK, font)
    return page_tensor(page)


class _Layout:
    """Places and sizes of a table.

    Args:
        grid: The cells.
        title: Text at the top.
        note: Text at the bottom.
        size: Font size in pixels.
    """

    def __init__(self, grid: Sequence[Sequence[str]], title: str, note: str, size: int) -> None:
        self._cells = [[_split(cell) for cell in row] for row in grid]
        main = [cell[0] for row in self._cells for cell in row]
        small = [cell[1] for row in self._cells for cell in row]
        self._gap = max(4, size // 2)
        self._font = font_for(main, size)
        self._small = font_for([*small, note], max(SMALLEST + 1, round(size * 0.75)))
        self._large = font_for([title], round(size * 1.35))
        room = _WIDEST * size
        columns = range(len(grid[0]))
        self._widths = [
            min(room, max(self._width(row[column]) for row in self._cells)) for column in columns
        ]
        spare = _NARROWEST * size - sum(self._widths) - 2 * self._gap * (len(self._widths) - 1)
        self._widths[0] += max(0, spare)
        self._room = sum(self._widths) + 2 * self._gap * (len(self._widths) - 1)
        self._title = wrapped(title, self._large, self._room)
        self._note = wrapped(note, self._small, self._room)

    def _width(self, cell: tuple[str, str]) -> int:
        """Width of a cell in pixels."""
        return max(text_width(self._font, cell[0]), text_width(self._small, cell[1]))

    def _height(self, row: Sequence[tuple[str, str]]) -> int:
        """Height of a row in pixels."""
        small = line_height(self._small) + self._gap // 3 if any(cell[1] for cell in row) else 0
        return line_height(self._font) + small + self._gap

    def draw(self) -> Image.Image:
        """Draw everything."""
        margin = 2 * self._gap
        step_title = line_height(self._large) + self._gap
        step_note = line_height(self._small) + self._gap // 2
        top = margin + len(self._title) * step_title
        body = sum(map(self._height, self._cells))
        foot = len(self._note) * step_note + (self._gap if self._note else 0)
        page = Image.new("RGB", (self._room + 2 * margin, top + body + foot + margin), PAPER)
        pen = ImageDraw.Draw(page)
        for number, line in enumerate(self._title):
            place = (margin, margin + number * step_title)
            write(pen, place, shortened(line, self._large, self._room), INK, self._large)
        y = top
        for number, row in enumerate(self._cells):
            height = self._height(row)
            if number % 2:
                edges = (margin - self._gap, y, margin + self._room + self._gap, y + height - 1)
                pen.rectangle(edges, fill=_STRIPE)
            self._draw_row(pen, row, y + self._gap // 2, number == 0)
            y += height
        y += self._gap
        for number, line in enumerate(self._note):
            write(pen, (margin, y + number * step_note), line, QUIET, self._small)
        return page

    def _draw_row(
        self, pen: ImageDraw.ImageDraw, row: Sequence[tuple[str, str]], y: int, heading: bool
    ) -> None:
        """Draw one row: labels at the left, numbers at the right of their columns."""
        x = 2 * self._gap
        below = y + line_height(self._font) + self._gap // 3
        for column, (cell, width) in enumerate(zip(row, self._widths, strict=True)):
            left = column == 0
            place, anchor = (x, "la") if left else (x + width, "ra")
            colour = QUIET if left or heading else INK
            self._write(pen, (place, y), cell[0], (colour, self._font, anchor), width)
            self._write(pen, (place, below), cell[1], (QUIET, self._small, anchor), width)
            x += width + 2 * self._gap

    @staticmethod
    def _write(
        pen: ImageDraw.ImageDraw,
        place: tuple[int, int],
        text: str,
        how: tuple[tuple[int, int, int], Font, str],
        room: int,
    ) -> None:
        """Write one line that fits."""
        colour, font, anchor = how
        if text:
            write(pen, place, shortened(text, font, room), colour, font, anchor=anchor)


def _split(cell: str) -> tuple[str, str]:
    """The main text of a cell, and the small text below it."""
    main, _, small = cell.partition("\n")
    return main, " ".join(small.split())
