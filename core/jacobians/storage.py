"""Store all columns of a Jacobian if they fit in memory, else accumulate exact Grams in blocks."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.execution import float64_device, in_chunks
from ..base.memory import Memory
from ..base.progress import Progress, no_progress
from .columns import ColumnSource, StoredColumns


def store_columns(
    source: ColumnSource,
    memory: Memory,
    dtype: torch.dtype,
    progress: Progress | None = None,
) -> StoredColumns | None:
    """Compute all columns and store them.

    Args:
        source: Computes the columns.
        memory: Where they may be stored.
        dtype: Type they are stored in.
        progress: Called with (done, total) columns; may raise to cancel.

    Returns:
        The columns; none where they do not fit, which is checked before any is computed.
    """
    channels, height, width = source.image_shape
    values = memory.room((source.count, channels, height * width), dtype, source.device)
    if values is None:
        return None
    stored = StoredColumns(source, values)
    _fill(stored, source, source.chunk, 0, source.count, progress)
    return stored


def _fill(
    stored: StoredColumns,
    source: ColumnSource,
    chunk: int,
    start: int,
    stop: int,
    progress: Progress | None,
) -> None:
    """Compute the columns of a range, and store them at index 0 and up."""

    def work(low: int, high: int) -> None:
        stored.write(low, source.columns(start + low, start + high))

    in_chunks(stop - start, chunk, work, progress)


def accumulate_grams(
    source: ColumnSource,
    memory: Memory,
    dtype: torch.dtype,
    weights: list[Tensor],
    progress: Progress | None = None,
) -> list[Tensor]:
    """Exact Grams with memory for some columns only.

    A block of as many columns as fit is stored and multiplied with all later columns, which are
    computed again for each block. If a fraction p of the columns fits, each is computed
    `(1 + 1 / p) / 2` times on average.

    Args:
        source: Computes the columns.
        memory: Where a block may be stored.
        dtype: Type they are stored in.
        weights: One `[H, W]` per region.
        progress: Called with (done, total) columns; may raise to cancel.

    Returns:
        One `[d, d]` float64 per region.
    """
    report = progress or no_progress
    channels, height, width = source.image_shape
    each = channels * height * width * dtype.itemsize
    fitting = max(memory.largest // each, 2)  # the block, and a chunk of later columns
    chunk = min(source.chunk, fitting // 2)
    capacity = min(source.count, fitting - chunk)
    shape = (capacity, channels, height * width)
    values = memory.room(shape, dtype, source.device)
    later_values = torch.empty((chunk, *shape[1:]), dtype=dtype, device=source.device)
    if values is None:
        values = torch.empty(shape, dtype=dtype)
    starts = range(0, source.count, capacity)
    steps, done = sum(source.count - start for start in starts), 0
    device = float64_device(source.device)
    totals = [
        torch.zeros(source.count, source.count, dtype=torch.float64, device=device) for _ in weights
    ]
    for start in starts:
        stop = min(start + capacity, source.count)
        stored = StoredColumns(source, values[: stop - start])

        def step(computed: int, total: int, before: int = done) -> None:
            report(before + computed, steps)

        _fill(stored, source, chunk, start, stop, step)
        done += stop - start
        for total, weight in zip(totals, weights, strict=True):
            total[start:stop, start:stop] = stored.gram(weight)
        other = StoredColumns(source, later_values)

        def cross(
            low: int,
            high: int,
            stored: StoredColumns = stored,
            other: StoredColumns = other,
            span: slice = slice(start, stop),
        ) -> None:
            columns = source.columns(span.stop + low, span.stop + high)
            other.write(0, columns)
            for total, weight in zip(totals, weights, strict=True):
                product = stored.gram(weight, (other, high - low))
                total[span, span.stop + low : span.stop + high] = product
                total[span.stop + low : span.stop + high, span] = product.T

        def cross_step(computed: int, total: int, before: int = done) -> None:
            report(before + computed, steps)

        in_chunks(source.count - stop, chunk, cross, cross_step)
        done += source.count - stop
    return [source.assemble(total) for total in totals]
