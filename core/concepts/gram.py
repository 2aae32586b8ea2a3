"""Grams: what is left of a Jacobian once its rows have been added up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..base.progress import Progress
from ..jacobians.columns import ColumnSource
from ..jacobians.image_map import ImageMap
from .latent_code import LatentSpace


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
    """One way to get a Jacobian, or its Grams, out of a differentiable map."""

    id: str
    """Short stable name, such as "forward"."""
    title: str
    """What it does, for people."""


class AbstractColumnStrategy(AbstractJacobianStrategy):
    """A way that makes columns, which are kept where they fit and serve any number of regions."""

    @abstractmethod
    def source(self, image: ImageMap, dtype: torch.dtype, chunk: int) -> ColumnSource:
        """The columns of `dG/ddelta`, not made yet.

        Args:
            image: What to differentiate.
            dtype: Precision of the tangents; a way that knows no other uses the network's.
            chunk: Columns to make at once.

        Returns:
            The source.
        """


class AbstractGramStrategy(AbstractJacobianStrategy):
    """A way that makes Grams at once, no part of the Jacobian being held."""

    @abstractmethod
    def grams(
        self, image: ImageMap, weights: list[Tensor], chunk: int, progress: Progress | None
    ) -> list[Tensor]:
        """`J^T diag(w) J` for each region.

        Args:
            image: What to differentiate.
            weights: One `[H, W]` per region, in [0, 1].
            chunk: Columns (or rows) to push at once; halved when memory runs out.
            progress: Told of steps done; may raise to cancel.

        Returns:
            One `[D, D]` float64 per region.
        """
