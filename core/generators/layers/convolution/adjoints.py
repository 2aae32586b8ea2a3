"""Transposes of resampling and convolution, and convolutions of single channels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .resampling import filter_plane


def upsample_transposed(g: Tensor, kernel: Tensor) -> Tensor:
    """The transpose of `upsample`.

    Args:
        g: `[N, C, 2H, 2W]`.
        kernel: The low-pass filter, `[k, k]`, or `[k]` for its outer product; sum 1.

    Returns:
        `[N, C, H, W]`.
    """
    channels, taps = g.shape[1], kernel.shape[0]
    weight = filter_plane(kernel).to(g.dtype).expand(channels, 1, taps, taps)
    before, after = taps // 2 - 1, (taps - 1) // 2
    padded = F.pad(g, (before, after, before, after))
    return F.conv2d(padded, weight, stride=2, groups=channels)


def blur_transposed(g: Tensor, kernel: Tensor) -> Tensor:
    """The transpose of `blur`.

    Args:
        g: `[N, C, H, W]`.
        kernel: The filter, `[k, k]`.

    Returns:
        `[N, C, H, W]`.
    """
    channels, taps = g.shape[1], kernel.shape[0]
    if taps == 1:
        return g * kernel[0, 0]
    before, after = taps // 2, (taps - 1) // 2  # the centre of an even filter changes sides
    weight = kernel.flip(0, 1).to(g.dtype).expand(channels, 1, *kernel.shape)
    if before == after:  # saves a copy
        return F.conv2d(g, weight, padding=before, groups=channels)
    return F.conv2d(F.pad(g, (before, after, before, after)), weight, groups=channels)


def convolution_transposed(g: Tensor, weight: Tensor, kernel: Tensor | None) -> Tensor:
    """The transpose of a convolution with padding, or of `upsampling_convolution`.

    Args:
        g: `[N, O, H', W']`.
        weight: `[O, I, k, k]`, k odd.
        kernel: The low-pass filter where the convolution doubles the resolution, else none.

    Returns:
        `[N, I, H, W]`.
    """
    if kernel is None:
        turned = weight.transpose(0, 1).flip(2, 3)
        return F.conv2d(g, turned, padding=weight.shape[2] // 2)
    channels, taps = g.shape[1], kernel.shape[0]
    before, after = taps // 2, (taps + 1) // 2  # rows of zeros around
    plane = filter_plane(kernel).to(g.dtype).expand(channels, 1, taps, taps)
    if before == after:
        spread = F.conv2d(g, plane, padding=before, groups=channels)  # [N, O, 2H+1, 2W+1]
    else:
        spread = F.conv2d(F.pad(g, (before, after, before, after)), plane, groups=channels)
    return F.conv2d(spread, weight.transpose(0, 1), stride=2)


def each_channel_alone(x: Tensor, weight: Tensor, kernel: Tensor | None) -> Tensor:
    """Convolve each of some channels on its own, as if the others were zero.

    Each channel costs as many products per pixel as the kernel has taps; a full convolution costs
    that times the number of channels.

    Args:
        x: `[K, H, W]`, the channels.
        weight: `[O, K, k, k]`, k odd: the weights of these channels.
        kernel: The low-pass filter where the convolution doubles the resolution, else none.

    Returns:
        `[K, O, H, W]`, or `[K, O, 2H, 2W]`, channels last in memory.
    """
    count, side = weight.shape[1], weight.shape[2]
    planes = x[:, None]  # [K, 1, H, W]
    if kernel is None:
        height, width = x.shape[1:]
        planes = F.pad(planes, (side // 2,) * 4)
    else:  # the filter acts on each channel and so may come before the sum over taps
        height, width = (2 * n for n in x.shape[1:])
        taps = kernel.shape[0]
        turned = filter_plane(kernel).to(x.dtype)[None, None]
        planes = F.conv_transpose2d(planes, turned, stride=2)  # [K, 1, 2H-2+taps, ...]
        skipped = taps - (taps + 1) // 2  # of the 2H + taps rows of the full convolution
        low = side - 1 - skipped
        planes = F.pad(planes, (low, side, low, side))[..., : height + side - 1, : width + side - 1]
        weight = weight.flip(2, 3)  # a transposed convolution flips its weights
    patches = F.unfold(planes, side)  # [K, k k, H' W']
    rows = weight.flatten(2).permute(1, 2, 0)  # [K, k k, O]
    result = torch.bmm(patches.transpose(1, 2), rows)  # [K, H' W', O]
    return result.reshape(count, height, width, -1).permute(0, 3, 1, 2)
