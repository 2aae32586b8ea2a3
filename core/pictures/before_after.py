"""Before and after: two pictures side by side, split by a line, or one after the other."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..base.errors import PackError
from .contact_sheet import letter_size
from .differences import paired
from .images import from_bytes, page_tensor, to_bytes
from .text import ACCENT, INK, PAPER, QUIET, fitting, line_height, shortened, text_width, write

Names = tuple[str, str]
"""Labels of the two pictures; two empty labels omit the strip below the pictures."""


def side_by_side(before: Tensor, after: Tensor, names: Names = ("before", "after")) -> Tensor:
    """Show both pictures side by side, with their labels below.

    Args:
        before: `[N or 1, C, H, W]`, nominal range [-1, 1].
        after: `[N or 1, C, H, W]` of the same size.
        names: Labels of the two pictures; two empty ones omit the strip.

    Returns:
        `[N, 3, H + strip, 2 W + gap]` in [-1, 1].
    """

    def draw(left: Image.Image, right: Image.Image) -> list[Image.Image]:
        gap = max(2, left.width // 64)
        strip = _Strip(names, 2 * left.width)
        page = _page(2 * left.width + gap, left.height + strip.height)
        page.paste(left, (0, 0))
        page.paste(right, (left.width + gap, 0))
        pen = ImageDraw.Draw(page)
        strip.write(pen, 0, left.width / 2, left.height, INK, "ma")
        strip.write(pen, 1, left.width * 1.5 + gap, left.height, INK, "ma")
        return [page]

    return _drawn(before, after, draw)


def split(
    before: Tensor, after: Tensor, names: Names = ("before", "after"), position: float = 0.5
) -> Tensor:
    """Show one picture: before on the left of a line, after on its right.

    Args:
        before: `[N or 1, C, H, W]`, nominal range [-1, 1].
        after: `[N or 1, C, H, W]` of the same size.
        names: Labels of the two pictures; two empty ones omit the strip.
        position: Horizontal position of the line, from 0 (all after) to 1 (all before).

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1].

    Raises:
        PackError: The position is outside of [0, 1], or the pictures differ in size or number.
    """
    if not 0 <= position <= 1:
        raise PackError(f"The line is at {position:g}", "a position from 0 (left) to 1 (right)")

    def draw(left: Image.Image, right: Image.Image) -> list[Image.Image]:
        width, height = left.size
        strip = _Strip(names, width)
        page = _page(width, height + strip.height)
        page.paste(right, (0, 0))
        at = round(position * width)
        page.paste(left.crop((0, 0, at, height)), (0, 0))
        pen = ImageDraw.Draw(page)
        if 0 < at < width:
            _divide(pen, at, width, height)
        strip.write(pen, 0, strip.gap, height, INK, "la")
        strip.write(pen, 1, width - strip.gap, height, INK, "ra")
        return [page]

    return _drawn(before, after, draw)


def blink(before: Tensor, after: Tensor, names: Names = ("before", "after")) -> Tensor:
    """Show both pictures one after the other, for an animation in which differences move.

    Args:
        before: `[N or 1, C, H, W]`, nominal range [-1, 1].
        after: `[N or 1, C, H, W]` of the same size.
        names: Labels of the two pictures, both drawn below; the label of the current picture is
            highlighted. Two empty ones omit the strip.

    Returns:
        `[2 N, 3, H + strip, W]` in [-1, 1]: before and after of the first pair, of the next, ...
    """

    def draw(left: Image.Image, right: Image.Image) -> list[Image.Image]:
        width, height = left.size
        strip = _Strip(names, width)
        pages: list[Image.Image] = []
        for shown, picture in enumerate((left, right)):
            page = _page(width, height + strip.height)
            page.paste(picture, (0, 0))
            pen = ImageDraw.Draw(page)
            colours = [ACCENT if number == shown else QUIET for number in range(2)]
            strip.write(pen, 0, strip.gap, height, colours[0], "la")
            strip.write(pen, 1, width - strip.gap, height, colours[1], "ra")
            pages.append(page)
        return pages

    return _drawn(before, after, draw)


class _Strip:
    """A strip for two labels below a picture.

    Args:
        names: The labels.
        width: Width of the strip in pixels.
    """

    def __init__(self, names: Names, width: int) -> None:
        self.gap = max(3, width // 64)
        size = round(letter_size(width) * 0.85)
        line = " ".join(names)
        self._font = fitting([line], size, width - 3 * self.gap)
        self._names = names
        if text_width(self._font, line) > width - 3 * self.gap:
            half = (width - 3 * self.gap) // 2
            self._names = tuple(shortened(name, self._font, half) for name in names)
        self.height = line_height(self._font) + 2 * self.gap if any(names) else 0

    def write(
        self,
        pen: ImageDraw.ImageDraw,
        number: int,
        x: float,
        top: int,
        colour: tuple[int, int, int],
        anchor: str,
    ) -> None:
        """Write one of the labels; `top` is the first row of pixels below the picture."""
        if self._names[number]:
            write(pen, (x, top + self.gap), self._names[number], colour, self._font, anchor=anchor)


def _drawn(
    before: Tensor,
    after: Tensor,
    draw: Callable[[Image.Image, Image.Image], list[Image.Image]],
) -> Tensor:
    """Draw the pages of all pairs, `[M, 3, h, w]` in [-1, 1]."""
    pages: list[Tensor] = []
    for one, other in zip(*map(to_bytes, paired(before, after)), strict=True):
        drawn = draw(Image.fromarray(one.numpy()), Image.fromarray(other.numpy()))
        pages += map(page_tensor, drawn)
    return from_bytes(torch.stack(pages))


def _page(width: int, height: int) -> Image.Image:
    """Create an empty page."""
    return Image.new("RGB", (width, height), PAPER)


def _divide(pen: ImageDraw.ImageDraw, at: int, width: int, height: int) -> None:
    """Draw the line between two halves, light with dark edges, and a knob on it."""
    thick = max(1, width // 256)
    pen.rectangle((at - thick - 1, 0, at + thick, height - 1), fill=PAPER)
    pen.rectangle((at - thick, 0, at + thick - 1, height - 1), fill=INK)
    reach = max(4, width // 32)
    middle = height / 2
    for radius, colour in ((reach + 1, PAPER), (reach, INK)):
        pen.ellipse((at - radius, middle - radius, at + radius, middle + radius), fill=colour)
    tip = reach * 0.65
    for side in (-1, 1):
        base = at + side * max(1.0, reach * 0.15)
        pen.polygon(
            [(at + side * tip, middle), (base, middle - tip * 0.6), (base, middle + tip * 0.6)],
            fill=PAPER,
        )
