"""Inputs through which other nodes pull the levers of an explorer."""

from __future__ import annotations

from collections.abc import Mapping

from comfy_api.latest import io

DRIVEN = 8
"""Number of these inputs; the page shows only those that somebody asked for."""

_PREFIX = "pull_"


def pull_input(number: int) -> io.Float.Input:
    """The input of one lever.

    Args:
        number: Number of the lever, from 1.

    Returns:
        An input that only wires fill.
    """
    return io.Float.Input(
        f"{_PREFIX}{number}",
        optional=True,
        force_input=True,
        tooltip=f"Pulls lever {number} instead of its slider: -1 and 1 are the ends of the slider.",
    )


def numbered(pulls: Mapping[str, float | None]) -> dict[int, float]:
    """The values of connected inputs by their numbers.

    Args:
        pulls: Values by the names of the inputs; none for those without a wire.

    Returns:
        Values by the number of the lever, from 1.
    """
    return {
        int(name.removeprefix(_PREFIX)): float(value)
        for name, value in pulls.items()
        if value is not None
    }
