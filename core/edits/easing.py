"""Easing functions: how a movement accelerates and slows down."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ..base.errors import PackError

Easing = Callable[[float], float]
"""Maps a share of the time to a share of the distance: 0 at 0, 1 at 1, non-decreasing, and
symmetric: `ease(1 - t) = 1 - ease(t)`."""


def _linear(t: float) -> float:
    """Constant speed."""
    return t


def _sine(t: float) -> float:
    """Half a cosine wave: zero speed at both ends."""
    return (1 - math.cos(math.pi * t)) / 2


def _cubic(t: float) -> float:
    """The smoothstep polynomial: zero speed at both ends."""
    return t * t * (3 - 2 * t)


def _quintic(t: float) -> float:
    """The smootherstep polynomial: zero speed and zero acceleration at both ends."""
    return t**3 * (10 + t * (6 * t - 15))


EASINGS: Mapping[str, Easing] = {
    "sine": _sine,
    "linear": _linear,
    "cubic": _cubic,
    "quintic": _quintic,
}
"""Easing functions by name; the first is the default."""


def eased(name: str, t: float) -> float:
    """Evaluate an easing function.

    Args:
        name: One of `EASINGS`.
        t: Share of the time, from 0 to 1.

    Returns:
        Share of the distance, from 0 to 1.

    Raises:
        PackError: There is no such easing.
    """
    if name not in EASINGS:
        raise PackError(f"Unknown easing {name!r}", f"one of {', '.join(EASINGS)}")
    return EASINGS[name](t)
