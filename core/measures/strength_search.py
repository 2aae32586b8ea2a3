"""The strength at which each image changes by a given amount, by a bracketed search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.progress import Progress, no_progress

TOLERANCE = 0.01
"""Relative distance from the target below which a search ends."""

ACCURACY = 0.02
"""Largest relative distance from the target at which it counts as reached."""

_MAX_STEPS = 30
"""Most changes that are measured per image; bisection alone needs fewer for `TOLERANCE`."""

_LARGEST_STEP = 4.0
"""Largest factor by which one step changes a strength."""

_SLOPES = (0.3, 4.0)
"""Slopes of the logarithm of the change over that of the strength that a step trusts."""

ChangeAt = Callable[[list[int], Tensor], Tensor]
"""From numbers of images `[M]` and strengths `[M]` above 0 to their changes `[M]`."""


@dataclass(frozen=True)
class Reach:
    """Where the search for each image ended."""

    strengths: Tensor
    """`[N]` float64, above 0."""
    changes: Tensor
    """`[N]` float64, the changes there."""
    reached: Tensor
    """`[N]` bool: whether the change is within 2% of the target."""


def reach(
    change_at: ChangeAt,
    count: int,
    target: float,
    first: float,
    limit: float,
    progress: Progress | None = None,
) -> Reach:
    """Find the smallest bracketed strength at which each image changes by the target.

    The change of an image is a continuous function of the strength that is 0 at 0. The search
    grows the strength until the change exceeds the target, then interpolates between a strength
    below and one above on logarithmic axes; every third step halves the bracket instead.

    Args:
        change_at: Measures changes.
        count: Number of images N.
        target: Change to reach, above 0.
        first: Strength to try first, above 0.
        limit: Largest strength, at least `first`.
        progress: Called with (images done, images); an exception raised from it cancels.

    Returns:
        Strengths within 1% of the target where it is reached. An image that does not reach it
        ends at `limit`, marked as not reached.
    """
    report = progress or no_progress
    searches = [_Search(target, first, limit) for _ in range(count)]
    for _ in range(_MAX_STEPS):
        rows = [row for row, search in enumerate(searches) if not search.done]
        report(count - len(rows), count)
        if not rows:
            break
        tried = torch.tensor([searches[row].strength for row in rows], dtype=torch.float64)
        for row, change in zip(rows, change_at(rows, tried).tolist(), strict=True):
            searches[row].learn(change)
    strengths = torch.tensor([search.tried for search in searches], dtype=torch.float64)
    changes = torch.tensor([search.change for search in searches], dtype=torch.float64)
    return Reach(strengths, changes, (changes / target - 1).abs() <= ACCURACY)


class _Search:
    """The search for one image.

    Args:
        target: Change to reach.
        first: Strength to try first.
        limit: Largest strength.
    """

    def __init__(self, target: float, first: float, limit: float) -> None:
        self.target, self.limit = target, limit
        self.strength = min(first, limit)  # to be tried next
        self.tried, self.change = 0.0, 0.0  # the last one that was tried, and its change
        self.done = False
        self._low: tuple[float, float] | None = None  # strength and change below the target
        self._high: tuple[float, float] | None = None  # above it
        self._steps = 0

    def learn(self, change: float) -> None:
        """Take the change at `strength`, and choose what is tried next."""
        before = (self.tried, self.change)
        self.tried, self.change = self.strength, change if change == change else float("inf")
        if abs(self.change / self.target - 1) <= TOLERANCE:
            self.done = True
        elif self.change > self.target:
            self._high = (self.tried, self.change)
        elif self.tried >= self.limit:
            self.done = True
        else:
            self._low = (self.tried, self.change)
        if not self.done:
            self.strength = self._next(before)

    def _next(self, before: tuple[float, float]) -> float:
        """The strength to try next."""
        if self._high is None:
            slope = _slope(before, (self.tried, self.change))
            factor = (self.target / max(self.change, 1e-12)) ** (1 / slope)
            return min(self.limit, self.tried * min(max(factor, 1.002), _LARGEST_STEP))
        if self._low is None:
            return self.tried * min(max(self.target / self.change, 1 / _LARGEST_STEP), 0.998)
        self._steps += 1
        (low, least), (high, most) = self._low, self._high
        part = 0.5
        if self._steps % 3 and 0 < least < most < float("inf"):
            ratio = torch.tensor([self.target / least, most / least], dtype=torch.float64).log()
            part = min(max(float(ratio[0] / ratio[1]), 0.02), 0.98)
        return low * (high / low) ** part


def _slope(before: tuple[float, float], now: tuple[float, float]) -> float:
    """Slope of the change between two strengths on logarithmic axes, 1 where it is unknown."""
    if not 0 < before[1] < now[1] or not 0 < before[0] < now[0]:
        return 1.0
    rise, run = (torch.tensor(now[i] / before[i], dtype=torch.float64).log() for i in (1, 0))
    return min(max(float(rise / run), _SLOPES[0]), _SLOPES[1])
