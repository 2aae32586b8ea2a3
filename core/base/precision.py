"""Precisions of a Jacobian, and what each costs; `docs/performance.md` has the figures."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .registry import Registry


@dataclass(frozen=True)
class Precision:
    """In what tangents are pushed, and whether the directions are corrected afterwards."""

    id: str
    """Short stable name."""
    title: str
    """What it means, for people."""
    dtype: torch.dtype | None = None
    """Type of the tangents; none means that of the network."""
    tf32: bool = False
    """Whether a CUDA device may round products to TF32."""
    corrections: int = 0
    """Davidson corrections in the network's own precision after the solve."""

    @property
    def exact(self) -> bool:
        """Whether directions are those of the network's own precision, if need be corrected."""
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
"""The first is the default, and the only one whose Grams are exact."""
