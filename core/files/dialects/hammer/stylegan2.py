"""StyleGAN2 with the parameter names of Hammer and the ReSeFa repository."""

from __future__ import annotations

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ..genforce.stylegan2 import numbered_layers


class HammerStyleGAN2(AbstractDialect):
    """As genforce, but mean w is `w_avg`, style biases are complete, and classes are embedded."""

    id = "hammer-stylegan2"
    title = "Hammer (ReSeFa repository) StyleGAN2"
    architecture = "stylegan2"
    signature = KeySignature(
        {
            "synthesis.early_layer.const": 4,
            "synthesis.layer0.style.weight": 2,
            "synthesis.layer0.noise": 4,
            "synthesis.layer1.filter": 2,
            "synthesis.output*.style.weight": 2,
            "mapping.dense0.weight": 2,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`."""
        tensors = numbered_layers(checkpoint.tensors)
        for foreign, name in (
            ("w_avg", "mapping.w_avg"),
            ("mapping.embedding.weight", "mapping.embed.weight"),
            ("mapping.embedding.bias", "mapping.embed.bias"),
        ):
            if foreign in checkpoint.tensors:
                tensors[name] = checkpoint.tensors[foreign]
        return Blueprint(self.architecture, tensors, checkpoint.config, checkpoint.details)
