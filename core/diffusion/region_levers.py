"""Levers of a region at one step of a sampler, with all that is needed to pull them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.parsing import check_index

EFFORTS = ("forward-only", "quick", "exact")
"""Evaluations alone, with the derivative treated as symmetric; 84 products; until the directions
have converged."""


@dataclass(frozen=True)
class RegionLevers:
    """K directions of a noisy latent, best first."""

    vectors: Tensor
    """`[K, C, (T,) H, W]` float32 on the CPU, of norm 1."""
    pictures: Tensor
    """`[K, C, (T,) H, W]` float32: J v, the change of the denoised picture for a unit of v."""
    values: Tensor
    """`[K]` float64, descending: change inside the region by change outside, per entry."""
    residuals: Tensor
    """`[K]` float64: relative residual of the eigenproblem."""
    units: Tensor
    """`[K]` float64: norm of the move of the latent at strength 1, which is that of the part of the
    latent that the lever moves."""
    denoised: Tensor
    """`[1, C, (T,) H, W]` float32: the denoised picture where the levers were found."""
    region: Tensor
    """`[H, W]` float32 in [0, 1]: weights of the region at latent resolution."""
    sigma: float
    """Noise level of the sampler at the step."""
    seed: int
    """Seed of the noise."""
    model: str
    """Hash of the model."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """sampler, scheduler, steps, cfg, step (index), at, denoise: where the levers were found."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """effort, ended and status (of the search), products, steps, evaluations (recorded or not),
    backwards, seconds, shrinkage, angle, push, noise, floor, repeat, dot, trace, trace_error,
    self_check: how they were found and at what cost."""

    def __post_init__(self) -> None:
        """Check shapes and numbers.

        Raises:
            DirectionsError: There is no lever, or shapes or numbers do not fit.
        """
        shape = self.vectors.shape
        if len(shape) not in (4, 5) or not self.vectors.numel():
            raise DirectionsError(
                f"Levers have shape {list(shape)}", "[K, C, H, W] with at least one lever"
            )
        wanted = {
            "pictures": shape,
            "values": shape[:1],
            "residuals": shape[:1],
            "units": shape[:1],
            "denoised": (1, *shape[1:]),
            "region": shape[-2:],
        }
        for name, expected in wanted.items():
            tensor: Tensor = getattr(self, name)
            if tensor.shape != expected:
                raise DirectionsError(f"{name} has shape {list(tensor.shape)}", f"{list(expected)}")
        for name in ("vectors", *wanted):
            if not bool(torch.isfinite(getattr(self, name)).all()):
                raise DirectionsError(f"{name} holds NaN or infinite numbers", "finite numbers")
        if bool((self.vectors.flatten(1).norm(dim=1) - 1).abs().max() > 1e-3):
            raise DirectionsError("Levers are not of norm 1", "rows of norm 1")
        if not (self.sigma > 0 and bool((self.units > 0).all())):
            raise DirectionsError(
                f"sigma is {self.sigma}, units {self.units.tolist()}", "positive numbers"
            )

    def __len__(self) -> int:
        """Number K of levers."""
        return len(self.vectors)

    def move(self, index: int, strength: float) -> Tensor:
        """What is added to the latent.

        Args:
            index: Index of the lever, from 0.
            strength: 1 moves the latent by as much as it is itself where the lever acts.

        Returns:
            `[1, C, (T,) H, W]` float32.

        Raises:
            DirectionsError: There is no such lever.
        """
        index = check_index(index, len(self))
        return (strength * float(self.units[index])) * self.vectors[index][None]

    def preview(self, strengths: Mapping[int, float]) -> Tensor:
        """The denoised picture with levers pulled, to first order; no network is run.

        Args:
            strengths: Indices of levers to their strengths.

        Returns:
            `[1, C, (T,) H, W]` float32.

        Raises:
            DirectionsError: There is no such lever.
        """
        picture = self.denoised.clone()
        for given, strength in strengths.items():
            index = check_index(given, len(self))
            picture += (strength * float(self.units[index])) * self.pictures[index]
        return picture

    def shares_inside(self) -> Tensor:
        """Share of each lever's first-order change that lies inside the region.

        Returns:
            `[K]` float64: sum of squares weighted by the region, by that of all.
        """
        squares = self.pictures.double().square()
        inside = (squares * self.region.double()).flatten(1).sum(1)
        return inside / squares.flatten(1).sum(1).clamp_min(torch.finfo(torch.float64).tiny)


def require_fit(levers: RegionLevers, shape: tuple[int, ...]) -> None:
    """Refuse latents that levers cannot move.

    Args:
        levers: The levers.
        shape: Shape of the latents, `[N, C, (T,) H, W]`.

    Raises:
        DirectionsError: Channels or size differ.
    """
    own = tuple(levers.vectors.shape[1:])
    if tuple(shape[1:]) != own:
        raise DirectionsError(
            f"The levers were found for latents of shape {list(own)}; these have {list(shape[1:])}",
            f"latents of shape {list(own)}",
            "Use the size and the kind of model that they were found with, or find them again",
        )


def mismatches(levers: RegionLevers, model: str, seed: int | None) -> list[str]:
    """What differs from where levers were found, though they can be pulled.

    Args:
        levers: The levers.
        model: Hash of the model.
        seed: Seed of the noise; none where it is unknown.

    Returns:
        Sentences for the user; empty where all agrees.
    """
    found: list[str] = []
    if model != levers.model:
        found.append(
            f"The levers were found with the model {levers.model}; this one is {model}. They may "
            "still work for a close relative, such as a fine-tuned one."
        )
    if seed is not None and seed != levers.seed:
        found.append(
            f"The levers were found for seed {levers.seed}; this is seed {seed}. They belong to "
            "one picture: for another one they may do anything, so find them again."
        )
    return found
