"""How far a lever must be pulled, and on how many images that is not enough."""

from __future__ import annotations

from collections.abc import Mapping

from ..pulls import Pulls
from .measure import AbstractMeasure, Figure, Value


class ReachedMeasure(AbstractMeasure):
    """Strengths, and images that never change by the target."""

    id = "reached"
    title = "strength"
    figures = (
        Figure("images", "images", "number of images", in_files_only=True),
        Figure(
            "unreached",
            "unreached",
            "images that cannot change by the target inside; they count at the largest strength",
        ),
        Figure(
            "strength",
            "strength",
            "strength that reaches the target, in standard deviations of random codes (in latent "
            "distance where they are unknown)",
        ),
    )

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        return {
            "images": float(len(pulls)),
            "unreached": float((~pulls.reached).sum()),
            "strength": pulls.in_unit.abs(),
        }
