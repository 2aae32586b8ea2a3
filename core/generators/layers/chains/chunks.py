"""Work on feature maps in pieces that stay in the processor's cache.

A large tensor costs the CPU more than its arithmetic: fresh pages have to be mapped, and each pass
over it goes through main memory. Pieces of some megabytes are handed out again and again by the
allocator. A GPU wants the opposite, and gets everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

CPU_BYTES = 12 << 20
"""Size of a piece on the CPU; measured: from 4 to 24 MiB equal, beyond it slower."""


def chunk_bytes(device: torch.device) -> int:
    """Largest piece of a feature map on a device.

    Args:
        device: The device.

    Returns:
        Bytes; no limit worth the name on a GPU.
    """
    return CPU_BYTES if device.type == "cpu" else 1 << 62


def chunk_slices(total: int, size: int, multiple: int = 1) -> Iterator[slice]:
    """Slices of at most `size`, nearly equal, that cover 0 to total.

    Args:
        total: Items; a multiple of `multiple`.
        size: Items in a slice, at least `multiple`.
        multiple: What the length of every slice is a multiple of.

    Yields:
        Slices in order.
    """
    units = total // multiple
    count = -(-units // max(size // multiple, 1))
    for number in range(count):
        start, stop = (units * n // count for n in (number, number + 1))
        yield slice(start * multiple, stop * multiple)


def rows_of(
    x: Tensor, rows: slice, scale: int, halo: int, operation: Callable[[Tensor], Tensor]
) -> Tensor:
    """Some rows of what an operation with a small footprint makes of features.

    Args:
        x: `[N, I, H, W]`.
        rows: Rows of the result; multiples of `scale`.
        scale: Rows of the result per row of x.
        halo: Rows of x beyond the wanted ones that the result may depend on.
        operation: From `[N, I, h, W]` to `[N, O, scale h, W']`, with zeros outside.

    Returns:
        `[N, O, rows, W']`.
    """
    first, last = rows.start // scale, rows.stop // scale
    low, high = max(first - halo, 0), min(last + halo, x.shape[2])
    y = operation(x[:, :, low:high])
    start = (first - low) * scale
    return y[:, :, start : start + rows.stop - rows.start]
