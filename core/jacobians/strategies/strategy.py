"""What a Jacobian strategy is: it makes columns, or Grams at once."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ...base.progress import Progress
from ..columns import ColumnSource
from ..image_map import ImageMap


class AbstractColumnStrategy(ABC):
    """Makes the columns of a Jacobian; where they fit they are stored and serve any region."""

    id: str
    """Short stable name, such as "forward"."""
    title: str
    """What it does, for people."""

    @abstractmethod
    def source(self, image: ImageMap, dtype: torch.dtype, chunk: int) -> ColumnSource:
        """The columns of `dG/ddelta`, not computed yet.

        Args:
            image: What to differentiate.
            dtype: Precision of the tangents; strategies without a choice use the network's.
            chunk: Columns to compute at once.

        Returns:
            The source.
        """


class AbstractGramStrategy(ABC):
    """Makes Grams at once, without storing any part of the Jacobian."""

    id: str
    """Short stable name, such as "reverse"."""
    title: str
    """What it does, for people."""

    @abstractmethod
    def grams(
        self, image: ImageMap, weights: list[Tensor], chunk: int, progress: Progress | None
    ) -> list[Tensor]:
        """`J^T diag(w) J` for each region.

        Args:
            image: What to differentiate.
            weights: One `[H, W]` per region, in [0, 1].
            chunk: Columns (or rows) to push at once; halved when memory runs out.
            progress: Called with steps done and steps in all; may raise to cancel.

        Returns:
            One `[D, D]` float64 per region.
        """


JacobianStrategy = AbstractColumnStrategy | AbstractGramStrategy
"""Any strategy: the plan of a Jacobian asks which of the two it is."""
