"""Resampling of feature maps and images with a small low-pass filter, in plain PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def binomial_filter() -> Tensor:
    """The separable low-pass filter [1, 3, 3, 1] that StyleGAN2 resamples with.

    Returns:
        `[4, 4]`, sum 1.
    """
    row = torch.tensor([1.0, 3.0, 3.0, 1.0])
    return torch.outer(row, row) / row.sum().square()


def upsample(x: Tensor, kernel: Tensor) -> Tensor:
    """Double height and width: insert zeros, then filter; means are kept.

    Args:
        x: `[N, C, H, W]`.
        kernel: `[4, 4]`, symmetric, sum 1.

    Returns:
        `[N, C, 2H, 2W]`.
    """
    channels = x.shape[1]
    weight = (kernel * 4).to(x.dtype).expand(channels, 1, *kernel.shape)  # [C, 1, 4, 4]
    return F.conv_transpose2d(x, weight, stride=2, padding=1, groups=channels)


def blur(x: Tensor, kernel: Tensor) -> Tensor:
    """Filter each channel, the outside being zeros.

    Args:
        x: `[N, C, H, W]`.
        kernel: `[k, k]`; of an even one the middle lies after the centre.

    Returns:
        `[N, C, H, W]`.
    """
    channels, taps = x.shape[1], kernel.shape[0]
    if taps == 1:
        return x * kernel[0, 0]
    before, after = (taps - 1) // 2, taps // 2
    weight = kernel.to(x.dtype).expand(channels, 1, *kernel.shape)  # [C, 1, k, k]
    return F.conv2d(F.pad(x, (before, after, before, after)), weight, groups=channels)


def upsampling_convolution(x: Tensor, weight: Tensor, kernel: Tensor) -> Tensor:
    """Convolve at doubled resolution: transposed convolution of stride 2, then the low-pass filter.

    Args:
        x: `[N, I, H, W]`.
        weight: `[O, I, k, k]` with k 1 or 3.
        kernel: `[4, 4]`, symmetric, sum 1.

    Returns:
        `[N, O, 2H, 2W]`.
    """
    if weight.shape[2] == 1:  # the filter acts per channel, so it may come first
        return F.conv2d(upsample(x, kernel), weight)
    y = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)  # [N, O, 2H+1, 2W+1]
    channels = y.shape[1]
    blur = (kernel * 4).to(y.dtype).expand(channels, 1, *kernel.shape)
    return F.conv2d(y, blur, padding=1, groups=channels)
