"""Codes near a photograph's on the way to random ones, whose images a tuned generator keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..latents.sampling import sample_latents

_SCALE_CODES = 64
"""Random codes whose distances from their mean are the unit of the reach."""


@dataclass(frozen=True)
class RandomNeighbours:
    """Codes `w_p + alpha (w_z - w_p) / |w_z - w_p|` (Roich et al. 2022, equation 6)."""

    codes: LatentCode
    """The photographs' N codes."""
    inputs: Tensor
    """`[N, ...]`: their latents by layer, or their styles."""
    others: Tensor
    """`[M, ...]`: those of random codes, of classes of their own where they have classes."""
    labels: Tensor | None
    """`[M, c_dim]` of the random codes, or none."""
    length: float
    """alpha."""

    @classmethod
    def draw(
        cls, gan: Generator, codes: LatentCode, inputs: Tensor, reach: float, seed: int, count: int
    ) -> RandomNeighbours:
        """Draw random codes.

        Args:
            gan: The generator.
            codes: The photographs' N codes; a random code has the class of one of them.
            inputs: `[N, ...]`: their latents by layer, or their styles for codes in S.
            reach: alpha in root mean square distances of random codes from their mean.
            seed: Seed of the first random code.
            count: Steps; a random code is used in each.

        Returns:
            The neighbours.
        """
        total = max(_SCALE_CODES, count)
        labels: Tensor | None = None
        if gan.spec.c_dim:
            if codes.labels is not None:
                labels = codes.labels[torch.arange(total) % len(codes)]
            else:
                labels = torch.eye(gan.spec.c_dim)[torch.arange(total) % gan.spec.c_dim]
        drawn = sample_latents(
            gan, total, seed, codes.truncation_psi if gan.spec.w_dim is None else 1.0, None, labels
        )
        others = gan.style_codes(drawn) if codes.space is LatentSpace.S else gan.layer_codes(drawn)
        apart = (others - others.mean(dim=0)).flatten(1).square().sum(dim=1).mean().sqrt()
        given = None if codes.labels is None else labels
        return cls(codes, inputs, others.detach().clone(), given, reach * float(apart))

    def near(self, row: int, step: int) -> tuple[LatentCode, Tensor]:
        """A code near a photograph's.

        Args:
            row: Number of the photograph.
            step: Number of the random code.

        Returns:
            What draws it beside the latents (class, truncation), and its latents or styles.
        """
        pivot, other = self.inputs[row : row + 1], self.others[step : step + 1]
        towards = other - pivot
        code = replace(self.codes[row], style_shift=None)
        return code, pivot + self.length * towards / towards.norm().clamp_min(1e-12)
