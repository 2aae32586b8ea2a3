"""StyleGAN (v1) linearised: tangents of styles through convolutions that all tangents share.

A layer rectifies, standardises each channel over its pixels, and applies a style (s, t):

    h = rectified(conv(x) + noise + b),   n = (h - mean(h)) / sigma,   x' = (1 + s) n + t.

With the slope m of the rectifier and `a = (1 + s) / sigma` a tangent obeys

    dx' = k - mean(k) - n mean(n k) + n ds + dt,   k = m conv(a W, dx),

so that s and sigma go into the weights, and a style acts after the norm: a change of one of its
numbers moves one channel of x', and meets the next convolution with that channel alone.
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
from ...layers.chains.stages import AbstractFinish, Stage, latent_map
from ...layers.convolution.shared_convolution import SharedConvolution, doubling, kept, same_size
from ...layers.convolution.single_channels import SingleChannels
from ...layers.progressive_growing import acting_resolutions

if TYPE_CHECKING:
    from .network import StyledLayer, Synthesis


@dataclass(frozen=True)
class StyleFinish(AbstractFinish):
    """A rectifier, the instance norm and the style."""

    slope: Tensor
    """`[1, C, H, W]`, m."""
    normal: Tensor
    """`[1, C, H, W]`, n."""
    affine: Tensor | None
    """`[2 C, D]`, the map from a latent to the style, where the latent is the input; else none."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractFinish.shape`."""
        return self.normal.shape[1], self.normal.shape[2], self.normal.shape[3]

    @property
    def device(self) -> torch.device:
        """See `AbstractFinish.device`."""
        return self.normal.device

    @property
    def own(self) -> int:
        """See `AbstractFinish.own`: both halves of the style, or the latent."""
        return 2 * self.shape[0] if self.affine is None else self.affine.shape[1]

    def push(self, c: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractFinish.push`."""
        scale: Tensor | float = 0.0
        shift: Tensor | float = 0.0
        if own is not None:
            style = own if self.affine is None else own @ self.affine.T
            scale, shift = style[:, :, None, None].chunk(2, dim=1)
        if c is not None:
            k = c.mul_(self.slope)
            scale = scale - (k * self.normal).mean(dim=(2, 3), keepdim=True)
            shift = shift - k.mean(dim=(2, 3), keepdim=True)
            return k.addcmul_(self.normal, scale).add_(shift)
        assert isinstance(scale, Tensor)  # something moves
        assert isinstance(shift, Tensor)
        return torch.addcmul(shift, self.normal, scale)

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """See `AbstractFinish.pull`; the norm is its own transpose."""
        count = g.shape[2] * g.shape[3]
        along = (g * self.normal).sum(dim=(2, 3), keepdim=True)
        total = g.sum(dim=(2, 3), keepdim=True)
        own = torch.cat([along, total], dim=1)[:, :, 0, 0]
        k = torch.addcmul(g, self.normal, along, value=-1.0 / count).sub_(total / count)
        return k.mul_(self.slope), own if self.affine is None else own @ self.affine

    def singles(self, start: int, stop: int) -> SingleChannels | None:
        """See `AbstractFinish.singles`."""
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
    """Run the network once and keep what its derivative needs.

    Args:
        synthesis: The layers.
        styles: `[1, 2 C]` of each layer, in order of depth.
        first: `[1, w_dim]`, where it feeds the first layer: then the inputs are the latents of the
            layers, else their styles.
        mode: Noise mode.
        generators: One per image for noise mode "random".
        dtype: Precision of the tangents; the run itself is in float64 where the device has it.

    Returns:
        The linearisation.
    """
    wide, settings = primal_dtype(styles[0].device), synthesis.settings
    resolutions = acting_resolutions(synthesis.resolutions, settings.lod)
    blocks = [synthesis.block(resolution) for resolution in resolutions]
    layers = [layer for block in blocks for layer in (block.layer0, block.layer1)]
    stages: list[Stage] = []
    features: list[Tensor] = []
    x: Tensor | None = None
    for layer, style in zip(layers, styles, strict=False):
        linear = None if x is None else _convolution(layer, wide, synthesis.resample_filter)
        y = _begun(layer, first, wide) if linear is None or x is None else linear(x)
        affine = None if first is None else layer.affine.effective_weight()
        noise = layer.noise(mode, generators)
        x, scale, finish = _finished(layer, y + noise, style.to(wide), affine, dtype)
        if linear is not None:
            stages.append(Stage(linear.scaled(scale).kept(dtype), finish))
        elif first is not None:
            weight = (layer.weight * layer.scale).unflatten(0, (-1, 4, 4))  # [C, 4, 4, D]
            spread = latent_map(weight * scale[:, None, None, None], dtype)
            stages.append(Stage(spread, finish))
        else:
            stages.append(Stage(None, finish))
        features.append(x)
    picture = linearised_image_head(
        features[1::2], lambda index: blocks[index].torgb, settings.lod, settings.final_tanh, dtype
    )
    sizes = [style.shape[1] if first is None else first.shape[1] for style in styles]
    return ChainLinearisation(stages, picture, dtype, sizes[len(layers) :])


def _begun(layer: StyledLayer, first: Tensor | None, wide: torch.dtype) -> Tensor:
    """What the map of the first layer gives, `[1, C, H, W]`."""
    if first is None:
        return layer.const.to(wide)[None]
    weight = layer.weight.to(wide) * layer.scale
    return F.linear(first.to(wide), weight).reshape(1, -1, 4, 4)


def _convolution(layer: StyledLayer, wide: torch.dtype, kernel: Tensor) -> SharedConvolution:
    """The map of a later layer."""
    weight = layer.weight.to(wide) * layer.scale
    if layer.up:
        return doubling(weight, layer.fused, kernel.to(wide))
    return same_size(weight)


def _finished(
    layer: StyledLayer, y: Tensor, style: Tensor, affine: Tensor | None, dtype: torch.dtype
) -> tuple[Tensor, Tensor, StyleFinish]:
    """Features after a layer of what its map and noise give, a, and what its derivative needs."""
    before = y + layer.bias.to(y)[:, None, None]
    slope = 0.2 + 0.8 * (before > 0).to(y)
    h = before * slope
    centred = h - h.mean(dim=(2, 3), keepdim=True)
    inverse = (centred.square().mean(dim=(2, 3), keepdim=True) + 1e-8).rsqrt()
    normal = centred * inverse
    scale, shift = style[:, :, None, None].chunk(2, dim=1)
    features = normal * (1 + scale) + shift
    held = None if affine is None else affine.to(dtype)
    a = ((1 + scale) * inverse)[0, :, 0, 0]
    return features, a, StyleFinish(kept(slope, dtype), kept(normal, dtype), held)
