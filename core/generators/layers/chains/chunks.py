"""Chunks of feature maps that fit the processor's cache.

A large tensor costs the CPU more than its arithmetic: the operating system maps fresh pages for it,
and each pass over it goes through main memory. Memory of chunks of some megabytes is reused by the
allocator. A GPU needs large batches instead, and gets everything in one chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

CPU_BYTES = 12 << 20
"""Size of a chunk on the CPU; measured: equally fast from 4 to 24 MiB, slower above."""


def chunk_bytes(device: torch.device) -> int:
    """Largest chunk of a feature map on a device.

    Args:
        device: The device.

    Returns:
        Bytes; practically unlimited on a GPU.
    """
    return CPU_BYTES if device.type == "cpu" else 1 << 62


def chunk_slices(total: int, size: int, multiple: int = 1) -> Iterator[slice]:
    """Slices of nearly equal length, at most `size`, that cover 0 to total.

    Args:
        total: Number of items; a multiple of `multiple`.
        size: Items in a slice, at least `multiple`.
        multiple: Every slice has a multiple of this length.

    Yields:
        Slices in order.
    """
    units = total // multiple
    count = -(-units // max(size // multiple, 1))
    for number in range(count):
        start, stop = (units * n // count for n in (number, number + 1))
        yield slice(start * multiple, stop * multiple)


def compute_rows(
    x: Tensor, rows: slice, scale: int, halo: int, operation: Callable[[Tensor], Tensor]
) -> Tensor:
    """Compute some rows of the output of an operation with a small receptive field.

    Args:
        x: `[N, I, H, W]`.
        rows: Rows of the output; multiples of `scale`.
        scale: Rows of the output per row of x.
        halo: Rows of x above and below that the output may also depend on.
        operation: From `[N, I, h, W]` to `[N, O, scale h, W']`, with zero padding.

    Returns:
        `[N, O, rows, W']`.
    """
    first, last = rows.start // scale, rows.stop // scale
    low, high = max(first - halo, 0), min(last + halo, x.shape[2])
    y = operation(x[:, :, low:high])
    start = (first - low) * scale
    return y[:, :, start : start + rows.stop - rows.start]
