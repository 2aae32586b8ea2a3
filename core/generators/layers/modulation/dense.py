"""Fully connected layer with equalised learning rate (Karras et al., ICLR 2018, section 4.1)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F


def normalize_second_moment(x: Tensor) -> Tensor:
    """Scale each vector to a mean square of one ("pixel norm" of latents and of features).

    Args:
        x: `[N, D]`, or `[N, D, H, W]` with a vector at each pixel.

    Returns:
        The same shape.
    """
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class EqualizedDense(Module):
    """`y = (gain * weight) x + (lr_multiplier * bias)`, gain = lr_multiplier / sqrt(in_features).

    Args:
        in_features: Size of x.
        out_features: Size of y.
        bias_init: Initial value of the bias after multiplication.
        lr_multiplier: Factor on both weight and bias; weights are stored divided by it.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias_init: float = 0.0,
        lr_multiplier: float = 1.0,
    ) -> None:
        super().__init__()
        self.lr_multiplier = lr_multiplier
        self.weight = Parameter(torch.randn(out_features, in_features) / lr_multiplier)
        self.bias = Parameter(torch.full((out_features,), bias_init / lr_multiplier))

    def effective_weight(self) -> Tensor:
        """The weight times its gain.

        Returns:
            `[out_features, in_features]`.
        """
        return self.weight * (self.lr_multiplier / math.sqrt(self.weight.shape[1]))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer.

        Args:
            x: `[N, in_features]`.

        Returns:
            `[N, out_features]`.
        """
        return F.linear(x, self.effective_weight(), self.bias * self.lr_multiplier)
