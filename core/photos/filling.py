"""Values where none are known, from those around: normalised convolution over a pyramid."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_ENOUGH = 4.0
"""How soon the values of one level count in full: where a quarter of the area is known."""

_LEAST = 1e-6
"""Weight below which nothing is known."""


def filled(values: Tensor, known: Tensor) -> Tensor:
    """Continue values into where they are not known, fine scale to coarse.

    Normalised convolution (Knutsson and Westin, CVPR 1993) on a pyramid: each level averages the
    known values of the finer one; where a level knows enough its average is taken, elsewhere that
    of the coarser one.

    Args:
        values: `[N, C, H, W]`.
        known: `[N, 1, H, W]`, 1 where a value is known, 0 where not.

    Returns:
        `[N, C, H, W]`: the values where `known` is 1; 0 where nothing is known at all.
    """
    weighted = values * known
    around = _doubled(_averages(_halved(weighted), _halved(known)), values)
    return weighted + (1 - known) * around


def _averages(sums: Tensor, weights: Tensor) -> Tensor:
    """The averages of this level where it knows enough, elsewhere those of coarser ones."""
    own = sums / weights.clamp(min=_LEAST)
    if max(sums.shape[2:]) == 1:
        return own
    below = _doubled(_averages(_halved(sums), _halved(weights)), sums)
    return below + (_ENOUGH * weights).clamp(max=1.0) * (own - below)


def _halved(images: Tensor) -> Tensor:
    """Half the size, each pixel from four by four with weights 1, 3, 3, 1."""
    height, width = images.shape[2:]
    padded = F.pad(images, (1, 1 + width % 2, 1, 1 + height % 2), mode="replicate")
    weights = torch.tensor([1.0, 3.0, 3.0, 1.0]).to(images) / 8
    count = images.shape[1]
    down = weights[None, None, :, None].expand(count, 1, 4, 1)
    across = weights[None, None, None].expand(count, 1, 1, 4)
    half = F.conv2d(padded, down, stride=(2, 1), groups=count)
    return F.conv2d(half, across, stride=(1, 2), groups=count)


def _doubled(images: Tensor, like: Tensor) -> Tensor:
    """Twice the size, linear, cut to that of the finer level."""
    larger = F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)
    return larger[:, :, : like.shape[2], : like.shape[3]]
