"""The figures of an evaluated generator."""

from __future__ import annotations

from dataclasses import dataclass

RENDERS = 2_000
"""Held-out renders that generated images are compared with."""
SAMPLES = 1_000
"""Generated images, of seeds 20,000 upwards; grids show seeds 0 upwards."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of a generator."""

    frechet: float
    """Distance of `SAMPLES` generated images to the renders, in the attribute network's features."""
    frechet_untrained: float
    """Likewise of as many images of the untrained generator."""
    frechet_renders: float
    """Likewise of as many other renders: what a perfect generator would score."""
    spread: dict[str, tuple[float, float, float]]
    """By attribute: deviation as read off generated images, as read off renders, and the reading's R^2 on renders."""

    @property
    def ratio(self) -> float:
        """Distance as a share of the untrained generator's."""
        return self.frechet / self.frechet_untrained

    @property
    def narrow(self) -> list[str]:
        """Attributes whose spread is below half the renders'."""
        return [name for name, (ours, renders, _) in self.spread.items() if ours < 0.5 * renders]
