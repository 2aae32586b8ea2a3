"""A second start of a search that is about to end in a poor minimum, within its evaluations.

A poor minimum lacks a part that the photograph has, such as glasses: no small step lowers the
energy, but the encoder sees what is missing. The second start is `u + 1.5 (f(y) - f(G(u)))`, f
being the encoder, y the photograph and u the best point so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from .minimize import Watch

CHECKED, LEFT = 0.5, 12
"""Share of a search after which its energy is looked at, and the evaluations that must be left."""

FALL, LAST = 0.15, 5
"""A search whose energy fell by a larger share in so many last evaluations is left alone."""

FEWEST = 24
"""Evaluations of a search below which it is not interrupted: too few would be left."""

POOR = 3.0
"""Energy above which a search is taken to fail, in energies of a random code, d / 2: that of an
image of the generator at its own code is about 1."""

OVERSHOOT = 1.5
"""Factor on what the encoder says is missing. Of eight own samples that stayed at 24 to 30 dB with
40 evaluations, all left their minimum by 1.5 and by 2."""

HIGH, TRIAL = 3.5, 8
"""The second search ends where its first energy is above so many of the best one so far, or where
it is not below that after so many evaluations. It ends so for photographs that the generator cannot
draw, at a loss of at most 0.2 dB for those on which this was chosen."""

Descent = Callable[[Tensor, int, Watch], Tensor]
"""From a start and a number of evaluations to the best point."""


@dataclass(frozen=True)
class Restart:
    """When and where a search starts again."""

    other: Callable[[Tensor], Tensor]
    """From the best point so far to another start; costs one evaluation."""
    poor: float
    """Energy above which it does."""


def descend_twice(descend: Descent, start: Tensor, evaluations: int, restart: Restart) -> Tensor:
    """Search, and from half-way on from another start too where the energy is poor and stays.

    Args:
        descend: Searches from one start.
        start: The first start.
        evaluations: Most of both searches, at least `FEWEST`, the making of the second start
            counted as one.
        restart: When and where.

    Returns:
        The point of the lowest energy.
    """
    check, last = round(CHECKED * evaluations), evaluations - LEFT
    spent = 0
    values: list[float] = []
    found: list[Tensor] = []

    def again(value: float, point: Tensor) -> None:
        nonlocal spent
        spent, lowest = 1, value

        def trial(tried: int, below: float, _: Tensor) -> bool:
            nonlocal spent, lowest
            spent, lowest = 1 + tried, below
            return below <= HIGH * value and (tried < TRIAL or below < value)

        second = descend(restart.other(point), evaluations - len(values) - 1, trial)
        if lowest < value:
            found.append(second)

    def watch(count: int, value: float, point: Tensor) -> bool:
        values.append(value)
        due = check <= count <= last and not spent and value > restart.poor
        if due and value >= (1 - FALL) * values[-1 - LAST]:
            again(value, point)
        return not found and count + spent < evaluations

    first = descend(start, evaluations, watch)
    if not spent and values[-1] > restart.poor and len(values) <= last:  # it could not go on
        again(values[-1], first)
    return found[0] if found else first
