"""Further steps at the end of a hold, where much of the change outside is left."""

from __future__ import annotations

from collections.abc import Callable

from .objective import HoldObjective, HoldPoint, changes

VISIBLE = 3.0
"""Change of the background, in grey levels (root mean square), down to which further steps lead."""

FURTHER_STEPS = 6
"""Most further steps."""

LEAST_KEPT = 0.9
"""Share of the change inside that further steps leave."""


def further_steps(
    objective: HoldObjective,
    point: HoldPoint,
    step: Callable[[HoldPoint], HoldPoint | None],
) -> list[HoldPoint]:
    """Go on while the background changes by more than `VISIBLE`.

    A step is not taken, and ends them, where less than `LEAST_KEPT` of the change inside is kept
    and less than before it.

    Args:
        objective: Of the whole pull.
        point: Where the steps start.
        step: Finds a point with a smaller objective; none where there is none.

    Returns:
        At most `FURTHER_STEPS` points, one after the other.
    """
    points: list[HoldPoint] = []
    share = objective.kept(point.image)
    for _ in range(FURTHER_STEPS):
        if changes(objective.before, point.image, objective.weights)[1] <= VISIBLE:
            break
        found = step(point)
        if found is None:
            break
        left = objective.kept(found.image)
        if left < min(LEAST_KEPT, share):
            break
        points.append(found)
        point, share = found, left
    return points
