"""Columns by central differences: no automatic differentiation, a check on other strategies."""

from __future__ import annotations

import torch
from torch import Tensor

from ..columns import ColumnSource
from ..image_map import ImageMap
from .strategy import AbstractColumnStrategy


class FiniteDifferenceStrategy(AbstractColumnStrategy):
    """`(f(x + h e_j) - f(x - h e_j)) / 2h`; good to three digits in float32, six in float64."""

    id = "finite-difference"
    title = "columns by central differences"

    def source(self, image: ImageMap, dtype: torch.dtype, chunk: int) -> ColumnSource:
        """See `AbstractColumnStrategy.source`."""
        point = image.point
        # At this step rounding and truncation errors are about equal.
        step = torch.finfo(point.dtype).eps ** (1 / 3)
        basis = torch.eye(image.size, dtype=point.dtype, device=point.device) * step
        draw = torch.func.vmap(image.function)

        def columns(start: int, stop: int) -> Tensor:
            moves = basis[start:stop]
            return (draw(point + moves) - draw(point - moves)) / (2 * step)

        return ColumnSource(image.size, image.image_shape, columns, chunk, point.device)
