"""A convolution with the same weights for all tangents, and its transpose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from .adjoints import blur_transposed, each_channel_alone
from .nearest import doubling_kernel, nearest_upsample
from .resampling import blur
from .single_channels import SingleChannels


@dataclass(frozen=True)
class SharedConvolution:
    """A linear map between feature maps."""

    weight: Tensor
    """In PyTorch's layout: `[O, I, k, k']`, or `[I, O, k, k']` where it is transposed."""
    padding: tuple[int, int]
    """Rows and columns of padding."""
    transposed: bool = False
    """Whether it is a transposed convolution (`F.conv_transpose2d`)."""
    stride: int | tuple[int, int] = 1
    """1, or more where it is transposed and enlarges the image."""
    output_padding: tuple[int, int] = (0, 0)
    """Rows and columns added so that an odd kernel doubles the resolution."""
    kernel: Tensor | None = None
    """Low-pass filter on each channel of its output, if any."""
    taps: Tensor | None = None
    """`[O, I, 3, 3]`, the equivalent kernel after nearest-neighbour doubling; none without it."""

    def __call__(self, x: Tensor) -> Tensor:
        """Features `[B, I, H, W]` to `[B, O, H', W']`."""
        if self.transposed:
            y = F.conv_transpose2d(
                x, self.weight, None, self.stride, self.padding, self.output_padding
            )
        else:
            y = F.conv2d(x, self.weight, padding=self.padding)
        return y if self.kernel is None else blur(y, self.kernel)

    def of_single_channels(self, x: SingleChannels) -> Tensor:
        """Apply it to K maps with one non-zero channel each: `[K, O, H', W']`."""
        if self.taps is not None:
            doubled = nearest_upsample(x.planes[None])[0]
            y = each_channel_alone(doubled, self.taps[:, x.channels], None)
            return y if self.kernel is None else blur(y, self.kernel)
        if self.transposed:
            return self(x.dense())
        return each_channel_alone(x.planes, self.weight[:, x.channels], None)

    def pull(self, g: Tensor) -> Tensor:
        """Cotangents `[B, O, H', W']` to `[B, I, H, W]`."""
        if self.kernel is not None:
            g = blur_transposed(g, self.kernel)
        if self.transposed:  # the transpose of a transposed convolution is the plain one
            return F.conv2d(g, self.weight, None, self.stride, self.padding)
        return F.conv_transpose2d(g, self.weight, padding=self.padding)

    def scaled(self, scale: Tensor) -> SharedConvolution:
        """The same convolution with its output channels scaled by `[O]`."""
        column = scale[:, None, None]
        taps = None if self.taps is None else self.taps * column[:, None]
        weight = self.weight * (column if self.transposed else column[:, None])
        return replace(self, weight=weight, taps=taps)

    def stored(self, dtype: torch.dtype) -> SharedConvolution:
        """The same in the precision of tangents, channels last in memory."""
        kernel, taps = (None if t is None else t.to(dtype) for t in (self.kernel, self.taps))
        return replace(self, weight=stored(self.weight, dtype), kernel=kernel, taps=taps)


def same_size(weight: Tensor) -> SharedConvolution:
    """A convolution with zero padding that keeps height and width.

    Args:
        weight: `[O, I, k, k']`, both sides odd.

    Returns:
        The convolution.
    """
    return SharedConvolution(weight, (weight.shape[2] // 2, weight.shape[3] // 2))


def doubling(weight: Tensor, turned: bool, kernel: Tensor | None = None) -> SharedConvolution:
    """Nearest-neighbour doubling, a convolution, and a low-pass filter, if any.

    Args:
        weight: `[O, I, 3, 3]`.
        turned: Whether the weight is rotated by 180 degrees.
        kernel: `[k, k]`, the filter; none without one.

    Returns:
        The convolution.
    """
    four = doubling_kernel(weight, turned).transpose(0, 1)  # [I, O, 4, 4]
    taps = weight.flip(2, 3) if turned else weight
    return SharedConvolution(four, (1, 1), True, 2, kernel=kernel, taps=taps)


def stored(x: Tensor, dtype: torch.dtype) -> Tensor:
    """A primal tensor in the precision of tangents, channels last in memory.

    Args:
        x: `[N, C, H, W]`.
        dtype: Precision of the tangents.

    Returns:
        The same shape.
    """
    return x.to(dtype).contiguous(memory_format=torch.channels_last)
