"""Leaky rectifier between two resamplings (StyleGAN3, Karras et al., NeurIPS 2021, section 3.1).

A pointwise non-linearity makes frequencies that the sampling rate cannot carry. It is therefore
applied at a higher rate: upsample by a low-pass filter, rectify, downsample by another.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .convolution.resample_axes import downsample_plane, resample_axis

_SAMPLES_ON_CPU = 1 << 20
"""Samples at the higher rate that are held at once on a CPU, where reused memory is the quickest;
a layer of a large image would take gigabytes."""

_SAMPLES_ELSEWHERE = 1 << 28
"""The same on a GPU, which wants to be filled."""


def filtered_leaky_relu(
    x: Tensor,
    up_filter: Tensor,
    down_filter: Tensor,
    up: int,
    down: int,
    padding: tuple[int, int],
    slope: float,
    gain: float,
    clamp: float | None,
) -> Tensor:
    """Upsample, rectify, scale, clamp, downsample.

    Args:
        x: `[N, C, H, W]`, H equal to W.
        up_filter: `[taps]`, sum 1, run along both axes.
        down_filter: `[taps]`, or `[taps, taps]` where it is no product of two.
        up: Factor to the higher rate.
        down: Factor from it.
        padding: Zeros before the first and after the last sample at the higher rate, negative
            where samples are cropped.
        slope: Of the rectifier below zero.
        gain: Factor on its output.
        clamp: Bound on what is then downsampled, or none.

    Returns:
        `[N, C, H', W']`.
    """
    taps_up, taps_down = up_filter.shape[0], down_filter.shape[0]
    high = x.shape[-1] * up + sum(padding) - taps_up + 1
    size = (high - taps_down) // down + 1
    raise_by = up_filter * up  # zeros between samples take a factor `up` along each axis

    def planes(part: Tensor) -> Tensor:
        part = resample_axis(part, raise_by, -1, high, up=up, before=padding[0])
        part = resample_axis(part, raise_by * gain, -2, high, up=up, before=padding[0])
        part = F.leaky_relu(part, slope)  # a positive gain may come before it
        if clamp is not None:
            part = part.clamp(-clamp, clamp)
        if down_filter.ndim == 2:
            return downsample_plane(part, down_filter, size, down)
        part = resample_axis(part, down_filter, -2, size, down=down)
        return resample_axis(part, down_filter, -1, size, down=down)

    samples = _SAMPLES_ON_CPU if x.device.type == "cpu" else _SAMPLES_ELSEWHERE
    parts = x.flatten(0, 1).split(max(1, samples // high**2))  # [n, H, W] each
    return torch.cat([planes(part) for part in parts]).unflatten(0, x.shape[:2])
