"""DCGAN linearised: tangents of z through convolutions that all tangents share.

A tangent obeys `dx' = m * conv(W, dx)`: the stored statistics of the batch norm, which scale each
output channel, are folded into W, and m, the slope of the activation at each value, is asked of the
activation itself, so that a new one needs nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ....concepts.linearisation import primal_dtype
from ...layers.activations import activation, slope_of
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.stages import AbstractFinish, LatentMap, Stage, latent_map
from ...layers.convolution.shared_convolution import SharedConvolution, kept

if TYPE_CHECKING:
    from .network import NormalizedConvolution, Synthesis


@dataclass(frozen=True)
class ActivationFinish(AbstractFinish):
    """An elementwise function."""

    slope: Tensor
    """`[1, C, H, W]`, its derivative."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractFinish.shape`."""
        return self.slope.shape[1], self.slope.shape[2], self.slope.shape[3]

    @property
    def device(self) -> torch.device:
        """See `AbstractFinish.device`."""
        return self.slope.device

    def push(self, c: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractFinish.push`."""
        assert c is not None  # no input enters here
        return c.mul_(self.slope)

    def pull(self, g: Tensor) -> tuple[Tensor, None]:
        """See `AbstractFinish.pull`."""
        return g * self.slope, None


def linearised_dcgan(synthesis: Synthesis, z: Tensor, dtype: torch.dtype) -> ChainLinearisation:
    """Run the network once and keep what its derivative needs.

    Args:
        synthesis: The layers.
        z: `[1, z_dim]`.
        dtype: Precision of the tangents; the run itself is in float64 where the device has it.

    Returns:
        The linearisation.
    """
    settings = synthesis.settings
    functions = [activation(name) for name in settings.activations]
    functions.append(synthesis.bounded)
    x = z.to(primal_dtype(z.device))[:, :, None, None]
    stages: list[Stage] = []
    for index, function in enumerate(functions):
        layer = synthesis.layer(index)
        scale, shift = _affine(layer, x.dtype)
        linear = _convolution(layer, scale)
        y = linear(x) + shift[:, None, None]
        slope = slope_of(function, y)
        held: SharedConvolution | LatentMap = linear.kept(dtype)
        if layer.convolution.layer.first:  # the latent is one pixel, spread over the kernel
            held = latent_map(linear.weight.permute(1, 2, 3, 0), dtype)
        stages.append(Stage(held, ActivationFinish(kept(slope, dtype))))
        x = function(y)
    return ChainLinearisation(stages, None, dtype)


def _affine(layer: NormalizedConvolution, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """What scales and what shifts the channels after a layer's weights, `[O]` each."""
    bias = layer.convolution.bias
    outputs = layer.convolution.layer.outputs
    weight = layer.convolution.weight
    shift = weight.new_zeros(outputs, dtype=dtype) if bias is None else bias.to(dtype)
    if layer.norm is None:
        return torch.ones_like(shift), shift
    scale, further = layer.norm.affine(dtype)
    return scale, shift * scale + further


def _convolution(layer: NormalizedConvolution, scale: Tensor) -> SharedConvolution:
    """A layer's convolution in the precision of `scale [O]`, which goes into its weights."""
    given = layer.convolution.layer
    return SharedConvolution(
        layer.convolution.weight.to(scale),
        given.padding,
        given.transposed,
        given.stride,
        given.output_padding,
    ).scaled(scale)
