"""The network of StyleGAN3-T and -R (Karras et al., NeurIPS 2021), with NVIDIA's layer names.

Layers are called `L<index>_<size>_<channels>`, the last is ToRGB. Files contain the filters; where
they do not, `bands` computes them by the paper's formulas. StyleGAN-XL (Sauer et al., SIGGRAPH
2022) is the same network with another class embedding; its superresolution stages replace the last
layers by further ones, whose bands only their filters tell.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ....concepts.conditions import Conditions
from ....concepts.network import GeneratorSpec, LayerInfo
from ...layers.filtered_activation import FilteredRectifier
from ...layers.fourier_input import FourierInput
from ...layers.modulation.dense import EqualizedDense
from ...layers.modulation.mapping import MappingNetwork
from ...layers.modulation.modulation import demodulation
from ...layers.modulation.style_network import AbstractStyleNetwork
from ...layers.modulation.styles import StyleMap, style_infos
from ...layers.reuse import AbstractPart
from .bands import Resampling, band_plan, complete, layer_resampling
from .settings import StyleGAN3Settings

__all__ = ["StyleGAN3", "StyleGAN3Settings"]


class FilteredLayer(AbstractPart):
    """Affine map to styles, demodulated convolution, bias, rectifier at a higher rate."""

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(
        self, settings: StyleGAN3Settings, index: int, inputs: int, resampling: Resampling
    ) -> None:
        super().__init__()
        self.up, self.down = resampling.up, resampling.down
        self.padding = resampling.padding
        self.clamp = settings.clamp(index)
        outputs, side = settings.channels[index], settings.conv_kernel
        self.affine = EqualizedDense(settings.w_dim, inputs, bias_init=1.0)
        self.weight = Parameter(torch.randn(outputs, inputs, side, side))
        self.bias = Parameter(torch.zeros(outputs))
        self.register_buffer("magnitude_ema", torch.ones([]))
        for name in ("up_filter", "down_filter"):  # files have none for a factor of 1
            kernel: Tensor = getattr(resampling, name).to(self.weight.dtype)
            self.register_buffer(name, kernel, persistent=kernel.shape[0] > 1)

    def forward(self, x: Tensor, styles: Tensor) -> Tensor:
        """Features `[N, I, H, W]` and `styles [N, I]` to features `[N, O, H', W']`."""
        # Demodulation cancels the scale of both; at unit scale its epsilon has no effect.
        styles = styles * styles.square().mean(dim=1, keepdim=True).rsqrt()
        weight = self.weight * self.weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
        gain = demodulation(weight, styles) * self.magnitude_ema.rsqrt()  # [N, O]
        x = F.conv2d(x * styles[:, :, None, None], weight, padding=weight.shape[2] - 1)
        x = torch.addcmul(self.bias[:, None, None], x, gain[:, :, None, None])
        return self.rectifier()(x)

    def rectifier(self) -> FilteredRectifier:
        """The rectifier with its filters, in their present precision and on their device."""
        filters = self.up_filter, self.down_filter
        return FilteredRectifier(*filters, self.up, self.down, self.padding, self.clamp)


class ToRGB(AbstractPart):
    """Modulated 1x1 convolution to the image's channels, without demodulation."""

    magnitude_ema: Tensor

    def __init__(self, settings: StyleGAN3Settings, inputs: int) -> None:
        super().__init__()
        self.clamp = settings.clamp(len(settings.channels))
        self.affine = EqualizedDense(settings.w_dim, inputs, bias_init=1.0)
        self.weight = Parameter(torch.randn(settings.img_channels, inputs, 1, 1))
        self.bias = Parameter(torch.zeros(settings.img_channels))
        self.register_buffer("magnitude_ema", torch.ones([]))

    def forward(self, x: Tensor, styles: Tensor) -> Tensor:
        """Features `[N, I, H, W]` and `styles [N, I]` to an image `[N, img_channels, H, W]`."""
        styles = styles * (self.magnitude_ema.rsqrt() / math.sqrt(self.weight.shape[1]))
        y = F.conv2d(x * styles[:, :, None, None], self.weight) + self.bias[:, None, None]
        return y if self.clamp is None else y.clamp(-self.clamp, self.clamp)


