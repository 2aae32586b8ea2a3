"""Columns of a Jacobian: the function that computes them, and Grams of stored columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.execution import float64_device, full_precision
from .image_map import Block

_BLOCK_BYTES = 64 << 20
"""Most bytes of columns that are converted to float32 or float64 for one matrix product."""

_WIDE_COUNT = 4096
"""Most columns that are multiplied in float64. For more columns, float32 products of some thousand
rows are summed in float64, which takes half the time and has a relative error of 1e-7."""


@dataclass(frozen=True)
class ColumnSource:
    """Computes the columns of a Jacobian on demand."""

    count: int
    """Number n of columns."""
    image_shape: tuple[int, int, int]
    """Channels, height and width of each column."""
    columns: Callable[[int, int], Tensor]
    """Called with (start, stop); returns columns start to stop - 1, `[k, C, H, W]`."""
    chunk: int
    """Columns to compute per call; halved when memory runs out."""
    device: torch.device
    """Device on which they are computed."""
    blocks: tuple[Block, ...] | None = None
    """How the inputs of a linearisation depend on the d coordinates, where columns are derivatives
    by these inputs, concatenated. None where columns are derivatives by the coordinates."""
    size: int = 0
    """Number d of coordinates, where `blocks` is given."""

    def nbytes(self, dtype: torch.dtype) -> int:
        """Bytes of all columns when they are stored, and of their Gram.

        Args:
            dtype: Type in which they are stored.

        Returns:
            `n C H W` times the size of an entry, and `n^2` in float64.
        """
        entries = self.count * torch.Size(self.image_shape).numel()
        return entries * dtype.itemsize + _gram_bytes(self.count)

    def assemble(self, total: Tensor) -> Tensor:
        """The Gram of the coordinates, `M^T G M` block by block.

        Args:
            total: `[n, n]` float64, the Gram of the columns.

        Returns:
            `[d, d]` float64.
        """
        return total if self.blocks is None else assemble(total, self.blocks, self.size)


def _gram_bytes(count: int) -> int:
    """Bytes of the Gram of `count` columns."""
    return count**2 * torch.float64.itemsize


def assemble(total: Tensor, blocks: tuple[Block, ...], size: int) -> Tensor:
    """`M^T G M`, where M consists of blocks.

    Args:
        total: `[n, n]` float64, the Gram of the inputs in `blocks`, concatenated.
        blocks: How each input depends on the coordinates.
        size: Number d of coordinates.

    Returns:
        `[d, d]` float64.
    """
    if all(block.matrix is None for block in blocks):
        return total
    half = total.new_zeros(len(total), size)  # G M, [n, d]
    start = 0
    spans: list[tuple[Block, slice, Tensor]] = []
    for block in blocks:
        assert block.matrix is not None  # `None` and matrices are never mixed
        matrix = block.matrix.to(total)
        span = slice(start, start + len(matrix))
        half[:, block.start : block.start + matrix.shape[1]] += total[:, span] @ matrix
        spans.append((block, span, matrix))
        start = span.stop
    found = total.new_zeros(size, size)
    for block, span, matrix in spans:
        found[block.start : block.start + matrix.shape[1]] += matrix.T @ half[span]
    return (found + found.T) / 2


class StoredColumns:
    """All columns of a Jacobian, stored.

    Args:
        source: Computes the columns.
        values: `[n, C, H W]`, an empty tensor to store them in.
    """

    def __init__(self, source: ColumnSource, values: Tensor) -> None:
        self.values = values
        self.blocks, self.size = source.blocks, source.size
        # Products run on the device that computes the columns, wherever these are stored.
        self.scales = torch.ones(
            len(values), dtype=torch.float64, device=float64_device(source.device)
        )
        self._norms = torch.zeros_like(self.scales)
        self._full_gram: Tensor | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the columns and of the Gram of all pixels, which the first region may store."""
        return self.values.numel() * self.values.element_size() + _gram_bytes(len(self.values))

    def write(self, start: int, columns: Tensor) -> None:
        """Store some columns; in half precision each is scaled to a largest entry of 1.

        Args:
            start: Index of the first.
            columns: `[k, C, H, W]`.
        """
        flat = columns.flatten(2)
        step = max(1, _BLOCK_BYTES // (flat[:1].numel() * flat.element_size()))
        for first in range(0, len(flat), step):  # in parts, since columns may be large
            part = flat[first : first + step]
            rows = slice(start + first, start + first + len(part))
            if self.values.dtype in (torch.float16, torch.bfloat16):
                largest = part.abs().amax(dim=(1, 2)).clamp_min(torch.finfo(part.dtype).tiny)
                part = part / largest[:, None, None]
                self.scales[rows] = largest.to(self.scales)
            norms = torch.linalg.vector_norm(part, dim=(1, 2)).to(self.scales)
            self._norms[rows] = norms * self.scales[rows]
            self.values[rows] = part.to(self.values.device, self.values.dtype)

    def push(self, tangents: Tensor) -> Tensor:
        """`J t`: the first-order change of the image by displacements.

        Args:
            tangents: `[K, d]`.

        Returns:
            `[K, C, H W]` on the device of the source; float32, or float64 for float64 columns.
        """
        dtype = torch.promote_types(self.values.dtype, torch.float32)
        factors = self._input_tangents(tangents.to(self.scales)) * self.scales  # [K, n]
        each = self.values[0].numel() * dtype.itemsize
        step = max(1, _BLOCK_BYTES // each)
        total = torch.zeros(
            len(tangents), self.values[0].numel(), dtype=dtype, device=self.scales.device
        )
        with full_precision():
            for start in range(0, len(self.values), step):
                part = self.values[start : start + step].flatten(1).to(total)
                total.addmm_(factors[:, start : start + step].to(dtype), part)
        return total.reshape(len(tangents), *self.values.shape[1:])

    def _input_tangents(self, tangents: Tensor) -> Tensor:
        """Tangents of the columns, `[K, n]`, from tangents of the coordinates."""
        blocks = self.blocks
        if blocks is None or all(block.matrix is None for block in blocks):
            return tangents
        parts: list[Tensor] = []
        for block in blocks:
            assert block.matrix is not None  # `None` and matrices are never mixed
            matrix = block.matrix.to(tangents)
            parts.append(tangents[:, block.start : block.start + matrix.shape[1]] @ matrix.T)
        return torch.cat(parts, dim=1)

    def gram(
        self,
        weight: Tensor,
        others: tuple[StoredColumns, int] | None = None,
        pulse: Callable[[], None] | None = None,
    ) -> Tensor:
        """`J^T diag(w) J`.

        Args:
            weight: `[H, W]` in [0, 1].
            others: Columns to multiply with instead of these ones, and how many of them.
            pulse: Called after each product; may raise to cancel.

        Returns:
            `[n, n]` float64, or `[n, m]` with m other columns.
        """
        right, count = (self, len(self.values)) if others is None else others
        largest = max(len(self.values), count)
        dtype = torch.float64 if largest <= _WIDE_COUNT else torch.float32
        root = weight.reshape(-1).to(self.scales.device, torch.float64).sqrt()
        inside = root.nonzero()[:, 0]
        everything = len(inside) == len(root)
        step = max(256, _BLOCK_BYTES // (dtype.itemsize * largest))
        total = torch.zeros(len(self.values), count, dtype=torch.float64, device=self.scales.device)
        with full_precision():  # columns may be computed in TF32, their products never
            for channel in range(self.values.shape[1]):
                for start in range(0, len(inside), step):
                    rows = inside[start : start + step]
                    where = slice(start, start + len(rows)) if everything else rows
                    factor = root[rows].to(dtype)
                    left = self._weighted_rows(channel, where, factor)
                    both = (
                        left
                        if others is None
                        else right._weighted_rows(channel, where, factor)[:count]
                    )
                    _add_product(total, left, both)
                    if pulse is not None:
                        pulse()
        return total * self.scales[:, None] * right.scales[:count]

    def _weighted_rows(self, channel: int, rows: slice | Tensor, factor: Tensor) -> Tensor:
        """Some weighted rows of one channel, `[n, rows]`, in the type of the factor."""
        picked = rows if isinstance(rows, slice) else rows.to(self.values.device)
        part = self.values[:, channel, picked].to(factor.device)  # in the stored type: fewer bytes
        return part.to(factor.dtype) * factor

    def grams(self, weights: list[Tensor], pulse: Callable[[], None] | None = None) -> list[Tensor]:
        """Grams of several regions, `[d, d]` each.

        Where one region is the complement of another and has more than half of the total trace, its
        Gram is the Gram of all pixels minus that of the other. The other is the smaller one, so
        that no digit is lost. The Gram of all pixels is computed once and reused by later regions.

        Args:
            weights: `[H, W]` each.
            pulse: Called after each product; may raise to cancel.

        Returns:
            One float64 Gram per region.
        """
        found: list[Tensor] = []
        for number, weight in enumerate(weights):
            total: Tensor | None = None
            for other in range(number):
                small = float(found[other].trace()) < 0.5 * self.trace
                if small and torch.equal(weight, 1 - weights[other]):
                    total = self.full_gram(pulse) - found[other]
            found.append(self.gram(weight, pulse=pulse) if total is None else total)
        if self.blocks is None:
            return found
        return [assemble(total, self.blocks, self.size) for total in found]

    @property
    def trace(self) -> float:
        """Trace of the Gram of all pixels, from column norms: the Gram is not computed."""
        return float(self._norms.square().sum())

    def full_gram(self, pulse: Callable[[], None] | None = None) -> Tensor:
        """The Gram of all pixels, `[n, n]`, computed once.

        Args:
            pulse: Called after each product; may raise to cancel.

        Returns:
            `[n, n]` float64.
        """
        if self._full_gram is None:
            pixels = self.values.shape[2]
            self._full_gram = self.gram(torch.ones(pixels), pulse=pulse)
        return self._full_gram


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Add `left right^T` in float64; a symmetric product computes only its upper half."""
    if left.dtype is torch.float64:
        total.addmm_(left, right.T)
        return
    size = 2048
    for i in range(0, len(left), size):
        for j in range(i if left is right else 0, len(right), size):
            product = (left[i : i + size] @ right[j : j + size].T).to(torch.float64)
            total[i : i + size, j : j + size] += product
            if left is right and i != j:
                total[j : j + size, i : i + size] += product.T
