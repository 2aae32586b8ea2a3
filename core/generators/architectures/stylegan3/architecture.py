"""StyleGAN3 as an architecture: recognised by its tensors, built from settings, linearised."""

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
from .bands import complete, require_filters
from .linearisation import linearised_stylegan3
from .network import StyleGAN3
from .settings import StyleGAN3Settings, read_settings


class StyleGAN3Architecture(AbstractArchitecture):
    """Recognises, builds and linearises StyleGAN3."""

    id = "stylegan3"
    title = "StyleGAN3"
    signature = KeySignature(
        {
            "synthesis.input.freqs": 2,
            "synthesis.input.phases": 1,
            "synthesis.input.transform": 2,
            "synthesis.input.affine.weight": 2,
            "synthesis.L0_*.weight": 4,
            "synthesis.L0_*.magnitude_ema": 0,
            "mapping.fc0.weight": 2,
        }
    )
    options = {
        "conv_clamp": "bound on features, 256 unless changed",
        "output_scale": "factor on the image, 0.25 unless changed",
        "lr_multiplier": "learning-rate multiplier of the mapping network, 0.01 unless changed",
        "first_cutoff": "band of the Fourier features in cycles per image width, 2 unless changed",
        "margin_size": "samples around the image in the features, 10 unless sizes imply another",
        "lrelu_upsampling": "sampling rate of rectifiers per rate of the layer, 2 unless changed",
        "filter_size": "taps of filters per factor, 6; used where the file has no filters",
        "first_stopband": "stopband of the first layer, 2^2.1; likewise",
        "last_stopband_rel": "stopband of the last layer per cutoff, 2^0.3; likewise",
        "num_critical": "critically sampled layers at the end, 2; likewise",
        "use_radial_filters": "whether filters are radial, as in StyleGAN3-R; likewise",
        **CLASSES,
    }

    def settings(
        self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]
    ) -> StyleGAN3Settings:
        """See `AbstractArchitecture.settings`."""
        found = complete(read_settings(tensors, config))
        require_filters(found, tensors)
        return found

    def build(self, settings: StyleGAN3Settings) -> StyleGAN3:
        """See `AbstractArchitecture.build`."""
        return StyleGAN3(settings)

    def linearise(
        self, network: StyleGAN3, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractArchitecture.linearise`."""
        styles = split_styles(network.synthesis.style_maps(), inputs)
        return linearised_stylegan3(network.synthesis, styles, conditions.transform, dtype)
