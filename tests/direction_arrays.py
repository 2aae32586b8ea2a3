"""Arrays of directions as other programs write them, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor


def npy(path: Path, array: np.ndarray) -> Path:
    """A file written by `numpy.save`."""
    np.save(path, array, allow_pickle=True)
    return path


def rows(*shape: int) -> Tensor:
    """Random numbers; each test has its own seed."""
    return torch.randn(shape, dtype=torch.float64)


def unit(vectors: Tensor) -> Tensor:
    """Rows of unit length that keep their sign, float32."""
    return (vectors / vectors.norm(dim=1, keepdim=True)).float()
