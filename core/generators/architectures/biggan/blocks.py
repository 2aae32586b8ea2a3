"""The residual blocks of BigGAN and of BigGAN-deep (Brock et al., ICLR 2019, appendix B)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ...layers.convolution.nearest import nearest_upsample, nearest_upsampling_convolution
from ...layers.modulation.conditional_norm import ConditionalNorm
from ...layers.reuse import AbstractPart
from .settings import BigGANBlock

MakeNorm = Callable[[int], ConditionalNorm]
"""From a number of channels to their norm."""
Activation = Callable[[Tensor], Tensor]
"""An elementwise function."""


class Convolution(Module):
    """A convolution that keeps height and width, or doubles them first by nearest neighbour.

    Args:
        inputs: Input channels.
        outputs: Output channels.
        size: Side of the kernel, odd.
    """

    def __init__(self, inputs: int, outputs: int, size: int) -> None:
        super().__init__()
        # Preserves the energy of a rectified signal; an untrained batch norm does not scale it.
        spread = (2 / (inputs * size**2)) ** 0.5
        self.weight = Parameter(torch.randn(outputs, inputs, size, size) * spread)
        self.bias = Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, up: bool = False) -> Tensor:
        """Features `[N, inputs, H, W]` to `[N, outputs, H, W]`, or doubled by a kernel of 3."""
        if up:
            return nearest_upsampling_convolution(x, self.weight) + self.bias[:, None, None]
        return F.conv2d(x, self.weight, self.bias, padding=self.weight.shape[2] // 2)


class Block(AbstractPart):
    """Two 3x3 convolutions, each after a conditional norm, and a skip connection (perhaps 1x1).

    Args:
        sizes: Channels.
        up: Whether height and width are doubled, before the first convolution.
        norm: Makes the norms.
    """

    def __init__(self, sizes: BigGANBlock, up: bool, norm: MakeNorm) -> None:
        super().__init__()
        self.up = up
        self.norm0, self.norm1 = norm(sizes.inputs), norm(sizes.hidden)
        self.conv0 = Convolution(sizes.inputs, sizes.hidden, 3)
        self.conv1 = Convolution(sizes.hidden, sizes.outputs, 3)
        self.skip = Convolution(sizes.inputs, sizes.outputs, 1) if sizes.skip else None

    def norms(self) -> Iterator[ConditionalNorm]:
        """The norms in order."""
        yield from (self.norm0, self.norm1)

    def forward(self, x: Tensor, condition: Tensor, psi: float, activation: Activation) -> Tensor:
        """Features `[N, inputs, H, W]` and a condition to features `[N, outputs, H', W']`."""
        y = activation(self.norm0(x, condition, psi))
        y = self.conv0(y, self.up)
        y = self.conv1(activation(self.norm1(y, condition, psi)))
        skipped = x if self.skip is None else self.skip(x)  # cheaper before doubling, and the same
        return y + (nearest_upsample(skipped) if self.up else skipped)


class DeepBlock(AbstractPart):
    """A bottleneck of 1x1, 3x3, 3x3 and 1x1 convolutions; its skip connection drops channels.

    Args:
        sizes: Channels.
        up: Whether height and width are doubled, before the second convolution.
        norm: Makes the norms.
    """

    def __init__(self, sizes: BigGANBlock, up: bool, norm: MakeNorm) -> None:
        super().__init__()
        self.up = up
        hidden = sizes.hidden
        self.norm0, self.norm1 = norm(sizes.inputs), norm(hidden)
        self.norm2, self.norm3 = norm(hidden), norm(hidden)
        self.conv0 = Convolution(sizes.inputs, hidden, 1)
        self.conv1 = Convolution(hidden, hidden, 3)
        self.conv2 = Convolution(hidden, hidden, 3)
        self.conv3 = Convolution(hidden, sizes.outputs, 1)

    def norms(self) -> Iterator[ConditionalNorm]:
        """The norms in order."""
        yield from (self.norm0, self.norm1, self.norm2, self.norm3)

    def forward(self, x: Tensor, condition: Tensor, psi: float, activation: Activation) -> Tensor:
        """Features `[N, inputs, H, W]` and a condition to features `[N, outputs, H', W']`."""
        y = self.conv0(activation(self.norm0(x, condition, psi)))
        y = activation(self.norm1(y, condition, psi))
        y = self.conv1(y, self.up)
        y = self.conv2(activation(self.norm2(y, condition, psi)))
        y = self.conv3(activation(self.norm3(y, condition, psi)))
        skipped = x[:, : y.shape[1]]
        return y + (nearest_upsample(skipped) if self.up else skipped)


def whole_z(weight: Tensor, chunk: slice, z_dim: int) -> Tensor:
    """The columns of a weight that act on z, with zeros for the entries that the layer ignores.

    Args:
        weight: `[O, chunk + E]`: columns of a chunk of z, then of the class.
        chunk: The part of z that the layer reads; see `BigGANSettings.chunk`.
        z_dim: Size of z.

    Returns:
        `[O, z_dim]`.
    """
    full = weight.new_zeros(len(weight), z_dim)
    full[:, chunk] = weight[:, : chunk.stop - chunk.start]
    return full
