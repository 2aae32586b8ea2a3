"""StyleGAN, the first version (Karras et al., CVPR 2019): adaptive instance norm by styles.

Names follow those of StyleGAN2: `mapping.fc<i>`, `mapping.w_avg`, and per nominal resolution
`synthesis.b<size>` with `layer0`, `layer1` and `torgb`. A layer holds `weight`, `bias`,
`noise_const`, `noise_strength` (one per channel) and `affine`, whose first half gives what is added
to a scale of one, the second half the shift. `b4.layer0` holds `const`, or where w feeds it a
weight `[C * 16, w_dim]`. Classes come as `mapping.label_weight` `[c_dim, features]`. The mapping
network is StyleGAN2's, with a gain of sqrt(2) behind each rectifier; the published one has the gain
in front, so that its biases are stored over sqrt(2) here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ....base.errors import CheckpointError
from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions, noise_generators
from ....concepts.linearisation import AbstractLinearisation
from ....concepts.network import AbstractNetwork, GeneratorSpec, LayerInfo
from ...layers.convolution.nearest import nearest_upsampling_convolution
from ...layers.convolution.resampling import blur
from ...layers.growing import (
    PlainToRGB,
    acting_resolutions,
    grown_image,
    require_doubling,
    require_image_layers,
)
from ...layers.modulation.dense import EqualizedDense
from ...layers.modulation.mapping import MappingNetwork
from ...layers.modulation.normalization import adaptive_instance_norm
from ...layers.modulation.styles import (
    StyleMap,
    each_style,
    split_styles,
    stacked_weights,
    style_infos,
)
from .linearisation import linearised_stylegan1
from .settings import StyleGAN1Settings, read_settings

__all__ = ["StyleGAN1", "StyleGAN1Architecture", "StyleGAN1Settings"]


class StyledLayer(Module):
    """A map, noise, bias, leaky rectifier, and adaptive instance norm (equation 1).

    Args:
        settings: Sizes and variant.
        resolution: Nominal resolution of the output.
        number: 0 for the layer that makes the resolution, 1 for the convolution after it.
    """

    noise_const: Tensor

    def __init__(self, settings: StyleGAN1Settings, resolution: int, number: int) -> None:
        super().__init__()
        outputs, size = settings.channels[resolution], settings.size(resolution)
        self.up = number == 0 and resolution > 4
        self.fused = settings.is_fused(size)
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
        """What the first layer makes of `w [N, w_dim]`, or of nothing: `[N, C, H, W]`."""
        if w is None:
            return self.const.expand(count, -1, -1, -1)
        return F.linear(w, self.weight * self.scale).reshape(count, -1, 4, 4)

    def features(self, x: Tensor, kernel: Tensor) -> Tensor:
        """What the map makes of the features below: `[N, C, H, W]`; the first layer has none."""
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

    def forward(
        self, x: Tensor, styles: Tensor, mode: str, generators: list[torch.Generator]
    ) -> Tensor:
        """What `start` or `features` gives, and `styles [N, 2 C]`, to features `[N, C, H, W]`."""
        x = x + self.noise(mode, generators)
        x = F.leaky_relu(x + self.bias[:, None, None], 0.2)
        return adaptive_instance_norm(x, styles)


class Block(Module):
    """One resolution: two styled layers, perhaps an image layer.

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
        taps = [float(math.comb(settings.blur_size - 1, i)) for i in range(settings.blur_size)]
        row = torch.tensor(taps) / sum(taps)  # [1, 2, 1] / 4 as published
        self.register_buffer("resample_filter", torch.outer(row, row))
        for resolution in self.resolutions:
            self.add_module(f"b{resolution}", Block(settings, resolution))
        require_image_layers(self.resolutions, settings.images, settings.lod)

    def block(self, resolution: int) -> Block:
        """The block of that nominal resolution."""
        return cast(Block, self.get_submodule(f"b{resolution}"))

    def styled(self) -> list[tuple[str, int, StyledLayer]]:
        """Name, nominal resolution and module of every layer that takes a latent, in order."""
        blocks = [(f"b{r}", r, self.block(r)) for r in self.resolutions]
        pairs = [
            ((f"{name}.layer0", r, block.layer0), (f"{name}.layer1", r, block.layer1))
            for name, r, block in blocks
        ]
        return [layer for pair in pairs for layer in pair]

    def style_maps(self) -> list[StyleMap]:
        """The affine map of every layer, in order; each reads a latent of its own."""
        styled = enumerate(self.styled())
        return [StyleMap(name, index, layer.affine) for index, (name, _, layer) in styled]

    def forward(self, ws: Tensor, mode: str, generators: list[torch.Generator]) -> Tensor:
        """`ws [N, num_ws, w_dim]` to images `[N, img_channels, H, W]`."""
        first = None if self.settings.const_size else ws[:, 0]
        return self.draw(each_style(self.style_maps(), ws), mode, generators, first)

    def draw(
        self,
        styles: list[Tensor],
        mode: str,
        generators: list[torch.Generator],
        first: Tensor | None = None,
    ) -> Tensor:
        """Styles of all maps, and `w [N, w_dim]` where it feeds the first layer, to images."""
        lod = self.settings.lod
        acting = [self.block(r) for r in acting_resolutions(self.resolutions, lod)]
        x = acting[0].layer0.start(len(styles[0]), first)
        features: list[Tensor] = []
        for index, block in enumerate(acting):
            if index:
                x = block.layer0.features(x, self.resample_filter)
            x = block.layer0(x, styles[2 * index], mode, generators)
            x = block.layer1.features(x, self.resample_filter)
            x = block.layer1(x, styles[2 * index + 1], mode, generators)
            features.append(x)
        image = grown_image(features, lambda i, at: acting[i].torgb(at), lod)
        return image.tanh() if self.settings.final_tanh else image


