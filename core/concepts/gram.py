"""Gram matrices `J^T J` of a Jacobian, summed over the rows of a region."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import NotFiniteError, SolveError
from .latent_code import LatentSpace


@dataclass(frozen=True)
class Gram:
    """`J^T J` over the rows of a region, for N codes; "rows" are weighted pixels times channels."""

    total: Tensor
    """`[N, D, D]` float64, symmetric, finite: one sum over rows per code."""
    rows: Tensor
    """`[N]` float64, positive: total weight of the rows of each sum."""
    space: LatentSpace
    """Space of the D coordinates."""
    origin: str
    """Fingerprint of the generator."""
    rank_bound: int
    """Number of rows with a nonzero weight, over all codes; bounds the rank of the mean."""
    layers: tuple[int, ...] | None = None
    """Layers that were displaced; none means all."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            NotFiniteError: A sum is not finite.
            SolveError: There are no rows.
        """
        if not torch.isfinite(self.total).all():
            raise NotFiniteError(
                "The Gram holds NaN or infinite numbers",
                "finite derivatives",
                "The weights of the generator or the latent codes are damaged or far out of range",
            )
        if (self.rows <= 0).any():
            raise SolveError("A Gram without rows was computed", "at least one weighted pixel")

    def __add__(self, other: Gram) -> Gram:
        """Add sums over disjoint rows of the same codes.

        Args:
            other: Sums over other rows.

        Returns:
            The sum.

        Raises:
            SolveError: Spaces, layers or generators differ.
        """
        mine = (self.space, self.layers, self.origin)
        theirs = (other.space, other.layers, other.origin)
        if mine != theirs:
            raise SolveError(f"Grams of {mine} and {theirs} were added", "one space and generator")
        return Gram(
            self.total + other.total,
            self.rows + other.rows,
            self.space,
            self.origin,
            self.rank_bound + other.rank_bound,
            self.layers,
        )

    @property
    def mean(self) -> Tensor:
        """`[D, D]`: mean over codes of total / rows; A or B of ReSeFa for several codes."""
        return (self.total / self.rows[:, None, None]).mean(dim=0)
