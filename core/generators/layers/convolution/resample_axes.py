"""Changing the sampling rate by whole factors with any finite filter, in plain PyTorch.

A rate changes in three steps: zeros are inserted between samples, the filter runs over the result,
samples are left out. All three together are one matrix with a band of non-zeros that repeats itself
along the diagonal. So an axis is cut into overlapping pieces, and each piece is multiplied by one
small matrix: no zero is ever stored, and the work is done by the matrix product, which is ten times
as fast on a CPU as a convolution with one channel per group.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_PIECE = 32
"""Samples of the longer side of the small matrix; more wastes products, fewer waste calls."""

_TILE = 4
"""Outputs along each axis that a filter in two dimensions yields at once."""


def resample_axis(
    x: Tensor, kernel: Tensor, axis: int, size: int, up: int = 1, down: int = 1, before: int = 0
) -> Tensor:
    """Filter one axis at a multiple of its rate: insert zeros, convolve, leave samples out.

    Args:
        x: `[M, H, W]`.
        kernel: `[taps]`.
        axis: -2 for the rows, -1 for the columns.
        size: Samples along that axis in the result; what lies outside of x counts as zero.
        up: Each sample is followed by `up - 1` zeros.
        down: Of the filtered samples every `down`-th is kept, from the first.
        before: Zeros put before the first sample once zeros are inserted; negative to crop.

    Returns:
        `[M, H', W]` or `[M, H, W']`.
    """
    common = math.gcd(up, down)
    period, pace = up // common, down // common  # so many outputs and inputs make one turn
    turns = max(1, min(_PIECE // max(period, pace), math.ceil(size / period)))
    outputs, step = turns * period, turns * pace
    taps = kernel.shape[0]
    first = math.ceil(-before / up)
    last = ((outputs - 1) * down + taps - 1 - before) // up
    width = last - first + 1  # inputs that a piece looks at
    # Entry [j, i] of the small matrix is the tap that carries input i to output j, if there is one.
    i = torch.arange(first, last + 1, device=x.device)
    j = torch.arange(outputs, device=x.device)[:, None]
    tap = taps - 1 - (i * up + before - j * down)
    matrix = torch.where((tap >= 0) & (tap < taps), kernel[tap.clamp(0, taps - 1)], 0.0)
    count = math.ceil(size / outputs)
    parts = math.ceil(width / step)
    after = first + (count - 1 + parts) * step - x.shape[axis]
    padding = (-first, after) if axis == -1 else (0, 0, -first, after)
    blocks = F.pad(x, padding).unflatten(axis, (-1, step))  # each piece begins with a block
    # Pieces are put together by hand, since vmap differentiates `unfold` one item at a time.
    if axis == -1:
        cut = [blocks[:, :, n : n + count, : width - n * step] for n in range(parts)]
        return (torch.cat(cut, -1) @ matrix.T).flatten(-2)[..., :size]
    cut = [blocks[:, n : n + count, : width - n * step] for n in range(parts)]
    return (matrix @ torch.cat(cut, -2)).flatten(-3, -2)[..., :size, :]


def downsample_plane(x: Tensor, kernel: Tensor, size: int, down: int) -> Tensor:
    """Convolve both axes with a filter that is no product of two, and leave samples out.

    Args:
        x: `[M, H, W]`.
        kernel: `[taps, taps]`.
        size: Height and width of the result; what lies beyond the end of x counts as zero.
        down: Every `down`-th sample is kept along both axes.

    Returns:
        `[M, size, size]`.
    """
    taps = kernel.shape[0]
    reach = (_TILE - 1) * down  # a tile of outputs shares one window, its rows are the channels
    turned = kernel.flip(0, 1)
    windows = [
        F.pad(turned, (a * down, reach - a * down, b * down, reach - b * down))
        for b in range(_TILE)
        for a in range(_TILE)
    ]
    tiles = math.ceil(size / _TILE)
    needed = (tiles * _TILE - 1) * down + taps
    x = F.pad(x, (0, needed - x.shape[-1], 0, needed - x.shape[-2]))
    y = F.conv2d(x[:, None], torch.stack(windows)[:, None], stride=_TILE * down)
    return F.pixel_shuffle(y, _TILE)[:, 0, :size, :size]
