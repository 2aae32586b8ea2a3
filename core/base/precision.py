"""Precisions of a Jacobian; `docs/performance.md` has the cost and error of each."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .registry import Registry


@dataclass(frozen=True)
class Precision:
    """Floating-point type of the tangents, and number of corrections after the solve."""

    id: str
    """Short stable name."""
    title: str
    """Meaning, for people."""
    dtype: torch.dtype | None = None
    """Type of the tangents; none means the type of the network."""
    tf32: bool = False
    """Whether products on a CUDA device may use TF32."""
    corrections: int = 0
    """Number of Davidson corrections after the solve, in the precision of the network."""

    @property
    def exact(self) -> bool:
        """Whether directions reach the network's own precision, with or without corrections."""
        return self.corrections > 0 or (self.dtype is None and not self.tf32)

    def tangents(self, network: torch.dtype) -> torch.dtype:
        """Type of the tangents for a network.

        Args:
            network: Type of the network.

        Returns:
            The type.
        """
        return network if self.dtype is None else self.dtype


PRECISIONS: Registry[Precision] = Registry(
    "precision",
    Precision("float32", "exact: tangents in the network's own precision"),
    Precision("tf32", "products of a CUDA device in TF32: approximate", tf32=True),
    Precision("bfloat16", "tangents in bfloat16: approximate", torch.bfloat16),
    Precision(
        "fast",
        "tangents in bfloat16, then two corrections in the network's own precision",
        torch.bfloat16,
        corrections=2,
    ),
)
"""The first is the default, and the only one with exact Grams."""
