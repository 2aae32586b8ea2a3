"""Regions shown on images, so that people see what they chose."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .regions import Region

_OUTLINE = (1.0, 0.55, 0.1)
"""Colour of the region's edge: orange, which neither skin nor sky has."""

_DIMMED = 0.4
"""Brightness of what lies outside."""


def highlight(images: Tensor, region: Region) -> Tensor:
    """Dim what lies outside a region and draw its edge.

    Args:
        images: `[N, H, W, 3]` in [0, 1]; of any size with the region's proportions.
        region: One region for all images, or one per image; with a single image, all its regions
            are shown on it.

    Returns:
        `[M, H, W, 3]` in [0, 1], M the larger number of images and regions.
    """
    size = tuple(images.shape[1:3])
    weights = F.interpolate(region.weights[:, None].to(images), size=size, mode="nearest")
    count = max(len(images), len(weights))
    if len(weights) not in (1, count) or len(images) not in (1, count):
        count = min(len(images), len(weights))
    weights = weights.expand(count, -1, -1, -1) if len(weights) == 1 else weights[:count]
    shown = images.expand(count, -1, -1, -1) if len(images) == 1 else images[:count]
    soft = weights.movedim(1, -1)  # [M, H, W, 1]
    shown = shown * (_DIMMED + (1 - _DIMMED) * soft)
    inside = (weights > 0.5).to(images)
    reach = max(1, max(size) // 128)
    wider = F.max_pool2d(inside, 2 * reach + 1, stride=1, padding=reach)
    edge = (wider - inside).movedim(1, -1)
    colour = torch.tensor(_OUTLINE).to(images)
    return shown * (1 - edge) + colour * edge
