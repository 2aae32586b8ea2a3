"""Precisions of a Jacobian; `docs/performance.md` has what those of a processor cost."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .registry import Registry


@dataclass(frozen=True)
class Precision:
    """Floating-point type of the tangents, or the request to choose one."""

    id: str
    """Short stable name."""
    title: str
    """Meaning, for people."""
    dtype: torch.dtype | None = None
    """Type of the tangents; none means the type of the network."""
    tf32: bool = False
    """Whether products on a CUDA device may use TF32."""
    chosen: bool = False
    """Whether it stands for the quickest of the others, see `jacobians.options`."""

    @property
    def exact(self) -> bool:
        """Whether directions reach the network's own precision, with or without corrections."""
        return self.dtype is None and not self.tf32

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
    Precision("float16", "tangents in float16: approximate", torch.float16),
    Precision(
        "fast",
        "the quickest way on this device: products alone, tangents of a lower precision with "
        "corrections in the network's own, or exact ones",
        chosen=True,
    ),
)
"""The first is the default, and the only one with exact Grams."""
EXACT = PRECISIONS.ids[0]
"""The id of the default."""
