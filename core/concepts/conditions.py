"""Inputs of an image besides its latents: class labels, noise, truncation and transform."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import LatentError

NOISE_MODES = ("const", "none", "random")
"""Noise inputs: the file's constant noise, no noise, or noise drawn from each code's seed."""


@dataclass(frozen=True)
class Conditions:
    """Inputs of an image besides its latents; each network reads those that it supports."""

    labels: Tensor | None = None
    """`[N, c_dim]` class vectors, or none for an unconditional generator."""
    noise_mode: str = "const"
    """One of `NOISE_MODES`."""
    seeds: tuple[int, ...] | None = None
    """Seed of each row for noise_mode "random"; none means 0."""
    truncation_psi: float = 1.0
    """Truncation of the codes; BigGAN selects its batch-norm statistics by it."""
    transform: Tensor | None = None
    """`[3, 3]`, the transform of StyleGAN3's input, the inverse of the motion of the image; none
    means the transform stored in the file."""

    def __post_init__(self) -> None:
        """Check the noise mode.

        Raises:
            LatentError: It is unknown.
        """
        if self.noise_mode not in NOISE_MODES:
            raise LatentError(
                f"Unknown noise_mode {self.noise_mode!r}", f"one of {', '.join(NOISE_MODES)}"
            )


def noise_generators(conditions: Conditions, count: int) -> list[torch.Generator]:
    """One random number generator per image for noise mode "random".

    Args:
        conditions: Noise mode and seeds.
        count: Number of images.

    Returns:
        `count` generators on the CPU, so that all devices draw the same noise; an empty list for
        the other modes.
    """
    if conditions.noise_mode != "random":
        return []
    return [torch.Generator().manual_seed(seed) for seed in (conditions.seeds or (0,) * count)]


def require_still_noise(noise_mode: str) -> None:
    """Raise where noise changes from image to image while a network is differentiated.

    Args:
        noise_mode: One of `NOISE_MODES`.

    Raises:
        LatentError: It is random.
    """
    if noise_mode == "random":
        raise LatentError(
            "Noise 'random' was asked for while differentiating",
            "'const' or 'none': what changes from image to image has no derivative",
            "Choose the noise const",
        )
