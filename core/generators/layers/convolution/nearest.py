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
    return F.conv_transpose2d(
        x, doubling_kernel(weight, turned).transpose(0, 1), stride=2, padding=1
    )


def doubling_kernel(weight: Tensor, turned: bool = False) -> Tensor:
    """The kernel of the transposed convolution of stride 2, padding 1, that doubles and convolves.

    Args:
        weight: `[O, I, 3, 3]`, as a convolution takes it.
        turned: Whether the weight is turned by 180 degrees instead.

    Returns:
        `[O, I, 4, 4]`, turned by 180 degrees.
    """
    kernel = weight if turned else weight.flip(2, 3)
    kernel = F.pad(kernel, (1, 1, 1, 1))
    kernel = kernel[..., 1:, :] + kernel[..., :-1, :]
    return kernel[..., 1:] + kernel[..., :-1]  # [O, I, 4, 4]


def nearest_upsample_transposed(g: Tensor, factor: int = 2) -> Tensor:
    """The transpose of `nearest_upsample`: sums of blocks of pixels.

    Args:
        g: `[N, C, factor H, factor W]`.
        factor: How often pixels were repeated in both directions.

    Returns:
        `[N, C, H, W]`.
    """
    return g if factor == 1 else F.avg_pool2d(g, factor, divisor_override=1)
