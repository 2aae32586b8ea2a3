"""Columns by central differences: no derivatives at all, the check on the other strategies."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..computing import in_chunks
from ..grams import AbstractJacobianStrategy
from ..progress import Progress
from .forward import gram_of_columns


class FiniteDifferenceStrategy(AbstractJacobianStrategy):
    """`(f(x + h e_j) - f(x - h e_j)) / 2h`; good to three digits in float32, six in float64."""

    id = "finite-difference"
    title = "columns by central differences"

    def grams(
        self,
        function: Callable[[Tensor], Tensor],
        point: Tensor,
        weights: list[Tensor],
        chunk: int,
        progress: Progress | None,
    ) -> list[Tensor]:
        """See `AbstractJacobianStrategy.grams`; the step is eps^(1/3), where errors balance."""
        step = torch.finfo(point.dtype).eps ** (1 / 3)
        basis = torch.eye(len(point), dtype=point.dtype, device=point.device) * step

        def columns(start: int, stop: int) -> Tensor:
            moves = basis[start:stop]
            ahead, behind = (
                torch.func.vmap(function)(point + moves),
                torch.func.vmap(function)(point - moves),
            )
            return (ahead - behind) / (2 * step)

        columns_held = torch.cat(in_chunks(len(point), chunk, columns, progress))
        return [gram_of_columns(columns_held, weight) for weight in weights]
