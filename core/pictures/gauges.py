"""Gauges below pictures: which lever is pulled, its strength, and its position in the range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..base.errors import PackError
from .contact_sheet import letter_size
from .images import from_bytes, page_tensor, to_bytes, with_opacity_of
from .text import ACCENT, INK, PAPER, QUIET, font_for, line_height, shortened, text_width

_TRACK = (70, 75, 87)
"""Colour of the track of the knob."""


@dataclass(frozen=True)
class Gauge:
    """The contents of one gauge."""

    name: str
    """Text on the left, left-aligned in all frames."""
    value: str
    """Text on the right."""
    place: float
    """Position of the knob, from 0 (left) to 1 (right)."""
    rest: float | None = None
    """Position of the mark for an unchanged picture; outside of [0, 1] it is not drawn."""


def with_gauges(images: Tensor, gauges: Sequence[Gauge]) -> Tensor:
    """Draw a gauge below each picture; all results have the same height.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1].
        gauges: One per picture.

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1]; `[N, 4, ...]` if C is 4, with the images' opacity.

    Raises:
        PackError: There are not as many gauges as pictures, or none.
    """
    if images.ndim != 4 or not len(images) or len(gauges) != len(images):
        raise PackError(
            f"{len(gauges)} gauges were given for images {list(images.shape)}",
            "one gauge per image [N, C, H, W]",
        )
    cells = zip(to_bytes(images), gauges, strict=True)
    pages = torch.stack([page_tensor(_draw_gauge(*cell)) for cell in cells])
    return with_opacity_of(from_bytes(pages), images)


def _draw_gauge(cell: Tensor, gauge: Gauge) -> Image.Image:
    """One picture with its gauge."""
    height, width = cell.shape[:2]
    size = max(10, letter_size(width) * 4 // 5)
    # The height of Latin letters sets the height of all frames, whatever font a text needs.
    own = line_height(font_for((), size))
    gap, knob = max(3, width // 40), max(3, size // 3)
    page = Image.new("RGB", (width, height + own + 2 * knob + 3 * gap), PAPER)
    page.paste(Image.fromarray(cell.numpy()), (0, 0))
    pen = ImageDraw.Draw(page)
    numbers, letters = font_for([gauge.value], size), font_for([gauge.name], size)
    room = width - 3 * gap - text_width(numbers, gauge.value)
    pen.text((gap, height + gap), shortened(gauge.name, letters, room), INK, letters)
    pen.text((width - gap, height + gap), gauge.value, QUIET, numbers, anchor="ra")
    left, right = gap + knob, width - 1 - gap - knob
    middle = height + own + 2 * gap + knob
    thick = max(1, knob // 3)
    pen.rectangle((left, middle - thick // 2, right, middle - thick // 2 + thick - 1), fill=_TRACK)
    if gauge.rest is not None and 0 <= gauge.rest <= 1:
        at = left + (right - left) * gauge.rest
        reach = max(2, knob * 2 // 3)
        pen.line((at, middle - reach, at, middle + reach), fill=QUIET, width=thick)
    at = left + (right - left) * min(1.0, max(0.0, gauge.place))
    pen.ellipse((at - knob, middle - knob, at + knob, middle + knob), fill=ACCENT)
    return page
