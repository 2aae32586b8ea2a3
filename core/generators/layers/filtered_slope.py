"""The filtered rectifier of StyleGAN3 as derivatives see it: a slope between two resamplings.

Resampling multiplies each axis by a matrix with a band of numbers that are not zero (see
`resample_axes`). With channels last in memory both axes are multiplied from the left, so that no
tensor is turned or cut into pieces. The work goes in bands of rows, since the higher rate has many
times the samples of the features.
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

_WHOLE = 64
"""Rows of a matrix that are multiplied at once; bands of more waste products on zeros."""
_LEAST_ROWS = 8
"""Rows of features in a band; fewer would repeat too many rows at the higher rate."""


@dataclass(frozen=True)
class BandMatrix:
    """A matrix of which each row has few neighbouring entries that are not zero."""

    whole: Tensor
    """`[rows, columns]`."""

    @cached_property
    def reach(self) -> tuple[tuple[int, int], ...]:
        """First and one beyond the last entry of each row that is not zero."""
        found: list[tuple[int, int]] = []
        for row in (self.whole != 0).cpu():
            entries = row.nonzero().flatten().tolist()
            found.append((entries[0], entries[-1] + 1) if entries else (0, 0))
        return tuple(found)

    @cached_property
    def transposed(self) -> BandMatrix:
        """The transpose."""
        return BandMatrix(self.whole.T.contiguous())

    def needed(self, rows: slice) -> slice:
        """Columns that some rows are made of."""
        reach = [(a, b) for a, b in self.reach[rows] if b > a]
        return slice(min(a for a, _ in reach), max(b for _, b in reach)) if reach else slice(0, 1)

    @cached_property
    def blocks(self) -> tuple[tuple[slice, Tensor], ...]:
        """Columns and matrix of some rows at a time."""
        cut: list[tuple[slice, Tensor]] = []
        for rows in chunk_slices(len(self.whole), _WHOLE):
            columns = self.needed(rows)
            cut.append((columns, self.whole[rows, columns].contiguous()))
        return tuple(cut)

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply `[M, columns, K]` from the left: `[M, rows, K]`."""
        made = [torch.matmul(block, x[:, columns]) for columns, block in self.blocks]
        return made[0] if len(made) == 1 else torch.cat(made, dim=1)

    def rows_of(self, rows: slice, x: Tensor, columns: slice) -> Tensor:
        """Some rows of the product, of columns that include those needed: `[M, h, K]`."""
        return torch.matmul(self.whole[rows, columns], x)


@dataclass(frozen=True)
class FilteredSlope:
    """Upsampling, a factor at each sample, downsampling."""

    up: BandMatrix
    """`[high, size]`, along both axes."""
    slope: Tensor
    """`[high, high, C]`, the factors."""
    down: BandMatrix
    """`[size', high]`, along both axes; of a filter that is no product of two, where it is not
    zero."""
    plane: Tensor | None
    """`[taps, taps]`, a filter that is no product of two, turned; else none."""
    step: int
    """Every so many samples of the higher rate one is kept."""

    def push(self, x: Tensor) -> Tensor:
        """Features `[B, C, H, W]` to `[B, C, H', W']`."""
        last = x.permute(0, 2, 3, 1)  # [B, H, W, C]
        size = len(self.down.whole)
        out = x.new_empty(len(x), size, size, x.shape[1])
        for rows, high, below in self._bands(x):
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
        size = self.up.whole.shape[1]
        out = g.new_zeros(len(g), size, size, g.shape[1])
        for rows, high, below in self._bands(g):
            if self.plane is None:
                given = last[:, rows].flatten(2)
                samples = torch.matmul(self.down.whole[rows, high].T, given)  # [B, h, W' C]
                samples = samples.unflatten(2, (g.shape[3], -1))
                samples = self._along(self.down.transposed, samples)
            else:
                count = high.stop - high.start
                samples = self._spread(g[:, :, rows], count).permute(0, 2, 3, 1)
            samples = samples * self.slope[high]
            samples = self._along(self.up.transposed, samples).flatten(2)  # [B, h, W C]
            seen = torch.matmul(self.up.whole[high, below].T, samples)
            out[:, below] += seen.unflatten(2, (size, -1))
        return out.permute(0, 3, 1, 2)

    def _bands(self, x: Tensor) -> Iterator[tuple[slice, slice, slice]]:
        """Rows of the result, of the higher rate behind them, of the features behind these."""
        bytes_per_row = len(x) * self.slope[0].numel() * x.element_size()
        size, high = self.down.whole.shape
        at_once = chunk_bytes(x.device) // bytes_per_row * size // high
        for rows in chunk_slices(size, max(at_once, _LEAST_ROWS)):
            between = self.down.needed(rows)
            yield rows, between, self.up.needed(between)

    def _along(self, matrix: BandMatrix, x: Tensor) -> Tensor:
        """Multiply the columns of `[B, h, W, C]`."""
        return matrix(x.flatten(0, 1)).unflatten(0, (len(x), -1))

    def _filtered(self, x: Tensor) -> Tensor:
        """Downsample `[B, C, h, W]` by the filter that is no product."""
        assert self.plane is not None
        weight = self.plane.expand(x.shape[1], 1, *self.plane.shape)
        return F.conv2d(x, weight, stride=self.step, groups=x.shape[1])

    def _spread(self, g: Tensor, rows: int) -> Tensor:
        """The transpose, of as many rows."""
        assert self.plane is not None
        weight = self.plane.expand(g.shape[1], 1, *self.plane.shape)
        x = F.conv_transpose2d(g, weight, stride=self.step, groups=g.shape[1])
        wide = self.down.whole.shape[1]
        return F.pad(x, (0, wide - x.shape[3], 0, rows - x.shape[2]))


def upsampling_matrix(kernel: Tensor, size: int, high: int, up: int, before: int) -> Tensor:
    """What raises one axis to the higher rate.

    Args:
        kernel: `[taps]`, sum 1.
        size: Samples before.
        high: Samples after.
        up: The factor.
        before: Zeros before the first sample; see `resample_axis`.

    Returns:
        `[high, size]`.
    """
    unit = torch.eye(size, dtype=kernel.dtype, device=kernel.device)
    return resample_axis(unit[None], kernel * up, -1, high, up=up, before=before)[0].T


def downsampling_matrix(kernel: Tensor, high: int, size: int, down: int) -> Tensor:
    """What lowers one axis from the higher rate.

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
