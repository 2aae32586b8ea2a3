"""How like photographs pictures are."""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST_ERROR = 4e-10
"""Smallest mean squared difference that is told from none: 100 dB."""


def psnr(images: Tensor, photos: Tensor, keep: Tensor | None = None) -> Tensor:
    """Peak signal-to-noise ratios in decibels, over the range from -1 to 1.

    Args:
        images: `[N, C, H, W]`; what lies beyond -1 and 1 is cut off, as where pictures are shown.
        photos: `[N, C, H, W]` in [-1, 1].
        keep: `[N, 1, H, W]`, the weight of each pixel; none means 1.

    Returns:
        `[N]` float64 on the CPU, at most 100.
    """
    rest = (images.clamp(-1, 1) - photos).to("cpu", torch.float64).square()  # MPS has no float64
    weight = torch.ones_like(rest) if keep is None else keep.to(rest).expand_as(rest)
    error = (rest * weight).sum(dim=(1, 2, 3)) / weight.sum(dim=(1, 2, 3))
    return 10 * (4 / error.clamp_min(_LEAST_ERROR)).log10()
