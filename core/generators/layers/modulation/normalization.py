"""Adaptive instance norm (Huang and Belongie, ICCV 2017), as in StyleGAN."""

from __future__ import annotations

from torch import Tensor


def adaptive_instance_norm(x: Tensor, style: Tensor, epsilon: float = 1e-8) -> Tensor:
    """Standardise each channel of each image over its pixels, then scale and shift it by a style.

    Args:
        x: `[N, C, H, W]`.
        style: `[N, 2 C]`: the scale minus one, then the shift.
        epsilon: Number added to the variance.

    Returns:
        `[N, C, H, W]`.
    """
    centred = x - x.mean(dim=(2, 3), keepdim=True)
    normal = centred * (centred.square().mean(dim=(2, 3), keepdim=True) + epsilon).rsqrt()
    scale, shift = style[:, :, None, None].chunk(2, dim=1)
    return normal * (scale + 1) + shift
