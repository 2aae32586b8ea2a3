"""A feathered composite: the pixels far from a region are those of the image before an edit."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ..concepts.region import Region
from .strength import mean_squared_change

FEATHER = 0.04
"""Width of the soft edge around the region, as a share of the image's longer side."""


def composite(
    before: Tensor, after: Tensor, region: Region, feather: float = FEATHER
) -> tuple[Tensor, float]:
    """Put the region of edited images into the images before the edit.

    Inside the region every pixel is that of the edited image, and outside its soft edge that of
    the image before. What should move outside, such as the jaw below a mouth that opens, is cut
    off: that is why no hold does this by itself.

    Args:
        before: `[N, C, H, W]`.
        after: `[N, C, H, W]`, the same images edited.
        region: One region, or one per image.
        feather: Width of the soft edge, as a share of the longer side, 0 to 0.5.

    Returns:
        `[N, C, H, W]`, and the root mean square change that this took away from the edited images,
        in grey levels of 255, over all pixels.

    Raises:
        RegionError: The region has another size, or the images differ in shape.
    """
    whole = Region(region.weights.new_ones(1, *before.shape[2:]), "image")
    mean_squared_change(before, after, whole)  # checks the shapes
    size = (before.shape[2], before.shape[3])
    weights = region.require_size(size).fractions(len(before))[:, None].to(after)  # [N, 1, H, W]
    radius = round(min(max(feather, 0.0), 0.5) * max(size) / 2)
    if radius:
        side = 2 * radius + 1
        grown = F.max_pool2d(weights, side, 1, radius)
        padded = F.pad(grown, (radius,) * 4, mode="replicate")
        weights = F.avg_pool2d(padded, side, 1)  # 1 inside, falling to 0 outside
    mixed = before + weights * (after - before)
    lost = float(mean_squared_change(after, mixed, whole).mean().sqrt())
    return mixed, 127.5 * lost
