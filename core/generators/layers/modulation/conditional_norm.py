"""Batch norm with scale and shift from a condition (de Vries et al., NeurIPS 2017)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import Linear, Module, Parameter


class TruncatedStatistics(Module):
    """Means and variances of C channels, for one or several values of the truncation.

    Args:
        channels: Number of channels C.
        count: Number of truncation values, evenly spaced from 0 to 1; 1 for one set for all.
        eps: Added to the variance.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int, count: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("mean", torch.zeros(count, channels))
        self.register_buffer("variance", torch.ones(count, channels))

    def forward(self, truncation_psi: float) -> tuple[Tensor, Tensor]:
        """Statistics at a truncation value.

        Between two values of the table the published code swaps the weights of linear
        interpolation; this code does the same. It also computes the index in the same way, since
        rounding decides on which side of a table value a truncation is. The statistics of -psi are
        those of psi, and above 1 those of 1.

        Args:
            truncation_psi: Truncation of the latents.

        Returns:
            Mean and inverse standard deviation, `[C]` each.
        """
        last = len(self.mean) - 1
        share, index = 0.0, 0
        if last > 0:
            share, whole = math.modf(min(abs(truncation_psi), 1.0) / (1.0 / last))
            index = int(whole)
        mean, variance = self.mean[index], self.variance[index]  # [C]
        if share:
            above = min(index + 1, last)
            mean = share * mean + (1 - share) * self.mean[above]
            variance = share * variance + (1 - share) * self.variance[above]
        return mean, (variance + self.eps).rsqrt()


class ConditionalNorm(Module):
    """Batch norm with scale `1 + A y` and shift `B y` of a condition y.

    Args:
        channels: Number of channels C.
        features: Size of the condition.
        count: Number of truncation values with statistics of their own.
        eps: Added to the variance.
    """

    def __init__(self, channels: int, features: int, count: int, eps: float) -> None:
        super().__init__()
        self.scale = Linear(features, channels, bias=False)
        self.shift = Linear(features, channels, bias=False)
        self.statistics = TruncatedStatistics(channels, count, eps)

    def forward(self, x: Tensor, condition: Tensor, truncation_psi: float) -> Tensor:
        """Apply the layer.

        Args:
            x: `[N, C, H, W]`.
            condition: `[N, features]`.
            truncation_psi: Truncation of the latents, which selects the statistics.

        Returns:
            `[N, C, H, W]`.
        """
        mean, factor = self.statistics(truncation_psi)
        scale = factor * (1 + self.scale(condition))  # [N, C]
        shift = self.shift(condition) - mean * scale
        return x * scale[:, :, None, None] + shift[:, :, None, None]


class PlainNorm(Module):
    """Batch norm with one learned scale and shift per channel.

    Args:
        channels: Number of channels C.
        count: Number of truncation values with statistics of their own.
        eps: Added to the variance.
    """

    def __init__(self, channels: int, count: int, eps: float) -> None:
        super().__init__()
        self.weight = Parameter(torch.ones(channels))
        self.bias = Parameter(torch.zeros(channels))
        self.statistics = TruncatedStatistics(channels, count, eps)

    def forward(self, x: Tensor, truncation_psi: float) -> Tensor:
        """`[N, C, H, W]` to the same shape; the truncation selects the statistics."""
        mean, factor = self.statistics(truncation_psi)
        scale = factor * self.weight  # [C]
        shift = self.bias - mean * scale
        return x * scale[:, None, None] + shift[:, None, None]
