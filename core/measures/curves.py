"""Change inside and outside over the strength: Figure 5 of the ReSeFa paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.progress import Progress, no_progress
from ..edits.editing import edit_each
from ..generators.rendering import render
from .change import rms_inside_outside
from .pulls import Pulls

FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""Strengths of a curve, in multiples of the one that reaches the target on the median image."""


@dataclass(frozen=True)
class ChangeCurve:
    """Changes of N images at S strengths."""

    lever: str
    """Name of the lever."""
    factors: Tensor
    """`[S]` float64, multiples of `strength`."""
    strength: float
    """The strength of factor 1, above 0, in `unit`."""
    unit: str
    """"sigma" (standard deviations of random codes) or "distance"."""
    inside: Tensor
    """`[S, N]` float64, root mean square change inside, in grey levels of 255."""
    outside: Tensor
    """`[S, N]` float64, the same outside."""

    @property
    def strengths(self) -> Tensor:
        """`[S]` float64 in `unit`."""
        return self.factors * self.strength


def change_curve(
    pulls: Pulls,
    factors: Sequence[float] = FACTORS,
    lever: str = "",
    progress: Progress | None = None,
) -> ChangeCurve:
    """Measure the change over the strength, on the images of equal pulls.

    Zhu et al., *Region-Based Semantic Factorization in GANs*, ICML 2022, Figure 5: all images have
    one strength at a time.

    Args:
        pulls: N images, each pulled to the target; the median of their strengths is factor 1, and
            each image is pulled the same way.
        factors: S multiples of that strength, not negative.
        lever: Name of the lever; empty means its label.
        progress: Called with (strengths done, strengths); an exception raised from it cancels.

    Returns:
        The curve.

    Raises:
        PackError: There is no factor, or one is negative.
    """
    if not factors or min(factors) < 0:
        raise PackError(f"The factors {list(factors)} were given", "at least one, none negative")
    report = progress or no_progress
    strength = float(pulls.in_unit.abs().quantile(0.5))
    signs = pulls.strengths.sign()
    rows: list[tuple[Tensor, Tensor]] = []
    for done, factor in enumerate(factors):
        report(done, len(factors))
        tried = (signs * strength * factor).tolist()
        pulled = edit_each(pulls.codes, pulls.levers, pulls.index, tried, pulls.unit)
        after = pulls.before if factor == 0 else render(pulls.gan, pulled)
        rows.append(rms_inside_outside(pulls.before, after, pulls.region))
    report(len(factors), len(factors))
    inside, outside = (torch.stack([row[side] for row in rows]).double() for side in (0, 1))
    name = lever or pulls.levers.label(pulls.index)
    steps = torch.tensor(list(factors), dtype=torch.float64)
    return ChangeCurve(name, steps, strength, pulls.unit, inside, outside)
