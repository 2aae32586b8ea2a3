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


def inputs_of(gan: Generator, codes: LatentCode, space: LatentSpace | None = None) -> Tensor:
    """What a network draws codes from.

    Args:
        gan: The generator.
        codes: N codes.
        space: S for their styles; none means their own space.

    Returns:
        The latents of the layers, or the styles of codes in S.
    """
    in_s = (space or codes.space) is LatentSpace.S
    return gan.style_codes(codes) if in_s else gan.layer_codes(codes)


def draw_inputs(gan: Generator, inputs: Tensor, codes: LatentCode) -> Tensor:
    """Images of what `inputs_of` returned.

    Args:
        gan: The generator.
        inputs: `[N, ...]`.
        codes: The N codes that they belong to.

    Returns:
        `[N, C, H, W]`, nominal range [-1, 1].
    """
    if codes.space is LatentSpace.S:
        return gan.draw_styles(inputs, codes, "const")
    return gan.draw(inputs, codes, "const")


@dataclass(frozen=True)
class RandomNeighbours:
    """Codes `w_p + alpha (w_z - w_p) / |w_z - w_p|` (Roich et al. 2022, equation 6)."""

    codes: LatentCode
    """The photographs' N codes."""
    inputs: Tensor
    """`[N, ...]`: their latents by layer, or their styles."""
    others: Tensor
    """`[M, ...]`: those of random codes."""
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
        spec = gan.spec
        labels: Tensor | None = None
        if spec.c_dim:
            own = torch.eye(spec.c_dim) if codes.labels is None else codes.labels
            labels = own[torch.arange(total) % len(own)]
        psi = codes.truncation_psi if spec.w_dim is None else 1.0
        others = inputs_of(gan, sample_latents(gan, total, seed, psi, None, labels), codes.space)
        apart = (others - others.mean(dim=0)).flatten(1).square().sum(dim=1).mean().sqrt()
        return cls(codes, inputs, others.detach().clone(), reach * float(apart))

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
