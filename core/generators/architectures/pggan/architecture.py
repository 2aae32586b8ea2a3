"""PGGAN as an architecture: recognised by its tensors, built from settings, linearised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions
from ....concepts.linearisation import AbstractLinearisation
from .linearisation import linearised_pggan
from .network import PGGAN
from .settings import PGGANSettings, read_settings


class PGGANArchitecture(AbstractArchitecture):
    """Recognises, builds and linearises PGGAN."""

    id = "pggan"
    title = "PGGAN"
    signature = KeySignature(
        {
            "synthesis.b4.layer0.weight": 2,
            "synthesis.b4.layer0.bias": 1,
            "synthesis.b4.layer1.weight": 4,
            "synthesis.b*.torgb.weight": 4,
        },
        forbidden=("mapping.*", "*.affine.weight"),
    )
    options: Mapping[str, str] = {
        "c_dim": "number of classes, whose vector is concatenated to z; 0 unless the file says so",
        "fused_scale": "true where upsampling kernels are stored in the layout of a transposed "
        "convolution; read from the shapes unless all layers have equal widths",
        "normalize_latents": "whether z is scaled to a mean square of one (true unless changed)",
        "normalize_z_first": "whether z is also scaled before the class is concatenated, as in "
        "genforce and Hammer",
        "lod": "level of detail of a growing network, 0 (finished) unless the file says so",
        "final_tanh": "whether a tanh follows the image layers (false unless changed)",
    }

    def settings(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> PGGANSettings:
        """See `AbstractArchitecture.settings`."""
        return read_settings(tensors, config)

    def build(self, settings: PGGANSettings) -> PGGAN:
        """See `AbstractArchitecture.build`."""
        return PGGAN(settings)

    def linearise(
        self, network: PGGAN, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractArchitecture.linearise`."""
        labels = conditions.labels if network.settings.c_dim else None
        return linearised_pggan(network.synthesis, inputs[:, 0], labels, dtype)
