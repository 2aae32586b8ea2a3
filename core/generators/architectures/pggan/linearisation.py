"""PGGAN linearised: tangents of z through convolutions that all tangents share.

A layer rectifies and scales the vector of every pixel to a mean square of one:

    h = rectified(conv(x) + b),   x' = h r,   r = (mean(h^2) + eps)^(-1/2)

with means over channels. With the slope m of the rectifier a tangent obeys

    dx' = t - x' mean(x' t),   t = r m conv(dx).

The normalisation of z and the class vector before the first layer are part of its linear map.
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
from ...layers.chains.stages import AbstractEpilogue, Stage, latent_map
from ...layers.convolution.shared_convolution import doubling, same_size, stored
from ...layers.progressive_growing import active_resolutions

if TYPE_CHECKING:
    from .network import Layer, Synthesis


@dataclass(frozen=True)
class PixelNormEpilogue(AbstractEpilogue):
    """A rectifier and pixel norm."""

    slope: Tensor
    """`[1, C, H, W]`, r m."""
    features: Tensor
    """`[1, C, H, W]`, x'."""

    @property
    def reference(self) -> Tensor:
        """See `AbstractEpilogue.reference`."""
        return self.features

    def push(self, c: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractEpilogue.push`."""
        assert c is not None  # there is no input
        t = c.mul_(self.slope)
        projected = (t * self.features).mean(dim=1, keepdim=True)
        return t.addcmul_(self.features, projected, value=-1.0)

    def pull(self, g: Tensor) -> tuple[Tensor, None]:
        """See `AbstractEpilogue.pull`; the derivative of the norm is symmetric."""
        projected = (g * self.features).mean(dim=1, keepdim=True)
        return torch.addcmul(g, self.features, projected, value=-1.0).mul_(self.slope), None


def linearised_pggan(
    synthesis: Synthesis, z: Tensor, c: Tensor | None, dtype: torch.dtype
) -> ChainLinearisation:
    """Run the network once and store what its derivative needs.

    Args:
        synthesis: The layers.
        z: `[1, z_dim]`.
        c: `[1, c_dim]`; none for an unconditional network.
        dtype: Precision of the tangents; the network itself runs in `primal_dtype`.

    Returns:
        The linearisation.
    """
    exact, settings = primal_dtype(z.device), synthesis.settings
    z = z.to(exact)
    inner = torch.func.jacfwd(lambda point: synthesis.first_input(point[None], c)[0])(z[0])
    x = synthesis.first_input(z, c)
    stages: list[Stage] = []
    features: list[Tensor] = []
    active = [synthesis.block(r) for r in active_resolutions(synthesis.resolutions, settings.lod)]
    for block in active:
        weight = block.layer0.effective_weight().to(exact)
        if block.is_first:
            linear = latent_map((weight @ inner).unflatten(0, (-1, 4, 4)), dtype)
            x, epilogue = _epilogue(block.layer0, F.linear(x, weight).reshape(1, -1, 4, 4), dtype)
            stages.append(Stage(linear, epilogue))
        else:
            up = doubling(weight.transpose(0, 1) if block.fused else weight, turned=block.fused)
            x, epilogue = _epilogue(block.layer0, up(x), dtype)
            stages.append(Stage(up.stored(dtype), epilogue))
        plain = same_size(block.layer1.effective_weight().to(exact))
        x, epilogue = _epilogue(block.layer1, plain(x), dtype)
        stages.append(Stage(plain.stored(dtype), epilogue))
        features.append(x)
    head = linearised_image_head(
        features, lambda index: active[index].torgb, settings.lod, settings.final_tanh, dtype
    )
    return ChainLinearisation(stages, head, dtype)


def _epilogue(layer: Layer, y: Tensor, dtype: torch.dtype) -> tuple[Tensor, PixelNormEpilogue]:
    """Features of a layer, given the output y of its linear map, and its linearised epilogue."""
    before = y + layer.shift(y)
    slope = 0.2 + 0.8 * (before > 0).to(y)
    features = layer.finish(y)
    length = (before * slope).square().mean(dim=1, keepdim=True)
    slope = slope * (length + 1e-8).rsqrt()
    return features, PixelNormEpilogue(stored(slope, dtype), stored(features, dtype))
