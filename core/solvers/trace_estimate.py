"""The trace of a matrix that is known by its products: exact in a space, sampled outside of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_INSIDE = 1e-8
"""Squared share of a probe outside the space below which it is rounding error."""

_STREAM = 0x9E3779B9
"""Added to seeds, since weights drawn from a small seed would be the very numbers of the probes."""


@dataclass(frozen=True)
class TraceEstimate:
    """`tr(B)` and how certain it is."""

    value: float
    """The estimate."""
    error: float
    """Its standard error, relative to the value; 0 where it is exact."""
    probes: int
    """Number of random vectors; 0 where it is exact."""


def draw_probes(count: int, size: int, seed: int) -> Tensor:
    """Draw random vectors of unit length.

    Args:
        count: Number m of vectors.
        size: D.
        seed: Seed of the draw.

    Returns:
        `[m, D]` float64, uniform on the sphere.
    """
    draw = torch.Generator().manual_seed(_STREAM + seed)
    rows = torch.randn(count, size, generator=draw, dtype=torch.float64)
    return rows / rows.norm(dim=1, keepdim=True)


def estimate_trace(rows: Tensor, probes: Tensor, small: Tensor) -> TraceEstimate:
    """`tr(V B V^T)`, plus the mean of `p^T B p` over unit vectors p outside the space of V.

    That is the estimator of Hutchinson (Commun. Stat. Simul. Comput. 18, 1989) with the space
    deflated, as in Hutch++ (Meyer, Musco, Musco and Woodruff, SOSA 2021): only what the space has
    not yet found is random, so that the estimate sharpens while the space grows, at no product.

    Args:
        rows: `[k, D]` float64, V, orthonormal.
        probes: `[m, D]` float64, random, m at least 2.
        small: `[k + m, k + m]` float64, B projected onto rows and probes.

    Returns:
        The estimate.
    """
    k, size = rows.shape
    inside = float(small[:k, :k].diagonal().sum())
    along = probes @ rows.T  # [m, k]
    # Images of p - along V, whose products are known since they are linear.
    cross = (along * small[k:, :k]).sum(dim=1)
    seen = ((along @ small[:k, :k]) * along).sum(dim=1)
    squares = small[k:, k:].diagonal() - 2 * cross + seen
    outside = probes.square().sum(dim=1) - along.square().sum(dim=1)
    if k >= size or float(outside.max()) < _INSIDE:
        return TraceEstimate(inside, 0.0, 0)
    each = (size - k) * (squares / outside).clamp_min(0.0)
    value = inside + float(each.mean())
    spread = float(each.std()) / math.sqrt(len(each))
    return TraceEstimate(value, spread / value if value > 0 else 0.0, len(each))
