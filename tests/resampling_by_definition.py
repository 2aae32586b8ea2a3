"""Resampling by its definition, sample by sample: slow, and plainly right."""

from __future__ import annotations

import torch
from torch import Tensor


def resampled_slowly(
    x: Tensor, kernel: Tensor, size: int, up: int, down: int, before: int
) -> Tensor:
    """Zeros inserted, sample by sample; the definition of a convolution; the last axis."""
    raised = torch.zeros(*x.shape[:-1], x.shape[-1] * up, dtype=x.dtype)
    raised[..., ::up] = x
    result = torch.zeros(*x.shape[:-1], size, dtype=x.dtype)
    for j in range(size):
        for k in range(len(kernel)):
            at = j * down + len(kernel) - 1 - k - before
            if 0 <= at < raised.shape[-1]:
                result[..., j] += kernel[k] * raised[..., at]
    return result
