"""DCGAN linearised: tangents of z through convolutions that all tangents share.

A tangent obeys `dx' = m * conv(W, dx)`. The batch norm scales each output channel and is part of W.
Forward mode computes m, the slope of the activation at each value, so that new activations need no
change here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ....concepts.linearisation import primal_dtype
from ...layers.activations import activation, slope_of
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.stages import AbstractEpilogue, LatentMap, Stage, latent_map
from ...layers.convolution.shared_convolution import SharedConvolution, stored

if TYPE_CHECKING:
    from .network import NormalizedConvolution, Synthesis


@dataclass(frozen=True)
class ActivationEpilogue(AbstractEpilogue):
    """An elementwise function."""

    slope: Tensor
    """`[1, C, H, W]`, its derivative."""

    @property
    def reference(self) -> Tensor:
        """See `AbstractEpilogue.reference`."""
        return self.slope

    def push(self, c: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractEpilogue.push`."""
        assert c is not None  # there is no input
        return c.mul_(self.slope)

    def pull(self, g: Tensor) -> tuple[Tensor, None]:
        """See `AbstractEpilogue.pull`."""
        return g * self.slope, None


def linearised_dcgan(synthesis: Synthesis, z: Tensor, dtype: torch.dtype) -> ChainLinearisation:
    """Run the network once and store what its derivative needs.

    Args:
        synthesis: The layers.
        z: `[1, z_dim]`.
        dtype: Precision of the tangents; the network itself runs in `primal_dtype`.

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
        convolution = _convolution(layer, scale)
        y = convolution(x) + shift[:, None, None]
        slope = slope_of(function, y)
        linear: SharedConvolution | LatentMap = convolution.stored(dtype)
        if layer.convolution.layer.first:  # the latent is a single pixel
            units = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)[:, :, None, None]
            linear = latent_map(convolution(units).permute(1, 2, 3, 0), dtype)
        stages.append(Stage(linear, ActivationEpilogue(stored(slope, dtype))))
        x = function(y)
    return ChainLinearisation(stages, None, dtype)


def _affine(layer: NormalizedConvolution, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Scale and shift of the channels, from bias and batch norm, `[O]` each."""
    bias = layer.convolution.bias
    outputs = layer.convolution.layer.outputs
    weight = layer.convolution.weight
    shift = weight.new_zeros(outputs, dtype=dtype) if bias is None else bias.to(dtype)
    if layer.norm is None:
        return torch.ones_like(shift), shift
    scale, norm_shift = layer.norm.affine(dtype)
    return scale, shift * scale + norm_shift


def _convolution(layer: NormalizedConvolution, scale: Tensor) -> SharedConvolution:
    """A layer's convolution times `scale [O]`, in its precision."""
    geometry = layer.convolution.layer
    return SharedConvolution(
        layer.convolution.weight.to(scale),
        geometry.padding,
        geometry.transposed,
        geometry.stride,
        geometry.output_padding,
    ).scaled(scale)
