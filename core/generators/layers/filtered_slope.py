"""The derivative of `FilteredRectifier`: upsampling, a slope at each sample, downsampling.

Resampling multiplies each axis by a banded matrix (see `resample_axes`). With channels last in
memory both axes are multiplied from the left, so that no tensor is transposed or copied into
windows. Blocks of rows are processed one at a time, since the higher rate has many times the
samples of the features.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from .chains.chunks import chunk_bytes, chunk_slices
from .convolution.resample_axes import resample_axis

_MATRIX_ROWS = 64
"""Rows of a banded matrix that are multiplied at once; more would waste products on zeros."""
_LEAST_ROWS = 8
"""Output rows in a block; with fewer, too many rows of the higher rate are computed twice."""


@dataclass(frozen=True)
class BandMatrix:
    """A banded matrix: the non-zero entries of each row are few and adjacent."""

    matrix: Tensor
    """`[rows, columns]`."""

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Of each row, the first non-zero entry and one beyond the last."""
        spans: list[tuple[int, int]] = []
        for row in (self.matrix != 0).cpu():
            entries = row.nonzero().flatten().tolist()
            spans.append((entries[0], entries[-1] + 1) if entries else (0, 0))
        return tuple(spans)

    @cached_property
    def transposed(self) -> BandMatrix:
        """The transpose."""
        return BandMatrix(self.matrix.T.contiguous())

    def needed(self, rows: slice) -> slice:
        """Columns with non-zero entries in some rows."""
        spans = [(a, b) for a, b in self.spans[rows] if b > a]
        return slice(min(a for a, _ in spans), max(b for _, b in spans)) if spans else slice(0, 1)

    @cached_property
    def blocks(self) -> tuple[tuple[slice, Tensor], ...]:
        """Blocks of rows: the columns needed, and the matrix of these rows and columns."""
        blocks: list[tuple[slice, Tensor]] = []
        for rows in chunk_slices(len(self.matrix), _MATRIX_ROWS):
            columns = self.needed(rows)
            blocks.append((columns, self.matrix[rows, columns].contiguous()))
        return tuple(blocks)

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply `[M, columns, K]` from the left: `[M, rows, K]`."""
        products = [torch.matmul(block, x[:, columns]) for columns, block in self.blocks]
        return products[0] if len(products) == 1 else torch.cat(products, dim=1)

    def rows_of(self, rows: slice, x: Tensor, columns: slice) -> Tensor:
        """Some rows of the product, given the needed columns: `[M, h, K]`."""
        return torch.matmul(self.matrix[rows, columns], x)


@dataclass(frozen=True)
class FilteredSlope:
    """Upsampling, a factor at each sample, downsampling."""

    up: BandMatrix
    """`[high, size]`, along both axes."""
    slope: Tensor
    """`[high, high, C]`, the slope of the rectifier."""
    down: BandMatrix
    """`[size', high]`, along both axes; for a filter that is not separable, ones in its support."""
    plane: Tensor | None
    """`[taps, taps]`, a filter that is not separable, rotated by 180 degrees; else none."""
    step: int
    """Samples of the higher rate per sample of the output."""

    def push(self, x: Tensor) -> Tensor:
        """Features `[B, C, H, W]` to `[B, C, H', W']`."""
        last = x.permute(0, 2, 3, 1)  # [B, H, W, C]
        size = len(self.down.matrix)
        out = x.new_empty(len(x), size, size, x.shape[1])
        for rows, high, below in self._row_blocks(x):
            samples = self.up.rows_of(high, last[:, below].flatten(2), below)  # [B, h, W C]
            samples = self._along(self.up, samples.unflatten(2, (x.shape[3], -1)))
            samples.mul_(self.slope[high])
            if self.plane is None:
                samples = self._along(self.down, samples)  # [B, h, W', C]
                out[:, rows] = self.down.rows_of(rows, samples.flatten(2), high).unflatten(
                    2, (size, -1)
                )
            else:
                out[:, rows] = self._filtered(samples.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return out.permute(0, 3, 1, 2)

    def pull(self, g: Tensor) -> Tensor:
        """The transpose: `[B, C, H', W']` to `[B, C, H, W]`."""
        last = g.permute(0, 2, 3, 1)
        size = self.up.matrix.shape[1]
        out = g.new_zeros(len(g), size, size, g.shape[1])
        for rows, high, below in self._row_blocks(g):
            if self.plane is None:
                cotangents = last[:, rows].flatten(2)
                samples = torch.matmul(self.down.matrix[rows, high].T, cotangents)  # [B, h, W' C]
                samples = samples.unflatten(2, (g.shape[3], -1))
                samples = self._along(self.down.transposed, samples)
            else:
                count = high.stop - high.start
                samples = self._spread(g[:, :, rows], count).permute(0, 2, 3, 1)
            samples = samples * self.slope[high]
            samples = self._along(self.up.transposed, samples).flatten(2)  # [B, h, W C]
            lowered = torch.matmul(self.up.matrix[high, below].T, samples)
            out[:, below] += lowered.unflatten(2, (size, -1))
        return out.permute(0, 3, 1, 2)

    def _row_blocks(self, x: Tensor) -> Iterator[tuple[slice, slice, slice]]:
        """Blocks of output rows, with the rows of the higher rate and the input they need."""
        bytes_per_row = len(x) * self.slope[0].numel() * x.element_size()
        size, high = self.down.matrix.shape
        at_once = chunk_bytes(x.device) // bytes_per_row * size // high
        for rows in chunk_slices(size, max(at_once, _LEAST_ROWS)):
            between = self.down.needed(rows)
            yield rows, between, self.up.needed(between)

    def _along(self, matrix: BandMatrix, x: Tensor) -> Tensor:
        """Resample the columns of `[B, h, W, C]`."""
        return matrix(x.flatten(0, 1)).unflatten(0, (len(x), -1))

    def _filtered(self, x: Tensor) -> Tensor:
        """Downsample `[B, C, h, W]` by the filter that is not separable."""
        assert self.plane is not None
        weight = self.plane.expand(x.shape[1], 1, *self.plane.shape)
        return F.conv2d(x, weight, stride=self.step, groups=x.shape[1])

    def _spread(self, g: Tensor, rows: int) -> Tensor:
        """The transpose of `_filtered`, for a number of rows at the higher rate."""
        assert self.plane is not None
        weight = self.plane.expand(g.shape[1], 1, *self.plane.shape)
        x = F.conv_transpose2d(g, weight, stride=self.step, groups=g.shape[1])
        wide = self.down.matrix.shape[1]
        return F.pad(x, (0, wide - x.shape[3], 0, rows - x.shape[2]))


def upsampling_matrix(kernel: Tensor, size: int, high: int, up: int, before: int) -> Tensor:
    """The matrix that upsamples one axis.

    Args:
        kernel: `[taps]`, sum 1.
        size: Samples before.
        high: Samples after.
        up: The factor.
        before: Zeros before the first sample, counted at the higher rate.

    Returns:
        `[high, size]`.
    """
    unit = torch.eye(size, dtype=kernel.dtype, device=kernel.device)
    return resample_axis(unit[None], kernel * up, -1, high, up=up, before=before)[0].T


def downsampling_matrix(kernel: Tensor, high: int, size: int, down: int) -> Tensor:
    """The matrix that downsamples one axis.

    Args:
        kernel: `[taps]`.
        high: Samples before.
        size: Samples after.
        down: The factor.

    Returns:
        `[size, high]`.
    """
    unit = torch.eye(high, dtype=kernel.dtype, device=kernel.device)
    return resample_axis(unit[None], kernel, -1, size, down=down)[0].T
