"""PGGAN linearised: tangents of z through convolutions that all tangents share.

A layer rectifies and scales the vector of every pixel to a mean square of one:

    h = rectified(conv(x) + b),   x' = h r,   r = (mean(h^2) + eps)^(-1/2)

with means over channels. With the slope m of the rectifier a tangent obeys

    dx' = t - x' mean(x' t),   t = r m conv(dx).

What is done to z before the first layer is folded into the map of that layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ....concepts.linearisation import primal_dtype
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.image_head import linearised_image_head
from ...layers.chains.stages import AbstractFinish, Stage, latent_map
from ...layers.convolution.shared_convolution import doubling, kept, same_size
from ...layers.progressive_growing import acting_resolutions

if TYPE_CHECKING:
    from .network import Layer, Synthesis


@dataclass(frozen=True)
class PixelNormFinish(AbstractFinish):
    """A rectifier and the norm of every pixel."""

    slope: Tensor
    """`[1, C, H, W]`, r m."""
    features: Tensor
    """`[1, C, H, W]`, x'."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractFinish.shape`."""
        return self.features.shape[1], self.features.shape[2], self.features.shape[3]

    @property
    def device(self) -> torch.device:
        """See `AbstractFinish.device`."""
        return self.features.device

    def push(self, c: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractFinish.push`."""
        assert c is not None  # no input enters here
        t = c.mul_(self.slope)
        along = (t * self.features).mean(dim=1, keepdim=True)
        return t.addcmul_(self.features, along, value=-1.0)

    def pull(self, g: Tensor) -> tuple[Tensor, None]:
        """See `AbstractFinish.pull`; the norm is its own transpose."""
        along = (g * self.features).mean(dim=1, keepdim=True)
        return torch.addcmul(g, self.features, along, value=-1.0).mul_(self.slope), None


def linearised_pggan(
    synthesis: Synthesis, z: Tensor, c: Tensor | None, dtype: torch.dtype
) -> ChainLinearisation:
    """Run the network once and keep what its derivative needs.

    Args:
        synthesis: The layers.
        z: `[1, z_dim]`.
        c: `[1, c_dim]`, or none for an unconditional network.
        dtype: Precision of the tangents; the run itself is in float64 where the device has it.

    Returns:
        The linearisation.
    """
    wide, settings = primal_dtype(z.device), synthesis.settings
    z = z.to(wide)
    inner = torch.func.jacfwd(lambda point: synthesis.given(point[None], c)[0])(z[0])
    x = synthesis.given(z, c)
    stages: list[Stage] = []
    features: list[Tensor] = []
    acting = [synthesis.block(r) for r in acting_resolutions(synthesis.resolutions, settings.lod)]
    for block in acting:
        weight = block.layer0.effective_weight().to(wide)
        if block.is_first:
            spread = latent_map((weight @ inner).unflatten(0, (-1, 4, 4)), dtype)
            x, finish = _finished(block.layer0, F.linear(x, weight).reshape(1, -1, 4, 4), dtype)
            stages.append(Stage(spread, finish))
        else:
            up = doubling(weight.transpose(0, 1) if block.fused else weight, turned=block.fused)
            x, finish = _finished(block.layer0, up(x), dtype)
            stages.append(Stage(up.kept(dtype), finish))
        plain = same_size(block.layer1.effective_weight().to(wide))
        x, finish = _finished(block.layer1, plain(x), dtype)
        stages.append(Stage(plain.kept(dtype), finish))
        features.append(x)
    picture = linearised_image_head(
        features, lambda index: acting[index].torgb, settings.lod, settings.final_tanh, dtype
    )
    return ChainLinearisation(stages, picture, dtype)


def _finished(layer: Layer, y: Tensor, dtype: torch.dtype) -> tuple[Tensor, PixelNormFinish]:
    """Features after a layer of what its map gives, and what its derivative needs."""
    before = y + layer.bias.to(y)[:, None, None]
    slope = 0.2 + 0.8 * (before > 0).to(y)
    features = layer.finish(y)
    length = (before * slope).square().mean(dim=1, keepdim=True)
    slope = slope * (length + 1e-8).rsqrt()
    return features, PixelNormFinish(kept(slope, dtype), kept(features, dtype))
