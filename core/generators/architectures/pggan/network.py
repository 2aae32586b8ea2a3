"""The network of PGGAN (Karras et al., ICLR 2018): progressive growing and pixel norm.

z, perhaps with a class vector, is scaled to a mean square of one and mapped to 4 x 4 pixels. Each
further resolution doubles by nearest neighbour and convolves twice. Names are `synthesis.b<size>`
with `layer0` and `layer1` (weight and bias) and `torgb`; the first weight is `[C * 16, z_dim]`,
rows by channel, then by pixel, and so is the first bias of networks that have one per pixel.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ....concepts.conditions import Conditions
from ....concepts.network import AbstractNetwork, GeneratorSpec, LayerInfo
from ...layers.convolution.nearest import nearest_upsampling_convolution
from ...layers.modulation.dense import normalize_second_moment
from ...layers.progressive_growing import (
    PlainToRGB,
    active_resolutions,
    grown_image,
    require_doubling,
    require_image_layers,
    smaller_blocks,
    smaller_network,
)
from .settings import PGGANSettings

__all__ = ["PGGAN", "PGGANSettings"]


class Layer(Module):
    """Weight and bias of a linear map, leaky rectifier of slope 0.2, pixel norm (section 4.2).

    Args:
        shape: Shape of the weight.
        biases: Channels of the output, or its channels times its pixels.
        fan_in: Inputs of each output value, for He's scale (section 4.1).
    """

    def __init__(self, shape: tuple[int, ...], biases: int, fan_in: int) -> None:
        super().__init__()
        self.scale = math.sqrt(2 / fan_in)
        self.weight = Parameter(torch.randn(shape))
        self.bias = Parameter(torch.zeros(biases))

    def effective_weight(self) -> Tensor:
        """The weight times He's scale."""
        return self.weight * self.scale

    def shift(self, x: Tensor) -> Tensor:
        """The bias of features `x [N, C, H, W]`: `[C, 1, 1]`, or `[C, H, W]` with one per pixel."""
        sides = (1, 1) if len(self.bias) == x.shape[1] else x.shape[2:]
        return self.bias.to(x).reshape(-1, *sides)

    def finish(self, x: Tensor) -> Tensor:
        """Bias, rectifier and norm after the linear map: `[N, C, H, W]` to the same shape."""
        x = F.leaky_relu(x + self.shift(x), 0.2)
        return normalize_second_moment(x)


class Block(Module):
    """One resolution: an upsampling layer (or the first one), a convolution, maybe an image layer.

    Args:
        settings: Sizes and variant.
        resolution: Side of the output in pixels.
    """

    def __init__(self, settings: PGGANSettings, resolution: int) -> None:
        super().__init__()
        self.fused = settings.fused_scale
        self.is_first = resolution == 4
        outputs = settings.channels[resolution]
        if self.is_first:
            inputs = settings.z_dim + settings.c_dim
            # The scale is that of a 4 x 4 transposed convolution.
            biases = outputs * 16 if settings.pixel_bias else outputs
            self.layer0 = Layer((outputs * 16, inputs), biases, inputs * 16)
        else:
            inputs = settings.channels[resolution // 2]
            ends = (inputs, outputs) if self.fused else (outputs, inputs)
            self.layer0 = Layer((*ends, 3, 3), outputs, inputs * 9)
        self.layer1 = Layer((outputs, outputs, 3, 3), outputs, outputs * 9)
        if not settings.images or resolution in settings.images:
            self.torgb = PlainToRGB(outputs, settings.img_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Latents `[N, z_dim + c_dim]`, or features of the block below, to features."""
        weight = self.layer0.effective_weight()
        if self.is_first:
            x = F.linear(x, weight).reshape(len(x), -1, 4, 4)  # [N, C, 4, 4]
        else:
            weight = weight.transpose(0, 1) if self.fused else weight
            x = nearest_upsampling_convolution(x, weight, turned=self.fused)
        x = self.layer0.finish(x)
        return self.layer1.finish(F.conv2d(x, self.layer1.effective_weight(), padding=1))


class Synthesis(Module):
    """All blocks, from the latent to the image.

    Args:
        settings: Sizes and variant.

    Raises:
        CheckpointError: Resolutions have a gap, or the level of detail needs an absent layer.
    """

    def __init__(self, settings: PGGANSettings) -> None:
        super().__init__()
        self.settings = settings
        self.resolutions = sorted(settings.channels)
        require_doubling(self.resolutions)
        for resolution in self.resolutions:
            self.add_module(f"b{resolution}", Block(settings, resolution))
        require_image_layers(self.resolutions, settings.images, settings.lod)

    def block(self, resolution: int) -> Block:
        """The block of that resolution."""
        return cast(Block, self.get_submodule(f"b{resolution}"))

    def first_input(self, z: Tensor, c: Tensor | None) -> Tensor:
        """Input of the first layer, `[N, z_dim + c_dim]`, from `z [N, z_dim]` and the class."""
        s = self.settings
        x = normalize_second_moment(z) if s.normalize_z_first else z
        x = x if c is None else torch.cat([x, c.to(x)], dim=1)
        return normalize_second_moment(x) if s.normalize_latents else x

    def forward(self, z: Tensor, c: Tensor | None) -> Tensor:
        """`z [N, z_dim]` and `c [N, c_dim]` to images `[N, img_channels, H, W]`."""
        s, x = self.settings, self.first_input(z, c)
        active = [self.block(r) for r in active_resolutions(self.resolutions, s.lod)]
        features: list[Tensor] = []
        for block in active:
            x = block(x)
            features.append(x)
        image = grown_image(features, lambda i, x: active[i].torgb(x), s.lod)
        return image.tanh() if s.final_tanh else image


class PGGAN(AbstractNetwork):
    """The whole generator; parameter names are the canonical ones.

    Args:
        settings: Sizes and variant.

    Raises:
        CheckpointError: The settings contradict each other.
    """

    def __init__(self, settings: PGGANSettings) -> None:
        super().__init__()
        self.settings = settings
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`."""
        s = self.settings
        side = self.synthesis.resolutions[-1]
        first = LayerInfo("b4.layer0", 4, s.channels[4])
        return GeneratorSpec(
            architecture="pggan",
            z_dim=s.z_dim,
            w_dim=None,
            c_dim=s.c_dim,
            img_size=(side, side),
            img_channels=s.img_channels,
            layers=(first,),
            widest=max(channels * size**2 for size, channels in s.channels.items()),
        )

    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """See `AbstractNetwork.map`: there is no mapping network."""
        return z

    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize`; there is no noise."""
        return self.synthesis(ws[:, 0], conditions.labels if self.settings.c_dim else None)

    def smaller(self, side: int) -> PGGAN | None:
        """See `AbstractNetwork.smaller`: by an image layer that was used while the image grew."""
        s = self.settings
        kept = smaller_blocks(s.channels, 4, side, s.images)
        if kept is None or s.lod:
            return None
        images = tuple(resolution for resolution in s.images if resolution in kept)
        return smaller_network(self, replace(s, channels=kept, images=images))

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the first layer, as in SeFa, for a fixed class.

        The normalisation of z before it is left out, as in the paper.

        Args:
            layer: 0, the only layer with a latent.

        Returns:
            `[C * 16, z_dim]`.
        """
        weight = self.synthesis.block(4).layer0.effective_weight()
        return weight[:, : self.settings.z_dim]
