"""Which derivative of an image is computed, and how."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..base.memory import Memory
from ..concepts.latent_code import LatentSpace
from .cache import JacobianCache

MODES = ("exact", "paper")
"""Every pixel and channel as it is, or what the published code differentiates above 256 px."""


@dataclass(frozen=True)
class Derivative:
    """Which derivative: of the image by a displacement in some space, with some noise."""

    space: LatentSpace
    """Space of the displacement; in S in the styles' own unit."""
    layers: tuple[int, ...] | None = None
    """Layers that are displaced; none means all."""
    noise_mode: str = "const"
    """"const" or "none": noise must stand still while differentiating."""
    mode: str = "exact"
    """One of `MODES`. "paper": above 256 px the image is reduced to 256 by nearest neighbour and
    its colours are summed before differentiating."""


@dataclass(frozen=True)
class JacobianOptions:
    """How Jacobians are computed: strategy, precision, memory, cache."""

    strategy: str | None = None
    """Id of a Jacobian strategy; none takes reverse mode for tiny regions, else columns."""
    precision: str = "float32"
    """Id of a precision: "float32", or "fast" for approximate columns and exact corrections."""
    keep: torch.dtype | None = None
    """What columns are stored in; none means float32 (float64 for a network in float64). float16
    halves the memory and costs four digits of each column."""
    memory: Memory | int | None = None
    """Where columns may be stored, or bytes; none means half of what is free. Where they do not
    fit, exact Grams are accumulated from blocks, which takes longer."""
    cache: JacobianCache | None = None
    """Jacobians of earlier calls, to which this one's are added."""
