"""Interfaces of Jacobian strategies: they compute columns, or Grams directly."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ...base.progress import Progress
from ..columns import ColumnSource
from ..image_map import ImageMap


class AbstractColumnStrategy(ABC):
    """Computes the columns of a Jacobian; stored columns give the Gram of any region."""

    id: str
    """Short stable name, such as "forward"."""
    title: str
    """Short description for users."""

    @abstractmethod
    def source(self, image: ImageMap, dtype: torch.dtype, chunk: int) -> ColumnSource:
        """Prepare the columns of `dG/ddelta`.

        Args:
            image: The map to differentiate.
            dtype: Type of the tangents; some strategies always use that of the network.
            chunk: Columns per batch.

        Returns:
            The source, which computes columns on demand.
        """


class AbstractGramStrategy(ABC):
    """Computes Grams directly, without storing any part of the Jacobian."""

    id: str
    """Short stable name, such as "reverse"."""
    title: str
    """Short description for users."""

    @abstractmethod
    def grams(
        self, image: ImageMap, weights: list[Tensor], chunk: int, progress: Progress | None
    ) -> list[Tensor]:
        """`J^T diag(w) J` for each region.

        Args:
            image: The map to differentiate.
            weights: One `[H, W]` per region, in [0, 1].
            chunk: Columns (or rows) per batch; halved when memory runs out.
            progress: Called with (done, total) steps; may raise to cancel.

        Returns:
            One `[D, D]` float64 per region.
        """


JacobianStrategy = AbstractColumnStrategy | AbstractGramStrategy
"""Any strategy; callers distinguish the two kinds by `isinstance`."""
