"""Columns by central differences: no derivatives at all, the check on the other strategies."""

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
        """See `AbstractColumnStrategy.source`; the step is eps^(1/3), where errors balance."""
        point = image.point
        step = torch.finfo(point.dtype).eps ** (1 / 3)
        basis = torch.eye(image.size, dtype=point.dtype, device=point.device) * step
        draw = torch.func.vmap(image.function)

        def columns(start: int, stop: int) -> Tensor:
            moves = basis[start:stop]
            return (draw(point + moves) - draw(point - moves)) / (2 * step)

        return ColumnSource(image.size, image.image_shape, columns, chunk, point.device)
