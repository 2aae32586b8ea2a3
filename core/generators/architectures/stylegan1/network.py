"""The network of StyleGAN, first version (Karras et al., CVPR 2019): adaptive instance norm.

Names follow those of StyleGAN2: `mapping.fc<i>`, `mapping.w_avg`, and per nominal resolution
`synthesis.b<size>` with `layer0`, `layer1` and `torgb`. A layer has `weight`, `bias`,
`noise_const`, `noise_strength` (one per channel) and `affine`, whose output is the scale minus one,
then the shift. `b4.layer0` has `const`, or a weight `[C * 16, w_dim]` where its input is w. Classes
use `mapping.label_weight` `[c_dim, features]`. The mapping network is StyleGAN2's, with a gain of
sqrt(2) after each rectifier; the published one has the gain before it, so its biases are stored
divided by sqrt(2) here.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ....base.errors import CheckpointError
from ....concepts.conditions import Conditions, noise_generators
from ....concepts.network import GeneratorSpec, LayerInfo
from ...layers.convolution.nearest import nearest_upsampling_convolution
from ...layers.convolution.resampling import binomial_filter, blur
from ...layers.modulation.dense import EqualizedDense
from ...layers.modulation.mapping import MappingNetwork
from ...layers.modulation.normalization import adaptive_instance_norm
from ...layers.modulation.style_network import AbstractStyleNetwork
from ...layers.modulation.styles import StyleMap, style_infos
from ...layers.progressive_growing import (
    PlainToRGB,
    active_resolutions,
    grown_image,
    require_doubling,
    require_image_layers,
    smaller_blocks,
    smaller_network,
)
from ...layers.reuse import AbstractPart
from .settings import StyleGAN1Settings

__all__ = ["StyleGAN1", "StyleGAN1Settings"]


class StyledLayer(AbstractPart):
    """A linear map, noise, bias, leaky rectifier, and adaptive instance norm (equation 1).

    Args:
        settings: Sizes and variant.
        resolution: Nominal resolution of the output.
        number: 0 for the upsampling (or first) layer, 1 for the convolution after it.
    """

    noise_const: Tensor

    def __init__(self, settings: StyleGAN1Settings, resolution: int, number: int) -> None:
        super().__init__()
        outputs, size = settings.channels[resolution], settings.size(resolution)
        self.is_first = number == 0 and resolution == 4
        self.up = number == 0 and resolution > 4
        self.fused = settings.is_fused(size)
        self.epsilon = settings.norm_epsilon
        self.bias_is_blurred = settings.blurred_bias and self.up
        inputs = settings.channels[resolution // 2] if self.up else outputs
        if number or self.up:
            self.weight = Parameter(torch.randn(outputs, inputs, 3, 3))
            self.scale = math.sqrt(2 / (inputs * 9))
        elif settings.const_size:
            self.const = Parameter(torch.randn(outputs, *size))
        else:  # the scale is that of a 4 x 4 transposed convolution, as in PGGAN
            self.weight = Parameter(torch.randn(outputs * 16, settings.w_dim))
            self.scale = math.sqrt(2 / (settings.w_dim * 16))
        self.bias = Parameter(torch.zeros(outputs))
        if settings.noise:
            self.noise_strength = Parameter(torch.zeros(outputs))
            self.register_buffer("noise_const", torch.randn(size))
        self.affine = EqualizedDense(settings.w_dim, 2 * outputs)

    def start(self, count: int, w: Tensor | None) -> Tensor:
        """The linear map of `w [N, w_dim]` in the first layer, or its constant: `[N, C, H, W]`."""
        if w is None:
            return self.const.expand(count, -1, -1, -1)
        return F.linear(w, self.weight * self.scale).reshape(count, -1, 4, 4)

    def features(self, x: Tensor, kernel: Tensor) -> Tensor:
        """The convolution of the features below, `[N, C, H, W]`; not in the first layer."""
        weight = self.weight * self.scale
        if not self.up:
            return F.conv2d(x, weight, padding=1)
        return blur(nearest_upsampling_convolution(x, weight, turned=self.fused), kernel)

    def noise(self, mode: str, generators: list[torch.Generator]) -> Tensor | float:
        """The noise `[1 or N, C, H, W]`, scaled by each channel's strength, or 0."""
        if mode == "none" or not hasattr(self, "noise_strength"):
            return 0.0
        image = self.noise_const[None]
        if mode == "random":
            drawn = [torch.randn(self.noise_const.shape, generator=g) for g in generators]
            image = torch.stack(drawn).to(image)  # [N, H, W]
        return image[:, None] * self.noise_strength[:, None, None]

    def shift(self, x: Tensor, kernel: Tensor) -> Tensor:
        """The bias for features `x [N, C, H, W]`: `[C, 1, 1]`, or blurred `[C, H, W]`."""
        bias = self.bias.to(x)[:, None, None]
        if not self.bias_is_blurred:
            return bias
        return bias * blur(x.new_ones(1, 1, *x.shape[2:]), kernel.to(x))[0]

    def forward(
        self,
        x: Tensor,
        styles: Tensor,
        mode: str,
        generators: list[torch.Generator],
        kernel: Tensor,
    ) -> Tensor:
        """Features below, or the output of `start`, and `styles [N, 2 C]` to `[N, C, H, W]`."""
        if not self.is_first:
            x = self.features(x, kernel)
        x = x + self.noise(mode, generators)
        x = F.leaky_relu(x + self.shift(x, kernel), 0.2)
        return adaptive_instance_norm(x, styles, self.epsilon)


