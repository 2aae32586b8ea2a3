"""Grams: what is left of a Jacobian once its rows have been added up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .errors import SolveError
from .latents import LatentSpace
from .progress import Progress


@dataclass(frozen=True)
class Gram:
    """`J^T J` over the rows of a region, for N codes; "rows" are weighted pixels times channels."""

    total: Tensor
    """`[N, D, D]` float64, symmetric, finite: sum over rows, one per code."""
    rows: Tensor
    """`[N]` float64, positive: weight of the rows that were summed."""
    space: LatentSpace
    """Space of the D coordinates."""
    origin: str
    """Fingerprint of the generator."""
    support: int
    """Number of rows with any weight, over all codes; bounds the rank of the mean."""
    layers: tuple[int, ...] | None = None
    """Layers that were displaced; none means all."""

    def __post_init__(self) -> None:
        """Check the invariants once.

        Raises:
            SolveError: The sums are not finite or no row was summed.
        """
        if not torch.isfinite(self.total).all():
            raise SolveError(
                "The Gram holds NaN or infinite numbers",
                "finite derivatives",
                "The generator's weights or the latent codes are damaged, or far out of range",
            )
        if (self.rows <= 0).any():
            raise SolveError("A Gram of no rows was made", "at least one weighted pixel")

    def __add__(self, other: Gram) -> Gram:
        """Merge sums over disjoint rows.

        Args:
            other: Sums over other rows of the same codes.

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
            self.support + other.support,
            self.layers,
        )

    @property
    def mean(self) -> Tensor:
        """`[D, D]`: the mean over codes of total / rows, ReSeFa's A or B for several codes."""
        return (self.total / self.rows[:, None, None]).mean(dim=0)


class AbstractJacobianStrategy(ABC):
    """One way to get Grams out of a differentiable map without asking too much memory of it."""

    id: str
    """Short stable name, such as "forward"."""
    title: str
    """What it does, for people."""

    @abstractmethod
    def grams(
        self,
        function: Callable[[Tensor], Tensor],
        point: Tensor,
        weights: list[Tensor],
        chunk: int,
        progress: Progress | None,
    ) -> list[Tensor]:
        """`J^T diag(w) J` for each region.

        Args:
            function: From a displacement `[D]` to an image `[C, H, W]`.
            point: `[D]`, where to differentiate; its device and type are those of the network.
            weights: One `[H, W]` per region, in [0, 1].
            chunk: Columns (or rows) to push at once; halved when memory runs out.
            progress: Told of steps done; may raise to cancel.

        Returns:
            One `[D, D]` float64 per region.
        """
