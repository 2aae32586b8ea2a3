"""Combines several images into one: thumbnails, rows, frames of an animation."""

from __future__ import annotations

import math

from PIL import Image

SIDE = 512
"""Side of a thumbnail in pixels."""

DARK = (25, 26, 32)
"""Background behind several images."""

MOMENTS = 9
"""Number of frames that the thumbnail of an animation shows."""


_LONGEST = 1.5
"""Longest side of a page of full rows over its shortest."""


def thumbnail(images: dict[str, list[Image.Image]]) -> Image.Image:
    """Combine the images of a graph into a square.

    Args:
        images: Images of each node that shows or saves any, in the order of the graph.

    Returns:
        The images of the node with the most pixels (the last of equals) side by side; an animation
        is represented by some of its frames.
    """
    moments = {node: moments_of(some) for node, some in images.items()}
    shown = reversed(moments.values())
    best = max(shown, key=lambda some: sum(math.prod(one.size) for one in some))
    width, height = best[0].size
    columns = _columns(len(best), width / height)
    rows = math.ceil(len(best) / columns)
    # The margin of a labelled page has the page's own colour.
    around = best[0].convert("RGB").getpixel((0, 0)) if len(best) == 1 else DARK
    page = Image.new("RGB", (columns * width, rows * height), around)
    for number, one in enumerate(best):
        page.paste(one.convert("RGB"), (number % columns * width, number // columns * height))
    scale = SIDE / max(page.size)
    small = page.resize(tuple(round(side * scale) for side in page.size), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIDE, SIDE), around)
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return square


def _columns(count: int, ratio: float) -> int:
    """Columns that make full rows and nearly a square; else as many as rows.

    Args:
        count: Number of images.
        ratio: Width of each over its height.

    Returns:
        At least 1.
    """
    full = [columns for columns in range(count, 0, -1) if count % columns == 0]
    sides = {columns: ratio * columns * columns / count for columns in full}  # width over height
    best = min(full, key=lambda columns: abs(math.log(sides[columns])))
    return best if abs(math.log(sides[best])) < math.log(_LONGEST) else math.ceil(math.sqrt(count))


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
