"""StyleGAN (v1) as an architecture: recognised by its tensors, built from settings, linearised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions, noise_generators
from ....concepts.linearisation import AbstractLinearisation
from ...layers.modulation.mapping import CLASSES
from ...layers.modulation.styles import each_style, split_styles
from .linearisation import linearised_stylegan1
from .network import StyleGAN1
from .settings import StyleGAN1Settings, read_settings


class StyleGAN1Architecture(AbstractArchitecture):
    """Recognises, builds and linearises StyleGAN (v1)."""

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
        "fused_scale": "where upsampling kernels are stored rotated by 180 degrees, in the layout "
        "of a transposed convolution: auto (from 128 pixels on; unless changed), true or false",
        "lod": "level of detail of a growing network, 0 (finished) unless the file says so",
        "final_tanh": "whether a tanh follows the image layers (false unless changed)",
        "norm_epsilon": "number that the adaptive instance norm adds to the variance, 1e-8 unless "
        "changed",
        "blurred_bias": "whether biases of upsampling layers are added before the low-pass filter "
        "(false unless changed)",
        **CLASSES,
    }

    def settings(
        self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]
    ) -> StyleGAN1Settings:
        """See `AbstractArchitecture.settings`."""
        return read_settings(tensors, config)

    def build(self, settings: StyleGAN1Settings) -> StyleGAN1:
        """See `AbstractArchitecture.build`."""
        return StyleGAN1(settings)

    def linearise(
        self, network: StyleGAN1, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractArchitecture.linearise`."""
        maps, first = network.synthesis.style_maps(), None
        if network.settings.const_size is None:
            first = inputs[:, 0]
            styles = each_style(maps, inputs)
        else:
            styles = split_styles(maps, inputs)
        generators = noise_generators(conditions, 1)
        mode = conditions.noise_mode
        return linearised_stylegan1(network.synthesis, styles, first, mode, generators, dtype)
