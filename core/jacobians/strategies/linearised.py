"""Columns through the network's own linearisation: the quickest, where there is one."""

from __future__ import annotations

import torch
from torch import Tensor

from ...concepts.linearisation import AbstractLinearisation
from ..columns import ColumnSource
from ..image_map import Block, ImageMap, LinearMap
from .forward import ForwardStrategy
from .strategy import AbstractColumnStrategy

_CPU_CHUNK, _CPU_BYTES = 32, 64 << 20
"""Columns that are pushed together on the CPU, where they part again once features grow large, and
bytes that their images may take."""


class LinearisedStrategy(AbstractColumnStrategy):
    """Tangents through shared convolutions; forward mode where an architecture has none.

    Where one code serves all layers (Z and W), columns are those of the latent. Where each layer
    has its own, or each style (W+ and S), they are those of the styles: in its own layer such a
    column has the work of one channel, and the image layers' columns meet no convolution. The Gram
    of W+ is then `blkdiag(A)^T G blkdiag(A)` with the affine maps A.
    """

    id = "linearised"
    title = "columns through the network linearised by hand, or by forward mode where it is not"

    def source(self, image: ImageMap, dtype: torch.dtype, chunk: int) -> ColumnSource:
        """See `AbstractColumnStrategy.source`."""
        found = image.linearise(dtype)
        if found is None:
            return ForwardStrategy().source(image, dtype, chunk)
        if image.point.device.type == "cpu":
            each = 4 * torch.Size(image.image_shape).numel()
            chunk = max(1, min(_CPU_CHUNK, _CPU_BYTES // each))
        blocks = image.blocks
        if sum(block.start > 0 for block in blocks) == 0:
            return _latent_columns(image, found, chunk)
        return _input_columns(image, found, blocks, chunk)


def _latent_columns(image: ImageMap, found: AbstractLinearisation, chunk: int) -> ColumnSource:
    """One column per coordinate of a latent that all layers share."""
    linear = LinearMap(found, image.blocks, image.size)
    basis = torch.eye(image.size, dtype=image.point.dtype, device=image.point.device)

    def columns(start: int, stop: int) -> Tensor:
        return _reduced(image, linear.push(basis[start:stop]))

    return ColumnSource(image.size, image.image_shape, columns, chunk, image.point.device)


def _input_columns(
    image: ImageMap, found: AbstractLinearisation, blocks: tuple[Block, ...], chunk: int
) -> ColumnSource:
    """One column per number of the inputs that move."""
    sizes = [found.inputs[block.index] for block in blocks]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]

    def columns(start: int, stop: int) -> Tensor:
        parts = [
            found.columns(block.index, max(start - low, 0), min(stop - low, size))
            for block, low, size in zip(blocks, starts, sizes, strict=True)
            if low < stop and start < low + size
        ]
        return _reduced(image, torch.cat(parts))

    return ColumnSource(
        sum(sizes), image.image_shape, columns, chunk, image.point.device, blocks, image.size
    )


def _reduced(image: ImageMap, columns: Tensor) -> Tensor:
    """Columns of what is differentiated, where that is less than the image."""
    return columns if image.reduce is None else image.reduce(columns)
