"""The network of StyleGAN2 (Karras et al., CVPR 2020), with the layer names of its PyTorch release.

Covers the skip and residual architectures, constants of any height and width, any number of
resolutions and channels, any mapping depth, with and without classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ....concepts.conditions import Conditions, noise_generators
from ....concepts.network import GeneratorSpec, LayerInfo
from ...layers.activations import scaled_activation
from ...layers.convolution.resampling import binomial_filter, upsample
from ...layers.modulation.dense import EqualizedDense
from ...layers.modulation.mapping import MappingNetwork
from ...layers.modulation.modulation import modulated_convolution
from ...layers.modulation.style_network import AbstractStyleNetwork
from ...layers.modulation.styles import StyleMap, style_infos
from ...layers.progressive_growing import require_doubling, smaller_blocks, smaller_network
from ...layers.reuse import AbstractPart
from .settings import StyleGAN2Settings

__all__ = ["StyleGAN2", "StyleGAN2Settings"]


class StyledConvolution(AbstractPart):
    """Affine map to styles, modulated convolution, noise, bias, activation."""

    noise_const: Tensor
    resample_filter: Tensor

    def __init__(
        self,
        settings: StyleGAN2Settings,
        inputs: int,
        outputs: int,
        size: tuple[int, int],
        up: bool,
    ) -> None:
        super().__init__()
        self.up = up
        self.clamp = settings.conv_clamp
        self.activation = scaled_activation(settings.activation)
        self.affine = EqualizedDense(settings.w_dim, inputs, bias_init=1.0)
        self.weight = Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = Parameter(torch.zeros(outputs))
        self.has_noise = settings.has_noise
        if self.has_noise:
            self.noise_strength = Parameter(torch.zeros([]))
            self.register_buffer("noise_const", torch.randn(size))
        # Layers that do not upsample have an unused filter of the default shape.
        shape = settings.filter_shape if up else (4, 4)
        self.register_buffer("resample_filter", binomial_filter(shape))

    def noise(self, mode: str, generators: list[torch.Generator], like: Tensor) -> Tensor | None:
        """The noise image `[1 or N, 1, H, W]`, scaled by the layer's strength, or none."""
        if mode == "none" or not self.has_noise:
            return None
        if mode == "const":
            return (self.noise_const * self.noise_strength)[None, None]
        drawn = [torch.randn(self.noise_const.shape, generator=g) for g in generators]
        return torch.stack(drawn)[:, None].to(like) * self.noise_strength

    def forward(
        self,
        x: Tensor,
        styles: Tensor,
        mode: str,
        generators: list[torch.Generator],
        gain: float = 1.0,
    ) -> Tensor:
        """Features `[N, I, H, W]` and `styles [N, I]` to features `[N, O, H', W']`."""
        kernel = self.resample_filter if self.up else None
        x = modulated_convolution(x, self.weight, styles, True, kernel)
        noise = self.noise(mode, generators, x)
        if noise is not None:
            x = x + noise
        x = self.activation(x + self.bias[:, None, None])
        if gain != 1.0:
            x = x * gain
        return x if self.clamp is None else x.clamp(-self.clamp * gain, self.clamp * gain)


class ToRGB(AbstractPart):
    """Modulated 1x1 convolution to the image's channels, without demodulation."""

    def __init__(self, settings: StyleGAN2Settings, inputs: int) -> None:
        super().__init__()
        self.clamp = settings.conv_clamp
        self.affine = EqualizedDense(settings.w_dim, inputs, bias_init=1.0)
        self.weight = Parameter(torch.randn(settings.img_channels, inputs, 1, 1))
        self.bias = Parameter(torch.zeros(settings.img_channels))

    def forward(self, x: Tensor, styles: Tensor) -> Tensor:
        """Features `[N, I, H, W]` and `styles [N, I]` to an image `[N, img_channels, H, W]`."""
        styles = styles * (1 / math.sqrt(self.weight.shape[1]))
        y = modulated_convolution(x, self.weight, styles, False) + self.bias[:, None, None]
        return y if self.clamp is None else y.clamp(-self.clamp, self.clamp)


