"""A linear encoder without training: ridge regression of whitened codes on small pictures."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 16
"""Larger side of the small pictures, in pixels."""

RIDGE = 0.03
"""Penalty of the regression, in mean squared lengths of the centred pictures."""


def small_pictures(images: Tensor, keep: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Average pictures to at most `SIDE` pixels, over the pixels that count.

    Args:
        images: `[N, C, H, W]`.
        keep: `[1, 1, H, W]` in [0, 1], 0 where a pixel does not count; none where all do.

    Returns:
        `[N, C h w]` float64 on the CPU, and the share of pixels that count, `[C h w]`.
    """
    channels, height, width = images.shape[1:]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    weight = images.new_ones(1, 1, height, width) if keep is None else keep.to(images)
    counted = F.interpolate(weight, size=size, mode="area")
    small = F.interpolate(images * weight, size=size, mode="area") / counted.clamp_min(1e-6)
    share = counted.expand(1, channels, -1, -1).flatten()
    return small.flatten(1).to("cpu", torch.float64), share.to("cpu", torch.float64)


@dataclass(frozen=True)
class RidgeEncoder:
    """Random images and their codes, from which the code of any picture is estimated."""

    pictures: Tensor
    """`[M, C h w]` float64, small pictures of random codes."""
    codes: Tensor
    """`[M, d]` float64, their whitened codes."""

    def encode(self, image: Tensor, keep: Tensor | None = None) -> Tensor:
        """Estimate the whitened code of a picture, from the pixels that count alone.

        Args:
            image: `[1, C, H, W]` in [-1, 1].
            keep: `[1, 1, H, W]` in [0, 1], 0 where a pixel does not count; none where all do.

        Returns:
            `[d]` float64: `(y - m)^T X^T (X X^T + r I)^-1 U` with the centred pictures X, whose
            columns are weighted by the share of pixels that count.
        """
        picture, share = small_pictures(image, keep)
        mean = self.pictures.mean(dim=0)
        root = share.sqrt()
        rows = (self.pictures - mean) * root  # [M, C h w]
        kernel = rows @ rows.T
        penalty = RIDGE * kernel.diagonal().mean().clamp_min(torch.finfo(torch.float64).tiny)
        kernel.diagonal().add_(penalty)
        lower = torch.linalg.cholesky(kernel)
        offset = self.codes.mean(dim=0)
        solved = torch.cholesky_solve(self.codes - offset, lower)  # [M, d]
        return offset + ((picture[0] - mean) * root) @ rows.T @ solved
