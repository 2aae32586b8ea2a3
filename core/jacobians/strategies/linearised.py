"""Columns by the architecture's own linearisation: the fastest strategy."""

from __future__ import annotations

import torch
from torch import Tensor

from ...concepts.linearisation import AbstractLinearisation
from ..columns import ColumnSource
from ..image_map import Block, ImageMap, LinearMap
from .forward import ForwardStrategy
from .strategy import AbstractColumnStrategy

_CPU_CHUNK, _CPU_BYTES = 32, 64 << 20
"""Columns per batch on the CPU, where a linearisation splits them further once features are large,
and most bytes of their images."""


class LinearisedStrategy(AbstractColumnStrategy):
    """Pushes batches of tangents through shared weights; forward mode without a linearisation.

    Where all layers share one latent (Z and W), columns are derivatives by the latent. In W+ and S
    they are derivatives by the styles, which cost less: in the layer of its style a column has one
    channel, and columns of the image layers pass no convolution. The Gram of W+ is then
    `blkdiag(A)^T G blkdiag(A)` with the affine maps A.
    """

    id = "linearised"
    title = "columns by the architecture's own linearisation, or by forward mode without one"

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
    """One column per entry of the displaced inputs."""
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
    """Columns of the reduced image in mode "paper", else unchanged."""
    return columns if image.reduce is None else image.reduce(columns)