class ResidualSkip(AbstractPart):
    """Upsampling 1x1 convolution, the skip connection of a residual block."""

    resample_filter: Tensor

    def __init__(self, inputs: int, outputs: int, filter_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = Parameter(torch.randn(outputs, inputs, 1, 1))
        self.register_buffer("resample_filter", binomial_filter(filter_shape))

    def forward(self, x: Tensor) -> Tensor:
        """Features `[N, I, H, W]` to `[N, O, 2H, 2W]`, with half the energy."""
        gain = math.sqrt(0.5) / math.sqrt(self.weight.shape[1])
        return upsample(F.conv2d(x, self.weight * gain), self.resample_filter)


class SynthesisBlock(Module):
    """One resolution: the constant or an upsampling convolution, a convolution, maybe ToRGB."""

    resample_filter: Tensor

    def __init__(self, settings: StyleGAN2Settings, resolution: int) -> None:
        super().__init__()
        outputs = settings.channels[resolution]
        height, width = settings.const_size
        size = (height * resolution // 4, width * resolution // 4)
        self.is_last = resolution == max(settings.channels)
        self.is_residual = settings.architecture == "resnet" and resolution > 4
        if resolution == 4:
            self.const = Parameter(torch.randn(outputs, *size))
        else:
            inputs = settings.channels[resolution // 2]
            self.conv0 = StyledConvolution(settings, inputs, outputs, size, up=True)
            if self.is_residual:
                self.skip = ResidualSkip(inputs, outputs, settings.filter_shape)
        self.conv1 = StyledConvolution(settings, outputs, outputs, size, up=False)
        if self.is_last or settings.architecture == "skip":
            self.torgb = ToRGB(settings, outputs)
        self.register_buffer("resample_filter", binomial_filter(settings.filter_shape))

    def forward(
        self,
        x: Tensor,
        image: Tensor | None,
        styles: Iterator[Tensor],
        mode: str,
        generators: list[torch.Generator],
    ) -> tuple[Tensor, Tensor | None]:
        """Features and image below, and the remaining styles, to features and image."""
        skipped = self.skip(x) if self.is_residual else None
        if hasattr(self, "conv0"):
            x = self.conv0(x, next(styles), mode, generators)
        if skipped is None:
            x = self.conv1(x, next(styles), mode, generators)
        else:
            x = skipped + self.conv1(x, next(styles), mode, generators, math.sqrt(0.5))
        if image is not None:
            image = upsample(image, self.resample_filter)
        if hasattr(self, "torgb"):
            drawn = self.torgb(x, next(styles))
            image = drawn if image is None else image + drawn
        return x, image


class Synthesis(Module):
    """All blocks, from the constant to the image."""

    def __init__(self, settings: StyleGAN2Settings) -> None:
        super().__init__()
        self.resolutions = sorted(settings.channels)
        for resolution in self.resolutions:
            self.add_module(f"b{resolution}", SynthesisBlock(settings, resolution))

    def block(self, resolution: int) -> SynthesisBlock:
        """The block of that nominal resolution."""
        return cast(SynthesisBlock, self.get_submodule(f"b{resolution}"))

    def styled(self) -> list[tuple[str, int, StyledConvolution | ToRGB]]:
        """Name, nominal resolution and module of every layer with a latent of its own, in order.

        A ToRGB below the last shares its latent with the convolution that follows it.

        Returns:
            As many as there are latents.
        """
        layers: list[tuple[str, int, StyledConvolution | ToRGB]] = []
        for resolution in self.resolutions:
            block = self.block(resolution)
            if resolution > 4:
                layers.append((f"b{resolution}.conv0", resolution, block.conv0))
            layers.append((f"b{resolution}.conv1", resolution, block.conv1))
        last = self.resolutions[-1]
        return [*layers, (f"b{last}.torgb", last, self.block(last).torgb)]

    def style_maps(self) -> list[StyleMap]:
        """Every affine map in the order of its use.

        Returns:
            Per block those of conv0, conv1 and torgb, where present. A torgb shares the latent of
            the convolution that follows; the others have their own.
        """
        maps: list[StyleMap] = []
        layer = 0
        for resolution in self.resolutions:
            block = self.block(resolution)
            for part in ("conv0", "conv1", "torgb"):
                if hasattr(block, part):
                    module = cast("StyledConvolution | ToRGB", block.get_submodule(part))
                    kind = "tRGB" if part == "torgb" else "conv"
                    maps.append(StyleMap(f"b{resolution}.{part}", layer, module.affine, kind))
                    layer += part != "torgb"
        return maps

    def forward(
        self, styles: list[Tensor], noise_mode: str, generators: list[torch.Generator]
    ) -> Tensor:
        """Styles `[N, I]` of all maps, in their order, to images `[N, img_channels, H, W]`."""
        x = self.block(4).const.expand(styles[0].shape[0], -1, -1, -1)
        image: Tensor | None = None
        remaining = iter(styles)
        for resolution in self.resolutions:
            x, image = self.block(resolution)(x, image, remaining, noise_mode, generators)
        return cast(Tensor, image)


class StyleGAN2(AbstractStyleNetwork):
    """The whole generator; parameter names are the canonical ones.

    Args:
        settings: Sizes and variant.

    Raises:
        CheckpointError: The settings contradict each other.
    """

    def __init__(self, settings: StyleGAN2Settings) -> None:
        super().__init__()
        require_doubling(sorted(settings.channels))
        if not settings.mapping_widths:
            settings = replace(settings, mapping_widths=(settings.w_dim,) * 8)
        self.settings = settings
        self.mapping = MappingNetwork(
            settings,
            settings.label_concat,
            settings.mapping_activation,
            settings.class_table,
            settings.class_means,
        )
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`."""
        s = self.settings
        last = self.synthesis.resolutions[-1]
        height, width = (side * last // 4 for side in s.const_size)
        layers = tuple(
            LayerInfo(name, max(s.const_size) * resolution // 4, module.weight.shape[0])
            for name, resolution, module in self.synthesis.styled()
        )
        return GeneratorSpec(
            "stylegan2",
            s.z_dim,
            s.w_dim,
            s.c_dim,
            (height, width),
            s.img_channels,
            layers,
            styles=style_infos(self.style_maps()),
        )

    def smaller(self, side: int) -> StyleGAN2 | None:
        """See `AbstractNetwork.smaller`: the image to which later blocks of "skip" add theirs."""
        s = self.settings
        kept = smaller_blocks(s.channels, max(s.const_size), side)
        if kept is None or s.architecture != "skip":
            return None
        return smaller_network(self, replace(s, channels=kept))

    def style_maps(self) -> list[StyleMap]:
        """See `AbstractStyleNetwork.style_maps`; ToRGB divides its style by sqrt(I) later."""
        return self.synthesis.style_maps()

    def draw(self, styles: list[Tensor], conditions: Conditions, ws: Tensor | None) -> Tensor:
        """See `AbstractStyleNetwork.draw`."""
        generators = noise_generators(conditions, len(styles[0]))
        return self.synthesis(styles, conditions.noise_mode, generators)

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the affine map to the layer's styles."""
        return self.synthesis.styled()[layer][2].affine.effective_weight()
