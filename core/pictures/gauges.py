"""Gauges below pictures: what is pulled, how far, and where that is between the ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..base.errors import PackError
from .contact_sheet import letter_size
from .images import to_bytes
from .text import ACCENT, INK, PAPER, QUIET, font_for, line_height, shortened, text_width

_TRACK = (70, 75, 87)
"""Colour of what the knob runs along."""


@dataclass(frozen=True)
class Gauge:
    """What stands below one picture."""

    name: str
    """On the left; it stays where it is from frame to frame."""
    value: str
    """On the right."""
    place: float
    """Of the knob, from 0 (left) to 1 (right)."""
    rest: float | None = None
    """Place of the mark for an unchanged picture, if it lies on the track."""


def with_gauges(images: Tensor, gauges: Sequence[Gauge]) -> Tensor:
    """Pictures with a gauge below each, all of one height whatever the words.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1].
        gauges: One per picture.

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1].

    Raises:
        PackError: There are not as many gauges as pictures, or none.
    """
    if images.ndim != 4 or not len(images) or len(gauges) != len(images):
        raise PackError(
            f"{len(gauges)} gauges were given for images {list(images.shape)}",
            "one gauge per image [N, C, H, W]",
        )
    pages: list[Tensor] = []
    for cell, gauge in zip(to_bytes(images), gauges, strict=True):
        pages.append(torch.from_numpy(np.asarray(_drawn(cell, gauge)).copy()))
    return torch.stack(pages).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1


def _drawn(cell: Tensor, gauge: Gauge) -> Image.Image:
    """One picture with its gauge."""
    height, width = cell.shape[:2]
    size = max(10, letter_size(width) * 4 // 5)
    # Twice the height of Latin letters holds those of any font, so that no frame is higher.
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
