"""Columns of the Gram, each by one forward product and one reverse product per region."""

from __future__ import annotations

import torch
from torch import Tensor

from ...base.execution import float64_device, in_chunks
from ...base.progress import Progress
from ..image_map import ImageMap
from .strategy import AbstractGramStrategy


class ForwardReverseStrategy(AbstractGramStrategy):
    """Column j of `J^T diag(w) J` is `J^T (w * (J e_j))`; no part of J is stored."""

    id = "forward-reverse"
    title = "columns of the Gram by forward and reverse mode; stores no Jacobian"

    def grams(
        self, image: ImageMap, weights: list[Tensor], chunk: int, progress: Progress | None
    ) -> list[Tensor]:
        """See `AbstractGramStrategy.grams`."""
        function, point = image.function, image.point
        device = float64_device(point.device)
        size = len(point)
        scales = [weight.to(point) for weight in weights]  # [H, W] each
        basis = torch.eye(size, dtype=point.dtype, device=point.device)

        def push(tangent: Tensor) -> Tensor:
            return torch.func.jvp(function, (point,), (tangent,))[1]

        def columns(start: int, stop: int) -> list[Tensor]:
            pull = torch.func.vjp(function, point)[1]
            images = torch.func.vmap(push)(basis[start:stop])  # [k, C, H, W]
            rows = [torch.func.vmap(lambda v: pull(v)[0])(images * s) for s in scales]
            return [row.detach().to(device).to(torch.float64) for row in rows]  # [k, D] each

        blocks = in_chunks(size, chunk, columns, progress)
        totals = [torch.cat([block[i] for block in blocks]) for i in range(len(weights))]
        return [(total + total.T) / 2 for total in totals]
