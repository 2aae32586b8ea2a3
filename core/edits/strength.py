"""How much a lever changes a region and the rest, and how far to pull it to be seen."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.errors import RegionError
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..generators.rendering import render
from .editing import edit

VISIBLE_CHANGE = 32.0
"""Root mean square change, in grey levels of 255, that is plain to see and rarely breaks a face."""

_FARTHEST = 64.0
"""Largest strength that is tried, in standard deviations of random codes."""

_STEPS = 8
"""Renderings per lever."""

_LARGEST_STEP = 4.0
"""Factor by which a strength may grow or shrink at once."""


def mean_squared_change(before: Tensor, after: Tensor, region: Region) -> Tensor:
    """Mean squared difference over a region, weighted by it.

    Args:
        before: `[N, C, H, W]`, images.
        after: `[N, C, H, W]`, the same images edited.
        region: One region, or one per image.

    Returns:
        `[N]`, in squared units of the images.

    Raises:
        RegionError: The region is of another size, or the images are of two shapes.
    """
    if before.shape != after.shape:
        raise RegionError(
            f"Images of shapes {list(before.shape)} and {list(after.shape)} were compared",
            "one shape",
        )
    size = (before.shape[2], before.shape[3])
    weights = region.require_size(size).fractions(len(before))  # [N, H, W]
    squares = (after - before).square().mean(dim=1)  # [N, H, W]
    return (squares * weights).sum(dim=(1, 2)) / weights.sum(dim=(1, 2))


def inside_outside(before: Tensor, after: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """What a lever changed inside a region and outside; their ratio tells how regional it is.

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
    """The strength at which a lever visibly moves a region of each image.

    A change grows nearly in proportion to strength, so each step scales the strength by what is
    wanted over what was seen; a few steps settle it to a few percent.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        index: Which one.
        region: Where to look; none means the whole image.
        target: Root mean square change wanted, in grey levels of 255.
        sign: 1 to pull forwards, -1 backwards.

    Returns:
        `[N]` strengths above 0 in unit "distance"; at most 64 standard deviations of random codes,
        which is what a lever gets that never changes so much.
    """
    before = render(gan, codes)
    where = region or Region.from_mask(torch.ones(gan.spec.img_size), "image")
    aim = target / 127.5  # images span 2 units, pictures 255 grey levels
    sigma = 1.0 if levers.sigma is None else max(float(levers.sigma[index]), 1e-6)
    strengths = torch.full((len(codes),), sigma)
    for _ in range(_STEPS):
        pulled = [
            edit(codes[row], levers, index, sign * float(strengths[row]))
            for row in range(len(codes))
        ]
        change = mean_squared_change(before, render(gan, concatenate(pulled)), where).sqrt()
        factor = (aim / change.clamp_min(1e-12)).clamp(1 / _LARGEST_STEP, _LARGEST_STEP)
        strengths = (strengths * factor).clamp(max=_FARTHEST * sigma)
    return strengths


def strength_for_change(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    region: Region | None = None,
    target: float = VISIBLE_CHANGE,
) -> float:
    """One strength for all images and both ways, at which three of four visibly change.

    A mouth that is closed already cannot be closed further, however hard it is pulled: each image
    counts by the way in which it changes sooner.

    Args:
        gan: The generator.
        codes: Codes to try it on.
        levers: The directions.
        index: Which one.
        region: Where to look; none means the whole image.
        target: Root mean square change wanted, in grey levels of 255.

    Returns:
        A strength above 0 in unit "distance": the upper quartile over images of the smaller of
        `strengths_for_change` forwards and backwards.
    """
    forwards, backwards = (
        strengths_for_change(gan, codes, levers, index, region, target, sign)
        for sign in (1.0, -1.0)
    )
    return float(torch.minimum(forwards, backwards).quantile(0.75))
