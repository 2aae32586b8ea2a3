"""Columns by forward-mode automatic differentiation, for any architecture."""

from __future__ import annotations

import torch
from torch import Tensor

from ..columns import ColumnSource
from ..image_map import ImageMap
from .strategy import AbstractColumnStrategy


class ForwardStrategy(AbstractColumnStrategy):
    """d Jacobian-vector products in batches; works for every architecture."""

    id = "forward"
    title = "columns by forward-mode automatic differentiation"

    def source(self, image: ImageMap, dtype: torch.dtype, chunk: int) -> ColumnSource:
        """See `AbstractColumnStrategy.source`; tangents have the type of the network."""
        point = image.point
        basis = torch.eye(image.size, dtype=point.dtype, device=point.device)

        def push(tangent: Tensor) -> Tensor:
            return torch.func.jvp(image.function, (point,), (tangent,))[1]

        def columns(start: int, stop: int) -> Tensor:
            return torch.func.vmap(push)(basis[start:stop])

        return ColumnSource(image.size, image.image_shape, columns, chunk, point.device)
