"""Leaky rectifier between two resamplings (StyleGAN3, Karras et al., NeurIPS 2021, section 3.1).

A pointwise non-linearity creates frequencies above the Nyquist limit of its sampling rate. It is
therefore applied at a higher rate: upsample by a low-pass filter, rectify, downsample by another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .convolution.resample_axes import downsample_plane, resample_axis

_SAMPLES_ON_CPU = 1 << 20
"""Samples at the higher rate that are computed at once on a CPU, where reused memory is fastest; a
layer of a large image would take gigabytes."""

_SAMPLES_ELSEWHERE = 1 << 28
"""The same on a GPU, which needs large batches to be busy."""


@dataclass(frozen=True)
class FilteredRectifier:
    """Filters, factors and activation of one layer."""

    up_filter: Tensor
    """`[taps]`, sum 1, applied along both axes."""
    down_filter: Tensor
    """`[taps]`, or `[taps, taps]` where it is not separable."""
    up: int
    """Factor from the input's sampling rate to the higher rate."""
    down: int
    """Factor from the higher rate to the output's."""
    padding: tuple[int, int]
    """Zeros before the first and after the last sample at the higher rate; negative to crop."""
    clamp: float | None
    """Bound on the rectifier's output, or none."""
    slope: float = 0.2
    """Slope of the rectifier below zero."""
    gain: float = 2**0.5
    """Factor on the rectifier's output."""

    def high_size(self, size: int) -> int:
        """Samples along an axis at the higher rate, of `size` input samples."""
        return size * self.up + sum(self.padding) - self.up_filter.shape[0] + 1

    def output_size(self, size: int) -> int:
        """Samples along an axis of the output, of `size` input samples."""
        return (self.high_size(size) - self.down_filter.shape[0]) // self.down + 1

    def __call__(self, x: Tensor) -> Tensor:
        """Upsample, rectify, scale, clamp, downsample.

        Args:
            x: `[N, C, H, W]`, H equal to W.

        Returns:
            `[N, C, H', W']`.
        """
        high = self.high_size(x.shape[-1])
        samples = _SAMPLES_ON_CPU if x.device.type == "cpu" else _SAMPLES_ELSEWHERE
        chunks = x.flatten(0, 1).split(max(1, samples // high**2))  # [n, H, W] each
        return torch.cat([self._planes(chunk) for chunk in chunks]).unflatten(0, x.shape[:2])

    def _planes(self, x: Tensor) -> Tensor:
        """The same for some channels, `[n, H, W]`."""
        high, size = self.high_size(x.shape[-1]), self.output_size(x.shape[-1])
        kernel, before = self.up_filter * self.up, self.padding[0]  # makes up for inserted zeros
        x = resample_axis(x, kernel, -1, high, up=self.up, before=before)
        x = resample_axis(x, kernel * self.gain, -2, high, up=self.up, before=before)
        x = F.leaky_relu(x, self.slope)  # a positive gain may come before it
        if self.clamp is not None:
            x = x.clamp(-self.clamp, self.clamp)
        if self.down_filter.ndim == 2:
            return downsample_plane(x, self.down_filter, size, self.down)
        x = resample_axis(x, self.down_filter, -2, size, down=self.down)
        return resample_axis(x, self.down_filter, -1, size, down=self.down)
