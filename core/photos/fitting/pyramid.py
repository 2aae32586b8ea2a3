"""The misfit between pictures, at four scales: the energy that an inversion minimises."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 4
"""Scales k = 0 to 3: squares of 2^k pixels are averaged."""

_WHITE = 1 - 1 / 255
"""Value from which a pixel is saturated: half a step of 8 bits below 1."""


def levels_of(image_size: tuple[int, int]) -> tuple[int, ...]:
    """The scales of a picture.

    Args:
        image_size: Height and width in pixels.

    Returns:
        0 to 3, without those whose squares are larger than the picture.
    """
    return tuple(k for k in range(LEVELS) if min(image_size) >= 2**k)


def pooled(images: Tensor, level: int) -> Tensor:
    """Average squares of pixels; a row or column that fills no square is left out.

    Args:
        images: `[N, C, H, W]`.
        level: k.

    Returns:
        `[N, C, H // 2^k, W // 2^k]`.
    """
    return images if level == 0 else F.avg_pool2d(images, 2**level)


def pyramid_rows(images: Tensor, levels: tuple[int, ...], weights: tuple[float, ...]) -> Tensor:
    """Pictures as vectors whose squared length is the misfit: linear in the pictures.

    Args:
        images: `[N, C, H, W]`.
        levels: Scales k.
        weights: Weight of each scale.

    Returns:
        `[N, n]`: for each scale `sqrt(weight P / n_k)` times the n_k averages, P = C H W.
    """
    count = images[0].numel()
    parts: list[Tensor] = []
    for level, weight in zip(levels, weights, strict=True):
        part = pooled(images, level).flatten(1)
        parts.append(part * (weight * count / part.shape[1]) ** 0.5)
    return torch.cat(parts, dim=1)


@dataclass(frozen=True)
class Misfit:
    """How far pictures are from one photograph, where its pixels count."""

    photo: Tensor
    """`[1, C, H, W]` in [-1, 1]."""
    keep: Tensor | None = None
    """`[1, 1, H, W]` in [0, 1], 0 where a pixel does not count; none where all do."""

    def __call__(self, images: Tensor) -> Tensor:
        """`sum_k P mean(pool_k(keep (x - y))^2)`, with P = C H W; nothing beyond saturated pixels.

        Args:
            images: `[N, C, H, W]`, x; y is the photograph.

        Returns:
            `[N]`, float64 where the device has it.
        """
        rest = images - self.photo
        # A white pixel says "at least 1", and images of networks go beyond; likewise for black.
        rest = torch.where((self.photo >= _WHITE) & (rest > 0), 0.0, rest)
        rest = torch.where((self.photo <= -_WHITE) & (rest < 0), 0.0, rest)
        if self.keep is not None:
            rest = rest * self.keep
        levels = levels_of((images.shape[2], images.shape[3]))
        rows = pyramid_rows(rest, levels, (1.0,) * len(levels))
        wide = torch.float64 if rows.device.type in ("cpu", "cuda") else rows.dtype
        return rows.to(wide).square().sum(dim=1)
