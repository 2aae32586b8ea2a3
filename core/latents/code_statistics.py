"""Statistics of random codes: mean and covariance of w, deviations of styles."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import Module

from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from .sampling import draw_z

STATISTICS_COUNT = 10_000
"""Number of codes for the mean and the covariance of w; their seeds are 0 to 9,999."""

_CONSTANT = 1e-7
"""Share of the largest deviation below which a style channel counts as constant (float32)."""

_statistics: WeakKeyDictionary[Module, tuple[Tensor, Tensor]] = WeakKeyDictionary()
"""Cache of mean and covariance of w by network; computing them takes a second."""


def w_statistics(gan: Generator) -> tuple[Tensor, Tensor]:
    """Mean and covariance of w over the seeds 0 to 9,999, cycling through the classes.

    Args:
        gan: A generator with a mapping network.

    Returns:
        Mean `[w_dim]` and covariance `[w_dim, w_dim]`, float64 on the CPU.
    """
    spec = gan.spec
    if gan.network in _statistics:
        return _statistics[gan.network]
    with plain_tensors():
        z = draw_z(spec.z_dim, STATISTICS_COUNT, 0, spec.distribution)
        labels: Tensor | None = None
        if spec.c_dim:
            labels = torch.eye(spec.c_dim)[torch.arange(STATISTICS_COUNT) % spec.c_dim]
        rows: list[Tensor] = []
        for start in range(0, STATISTICS_COUNT, 1000):
            part = slice(start, start + 1000)
            c = None if labels is None else labels[part].to(gan.device, gan.dtype)
            w = gan.network.map(z[part].to(gan.device, gan.dtype), c)
            rows.append(w.to("cpu").to(torch.float64))
        w = torch.cat(rows)  # [10000, w_dim]
        _statistics[gan.network] = w.mean(dim=0), torch.cov(w.T).reshape(w.shape[1], w.shape[1])
    return _statistics[gan.network]


def covariance_of_w(gan: Generator) -> Tensor:
    """Covariance of w: that of the file, else that of `w_statistics`.

    Args:
        gan: A generator with a mapping network.

    Returns:
        `[w_dim, w_dim]` float64 on the CPU where it is computed; else as the file stores it.
    """
    return w_statistics(gan)[1] if gan.w_covariance is None else gan.w_covariance


def style_deviations(gan: Generator) -> Tensor:
    """Standard deviation of each style channel over random codes, the unit of directions in S.

    Exact for the w of `w_statistics`, since styles are affine in w: `sqrt(a_i^T C a_i)` with row
    a_i of `AbstractNetwork.style_weights` and the covariance C of w.

    Args:
        gan: A generator with styles.

    Returns:
        `[sum of channels]` float64 on the CPU; 0 for channels that are constant up to rounding.
    """
    covariance = covariance_of_w(gan)
    rows = gan.network.style_weights().detach().to("cpu").to(torch.float64)
    variance = ((rows @ covariance.to(rows)) * rows).sum(dim=1)
    deviations = variance.clamp_min(0).sqrt()
    return torch.where(deviations > _CONSTANT * deviations.max(), deviations, 0.0)
