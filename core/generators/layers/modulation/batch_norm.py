"""Batch norm as a trained generator applies it: an affine map per channel."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Module, Parameter


class FrozenBatchNorm(Module):
    """Batch norm with the running statistics of training, whichever mode the module is in.

    Args:
        channels: Number of channels C.
        eps: Added to the variance; torch's default, since files do not hold it.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = Parameter(torch.ones(channels))
        self.bias = Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer.

        Args:
            x: `[N, C, H, W]`.

        Returns:
            `[N, C, H, W]`.
        """
        scale, shift = self.affine(x.dtype)
        return x * scale[:, None, None] + shift[:, None, None]

    def affine(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """The layer as an affine map.

        Args:
            dtype: Precision.

        Returns:
            Scale and shift, `[C]` each.
        """
        weight, bias, mean, variance = (
            t.to(dtype) for t in (self.weight, self.bias, self.running_mean, self.running_var)
        )
        scale = weight * (variance + self.eps).rsqrt()
        return scale, bias - mean * scale
