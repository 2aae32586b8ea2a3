"""Codes of any seeds, not only of successive ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..base.errors import LatentError
from ..base.seeds import SEEDS
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from .sampling import MOST_CODES, Labels, draw_z, map_latents


def codes_of_seeds(
    gan: Generator, seeds: Sequence[int], truncation_psi: float = 1.0, labels: Labels = None
) -> LatentCode:
    """Sample the code of each seed, as `sample_latents` does.

    Args:
        gan: The generator.
        seeds: N seeds from 0 to 2^32 - 1, 1 to `MOST_CODES` of them, in any order.
        truncation_psi: Share of the distance to the mean w that is kept.
        labels: Class of a conditional generator: a number, one per code, or vectors `[N, c_dim]`.

    Returns:
        N codes on the CPU, in W where there is a mapping network, else in Z.

    Raises:
        LatentError: A seed is out of range, there are too many or none, or labels do not fit.
    """
    numbers = [int(seed) for seed in seeds]
    if not 1 <= len(numbers) <= MOST_CODES:
        raise LatentError(f"{len(numbers)} seeds were given", f"from 1 to {MOST_CODES}")
    if min(numbers) < 0 or max(numbers) >= SEEDS:
        raise LatentError(
            f"Seeds from {min(numbers)} to {max(numbers)} were given", f"from 0 to {SEEDS - 1}"
        )
    spec = gan.spec
    z = torch.cat([draw_z(spec.z_dim, 1, seed, spec.distribution) for seed in numbers])
    if spec.distribution == "truncated-normal":
        z = z * truncation_psi
    return map_latents(gan, z, labels, truncation_psi, seeds=tuple(numbers))
