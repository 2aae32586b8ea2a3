"""Combines several images into one: rows, frames of an animation."""

from __future__ import annotations

import math

from PIL import Image

SIDE = 512
"""Side of a thumbnail in pixels."""

DARK = (25, 26, 32)
"""Background behind several images."""

MOMENTS = 9
"""Number of frames that stand for an animation."""


def row(images: list[Image.Image]) -> Image.Image:
    """Arrange images in full rows of up to four (two for wide images).

    Args:
        images: Images of one size.

    Returns:
        One image.
    """
    width, height = images[0].size
    most = 4 if width <= height else 2
    full = [columns for columns in range(most, 1, -1) if len(images) % columns == 0]
    columns = min(most, len(images)) if not full else full[0]
    rows = math.ceil(len(images) / columns)
    page = Image.new("RGB", (columns * width, rows * height), DARK)
    for number, one in enumerate(images):
        page.paste(one.convert("RGB"), (number % columns * width, number // columns * height))
    return page


def moments_of(images: list[Image.Image], most: int = MOMENTS) -> list[Image.Image]:
    """The images; for a single animation, `most` of its frames at equal distances."""
    count = getattr(images[0], "n_frames", 1)
    if count == 1 or len(images) > 1:
        return images
    frames: list[Image.Image] = []
    for number in range(most):
        images[0].seek(number * count // most)
        frames.append(images[0].convert("RGB"))
    return frames
