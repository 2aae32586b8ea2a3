"""The discriminator the bundled generator is trained against.

The residual discriminator of StyleGAN2 (Karras et al., CVPR 2020, figure 7) with two departures that make it fit a
CPU: a strided convolution takes the place of the block at full resolution, and a linear head recovers the drawing's
attributes from real images, so that the features attend to small things (gaze, eye openness) from the start.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import Module, ModuleList, Parameter
from torch.nn import functional as F

ROOT_HALF = math.sqrt(0.5)


class EqualizedConvolution(Module):
    """Convolution with equalised learning rate (Karras et al., ICLR 2018, section 4.1).

    Args:
        inputs: Channels in.
        outputs: Channels out.
        size: Side of the kernel.
        stride: Step in pixels.
        bias: Whether a bias is added.
    """

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, bias: bool = True) -> None:
        super().__init__()
        self.stride = stride
        self.gain = 1 / math.sqrt(inputs * size * size)
        self.weight = Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Convolve.

        Args:
            x: `[N, inputs, H, W]`.

        Returns:
            `[N, outputs, H / stride, W / stride]`.
        """
        size = self.weight.shape[2]
        padding = (size - self.stride + 1) // 2
        return F.conv2d(x, self.weight * self.gain, self.bias, self.stride, padding)


class EqualizedLinear(Module):
    """Linear layer with equalised learning rate.

    Args:
        inputs: Size of x.
        outputs: Size of y.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = Parameter(torch.randn(outputs, inputs))
        self.bias = Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer: `[N, inputs]` to `[N, outputs]`."""
        return F.linear(x, self.weight * (1 / math.sqrt(self.weight.shape[1])), self.bias)


class ResidualBlock(Module):
    """Two 3x3 convolutions, the second of stride 2, around a 1x1 one; halves height and width.

    Args:
        inputs: Channels in.
        outputs: Channels out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualizedConvolution(inputs, inputs, 3)
        self.second = EqualizedConvolution(inputs, outputs, 4, stride=2)
        self.skip = EqualizedConvolution(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`[N, inputs, H, W]` to `[N, outputs, H / 2, W / 2]`, unit gain."""
        around = self.skip(F.avg_pool2d(x, 2))
        x = F.leaky_relu(self.first(x), 0.2) * math.sqrt(2)
        x = F.leaky_relu(self.second(x), 0.2) * math.sqrt(2)
        return (around + x) * ROOT_HALF


def append_batch_deviation(x: Tensor, group: int) -> Tensor:
    """Append the standard deviation over groups of samples as one channel (ICLR 2018, section 3).

    Args:
        x: `[N, C, H, W]`, N divisible by the group or smaller than it.
        group: Samples compared with each other.

    Returns:
        `[N, C + 1, H, W]`.
    """
    count, channels, height, width = x.shape
    group = math.gcd(count, group)
    y = x.float().reshape(group, -1, channels, height, width)
    y = (y.var(dim=0, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # [N / group]
    y = y.repeat(group)[:, None, None, None].expand(-1, 1, height, width)
    return torch.cat([x, y.to(x.dtype)], dim=1)


class Discriminator(Module):
    """Images to one score (higher is more real) and to the attributes they were drawn from.

    Args:
        channels: Resolution (4, 8, ... half the image's side) to channels.
        attributes: Number of attributes the second head predicts.
        img_channels: Channels of the image.
    """

    def __init__(self, channels: Mapping[int, int], attributes: int, img_channels: int = 3) -> None:
        super().__init__()
        resolutions = sorted(channels, reverse=True)
        self.stem = EqualizedConvolution(img_channels, channels[resolutions[0]], 4, stride=2)
        pairs = itertools.pairwise(resolutions)
        self.blocks = ModuleList(ResidualBlock(channels[fine], channels[coarse]) for fine, coarse in pairs)
        width = channels[4]
        self.last = EqualizedConvolution(width + 1, width, 3)
        self.hidden = EqualizedLinear(width * 16, width)
        self.score = EqualizedLinear(width, 1)
        self.attributes = EqualizedLinear(width * 16, attributes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Judge images.

        Args:
            images: `[N, img_channels, H, W]` in [-1, 1].

        Returns:
            Scores `[N]` and standardised attributes `[N, A]`.
        """
        x = F.leaky_relu(self.stem(images), 0.2) * math.sqrt(2)
        for block in self.blocks:
            x = block(x)
        attributes = self.attributes(x.flatten(1))
        x = F.leaky_relu(self.last(append_batch_deviation(x, 8)), 0.2) * math.sqrt(2)
        x = F.leaky_relu(self.hidden(x.flatten(1)), 0.2) * math.sqrt(2)
        return self.score(x).float()[:, 0], attributes.float()
