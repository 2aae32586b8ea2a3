"""Slow and plain: the whole Jacobian by autograd, and scipy's eigensolver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
import torch
from torch import Tensor


def full_jacobian(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """`[C, H, W, D]` by reverse mode, one row at a time."""
    return torch.autograd.functional.jacobian(function, point.clone())


def grams_of(jacobian: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """A and B, divided by their rows, from `[C, H, W, D]` and weights `[H, W]`."""
    pair = []
    for weight in (weights.double(), 1 - weights.double()):
        scaled = jacobian.double() * weight.sqrt()[..., None]
        rows = scaled.flatten(0, 2)
        pair.append(rows.T @ rows / (weight.sum() * jacobian.shape[0]))
    return pair[0], pair[1]


def generalised_eigenpairs(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Values, descending, and unit rows, by `scipy.linalg.eigh`."""
    values, columns = scipy.linalg.eigh(a.numpy(), b.numpy())
    rows = columns.T[::-1] / np.linalg.norm(columns.T[::-1], axis=1, keepdims=True)
    return torch.from_numpy(values[::-1].copy()), torch.from_numpy(rows.copy())
