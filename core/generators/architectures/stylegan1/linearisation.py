"""StyleGAN (v1) linearised: tangents of styles through convolutions that all tangents share.

A layer rectifies, standardises each channel over its pixels, and applies a style (s, t):

    h = rectified(conv(x) + noise + b),   n = (h - mean(h)) / sigma,   x' = (1 + s) n + t.

With the slope m of the rectifier and `a = (1 + s) / sigma` a tangent obeys

    dx' = k - mean(k) - n mean(n k) + n ds + dt,   k = m conv(a W, dx),

so that s and sigma go into the weights. A style acts after the norm: a change of one of its entries
changes one channel of x', and the next convolution needs that channel alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ....concepts.linearisation import primal_dtype
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.image_head import linearised_image_head
from ...layers.chains.stages import AbstractEpilogue, Stage, latent_map
from ...layers.convolution.shared_convolution import SharedConvolution, doubling, same_size, stored
from ...layers.convolution.single_channels import SingleChannels
from ...layers.progressive_growing import active_resolutions

if TYPE_CHECKING:
    from .network import StyledLayer, Synthesis


@dataclass(frozen=True)
class StyleEpilogue(AbstractEpilogue):
    """A rectifier, the instance norm and the style."""

    slope: Tensor
    """`[1, C, H, W]`, m."""
    normal: Tensor
    """`[1, C, H, W]`, n."""
    affine: Tensor | None
    """`[2 C, D]`, the map from w to the style where w is the input; none where the style is."""

    @property
    def reference(self) -> Tensor:
        """See `AbstractEpilogue.reference`."""
        return self.normal

    @property
    def input_size(self) -> int:
        """See `AbstractEpilogue.input_size`: both halves of the style, or w."""
        return 2 * self.shape[0] if self.affine is None else self.affine.shape[1]

    def push(self, c: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractEpilogue.push`."""
        scale: Tensor | float = 0.0
        shift: Tensor | float = 0.0
        if inputs is not None:
            style = inputs if self.affine is None else inputs @ self.affine.T
            scale, shift = style[:, :, None, None].chunk(2, dim=1)
        if c is not None:
            k = c.mul_(self.slope)
            scale = scale - (k * self.normal).mean(dim=(2, 3), keepdim=True)
            shift = shift - k.mean(dim=(2, 3), keepdim=True)
            return k.addcmul_(self.normal, scale).add_(shift)
        assert isinstance(scale, Tensor)  # c and inputs are not both none
        assert isinstance(shift, Tensor)
        return torch.addcmul(shift, self.normal, scale)

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """See `AbstractEpilogue.pull`; the derivative of the norm is symmetric."""
        count = g.shape[2] * g.shape[3]
        along = (g * self.normal).sum(dim=(2, 3), keepdim=True)
        total = g.sum(dim=(2, 3), keepdim=True)
        style = torch.cat([along, total], dim=1)[:, :, 0, 0]
        k = torch.addcmul(g, self.normal, along, value=-1.0 / count).sub_(total / count)
        return k.mul_(self.slope), style if self.affine is None else style @ self.affine

    def single_channels(self, start: int, stop: int) -> SingleChannels | None:
        """See `AbstractEpilogue.single_channels`."""
        if self.affine is not None:
            return None
        channels = self.shape[0]
        numbers = torch.arange(start, stop, device=self.device)
        normal = self.normal[0, numbers % channels]  # [K, H, W]
        planes = torch.where((numbers < channels)[:, None, None], normal, torch.ones_like(normal))
        return SingleChannels(planes, numbers % channels, channels)


def linearised_stylegan1(
    synthesis: Synthesis,
    styles: Sequence[Tensor],
    first: Tensor | None,
    mode: str,
    generators: list[torch.Generator],
    dtype: torch.dtype,
) -> ChainLinearisation:
    """Run the network once and store what its derivative needs.

    Args:
        synthesis: The layers.
        styles: `[1, 2 C]` of each layer, in order of depth.
        first: `[1, w_dim]`, where w replaces the constant; the inputs are then the latents of the
            layers. Else none, and the inputs are their styles.
        mode: Noise mode: "const", "none" or "random".
        generators: One per image for noise mode "random".
        dtype: Precision of the tangents; the network itself runs in `primal_dtype`.

    Returns:
        The linearisation.
    """
    exact, settings = primal_dtype(styles[0].device), synthesis.settings
    resolutions = active_resolutions(synthesis.resolutions, settings.lod)
    blocks = [synthesis.block(resolution) for resolution in resolutions]
    layers = [layer for block in blocks for layer in (block.layer0, block.layer1)]
    stages: list[Stage] = []
    features: list[Tensor] = []
    x: Tensor | None = None
    for layer, style in zip(layers, styles, strict=False):
        linear = None if x is None else _convolution(layer, exact, synthesis.resample_filter)
        y = _first_output(layer, first, exact) if linear is None or x is None else linear(x)
        affine = None if first is None else layer.affine.effective_weight()
        noise = layer.noise(mode, generators)
        shift = layer.shift(y, synthesis.resample_filter)
        x, scale, epilogue = _epilogue(layer, y + noise + shift, style.to(exact), affine, dtype)
        if linear is not None:
            stages.append(Stage(linear.scaled(scale).stored(dtype), epilogue))
        elif first is not None:
            weight = (layer.weight * layer.scale).unflatten(0, (-1, 4, 4))  # [C, 4, 4, D]
            linear = latent_map(weight * scale[:, None, None, None], dtype)
            stages.append(Stage(linear, epilogue))
        else:
            stages.append(Stage(None, epilogue))
        features.append(x)
    head = linearised_image_head(
        features[1::2], lambda index: blocks[index].torgb, settings.lod, settings.final_tanh, dtype
    )
    sizes = [style.shape[1] if first is None else first.shape[1] for style in styles]
    return ChainLinearisation(stages, head, dtype, sizes[len(layers) :])


def _first_output(layer: StyledLayer, first: Tensor | None, exact: torch.dtype) -> Tensor:
    """Output of the linear map of the first layer, or its constant: `[1, C, H, W]`."""
    if first is None:
        return layer.const.to(exact)[None]
    weight = layer.weight.to(exact) * layer.scale
    return F.linear(first.to(exact), weight).reshape(1, -1, 4, 4)


def _convolution(layer: StyledLayer, exact: torch.dtype, kernel: Tensor) -> SharedConvolution:
    """The convolution of a later layer."""
    weight = layer.weight.to(exact) * layer.scale
    if layer.up:
        return doubling(weight, layer.fused, kernel.to(exact))
    return same_size(weight)


def _epilogue(
    layer: StyledLayer, before: Tensor, style: Tensor, affine: Tensor | None, dtype: torch.dtype
) -> tuple[Tensor, Tensor, StyleEpilogue]:
    """Features of a layer, a, and the linearised epilogue, given conv(x) + noise + b."""
    slope = 0.2 + 0.8 * (before > 0).to(before)
    h = before * slope
    centred = h - h.mean(dim=(2, 3), keepdim=True)
    inverse = (centred.square().mean(dim=(2, 3), keepdim=True) + layer.epsilon).rsqrt()
    normal = centred * inverse
    scale, shift = style[:, :, None, None].chunk(2, dim=1)
    features = normal * (1 + scale) + shift
    a = ((1 + scale) * inverse)[0, :, 0, 0]
    affine = None if affine is None else affine.to(dtype)
    return features, a, StyleEpilogue(stored(slope, dtype), stored(normal, dtype), affine)
