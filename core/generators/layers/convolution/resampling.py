"""Resampling of feature maps and images with a small low-pass filter."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def binomial_filter(shape: tuple[int, ...] = (4, 4)) -> Tensor:
    """The low-pass filter whose rows are binomial coefficients: [1, 3, 3, 1] in StyleGAN2.

    Args:
        shape: Taps along both axes, or along one for a separable filter stored as one row.

    Returns:
        Of that shape, sum 1.
    """
    row = torch.tensor([float(math.comb(shape[0] - 1, i)) for i in range(shape[0])])
    row = row / row.sum()
    return row if len(shape) == 1 else torch.outer(row, row)


def filter_plane(kernel: Tensor) -> Tensor:
    """A filter as a matrix, times 4 to make up for inserted zeros.

    Args:
        kernel: `[k, k]`, or `[k]` for its outer product.

    Returns:
        `[k, k]`.
    """
    return 4 * (torch.outer(kernel, kernel) if kernel.ndim == 1 else kernel)


def upsample(x: Tensor, kernel: Tensor) -> Tensor:
    """Double height and width: insert zeros, then filter; the mean is preserved.

    Args:
        x: `[N, C, H, W]`.
        kernel: `[k, k]`, or `[k]` for its outer product; sum 1.

    Returns:
        `[N, C, 2H, 2W]`.
    """
    channels, taps = x.shape[1], kernel.shape[0]
    weight = filter_plane(kernel).to(x.dtype).expand(channels, 1, taps, taps)  # [C, 1, k, k]
    if taps % 2 == 0:
        return F.conv_transpose2d(x, weight, stride=2, padding=taps // 2 - 1, groups=channels)
    y = F.conv_transpose2d(x, weight, stride=2, groups=channels)  # [N, C, 2H-2+k, 2W-2+k]
    before, after = (taps - 3) // 2, (taps - 1) // 2  # an odd filter adds one more row after
    return F.pad(y, (-before, -after, -before, -after))


def blur(x: Tensor, kernel: Tensor) -> Tensor:
    """Filter each channel, with zero padding.

    Args:
        x: `[N, C, H, W]`.
        kernel: `[k, k]`; if k is even, the centre is the tap after the middle.

    Returns:
        `[N, C, H, W]`.
    """
    channels, taps = x.shape[1], kernel.shape[0]
    if taps == 1:
        return x * kernel[0, 0]
    before, after = (taps - 1) // 2, taps // 2
    weight = kernel.to(x.dtype).expand(channels, 1, *kernel.shape)  # [C, 1, k, k]
    if before == after:  # saves a copy
        return F.conv2d(x, weight, padding=before, groups=channels)
    return F.conv2d(F.pad(x, (before, after, before, after)), weight, groups=channels)


def upsampling_convolution(x: Tensor, weight: Tensor, kernel: Tensor) -> Tensor:
    """Convolve at doubled resolution: transposed convolution of stride 2, then the low-pass filter.

    Args:
        x: `[N, I, H, W]`.
        weight: `[O, I, k, k]` with k 1 or 3.
        kernel: The low-pass filter, `[k, k]`, or `[k]` for its outer product; sum 1.

    Returns:
        `[N, O, 2H, 2W]`.
    """
    if weight.shape[2] == 1:  # the filter acts per channel, so it can come first
        return F.conv2d(upsample(x, kernel), weight)
    y = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)  # [N, O, 2H+1, 2W+1]
    channels, taps = y.shape[1], kernel.shape[0]
    before, after = (taps + 1) // 2 - 1, (taps - 2) // 2
    turned = filter_plane(kernel).flip(0, 1).to(y.dtype)  # conv2d is a correlation
    weight = turned.expand(channels, 1, taps, taps)
    if before == after:
        return F.conv2d(y, weight, padding=before, groups=channels)
    return F.conv2d(F.pad(y, (before, after, before, after)), weight, groups=channels)
