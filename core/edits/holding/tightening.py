"""Tightening: further steps for the images in which a hold left much of the change outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from .curvature import Curvature
from .objective import HoldObjective, HoldPoint, HoldWeights, rms_over
from .solver import gauss_newton

TRIGGER = 4.0
"""Change of the background, in grey levels rms, above which a hold is tightened."""

GOAL = 3.0
"""Change of the background at which tightening ends."""

MOST_TIGHTENING = 10
"""Most Gauss-Newton steps of the tightening."""

_FALL, _LEAST = 0.3, 0.03
"""Share of the region's weight that each step keeps, and that all keep at least."""

_PENALTY = 0.1
"""Share of the penalty that is kept."""


def tightened(
    objective: HoldObjective,
    point: HoldPoint,
    curvature: Curvature,
    tick: Callable[[], None],
    dtype: torch.dtype | None = None,
) -> HoldPoint:
    """Go on from the end of a hold where the background still changes by more than `TRIGGER`.

    Each step gives the region less weight, so that these images, and only these, lose more of the
    pull for a background that stays.

    Args:
        objective: Of the hold.
        point: Where it ended.
        curvature: The preconditioner.
        tick: Called after each iteration; may raise to cancel.
        dtype: Type of the tangents; none means that of the network.

    Returns:
        The last point, its value that of the objective of the last step.
    """
    weights = objective.weights
    before, outside = objective.before, weights.outside
    if rms_over(outside, point.image - before) <= TRIGGER:
        return point
    share = 1.0
    for _ in range(MOST_TIGHTENING):
        share = max(_FALL * share, _LEAST)
        tighter = replace(
            objective,
            weights=HoldWeights(outside, weights.inside * share),
            penalty=objective.penalty * _PENALTY,
        )
        start = HoldPoint(point.v, point.image, tighter.value(point.v, point.image))
        found = gauss_newton(tighter, start, curvature, tick, dtype)
        if found is None:
            break
        point = found
        if rms_over(outside, point.image - before) <= GOAL:
            break
    return point
