"""Measure how much a lever changes images, and find the strength for a visible change."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.errors import RegionError
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.region import Region
from ..generators.rendering import render
from .editing import edit_each

VISIBLE_CHANGE = 32.0
"""Root mean square change, in grey levels of 255, that is clearly visible and rarely distorts a
face."""

_MAX_STRENGTH = 64.0
"""Largest strength to try, in standard deviations of random codes."""

_STEPS = 8
"""Search steps per lever; each renders all images once."""

_LARGEST_STEP = 4.0
"""Largest factor by which one search step changes a strength."""


def mean_squared_change(before: Tensor, after: Tensor, region: Region) -> Tensor:
    """Mean squared difference of images, weighted by a region.

    Args:
        before: `[N, C, H, W]`, images.
        after: `[N, C, H, W]`, the same images edited.
        region: One region, or one per image.

    Returns:
        `[N]`, in squared units of the images.

    Raises:
        RegionError: The region has another size, or the shapes of the images differ.
    """
    if before.shape != after.shape:
        raise RegionError(
            f"Images of shapes {list(before.shape)} and {list(after.shape)} were compared",
            "images of one shape",
        )
    size = (before.shape[2], before.shape[3])
    weights = region.require_size(size).fractions(len(before))  # [N, H, W]
    squares = (after - before).square().mean(dim=1)  # [N, H, W]
    return (squares * weights).sum(dim=(1, 2)) / weights.sum(dim=(1, 2))


def inside_outside(before: Tensor, after: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """Mean squared change inside and outside a region; their ratio measures locality.

    Args:
        before: `[N, C, H, W]`, images.
        after: `[N, C, H, W]`, the same images edited.
        region: A region that is not the whole image.

    Returns:
        Mean squared change inside `[N]` and outside `[N]`.
    """
    inside = mean_squared_change(before, after, region)
    return inside, mean_squared_change(before, after, ~region)


def strengths_for_change(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    region: Region | None = None,
    target: float = VISIBLE_CHANGE,
    sign: float = 1.0,
) -> Tensor:
    """Find the strength at which a lever visibly changes a region, for each image.

    The change is almost proportional to the strength. Each search step multiplies the strength by
    the ratio of target and measured change; a few steps converge to a few percent.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        index: Number of the direction.
        region: Where the change is measured; none means the whole image.
        target: Root mean square change to reach, in grey levels of 255.
        sign: 1 to pull forwards, -1 backwards.

    Returns:
        `[N]` strengths above 0 in unit "distance", at most 64 standard deviations of random codes,
        even if the lever does not reach the target.
    """
    before = render(gan, codes)
    where = region or Region.from_mask(torch.ones(gan.spec.img_size), "image")
    target_change = target / 127.5  # images span 2 units, pictures 255 grey levels
    sigma = 1.0 if levers.sigma is None else max(float(levers.sigma[index]), 1e-6)
    strengths = torch.full((len(codes),), sigma)
    for _ in range(_STEPS):
        pulled = edit_each(codes, levers, index, (sign * strengths).tolist(), "distance")
        change = mean_squared_change(before, render(gan, pulled), where).sqrt()
        factor = (target_change / change.clamp_min(1e-12)).clamp(1 / _LARGEST_STEP, _LARGEST_STEP)
        strengths = (strengths * factor).clamp(max=_MAX_STRENGTH * sigma)
    return strengths


def strength_for_change(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    region: Region | None = None,
    target: float = VISIBLE_CHANGE,
) -> float:
    """Find one strength at which three quarters of the images visibly change.

    For each image the sign with the smaller strength counts: a mouth that is already closed cannot
    be closed further.

    Args:
        gan: The generator.
        codes: Codes of the images to measure.
        levers: The directions.
        index: Number of the direction.
        region: Where the change is measured; none means the whole image.
        target: Root mean square change to reach, in grey levels of 255.

    Returns:
        A strength above 0 in unit "distance": the upper quartile over images of the smaller of
        `strengths_for_change` forwards and backwards.
    """
    forwards, backwards = (
        strengths_for_change(gan, codes, levers, index, region, target, sign)
        for sign in (1.0, -1.0)
    )
    return float(torch.minimum(forwards, backwards).quantile(0.75))