class StyleGAN1(AbstractNetwork):
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
        if settings.mapping_widths[-1] != settings.w_dim:
            raise CheckpointError(
                f"The mapping network gives {settings.mapping_widths[-1]} numbers",
                f"{settings.w_dim}, as every layer takes",
                "A mapping network with a w of its own for each layer is not read",
            )
        self.mapping = MappingNetwork(
            settings.z_dim,
            settings.mapping_widths,
            settings.c_dim,
            settings.embed_features,
            settings.lr_multiplier,
            label_concat=True,
        )
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`."""
        s = self.settings
        layers = tuple(
            LayerInfo(name, max(s.size(resolution)), len(module.bias))
            for name, resolution, module in self.synthesis.styled()
        )
        size = s.size(self.synthesis.resolutions[-1])
        # Where w feeds the first layer past its style, styles do not make the image: no space S.
        maps = self.synthesis.style_maps() if s.const_size else []
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

    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """See `AbstractNetwork.map`."""
        return self.mapping(z, c)

    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize`; the class acts through the mapping network alone."""
        generators = noise_generators(conditions, ws.shape[0])
        return self.synthesis(ws, conditions.noise_mode, generators)

    def styles(self, ws: Tensor) -> Tensor:
        """See `AbstractNetwork.styles`: `2 C` numbers per layer, scales less one, then shifts."""
        return torch.cat(each_style(self._style_maps(), ws), dim=1)

    def synthesize_styles(self, styles: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize_styles`."""
        parts = split_styles(self._style_maps(), styles)
        generators = noise_generators(conditions, styles.shape[0])
        return self.synthesis.draw(parts, conditions.noise_mode, generators)

    def linearise(
        self, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractNetwork.linearise`; the inputs are latents where w feeds the first layer."""
        maps, first = self.synthesis.style_maps(), None
        if self.settings.const_size is None:
            first = inputs[:, 0]
            styles = each_style(maps, inputs)
        else:
            styles = split_styles(maps, inputs)
        generators = noise_generators(conditions, 1)
        mode = conditions.noise_mode
        return linearised_stylegan1(self.synthesis, styles, first, mode, generators, dtype)

    def style_weights(self) -> Tensor:
        """See `AbstractNetwork.style_weights`."""
        return stacked_weights(self._style_maps())

    def _style_maps(self) -> list[StyleMap]:
        """The affine maps of a network whose latents act through styles alone."""
        if self.settings.const_size is None:
            raise self._no_styles()
        return self.synthesis.style_maps()

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the affine map to the layer's style, both halves.

        Where w feeds the first layer too, SeFa still takes the style alone, as published.

        Args:
            layer: See `AbstractNetwork.projection`.

        Returns:
            `[2 C, w_dim]`.
        """
        return self.synthesis.styled()[layer][2].affine.effective_weight()


class StyleGAN1Architecture(AbstractArchitecture):
    """Recognises and builds StyleGAN (v1) from canonical names."""

    id = "stylegan1"
    title = "StyleGAN (v1)"
    signature = KeySignature(
        {
            "mapping.fc0.weight": 2,
            "synthesis.b4.layer0.affine.weight": 2,
            "synthesis.b4.layer1.weight": 4,
            "synthesis.b*.torgb.weight": 4,
        }
    )
    options: Mapping[str, str] = {
        "lr_multiplier": "learning-rate multiplier of the mapping network, 0.01 unless changed",
        "fused_scale": "where upsampling kernels are stored turned by 180 degrees, as a transposed "
        "convolution takes them: auto (from 128 pixels on; unless changed), true or false",
        "lod": "level of detail at which growing stood, 0 (finished) unless the file says so",
        "final_tanh": "whether the image is bounded by a tanh (false unless changed)",
    }

    def settings(
        self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]
    ) -> StyleGAN1Settings:
        """See `AbstractArchitecture.settings`."""
        return read_settings(tensors, config)

    def build(self, settings: StyleGAN1Settings) -> StyleGAN1:
        """See `AbstractArchitecture.build`."""
        return StyleGAN1(settings)
