"""DCGAN as an architecture: recognised by its tensors, built from settings, linearised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions
from ....concepts.linearisation import AbstractLinearisation
from .linearisation import linearised_dcgan
from .network import DCGAN
from .settings import DCGANSettings, read_settings


class DCGANArchitecture(AbstractArchitecture):
    """Recognises, builds and linearises DCGAN-type stacks."""

    id = "dcgan"
    title = "DCGAN"
    signature = KeySignature(
        {"synthesis.layer0.deconv.weight": 4, "synthesis.layer*.norm.running_mean": 1}
    )
    options = {
        "activation": "after each layer but the last, as one name for all or a list: none, relu, "
        "leaky_relu (slope 0.2), leaky_relu:0.1, elu, tanh and others; inferred unless given",
        "distribution": "of each entry of z, normal or uniform (on [-1, 1]); inferred unless given",
        "output_activation": "after the image layer: tanh (unless changed), sigmoid or none",
    }

    def settings(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> DCGANSettings:
        """See `AbstractArchitecture.settings`."""
        return read_settings(tensors, config)

    def build(self, settings: DCGANSettings) -> DCGAN:
        """See `AbstractArchitecture.build`."""
        return DCGAN(settings)

    def linearise(
        self, network: DCGAN, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractArchitecture.linearise`."""
        return linearised_dcgan(network.synthesis, inputs[:, 0], dtype)
