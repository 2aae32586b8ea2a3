"""Which derivative of an image is computed, and how."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..base.errors import SolveError
from ..base.memory import Memory
from ..base.precision import PRECISIONS, Precision
from ..concepts.conditions import require_still_noise
from ..concepts.latent_code import LatentSpace
from .cache import JacobianCache
from .speeds.type_speeds import TypeSpeeds, type_speeds

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

    def __post_init__(self) -> None:
        """Check the noise.

        Raises:
            LatentError: It is random.
        """
        require_still_noise(self.noise_mode)


@dataclass(frozen=True)
class JacobianOptions:
    """How Jacobians are computed: strategy, precision, memory, cache."""

    strategy: str | None = None
    """Id of a Jacobian strategy; none means "reverse" for tiny regions, else "linearised"."""
    precision: str = "float32"
    """Id of a precision: "float32", or "fast" for the quickest way on the device."""
    keep: torch.dtype | None = None
    """Type in which columns are stored; none means float32 (float64 for a network in float64).
    float16 halves the memory and loses four digits of each column."""
    memory: Memory | int | None = None
    """Where columns may be stored, or bytes; none means half of what is free. Where they do not
    fit, exact Grams are accumulated from blocks, which takes longer."""
    cache: JacobianCache | None = None
    """Cache of Jacobians: stored ones are reused, new ones are added."""
    corrections: int = 0
    """Most corrections of directions with exact products, where `precision` or `keep` makes columns
    approximate; "fast" sets it itself."""
    speeds: TypeSpeeds | None = None
    """How quick each precision is on the device, for "fast"; none measures it, once per machine."""

    def __post_init__(self) -> None:
        """Check the corrections.

        Raises:
            SolveError: Their number is negative.
        """
        if self.corrections < 0:
            raise SolveError(f"corrections is {self.corrections}", "0 or more")

    def precision_on(self, device: torch.device) -> Precision:
        """The precision of tangents.

        Args:
            device: Device of the network.

        Returns:
            That of `precision`; for "fast" the quickest on the device.

        Raises:
            UnknownNameError: There is no such precision.
        """
        found = PRECISIONS[self.precision]
        return PRECISIONS[self.speeds_on(device).quickest] if found.chosen else found

    def speeds_on(self, device: torch.device) -> TypeSpeeds:
        """How quick each precision is.

        Args:
            device: Device of the network.

        Returns:
            The speeds that were given, or those that are measured once per machine.
        """
        return type_speeds(device) if self.speeds is None else self.speeds
