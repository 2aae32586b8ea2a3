"""The region for which levers were found, read back from the small mask in their file."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ..base.errors import RegionError
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.region import Region


def stored_region(gan: Generator, levers: Directions) -> Region | None:
    """The region for which levers were found, from the small mask that they store.

    Args:
        gan: The generator.
        levers: The directions.

    Returns:
        The region in the size of the image; none without a mask, or where the mask is empty.
    """
    if levers.mask is None:
        return None
    size = gan.spec.img_size
    weights = levers.mask[None, None].to(torch.float32) / 255
    full = F.interpolate(weights, size=size, mode="nearest")[0]
    try:
        return Region.from_mask(full, "the region of the levers")
    except RegionError:
        return None  # the region was too small for the thumbnail of the mask
