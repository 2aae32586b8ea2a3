"""Easing: how a movement gathers speed and comes to rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ..base.errors import PackError

Easing = Callable[[float], float]
"""Share of the way by share of the time: 0 at 0, 1 at 1, never backwards, and the same from both
ends: `ease(1 - t) = 1 - ease(t)`."""


def _linear(t: float) -> float:
    """Always at the same speed."""
    return t


def _sine(t: float) -> float:
    """Half a wave: gentle ends."""
    return (1 - math.cos(math.pi * t)) / 2


def _cubic(t: float) -> float:
    """At rest at both ends."""
    return t * t * (3 - 2 * t)


def _quintic(t: float) -> float:
    """At rest at both ends, without a jerk: quick between, long at the ends."""
    return t**3 * (10 + t * (6 * t - 15))


EASINGS: Mapping[str, Easing] = {
    "sine": _sine,
    "linear": _linear,
    "cubic": _cubic,
    "quintic": _quintic,
}
"""Every easing by name; the gentlest of use first."""


def eased(name: str, t: float) -> float:
    """Share of the way that is done.

    Args:
        name: One of `EASINGS`.
        t: Share of the time, from 0 to 1.

    Returns:
        From 0 to 1.

    Raises:
        PackError: There is no such easing.
    """
    if name not in EASINGS:
        raise PackError(f"Unknown easing {name!r}", f"one of {', '.join(EASINGS)}")
    return EASINGS[name](t)
