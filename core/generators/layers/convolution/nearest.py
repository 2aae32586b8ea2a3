"""Nearest-neighbour doubling, alone and fused with a convolution."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def nearest_upsample(x: Tensor, factor: int = 2) -> Tensor:
    """Upsample by nearest neighbour.

    Args:
        x: `[N, C, H, W]`.
        factor: Repetitions of each pixel along each axis; 1 changes nothing.

    Returns:
        `[N, C, factor H, factor W]`.
    """
    if factor == 1:
        return x
    count, channels, height, width = x.shape
    tiled = x[:, :, :, None, :, None].expand(-1, -1, -1, factor, -1, factor)
    return tiled.reshape(count, channels, height * factor, width * factor)


def nearest_upsampling_convolution(x: Tensor, weight: Tensor, turned: bool = False) -> Tensor:
    """Double by nearest neighbour and convolve in one step, with less than half the products.

    The taps that read copies of the same pixel are summed, which gives a transposed convolution of
    stride 2 with a 4 x 4 kernel. Networks trained in this form ("fused scale") store their kernels
    rotated by 180 degrees, in the layout of a transposed convolution.

    Args:
        x: `[N, I, H, W]`.
        weight: `[O, I, 3, 3]`, in the layout of a convolution.
        turned: Whether the weight is rotated by 180 degrees.

    Returns:
        `[N, O, 2H, 2W]`, with zero padding.
    """
    return F.conv_transpose2d(
        x, doubling_kernel(weight, turned).transpose(0, 1), stride=2, padding=1
    )


def doubling_kernel(weight: Tensor, turned: bool = False) -> Tensor:
    """The kernel of the transposed convolution of stride 2, padding 1, that doubles and convolves.

    Args:
        weight: `[O, I, 3, 3]`, in the layout of a convolution.
        turned: Whether the weight is rotated by 180 degrees.

    Returns:
        `[O, I, 4, 4]`, rotated by 180 degrees.
    """
    kernel = weight if turned else weight.flip(2, 3)
    kernel = F.pad(kernel, (1, 1, 1, 1))
    kernel = kernel[..., 1:, :] + kernel[..., :-1, :]
    return kernel[..., 1:] + kernel[..., :-1]  # [O, I, 4, 4]


def nearest_upsample_transposed(g: Tensor, factor: int = 2) -> Tensor:
    """The transpose of `nearest_upsample`: sums over blocks of pixels.

    Args:
        g: `[N, C, factor H, factor W]`.
        factor: Repetitions of each pixel along each axis.

    Returns:
        `[N, C, H, W]`.
    """
    return g if factor == 1 else F.avg_pool2d(g, factor, divisor_override=1)
