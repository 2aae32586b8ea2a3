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
        "stride": "of the convolutions: one number for all after the first, or one per layer, as "
        "1,2,2,2 (1x2 for rows and columns); inferred unless given",
        "padding": "of the convolutions, written like stride; inferred unless given",
        "output_padding": "of the transposed convolutions, written like stride; inferred unless "
        "given",
        "img_resolution": "height and width of the image, as 28 or 28x32, from which strides and "
        "paddings follow; inferred unless given",
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
