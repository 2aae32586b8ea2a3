"""A hold that costs the region much, and holds more tightly than anybody sees, is loosened."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .objective import HoldObjective, HoldPoint, HoldWeights, changes

COSTLY = 0.97
"""Share of the change inside below which a hold costs the region much."""

TIGHT = 2.0
"""Change of the background, in grey levels (root mean square), below which a costly hold is
loosened."""

LOOSE = 4.0
"""Change of the background up to which it is loosened."""

LOOSE_SHARE = 0.6
"""The same, as a share of the change by the pull alone."""

DEARER = 100.0
"""Factor by which the region weighs more in the hold that is loosened."""

_BISECTIONS = 6
"""Halvings of the way on which the loosest hold is sought."""


def is_too_tight(objective: HoldObjective, image: Tensor) -> bool:
    """Whether a hold should be loosened.

    Args:
        objective: Of the whole pull.
        image: `[C, H, W]`, the held image.

    Returns:
        True where the region loses much and the background hardly changes.
    """
    outside = changes(objective.before, image, objective.weights)[1]
    return outside < TIGHT and objective.kept(image) < COSTLY


def dearer(weights: HoldWeights) -> HoldWeights:
    """Weights with which the region keeps nearly all of its change.

    Args:
        weights: Of a hold.

    Returns:
        The same background, and the region `DEARER` times.
    """
    return HoldWeights(weights.outside, DEARER * weights.inside)


def loosest(objective: HoldObjective, stops: Sequence[Tensor]) -> HoldPoint:
    """The first point on the way from the pull over some displacements that holds well enough.

    Args:
        objective: Of the whole pull.
        stops: `[d]` each, from the loosest to the tightest; at least one.

    Returns:
        The point at which the change of the background falls to `LOOSE` and to `LOOSE_SHARE` of the
        pull's; the last stop where it never does.
    """

    def outside(image: Tensor) -> float:
        return changes(objective.before, image, objective.weights)[1]

    limit = min(LOOSE, LOOSE_SHARE * outside(objective.after))
    start = torch.zeros_like(stops[0])
    point = objective.start()
    for stop in stops:
        point = objective.at(stop)
        if outside(point.image) > limit:
            start = stop
            continue
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            found = objective.at(start + middle * (stop - start))
            if outside(found.image) <= limit:
                high, point = middle, found
            else:
                low = middle
        break
    return point
