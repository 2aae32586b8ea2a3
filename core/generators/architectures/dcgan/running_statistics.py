"""Statistics of features, compared with those that batch norms store."""

from __future__ import annotations

import torch
from torch import Tensor

SAMPLES = 128
"""Number of random latents."""


def normalize(x: Tensor, norm: tuple[Tensor, Tensor, Tensor, Tensor] | None) -> Tensor:
    """A batch norm as in training: with the statistics of the batch.

    The running statistics of the next layer were computed from such features, and errors of lower
    layers do not accumulate.

    Args:
        x: `[N, O, H, W]`, output of the convolution.
        norm: Weight, bias, running mean and running variance `[O]`, or none.

    Returns:
        `[N, O, H, W]`; x itself where there is no batch norm.
    """
    if norm is None:
        return x
    weight, bias, _, _ = norm
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)  # [O]
    scale = weight * (variance + 1e-5).rsqrt()
    return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]


def misfit(x: Tensor, running_mean: Tensor, running_var: Tensor) -> float:
    """Difference between the statistics of features and the stored ones; 0 is a perfect fit.

    Per channel the squared error of the mean, in stored standard deviations, plus the squared
    logarithm of the ratio of variances, each clamped at 10 so that a dead channel cannot dominate;
    then the mean over channels.

    Args:
        x: `[N, O, H, W]`, input of the batch norm.
        running_mean: `[O]`.
        running_var: `[O]`.

    Returns:
        From 0 to 20.
    """
    variance, mean = torch.var_mean(x, dim=(0, 2, 3))  # [O], unbiased as the running variance is
    tiny = 1e-6 * running_var.mean() + 1e-20  # a dead channel has no variance to divide by
    error = (mean - running_mean).square() / (running_var + tiny)
    ratio = ((variance + tiny) / (running_var + tiny)).log().square()
    return float((error.clamp(max=10) + ratio.clamp(max=10)).mean())


def draw_latents(distribution: str, z_dim: int) -> Tensor:
    """`SAMPLES` latents, the same at every call.

    Args:
        distribution: One of `DISTRIBUTIONS`.
        z_dim: Size of z.

    Returns:
        `[N, z_dim, 1, 1]`.
    """
    source = torch.Generator().manual_seed(0)
    if distribution == "normal":
        return torch.randn(SAMPLES, z_dim, 1, 1, generator=source)
    return torch.rand(SAMPLES, z_dim, 1, 1, generator=source) * 2 - 1
