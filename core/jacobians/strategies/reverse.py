"""Rows by reverse mode, accumulated in blocks: for tiny regions, or without forward mode."""

from __future__ import annotations

import torch
from torch import Tensor

from ...base.execution import float64_device, in_chunks
from ...base.progress import Progress
from ..image_map import ImageMap
from .strategy import AbstractGramStrategy


class ReverseStrategy(AbstractGramStrategy):
    """One vector-Jacobian product per weighted pixel and channel, as in the published code."""

    id = "reverse"
    title = "rows by reverse mode, accumulated in blocks; stores no Jacobian"

    def grams(
        self, image: ImageMap, weights: list[Tensor], chunk: int, progress: Progress | None
    ) -> list[Tensor]:
        """See `AbstractGramStrategy.grams`."""
        function, point = image.function, image.point
        device = float64_device(point.device)
        picture, pull = torch.func.vjp(function, point)[:2]
        flat = torch.stack([weight.reshape(-1) for weight in weights])  # [R, H W]
        flat = flat.repeat(1, picture.shape[0]).to(device, torch.float64)  # [R, P]
        rows_used = (flat > 0).any(dim=0).nonzero()[:, 0]  # rows with a weight in any region
        totals = torch.zeros(
            len(weights), len(point), len(point), dtype=torch.float64, device=device
        )

        def accumulate(start: int, stop: int) -> None:
            rows = rows_used[start:stop]
            seeds = torch.zeros(
                len(rows), picture.numel(), dtype=picture.dtype, device=picture.device
            )
            seeds[torch.arange(len(rows)), rows.to(picture.device)] = 1.0
            pulled = torch.func.vmap(lambda v: pull(v)[0])(seeds.reshape(-1, *picture.shape))
            block = pulled.detach().to(device).to(torch.float64)  # [k, D]
            for total, weight in zip(totals, flat, strict=True):
                total.addmm_((block * weight[rows, None]).T, block)

        in_chunks(len(rows_used), chunk, accumulate, progress)
        return list(totals)
