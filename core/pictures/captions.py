"""Captions: a strip of words below each image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..base.errors import PackError
from .images import from_bytes, page_tensor, to_bytes, with_opacity_of
from .text import INK, PAPER, SMALLEST, font_for, line_height, shortened, wrapped


def with_captions(images: Tensor, captions: Sequence[str], lines: int | None = None) -> Tensor:
    """Draw a caption below each image.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1]; wide enough to be read, 128 pixels or more.
        captions: One per image; long ones are broken into lines. All strips have the same height.
        lines: Number of lines per strip; none means those of the longest caption.

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1]; `[N, 4, ...]` if C is 4, with the images' opacity.

    Raises:
        PackError: There are not as many captions as images, or none.
    """
    count = len(images)
    if images.ndim != 4 or not count or len(captions) != count:
        raise PackError(
            f"{len(captions)} captions were given for images {list(images.shape)}",
            "one caption per image [N, C, H, W]",
        )
    cells = to_bytes(images)  # [N, H, W, 3]
    height, width = cells.shape[1:3]
    font, gap = font_for(captions, _caption_size(width)), _caption_gap(width)
    broken = [wrapped(text, font, width - 2 * gap, lines) for text in captions]
    step = line_height(font) + gap
    strip = (lines or max(len(words) for words in broken)) * step + gap
    pages: list[Tensor] = []
    for cell, words in zip(cells, broken, strict=True):
        page = Image.new("RGB", (width, height + strip), PAPER)
        page.paste(Image.fromarray(cell.numpy()), (0, 0))
        pen = ImageDraw.Draw(page)
        for number, line in enumerate(words):
            text = shortened(line, font, width - 2 * gap)
            pen.text((width / 2, height + gap + number * step), text, INK, font, anchor="ma")
        pages.append(page_tensor(page))
    return with_opacity_of(from_bytes(torch.stack(pages)), images)


def _caption_size(width: int) -> int:
    """Font size of a caption."""
    return max(SMALLEST, min(22, width // 16), width // 24)


def _caption_gap(width: int) -> int:
    """Pixels around a caption."""
    return max(3, width // 64)
