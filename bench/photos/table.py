"""Rows and bars of the bench of photographs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class PhotoRow:
    """How near one way comes to the photographs."""

    name: str
    """The way."""
    psnr: float
    """Mean likeness in decibels."""
    worst: float
    """The worst of them."""
    attributes: float | None
    """Mean error of attributes in deviations; none where it was not read."""
    seconds: float
    """For each photograph."""

    @classmethod
    def of(cls, name: str, psnr: Tensor, attributes: Tensor | None, seconds: float) -> PhotoRow:
        """Summarise a way.

        Args:
            name: The way.
            psnr: `[N]`.
            attributes: `[N]`, or none.
            seconds: For each photograph.

        Returns:
            The row.
        """
        error = None if attributes is None else float(attributes.mean())
        return cls(name, float(psnr.mean()), float(psnr.min()), error, seconds)

    def line(self) -> str:
        """The row as text.

        Returns:
            One line.
        """
        error = "     " if self.attributes is None else f"{self.attributes:5.3f}"
        return (
            f"{self.name:32} {self.psnr:6.2f} dB  worst {self.worst:6.2f}  attributes {error}  "
            f"{self.seconds:7.2f} s each"
        )

    def as_json(self) -> dict[str, Any]:
        """The row for a file.

        Returns:
            Its fields.
        """
        return asdict(self)


@dataclass(frozen=True)
class Bar:
    """What is asked of a figure."""

    what: str
    """Such as "W, 20 evaluations, dB"."""
    measured: float
    """The figure."""
    bound: float
    """At least this, or at most."""
    most: bool = False
    """Whether the bound is the largest value."""

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return self.measured <= self.bound if self.most else self.measured >= self.bound

    def line(self) -> str:
        """The bar as text.

        Returns:
            One line.
        """
        word = "at most" if self.most else "at least"
        state = "holds" if self.holds else "FAILS"
        return f"{state}  {self.what}: {self.measured:.3g} ({word} {self.bound:g})"
