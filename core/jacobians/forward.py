"""Columns by forward mode, held, multiplied once: quickest where the Jacobian fits in memory."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..computing import in_chunks, wide
from ..grams import AbstractJacobianStrategy
from ..progress import Progress

_ROWS_AT_ONCE = 1 << 15
"""Rows that are widened to float64 together, so that the wide copy of J stays small."""


class ForwardStrategy(AbstractJacobianStrategy):
    """D forward-mode products, many at a time; every region reads the same columns."""

    id = "forward"
    title = "columns by forward mode, held in memory"

    def grams(
        self,
        function: Callable[[Tensor], Tensor],
        point: Tensor,
        weights: list[Tensor],
        chunk: int,
        progress: Progress | None,
    ) -> list[Tensor]:
        """See `AbstractJacobianStrategy.grams`."""
        columns = jacobian_columns(function, point, chunk, progress)  # [D, C, H, W]
        return [gram_of_columns(columns, weight) for weight in weights]


def jacobian_columns(
    function: Callable[[Tensor], Tensor],
    point: Tensor,
    chunk: int,
    progress: Progress | None = None,
) -> Tensor:
    """The whole Jacobian, one image-shaped column per latent coordinate.

    Args:
        function: From `[D]` to `[C, H, W]`.
        point: `[D]`.
        chunk: Columns at once.
        progress: Told of columns done.

    Returns:
        `[D, C, H, W]` in the network's precision, on its device.
    """

    def push(tangent: Tensor) -> Tensor:
        return torch.func.jvp(function, (point,), (tangent,))[1]

    basis = torch.eye(len(point), dtype=point.dtype, device=point.device)

    def columns(start: int, stop: int) -> Tensor:
        return torch.func.vmap(push)(basis[start:stop])

    return torch.cat(in_chunks(len(point), chunk, columns, progress))


def gram_of_columns(columns: Tensor, weight: Tensor) -> Tensor:
    """`J^T diag(w) J` from held columns, summed in float64.

    Args:
        columns: `[D, C, H, W]`.
        weight: `[H, W]` in [0, 1].

    Returns:
        `[D, D]` float64.
    """
    inside = weight.reshape(-1).nonzero()[:, 0].to(columns.device)  # only weighted pixels count
    flat = columns.flatten(2)[:, :, inside].flatten(1)  # [D, C * inside]
    device = wide(columns.device)
    root = weight.reshape(-1).to(device, torch.float64)[inside.to(device)].sqrt()
    root = root.repeat(columns.shape[1])  # [C * inside]
    total = torch.zeros(len(columns), len(columns), dtype=torch.float64, device=device)
    for start in range(0, flat.shape[1], _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        rows = flat[:, part].to(device).to(torch.float64) * root[part]
        total.addmm_(rows, rows.T)
    return total
