"""How local an edit is: the change inside the region over the change that leaks outside."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..concepts.region import Region
from ..edits.strength import inside_outside
from .pulls import Pulls
from .reports.measure import AbstractMeasure, Figure, Value

_TINY = 1e-12
"""Mean squared change below which nothing leaks: a hundred-thousandth of a grey level."""


def inside_over_outside(before: Tensor, after: Tensor, region: Region) -> Tensor:
    """Mean squared change inside over that outside; the quotient that ReSeFa maximises.

    Zhu et al., *Region-Based Semantic Factorization in GANs*, ICML 2022, to first order.

    Args:
        before: `[N, C, H, W]`, images.
        after: `[N, C, H, W]`, the same images edited.
        region: One region, or one per image, that is not the whole image.

    Returns:
        `[N]`, at least 0; more is more local, 1 is an edit that knows no region.

    Raises:
        RegionError: The region has another size, or the shapes of the images differ.
    """
    inside, outside = inside_outside(before, after, region)
    return inside / outside.clamp_min(_TINY)


class LeakageMeasure(AbstractMeasure):
    """Inside over outside, where every image has changed equally inside."""

    id = "leakage"
    title = "leakage"
    figures = (
        Figure(
            "inside_over_outside",
            "MSE inside / outside",
            "mean squared change inside over that outside; more is better",
            tail_at=0.1,
        ),
    )

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        return {"inside_over_outside": inside_over_outside(pulls.before, pulls.after, pulls.region)}
