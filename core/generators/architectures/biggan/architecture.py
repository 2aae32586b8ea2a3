"""BigGAN as an architecture, plain and deep: recognised, built from settings, linearised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions
from ....concepts.linearisation import AbstractLinearisation
from .linearisation import linearised_biggan
from .network import BigGAN
from .settings import BigGANSettings, read_settings


class BigGANArchitecture(AbstractArchitecture):
    """Recognises, builds and linearises one of the two.

    Args:
        deep: Whether it is BigGAN-deep.
    """

    def __init__(self, deep: bool) -> None:
        self.deep = deep
        self.id = "biggan-deep" if deep else "biggan"
        self.title = "BigGAN-deep" if deep else "BigGAN"
        self.signature = KeySignature(
            {
                "synthesis.first.weight": 2,
                "synthesis.block0.norm0.scale.weight": 2,
                "synthesis.block0.norm0.statistics.mean": 2,
                f"synthesis.block0.conv{3 if deep else 1}.weight": 4,
                "synthesis.last.conv.weight": 4,
            },
            forbidden=() if deep else ("synthesis.block0.conv3.weight",),
        )
        self.options = {
            "eps": "added to the variance in the batch norms of the blocks; "
            f"{'1e-4' if deep else '1e-5'} unless the file says otherwise",
            "output_eps": "the same in the last batch norm",
            "upsampling": 'indices of the blocks that double the resolution, as in "1,3,5"; '
            + ("every second one" if deep else "those with a convolution in the skip connection"),
            "activation": "activation between the layers, relu unless changed",
            "embed_features": "size of the shared class embedding; read from the shapes, and "
            "compared where it is stated",
            "c_dim": "number of classes; without a shared embedding, as the norms have inputs",
        }

    def settings(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> BigGANSettings:
        """See `AbstractArchitecture.settings`."""
        return read_settings(tensors, config, self.deep)

    def build(self, settings: BigGANSettings) -> BigGAN:
        """See `AbstractArchitecture.build`."""
        return BigGAN(settings)

    def linearise(
        self, network: BigGAN, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractArchitecture.linearise`."""
        y = network.condition(conditions)
        psi = conditions.truncation_psi
        return linearised_biggan(network.synthesis, inputs, y, psi, dtype)
