"""StyleGAN2 as an architecture: recognised by its tensors, built from settings, linearised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions
from ....concepts.linearisation import AbstractLinearisation
from ...layers.modulation.mapping import CLASSES
from ...layers.modulation.styles import split_styles
from .linearisation import StyleGAN2Linearisation
from .network import StyleGAN2
from .settings import StyleGAN2Settings, read_settings
from .stages import linearised_stages


class StyleGAN2Architecture(AbstractArchitecture):
    """Recognises, builds and linearises StyleGAN2."""

    id = "stylegan2"
    title = "StyleGAN2"
    signature = KeySignature(
        {
            "synthesis.b4.const": 3,
            "synthesis.b4.conv1.affine.weight": 2,
            "synthesis.b4.conv1.weight": 4,
            "synthesis.b*.torgb.weight": 4,
            "mapping.fc0.weight": 2,
        }
    )
    options = {
        "conv_clamp": "bound on features, 256 for networks trained in mixed precision",
        "lr_multiplier": "learning-rate multiplier of the mapping network, 0.01 unless changed",
        "activation": "activation of the convolutions, lrelu unless changed: lrelu, linear, relu, "
        "tanh, sigmoid, elu, selu, softplus or swish, with NVIDIA's gains",
        "mapping_activation": "the same of the mapping network",
        **CLASSES,
    }

    def settings(
        self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]
    ) -> StyleGAN2Settings:
        """See `AbstractArchitecture.settings`."""
        return read_settings(tensors, config)

    def build(self, settings: StyleGAN2Settings) -> StyleGAN2:
        """See `AbstractArchitecture.build`."""
        return StyleGAN2(settings)

    def linearise(
        self, network: StyleGAN2, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation | None:
        """See `AbstractArchitecture.linearise`; other activations take forward mode."""
        if network.settings.activation != "lrelu":
            return None
        styles = split_styles(network.synthesis.style_maps(), inputs)
        stages = linearised_stages(network.synthesis, styles, conditions.noise_mode, dtype)
        return StyleGAN2Linearisation(stages, [style.shape[1] for style in styles], dtype)
