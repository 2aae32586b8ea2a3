"""Photographs without colour, whose changes have none either."""

from __future__ import annotations

import torch
from torch import Tensor

WEIGHTS = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in the luminance (ITU-R BT.601)."""

GREY = "The photo has no colour, so the change is put in without colour"
"""Said of a photo whose pixels are all grey."""

TINT = 4.5 / 127.5
"""Difference between the colours of a pixel, on the scale from -1 to 1, from which a photo has
colour: more than four grey levels, which JPEG adds to pictures without any."""


def luminance(images: Tensor) -> Tensor:
    """The luminance of images in colour.

    Args:
        images: `[N, 3, H, W]`.

    Returns:
        `[N, 1, H, W]`.
    """
    weights = images.new_tensor(WEIGHTS).reshape(1, 3, 1, 1)
    return (images * weights).sum(dim=1, keepdim=True)


def colourless(photos: Tensor) -> Tensor:
    """Whether photographs have no colour anywhere.

    Args:
        photos: `[N, 3, H, W]` in [-1, 1].

    Returns:
        `[N]` bool.
    """
    spread = photos.amax(dim=1) - photos.amin(dim=1)
    return spread.flatten(1).amax(dim=1) < TINT


def as_grey_as(photos: Tensor, *images: Tensor) -> tuple[Tensor, ...]:
    """Take the colours of images whose photographs have none.

    Args:
        photos: `[1 or N, 3, H, W]` in [-1, 1].
        *images: `[1 or N, 3, h, w]` each.

    Returns:
        The same, `[1 or N, 3, h, w]`, with the luminance in all channels where the photograph has
        no colour.
    """
    plain = colourless(photos)
    if not bool(plain.any()):
        return images
    rows = plain[:, None, None, None]
    return tuple(torch.where(rows, luminance(each), each) for each in images)