class Synthesis(Module):
    """Fourier features, filtered layers, ToRGB."""

    def __init__(self, settings: StyleGAN3Settings) -> None:
        super().__init__()
        self.scale = settings.output_scale
        self.bands = band_plan(settings)
        first, channels = self.bands[0], settings.channels
        self.input = FourierInput(
            settings.w_dim, channels[0], first.size, first.rate, settings.first_cutoff
        )
        self.names: list[str] = []
        numbers = settings.numbers or range(len(channels) + 1)
        for index, outputs in enumerate((*channels, settings.img_channels)):
            name = f"L{numbers[index]}_{self.bands[index].size}_{outputs}"
            inputs = channels[max(index - 1, 0)]
            if index == len(channels):
                layer: Module = ToRGB(settings, inputs)
            else:
                layer = FilteredLayer(settings, index, inputs, layer_resampling(settings, index))
            self.add_module(name, layer)
            self.names.append(name)

    def layer(self, number: int) -> FilteredLayer | ToRGB:
        """The layer of that number, ToRGB last."""
        return cast("FilteredLayer | ToRGB", self.get_submodule(self.names[number]))

    def style_maps(self) -> list[StyleMap]:
        """The affine map of the input, then one per layer; each has its own latent."""
        layers = [self.layer(number) for number in range(len(self.names))]
        named = zip(("input", *self.names), (self.input, *layers), strict=True)
        kinds = ["input", *["conv"] * (len(layers) - 1), "tRGB"]  # the last layer draws the image
        return [StyleMap(name, at, part.affine, kinds[at]) for at, (name, part) in enumerate(named)]

    def forward(self, styles: list[Tensor], transform: Tensor | None) -> Tensor:
        """Styles of all maps, in their order, to images `[N, img_channels, H, W]`."""
        x = self.input(styles[0], transform)
        for number in range(len(self.names)):
            x = self.layer(number)(x, styles[number + 1])
        return x * self.scale


class StyleGAN3(AbstractStyleNetwork):
    """The whole generator; parameter names are the canonical ones.

    Args:
        settings: Sizes and variant.

    Raises:
        CheckpointError: The settings contradict each other.
    """

    def __init__(self, settings: StyleGAN3Settings) -> None:
        super().__init__()
        self.settings = settings = complete(settings)
        self.mapping = MappingNetwork(
            settings, class_table=settings.class_table, class_means=settings.class_means
        )
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`; sizes of layers include the margins around the image."""
        s = self.settings
        outputs = (*s.channels, s.img_channels)
        named = zip(self.synthesis.names, self.synthesis.bands, outputs, strict=True)
        layers = (
            LayerInfo("input", self.synthesis.bands[0].size, s.channels[0]),
            *(LayerInfo(name, band.size, channels) for name, band, channels in named),
        )
        size = (s.img_resolution, s.img_resolution)
        return GeneratorSpec(
            "stylegan3",
            s.z_dim,
            s.w_dim,
            s.c_dim,
            size,
            s.img_channels,
            layers,
            transformable=True,
            styles=style_infos(self.style_maps()),
        )

    def style_maps(self) -> list[StyleMap]:
        """See `AbstractStyleNetwork.style_maps`: the input's, then the layers'."""
        return self.synthesis.style_maps()

    def draw(self, styles: list[Tensor], conditions: Conditions, ws: Tensor | None) -> Tensor:
        """See `AbstractStyleNetwork.draw`; there is no noise, so its mode has no effect."""
        return self.synthesis(styles, conditions.transform)

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the affine map; 4 rows for the input."""
        if layer == 0:
            return self.synthesis.input.affine.effective_weight()
        return self.synthesis.layer(layer - 1).affine.effective_weight()
