"""Several images as one: thumbnails, rows, moments of what moves."""

from __future__ import annotations

import math

from PIL import Image

SIDE = 512
"""Of a thumbnail, in pixels."""

DARK = (25, 26, 32)
"""Around several images."""

MOMENTS = 9
"""Frames of a moving picture that its thumbnail shows."""


def thumbnail(images: dict[str, list[Image.Image]]) -> Image.Image:
    """What a graph makes, as a square.

    Args:
        images: Of each node that shows or saves some, in the order of the graph.

    Returns:
        The last of the nodes with the most pixels; several images stand side by side, and so do
        moments of one that moves.
    """
    moments = {node: moments_of(some) for node, some in images.items()}
    shown = reversed(moments.values())
    best = max(shown, key=lambda some: sum(math.prod(one.size) for one in some))
    columns = math.ceil(math.sqrt(len(best)))
    rows = math.ceil(len(best) / columns)
    width, height = best[0].size
    # A labelled page goes on in its own colour.
    around = best[0].convert("RGB").getpixel((0, 0)) if len(best) == 1 else DARK
    page = Image.new("RGB", (columns * width, rows * height), around)
    for number, one in enumerate(best):
        page.paste(one.convert("RGB"), (number % columns * width, number // columns * height))
    scale = SIDE / max(page.size)
    small = page.resize(tuple(round(side * scale) for side in page.size), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIDE, SIDE), around)
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return square


def row(images: list[Image.Image]) -> Image.Image:
    """Images beside each other, as many in a row as fill the rows.

    Args:
        images: Of one size.

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
    """Images that stand still: of one that moves, some from all of its length."""
    count = getattr(images[0], "n_frames", 1)
    if count == 1 or len(images) > 1:
        return images
    frames: list[Image.Image] = []
    for number in range(most):
        images[0].seek(number * count // most)
        frames.append(images[0].convert("RGB"))
    return frames
