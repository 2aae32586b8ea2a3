"""What a drawing depends on beside its latents."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NOISE_MODES = ("const", "none", "random")
"""Noise inputs: as stored in the file, absent, or drawn anew from each code's seed."""


@dataclass(frozen=True)
class Conditions:
    """What a drawing depends on beside its latents; each network reads what it knows."""

    labels: Tensor | None = None
    """`[N, c_dim]` class vectors, or none for an unconditional generator."""
    noise_mode: str = "const"
    """One of `NOISE_MODES`."""
    seeds: tuple[int, ...] | None = None
    """Seed of each row for noise_mode "random"; none means 0."""
    truncation_psi: float = 1.0
    """Truncation of the codes; BigGAN chooses its batch-norm statistics by it."""
    transform: Tensor | None = None
    """`[3, 3]`, where StyleGAN3 samples its input: the inverse of how the image moves; none means
    as the file has it."""


def noise_generators(conditions: Conditions, count: int) -> list[torch.Generator]:
    """One generator of random numbers per image for noise mode "random".

    Args:
        conditions: Noise mode and seeds.
        count: Number of images.

    Returns:
        `count` generators on the CPU, so that all devices draw the same noise; none are made for
        the other modes.
    """
    if conditions.noise_mode != "random":
        return []
    return [torch.Generator().manual_seed(seed) for seed in (conditions.seeds or (0,) * count)]
