"""Columns of a Jacobian: their source, and the Grams of stored columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.execution import float64_device, full_precision
from .image_map import Block

_BLOCK_BYTES = 64 << 20
"""Size of the float64 copies that are multiplied at once."""

_WIDE_COUNT = 4096
"""Columns up to which products are in float64; beyond it float32 products of some thousand rows are
added up in float64, which halves the time and costs 1e-7 of the Gram."""


@dataclass(frozen=True)
class ColumnSource:
    """A Jacobian by its columns."""

    count: int
    """Number n of columns."""
    image_shape: tuple[int, int, int]
    """Channels, height and width of each."""
    columns: Callable[[int, int], Tensor]
    """Makes the columns from one number to another: `[k, C, H, W]`."""
    chunk: int
    """Columns to ask for at once; halved when memory runs out."""
    device: torch.device
    """Where they come from."""
    blocks: tuple[Block, ...] | None = None
    """Where columns are those of a linearisation's inputs, one after the other: how these follow
    from the d coordinates. None where columns are those of the coordinates themselves."""
    size: int = 0
    """Number d of coordinates, where `blocks` is given."""

    def nbytes(self, dtype: torch.dtype) -> int:
        """Bytes of all columns, kept, and of their Gram.

        Args:
            dtype: What they are kept in.

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
    """Bytes of a Gram of so many columns."""
    return count**2 * torch.float64.itemsize


def assemble(total: Tensor, blocks: tuple[Block, ...], size: int) -> Tensor:
    """`M^T G M`, M being made of blocks.

    Args:
        total: `[n, n]` float64, the Gram of the inputs in `blocks`, one after the other.
        blocks: How each input follows from the coordinates.
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
        assert block.matrix is not None  # an input either is coordinates or follows from some
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
        source: Where they come from.
        values: `[n, C, H W]`, room for them.
    """

    def __init__(self, source: ColumnSource, values: Tensor) -> None:
        self.values = values
        self.blocks, self.size = source.blocks, source.size
        # Products are made where columns come from, wherever they are kept.
        self.lengths = torch.ones(
            len(values), dtype=torch.float64, device=float64_device(source.device)
        )
        self._norms = torch.zeros_like(self.lengths)
        self._whole: Tensor | None = None

    @property
    def nbytes(self) -> int:
        """Bytes that are kept, with the Gram of all pixels, which a first region leaves behind."""
        return self.values.numel() * self.values.element_size() + _gram_bytes(len(self.values))

    def write(self, start: int, columns: Tensor) -> None:
        """Keep some columns, in half precision scaled to a largest entry of 1.

        Args:
            start: Number of the first.
            columns: `[k, C, H, W]`.
        """
        flat = columns.flatten(2)
        step = max(1, _BLOCK_BYTES // (flat[:1].numel() * flat.element_size()))
        for first in range(0, len(flat), step):  # copies in parts, since columns may be large
            part = flat[first : first + step]
            rows = slice(start + first, start + first + len(part))
            if self.values.dtype in (torch.float16, torch.bfloat16):
                largest = part.abs().amax(dim=(1, 2)).clamp_min(torch.finfo(part.dtype).tiny)
                part = part / largest[:, None, None]
                self.lengths[rows] = largest.to(self.lengths)
            norms = torch.linalg.vector_norm(part, dim=(1, 2)).to(self.lengths)
            self._norms[rows] = norms * self.lengths[rows]
            self.values[rows] = part.to(self.values.device, self.values.dtype)

    def push(self, tangents: Tensor) -> Tensor:
        """`J t`: what displacements do to the image, to first order.

        Args:
            tangents: `[K, d]`.

        Returns:
            `[K, C, H W]` float32 where the columns are made, or float64 for columns in float64.
        """
        dtype = torch.promote_types(self.values.dtype, torch.float32)
        factors = self._inputs(tangents.to(self.lengths)) * self.lengths  # [K, n]
        each = self.values[0].numel() * dtype.itemsize
        step = max(1, _BLOCK_BYTES // each)
        total = torch.zeros(
            len(tangents), self.values[0].numel(), dtype=dtype, device=self.lengths.device
        )
        with full_precision():
            for start in range(0, len(self.values), step):
                part = self.values[start : start + step].flatten(1).to(total)
                total.addmm_(factors[:, start : start + step].to(dtype), part)
        return total.reshape(len(tangents), *self.values.shape[1:])

    def _inputs(self, tangents: Tensor) -> Tensor:
        """What moves of each column when the coordinates move, `[K, n]`."""
        blocks = self.blocks
        if blocks is None or all(block.matrix is None for block in blocks):
            return tangents
        parts: list[Tensor] = []
        for block in blocks:
            assert block.matrix is not None  # an input either is coordinates or follows from some
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
            others: Columns to multiply with instead of these themselves, and how many of them.
            pulse: Called after each product; may raise to cancel.

        Returns:
            `[n, n]` float64, or `[n, m]` with m other columns.
        """
        right, count = (self, len(self.values)) if others is None else others
        largest = max(len(self.values), count)
        dtype = torch.float64 if largest <= _WIDE_COUNT else torch.float32
        root = weight.reshape(-1).to(self.lengths.device, torch.float64).sqrt()
        inside = root.nonzero()[:, 0]
        everything = len(inside) == len(root)
        step = max(256, _BLOCK_BYTES // (dtype.itemsize * largest))
        total = torch.zeros(
            len(self.values), count, dtype=torch.float64, device=self.lengths.device
        )
        with full_precision():  # columns may be computed in TF32, sums of their products never
            for channel in range(self.values.shape[1]):
                for start in range(0, len(inside), step):
                    rows = inside[start : start + step]
                    where = slice(start, start + len(rows)) if everything else rows
                    factor = root[rows].to(dtype)
                    left = self._part(channel, where, factor)
                    both = left if others is None else right._part(channel, where, factor)[:count]
                    _add_product(total, left, both)
                    if pulse is not None:
                        pulse()
        return total * self.lengths[:, None] * right.lengths[:count]

    def _part(self, channel: int, rows: slice | Tensor, factor: Tensor) -> Tensor:
        """Some weighted rows of one colour, `[n, rows]`, in the precision of the factor."""
        picked = rows if isinstance(rows, slice) else rows.to(self.values.device)
        moved = self.values[:, channel, picked].to(factor.device)  # as kept, which is less to move
        return moved.to(factor.dtype) * factor

    def grams(self, weights: list[Tensor], pulse: Callable[[], None] | None = None) -> list[Tensor]:
        """Grams of several regions, `[d, d]` each.

        Where one region is the complement of another and has more than half of the total trace, its
        Gram is the Gram of all pixels minus the other: the other is small beside it, so that no
        digit is lost. The Gram of all pixels is computed once and serves later regions too.

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
                    total = self.whole(pulse) - found[other]
            found.append(self.gram(weight, pulse=pulse) if total is None else total)
        if self.blocks is None:
            return found
        return [assemble(total, self.blocks, self.size) for total in found]

    @property
    def trace(self) -> float:
        """Trace of the Gram of all pixels, which need not be made for it."""
        return float(self._norms.square().sum())

    def whole(self, pulse: Callable[[], None] | None = None) -> Tensor:
        """The Gram of all pixels, `[n, n]`, made once; `pulse` as in `gram`."""
        if self._whole is None:
            pixels = self.values.shape[2]
            self._whole = self.gram(torch.ones(pixels), pulse=pulse)
        return self._whole


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Add `left right^T` in float64; of a symmetric one only the upper half is multiplied."""
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
