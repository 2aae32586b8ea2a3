"""The network of BigGAN and BigGAN-deep (Brock et al., ICLR 2019).

A linear map produces the first features from z, residual blocks the image. The batch norms of the
blocks depend on a condition of z and a class embedding. BigGAN gives each layer its own chunk of z,
BigGAN-deep gives all of them the whole z. Dialects divide weights by their spectral norm when a
file is loaded, since a trained network no longer changes.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.nn import Linear, Module

from ....concepts.conditions import Conditions
from ....concepts.network import AbstractNetwork, GeneratorSpec, LayerInfo
from ...layers.activations import activation as activation_of
from ...layers.attention import SelfAttention
from ...layers.modulation.conditional_norm import ConditionalNorm, PlainNorm
from ...layers.reuse import AbstractPart
from .blocks import Block, Convolution, DeepBlock, whole_z
from .settings import BigGANBlock, BigGANSettings

__all__ = ["BigGAN", "BigGANBlock", "BigGANSettings"]


class Last(AbstractPart):
    """Batch norm, activation, and the convolution to the image's channels.

    Args:
        settings: Sizes.
    """

    def __init__(self, settings: BigGANSettings) -> None:
        super().__init__()
        channels = settings.blocks[-1].outputs
        self.norm = PlainNorm(channels, settings.statistics, settings.output_eps)
        self.conv = Convolution(channels, settings.img_channels, 3)
        self.activation = activation_of(settings.activation)

    def forward(self, x: Tensor, truncation_psi: float) -> Tensor:
        """Features `[N, C, H, W]` to images `[N, img_channels, H, W]`."""
        return torch.tanh(self.conv(self.activation(self.norm(x, truncation_psi))))


class Synthesis(Module):
    """All layers, from the condition to the image.

    Args:
        settings: Sizes.
    """

    def __init__(self, settings: BigGANSettings) -> None:
        super().__init__()
        self.settings = settings
        width = settings.embed_features or settings.c_dim
        chunk = settings.chunk(0)
        latent = chunk.stop - chunk.start
        inputs = latent + width if settings.deep else latent
        self.first = Linear(inputs, settings.blocks[0].inputs * settings.base**2)
        features = width + latent * settings.hierarchical

        def norm(channels: int) -> ConditionalNorm:
            return ConditionalNorm(channels, features, settings.statistics, settings.eps)

        kind = DeepBlock if settings.deep else Block
        for index, sizes in enumerate(settings.blocks):
            self.add_module(f"block{index}", kind(sizes, index in settings.upsampling, norm))
        for place, (keys, values) in settings.attention.items():
            channels = [settings.blocks[0].inputs, *(block.outputs for block in settings.blocks)]
            self.add_module(f"attention{place}", SelfAttention(channels[place], keys, values))
        self.last = Last(settings)

    def block(self, index: int) -> Block | DeepBlock:
        """The block of that number."""
        return cast("Block | DeepBlock", self.get_submodule(f"block{index}"))

    def forward(self, ws: Tensor, y: Tensor, truncation_psi: float) -> Tensor:
        """`ws [N, num_ws, z_dim]` and an embedded class `y [N, E]` to images `[N, C, H, W]`."""
        settings = self.settings
        activation = activation_of(settings.activation)
        z = ws[:, 0, settings.chunk(0)]
        x = self.first(torch.cat([z, y], dim=1) if settings.deep else z)
        x = x.unflatten(1, (-1, settings.base, settings.base))  # [N, C, base, base]
        for index in range(len(settings.blocks)):
            x = self.attend(x, index)
            condition = y
            if settings.hierarchical:
                z = ws[:, index + 1, settings.chunk(index + 1)]
                condition = torch.cat([z, y], dim=1)
            x = self.block(index)(x, condition, truncation_psi, activation)
        return self.last(self.attend(x, len(settings.blocks)), truncation_psi)

    def attend(self, x: Tensor, place: int) -> Tensor:
        """Apply the self-attention after `place` blocks, if there is one."""
        return self.get_submodule(f"attention{place}")(x) if place in self.settings.attention else x


class BigGAN(AbstractNetwork):
    """The whole generator, deep or not; parameter names are the canonical ones.

    Args:
        settings: Sizes and variant.
    """

    def __init__(self, settings: BigGANSettings) -> None:
        super().__init__()
        self.settings = settings
        self.embed = None
        if settings.embed_features:
            self.embed = Linear(settings.c_dim, settings.embed_features, bias=False)
            torch.nn.init.normal_(self.embed.weight)  # the same scale as z
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`."""
        s = self.settings
        first = LayerInfo("first", s.base, s.blocks[0].inputs)
        blocks = tuple(
            LayerInfo(f"block{index}", s.resolution(index + 1), block.outputs)
            for index, block in enumerate(s.blocks)
        )
        side = s.resolution(len(s.blocks))
        return GeneratorSpec(
            architecture="biggan-deep" if s.deep else "biggan",
            z_dim=s.z_dim,
            w_dim=None,
            c_dim=s.c_dim,
            img_size=(side, side),
            img_channels=s.img_channels,
            layers=(first, *blocks)[: s.num_ws],
            distribution="truncated-normal",
            widest=max(block.channels * block.resolution**2 for block in blocks),
        )

    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """See `AbstractNetwork.map`: there is no mapping network."""
        return z

    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize`.

        Each layer reads its chunk of z (see `BigGANSettings.chunk`) and the class; labels may mix
        classes. There is no noise. `truncation_psi` selects the statistics of the batch norms where
        the file has them for several truncations; z itself is not truncated here.

        Args:
            ws: `[N, num_ws, z_dim]`.
            conditions: Labels, not none, and `truncation_psi`.

        Returns:
            `[N, img_channels, H, W]` in [-1, 1].
        """
        return self.synthesis(ws, self.condition(conditions), conditions.truncation_psi)

    def condition(self, conditions: Conditions) -> Tensor:
        """The embedded class, `[N, E]`."""
        labels = cast(Tensor, conditions.labels)
        return labels if self.embed is None else self.embed(labels)

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the columns of z, for a fixed class.

        Of the first layer, the columns of its weight. Of a block, those of the weights for scale
        and shift of each conditional norm, stacked. The class only adds a constant to the affine
        map, so its columns are left out. A layer that reads a chunk of z has zeros in the other
        columns, so that the directions of any set of layers are directions of the whole z.

        Args:
            layer: 0 for the first layer, i + 1 for block i.

        Returns:
            `[rows, z_dim]`: pixels of the first features, or two rows per normalised channel.
        """
        matrices = [self.synthesis.first.weight]
        if layer > 0:
            norms = self.synthesis.block(layer - 1).norms()
            matrices = [part.weight for norm in norms for part in (norm.scale, norm.shift)]
        stacked = torch.cat(matrices)  # [rows, chunk + E]
        return whole_z(stacked, self.settings.chunk(layer), self.settings.z_dim)
