"""Resampling by rational factors with any finite filter.

Resampling has three steps: insert zeros between samples, filter, drop samples. Together they are
one banded matrix whose band repeats along the diagonal. The axis is therefore split into
overlapping windows, and each window is multiplied by the same small matrix. No zeros are stored,
and on a CPU the matrix product is ten times as fast as a convolution with one channel per group.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_WINDOW = 32
"""Longer side of the small matrix; more wastes products on zeros, less makes too many calls."""

_TILE = 4
"""Outputs along each axis that a two-dimensional filter computes at once."""


def resample_axis(
    x: Tensor, kernel: Tensor, axis: int, size: int, up: int = 1, down: int = 1, before: int = 0
) -> Tensor:
    """Resample one axis: insert zeros, convolve, drop samples.

    Args:
        x: `[M, H, W]`.
        kernel: `[taps]`.
        axis: -2 for the rows, -1 for the columns.
        size: Samples along that axis in the result; x is padded with zeros.
        up: Each sample is followed by `up - 1` zeros.
        down: Every `down`-th filtered sample is kept, from the first.
        before: Zeros before the first sample, counted at the higher rate; negative to crop.

    Returns:
        `[M, H', W]` or `[M, H, W']`.
    """
    common = math.gcd(up, down)
    period, advance = up // common, down // common  # outputs and inputs per period of the band
    periods = max(1, min(_WINDOW // max(period, advance), math.ceil(size / period)))
    outputs, step = periods * period, periods * advance
    taps = kernel.shape[0]
    first = math.ceil(-before / up)
    last = ((outputs - 1) * down + taps - 1 - before) // up
    width = last - first + 1  # inputs of a window
    # Entry [j, i] of the small matrix is the tap from input i to output j, or 0.
    i = torch.arange(first, last + 1, device=x.device)
    j = torch.arange(outputs, device=x.device)[:, None]
    tap = taps - 1 - (i * up + before - j * down)
    matrix = torch.where((tap >= 0) & (tap < taps), kernel[tap.clamp(0, taps - 1)], 0.0)
    count = math.ceil(size / outputs)
    blocks_per_window = math.ceil(width / step)
    after = first + (count - 1 + blocks_per_window) * step - x.shape[axis]
    padding = (-first, after) if axis == -1 else (0, 0, -first, after)
    blocks = F.pad(x, padding).unflatten(axis, (-1, step))  # each window starts with a block
    # Windows are concatenated by hand, since vmap differentiates `unfold` one item at a time.
    if axis == -1:
        cut = [blocks[:, :, n : n + count, : width - n * step] for n in range(blocks_per_window)]
        return (torch.cat(cut, -1) @ matrix.T).flatten(-2)[..., :size]
    cut = [blocks[:, n : n + count, : width - n * step] for n in range(blocks_per_window)]
    return (matrix @ torch.cat(cut, -2)).flatten(-3, -2)[..., :size, :]


def downsample_plane(x: Tensor, kernel: Tensor, size: int, down: int) -> Tensor:
    """Filter both axes with a filter that is not separable, and drop samples.

    Args:
        x: `[M, H, W]`.
        kernel: `[taps, taps]`.
        size: Height and width of the result; x is padded with zeros at its end.
        down: Every `down`-th sample is kept along both axes.

    Returns:
        `[M, size, size]`.
    """
    taps = kernel.shape[0]
    reach = (_TILE - 1) * down  # a tile of outputs reads one window; its outputs are the channels
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
