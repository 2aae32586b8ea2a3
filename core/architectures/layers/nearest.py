"""Doubling by nearest neighbour, alone and as one with a convolution."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def nearest_upsample(x: Tensor, factor: int = 2) -> Tensor:
    """Repeat every pixel in both directions.

    Args:
        x: `[N, C, H, W]`.
        factor: How often; 1 changes nothing.

    Returns:
        `[N, C, factor H, factor W]`.
    """
    if factor == 1:
        return x
    count, channels, height, width = x.shape
    tiled = x[:, :, :, None, :, None].expand(-1, -1, -1, factor, -1, factor)
    return tiled.reshape(count, channels, height * factor, width * factor)


def nearest_upsampling_convolution(x: Tensor, weight: Tensor, turned: bool = False) -> Tensor:
    """Double by nearest neighbour, then convolve; less than half the products of doing so.

    Each of the four pixels that one became is reached by one or two taps of a row, so that their
    sums are a transposed convolution of stride 2 with a 4 x 4 kernel. Networks that were trained
    in this form ("fused scale") hold their kernels turned by 180 degrees, as it takes them.

    Args:
        x: `[N, I, H, W]`.
        weight: `[O, I, 3, 3]`, as a convolution takes it.
        turned: Whether the weight is turned by 180 degrees instead.

    Returns:
        `[N, O, 2H, 2W]`, the outside being zeros.
    """
    kernel = weight if turned else weight.flip(2, 3)
    kernel = F.pad(kernel, (1, 1, 1, 1))
    kernel = kernel[..., 1:, :] + kernel[..., :-1, :]
    kernel = kernel[..., 1:] + kernel[..., :-1]  # [O, I, 4, 4]
    return F.conv_transpose2d(x, kernel.transpose(0, 1), stride=2, padding=1)
