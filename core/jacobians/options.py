"""Which derivative of an image is computed, and how."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..base.memory import Memory
from ..concepts.latent_code import LatentSpace
from .cache import JacobianCache

MODES = ("exact", "paper")
"""Differentiate every pixel and channel, or what the published code differentiates above 256 px."""


@dataclass(frozen=True)
class Derivative:
    """Which derivative is computed: of the image by a displacement of a latent."""

    space: LatentSpace
    """Space of the displacement; in S in the unit of the styles."""
    layers: tuple[int, ...] | None = None
    """Layers that are displaced; none means all."""
    noise_mode: str = "const"
    """"const" or "none": noise must be constant while the network is differentiated."""
    mode: str = "exact"
    """One of `MODES`. "paper": above 256 px the image is reduced to 256 by nearest neighbour and
    its colours are summed before differentiating."""


@dataclass(frozen=True)
class JacobianOptions:
    """How Jacobians are computed: strategy, precision, memory, cache."""

    strategy: str | None = None
    """Id of a Jacobian strategy; none means "reverse" for tiny regions, else "linearised"."""
    precision: str = "float32"
    """Id of a precision: "float32", or "fast" for approximate columns and exact corrections."""
    keep: torch.dtype | None = None
    """Type in which columns are stored; none means float32 (float64 for a network in float64).
    float16 halves the memory and loses four digits of each column."""
    memory: Memory | int | None = None
    """Where columns may be stored, or bytes; none means half of what is free. Where they do not
    fit, exact Grams are accumulated from blocks, which takes longer."""
    cache: JacobianCache | None = None
    """Cache of Jacobians: stored ones are reused, new ones are added."""
