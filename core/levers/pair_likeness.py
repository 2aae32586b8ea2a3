"""The likeness to a pair of images, as a score: how far an image went from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import DirectionsError
from ..base.execution import plain_tensors
from .scores import Score, read_scores

_SIDE = 8
"""Side in pixels of the small pictures that are compared, where nothing else describes images."""


def small_pictures(images: Tensor) -> Tensor:
    """Describe images by their mean colours on a grid of 8 x 8.

    Args:
        images: `[N, C, H, W]`.

    Returns:
        `[N, C * 64]`.
    """
    return F.adaptive_avg_pool2d(images.float(), _SIDE).flatten(1)


@dataclass(frozen=True)
class PairLikeness:
    """A score `[N, F]` of images: column 0 grows from the first image of a pair to the second.

    With d the difference of their descriptions, column 0 is the projection of an image's
    description onto `d / |d|`, and the other columns are coordinates of what is perpendicular to
    it, by the reflection `I - 2 v v^T` that maps `d / |d|` to the first axis (Householder). A lever
    for column 0 therefore makes the change of the pair, and leaves the rest alone.
    """

    describe: Score
    """From images to `[N, F]`."""
    axis: Tensor
    """`[F]`, v: a unit vector, or zero where d is along the first axis."""

    def __call__(self, images: Tensor) -> Tensor:
        """Score images.

        Args:
            images: `[N, C, H, W]`, nominal range [-1, 1].

        Returns:
            `[N, F]`; differentiable where `describe` is.
        """
        found = read_scores(self.describe, images)
        axis = self.axis.to(found)
        return found - 2 * (found @ axis)[:, None] * axis


def pair_likeness(
    before: Tensor,
    after: Tensor,
    describe: Score = small_pictures,
    *,
    size: tuple[int, int] | None = None,
) -> PairLikeness:
    """A score that grows from one image to another ("like this pair").

    Args:
        before: `[N, C, H, W]`, nominal range [-1, 1]: images before a change.
        after: `[N, C, H, W]`: the same after it. The mean difference of the N pairs is used.
        describe: From images `[N, C, H, W]` to numbers `[N, F]`, such as features or attributes;
            by default mean colours on a grid of 8 x 8.
        size: Height and width to which the images are resized first; none keeps theirs.

    Returns:
        The score.

    Raises:
        DirectionsError: Shapes differ, or nothing changes from one image to the other.
        SolveError: `describe` does not return `[N, F]`.
    """
    if before.shape != after.shape or before.ndim != 4 or not len(before):
        raise DirectionsError(
            f"Pictures of shapes {list(before.shape)} and {list(after.shape)} were given as a pair",
            "two pictures of one size, or two batches of equal length",
        )
    with plain_tensors():
        pairs = torch.cat([before, after]).to(torch.float32, copy=True)
        if size is not None and tuple(pairs.shape[2:]) != size:
            pairs = F.interpolate(pairs, size, mode="bilinear", antialias=True)
        found = read_scores(describe, pairs).to(torch.float64)
    change = (found[len(before) :] - found[: len(before)]).mean(dim=0)  # [F]
    length = float(change.norm())
    if not length > 1e-9 * float(found.abs().max()):
        raise DirectionsError(
            "Nothing changes from one picture of the pair to the other",
            "two pictures that differ in what the lever shall do",
        )
    axis = change / length
    axis[0] -= 1
    norm = float(axis.norm())
    return PairLikeness(describe, axis / norm if norm > 1e-9 else torch.zeros_like(axis))
