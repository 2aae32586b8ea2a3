"""Regions drawn on images."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..concepts.region import Region

_OUTLINE = (1.0, 0.55, 0.1)
"""Colour of the region's edge: orange, which neither skin nor sky has."""

_LIGHT, _SHADE = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
"""Colours of an edge that is visible on any image: white, with black around it."""

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
    weights, shown = _matched(images, region)
    soft = weights.movedim(1, -1)  # [M, H, W, 1]
    shown = shown * (_DIMMED + (1 - _DIMMED) * soft)
    edge = _edge(weights, max(1, max(images.shape[1:3]) // 128))
    colour = torch.tensor(_OUTLINE).to(images)
    return shown * (1 - edge) + colour * edge


def outlined(images: Tensor, region: Region) -> Tensor:
    """Draw the edge of a region on images that are otherwise unchanged.

    Args:
        images: `[N, H, W, 3]` in [0, 1]; of any size with the region's proportions.
        region: One region for all images, or one per image; with a single image, all its regions
            are drawn on it.

    Returns:
        `[M, H, W, 3]` in [0, 1]; white with a dark side, so that it is seen on any colour.
    """
    weights, shown = _matched(images, region)
    thin = max(1, max(images.shape[1:3]) // 256)
    bright = _edge(weights, thin)
    dark = _edge(weights, 2 * thin) - bright
    light, shade = (torch.tensor(colour).to(images) for colour in (_LIGHT, _SHADE))
    return shown * (1 - bright - dark) + light * bright + shade * dark


def _matched(images: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """Weights `[M, 1, H, W]` in the size of the images, and as many images."""
    size = tuple(images.shape[1:3])
    weights = F.interpolate(region.weights[:, None].to(images), size=size, mode="nearest")
    count = max(len(images), len(weights))
    if len(weights) not in (1, count) or len(images) not in (1, count):
        count = min(len(images), len(weights))
    weights = weights.expand(count, -1, -1, -1) if len(weights) == 1 else weights[:count]
    shown = images.expand(count, -1, -1, -1) if len(images) == 1 else images[:count]
    return weights, shown


def _edge(weights: Tensor, reach: int) -> Tensor:
    """1 where a pixel lies outside and no farther than `reach` from the inside, `[M, H, W, 1]`."""
    inside = (weights > 0.5).to(weights)
    wider = F.max_pool2d(inside, 2 * reach + 1, stride=1, padding=reach)
    return (wider - inside).movedim(1, -1)