class Block(Module):
    """One resolution: two styled layers, maybe an image layer.

    Args:
        settings: Sizes and variant.
        resolution: Nominal resolution.
    """

    def __init__(self, settings: StyleGAN1Settings, resolution: int) -> None:
        super().__init__()
        self.layer0 = StyledLayer(settings, resolution, 0)
        self.layer1 = StyledLayer(settings, resolution, 1)
        if not settings.images or resolution in settings.images:
            self.torgb = PlainToRGB(settings.channels[resolution], settings.img_channels)


class Synthesis(Module):
    """All blocks, from the constant to the image.

    Args:
        settings: Sizes and variant.

    Raises:
        CheckpointError: Resolutions have a gap, or the level of detail needs an absent layer.
    """

    resample_filter: Tensor

    def __init__(self, settings: StyleGAN1Settings) -> None:
        super().__init__()
        self.settings = settings
        self.resolutions = sorted(settings.channels)
        require_doubling(self.resolutions)
        kernel = binomial_filter((settings.blur_size,) * 2)  # rows of [1, 2, 1] / 4 as published
        self.register_buffer("resample_filter", kernel)
        for resolution in self.resolutions:
            self.add_module(f"b{resolution}", Block(settings, resolution))
        require_image_layers(self.resolutions, settings.images, settings.lod)

    def block(self, resolution: int) -> Block:
        """The block of that nominal resolution."""
        return cast(Block, self.get_submodule(f"b{resolution}"))

    def styled(self) -> list[tuple[str, int, StyledLayer]]:
        """Name, nominal resolution and module of every layer with a latent, in order."""
        blocks = [(f"b{r}", r, self.block(r)) for r in self.resolutions]
        pairs = [
            ((f"{name}.layer0", r, block.layer0), (f"{name}.layer1", r, block.layer1))
            for name, r, block in blocks
        ]
        return [layer for pair in pairs for layer in pair]

    def style_maps(self) -> list[StyleMap]:
        """The affine map of every layer, in order; each has its own latent."""
        styled = enumerate(self.styled())
        return [StyleMap(name, index, layer.affine, "AdaIN") for index, (name, _, layer) in styled]

    def forward(
        self,
        styles: list[Tensor],
        mode: str,
        generators: list[torch.Generator],
        first: Tensor | None = None,
    ) -> Tensor:
        """Styles of all maps, and `w [N, w_dim]` where it replaces the constant, to images."""
        lod, kernel = self.settings.lod, self.resample_filter
        active = [self.block(r) for r in active_resolutions(self.resolutions, lod)]
        x = active[0].layer0.start(len(styles[0]), first)
        features: list[Tensor] = []
        for index, block in enumerate(active):
            x = block.layer0(x, styles[2 * index], mode, generators, kernel)
            x = block.layer1(x, styles[2 * index + 1], mode, generators, kernel)
            features.append(x)
        image = grown_image(features, lambda i, x: active[i].torgb(x), lod)
        return image.tanh() if self.settings.final_tanh else image


class StyleGAN1(AbstractStyleNetwork):
    """The whole generator; parameter names are the canonical ones.

    Args:
        settings: Sizes and variant.

    Raises:
        CheckpointError: The settings contradict each other.
    """

    def __init__(self, settings: StyleGAN1Settings) -> None:
        super().__init__()
        if not settings.mapping_widths:
            settings = replace(settings, mapping_widths=(settings.w_dim,) * 8)
        self.settings = settings
        self.has_space_s = settings.const_size is not None
        if settings.mapping_widths[-1] != settings.w_dim:
            raise CheckpointError(
                f"The mapping network has {settings.mapping_widths[-1]} outputs",
                f"{settings.w_dim}, the w_dim of every layer",
                "Mapping networks with a separate w for each layer are not supported",
            )
        self.mapping = MappingNetwork(settings, label_concat=True)
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`."""
        s = self.settings
        layers = tuple(
            LayerInfo(name, max(s.size(resolution)), len(module.bias))
            for name, resolution, module in self.synthesis.styled()
        )
        size = s.size(self.synthesis.resolutions[-1])
        # Where w replaces the constant, the styles do not determine the image: no space S.
        maps = self.style_maps() if self.has_space_s else []
        return GeneratorSpec(
            "stylegan1",
            s.z_dim,
            s.w_dim,
            s.c_dim,
            size,
            s.img_channels,
            layers,
            styles=style_infos(maps),
        )

    def smaller(self, side: int) -> StyleGAN1 | None:
        """See `AbstractNetwork.smaller`: by an image layer that was used while the image grew."""
        s = self.settings
        kept = smaller_blocks(s.channels, max(s.const_size or (4, 4)), side, s.images)
        if kept is None or s.lod:
            return None
        images = tuple(resolution for resolution in s.images if resolution in kept)
        return smaller_network(self, replace(s, channels=kept, images=images))

    def style_maps(self) -> list[StyleMap]:
        """See `AbstractStyleNetwork.style_maps`; outputs are scales minus one, then shifts."""
        return self.synthesis.style_maps()

    def draw(self, styles: list[Tensor], conditions: Conditions, ws: Tensor | None) -> Tensor:
        """See `AbstractStyleNetwork.draw`."""
        generators = noise_generators(conditions, len(styles[0]))
        first = None if ws is None or self.has_space_s else ws[:, 0]
        return self.synthesis(styles, conditions.noise_mode, generators, first)

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the affine map to the layer's style, both halves.

        Where w replaces the constant, SeFa still uses the style alone, as published.

        Args:
            layer: From 0 to num_ws - 1.

        Returns:
            `[2 C, w_dim]`.
        """
        return self.synthesis.styled()[layer][2].affine.effective_weight()
