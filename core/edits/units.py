"""Units of strengths, and what a strength may be."""

from __future__ import annotations

from ..base.errors import DirectionsError
from ..concepts.directions import Directions

UNITS = ("distance", "sigma")
"""What a strength of 1 moves: a latent distance of 1, or one standard deviation of random codes."""


def check_unit(unit: str) -> None:
    """Check a unit.

    Args:
        unit: One of `UNITS`.

    Raises:
        DirectionsError: It is unknown.
    """
    if unit not in UNITS:
        raise DirectionsError(f"Unknown unit {unit!r}", f"one of {', '.join(UNITS)}")


_MOST_STRENGTH = 1e6
"""Largest strength in either direction; faces are gone at a hundred."""


def check_strength(strength: float) -> None:
    """Check a strength.

    Args:
        strength: In any unit.

    Raises:
        DirectionsError: It is not finite, or absurdly large.
    """
    if not abs(float(strength)) <= _MOST_STRENGTH:
        raise DirectionsError(
            f"The strength is {strength:g}",
            f"a number from -{_MOST_STRENGTH:,.0f} to {_MOST_STRENGTH:,.0f}, usually from -5 to 5",
        )


def unit_distance(levers: Directions, index: int, unit: str) -> float:
    """Convert one unit of strength to a latent distance.

    Args:
        levers: The directions.
        index: Number of the direction.
        unit: One of `UNITS`.

    Returns:
        1 for "distance", the lever's sigma for "sigma".

    Raises:
        DirectionsError: The unit is unknown, or the unit is "sigma" and the levers have no sigma.
    """
    check_unit(unit)
    if unit == "distance":
        return 1.0
    if levers.sigma is None:
        raise DirectionsError(
            "These directions have no known spread of random codes",
            "directions found by this pack, or loaded together with their generator",
            "Give «generator» when you load them, or use «unit distance»",
        )
    return float(levers.sigma[index])
