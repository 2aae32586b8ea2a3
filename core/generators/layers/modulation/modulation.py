"""Modulated convolution of StyleGAN2 (Karras et al., CVPR 2020, equations 1 to 3).

The weights are not scaled per sample. Instead modulation scales the input channels and demodulation
the output channels, so that one ordinary convolution serves the whole batch, and many tangents can
share its kernel. The result is the same up to rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..convolution.resampling import upsampling_convolution

_MIN_STYLE = 1e-20
"""Replacement for zero styles, relative to the largest; dx is then negligible beside x ds / s."""


def divisible(styles: Tensor) -> Tensor:
    """Styles with zeros replaced by negligible values, for division.

    Args:
        styles: `[N, I]`.

    Returns:
        `[N, I]`, without zeros.
    """
    return torch.where(styles == 0, styles.abs().max().clamp_min(1) * _MIN_STYLE, styles)


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """Factor per output channel that restores unit expected variance (equation 3).

    Args:
        weight: `[O, I, k, k]`.
        styles: `[N, I]`.

    Returns:
        `[N, O]`, `1 / sqrt(sum_ik (w_oik s_i)^2 + 1e-8)`.
    """
    energy = weight.square().sum(dim=(2, 3))  # [O, I]
    return (styles.square() @ energy.T + 1e-8).rsqrt()


def modulated_convolution(
    x: Tensor, weight: Tensor, styles: Tensor, demodulate: bool, upsampling: Tensor | None = None
) -> Tensor:
    """Convolve with weights scaled by the styles, optionally demodulated and upsampling by two.

    Args:
        x: `[N, I, H, W]`.
        weight: `[O, I, k, k]`.
        styles: `[N, I]`, scale of each input channel.
        demodulate: Whether output channels are scaled to unit expected variance.
        upsampling: Low-pass filter `[k, k]` or `[k]` for doubled resolution, else none.

    Returns:
        `[N, O, H, W]`, or `[N, O, 2H, 2W]` with `upsampling`.
    """
    x = x * styles[:, :, None, None]
    if upsampling is None:
        y = F.conv2d(x, weight, padding=weight.shape[2] // 2)
    else:
        y = upsampling_convolution(x, weight, upsampling)
    return y * demodulation(weight, styles)[:, :, None, None] if demodulate else y
