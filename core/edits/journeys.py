"""Journeys: plan the frames of a path from stop to stop, as a loop or one way."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import PackError
from .easing import eased

WAYS = ("there and back", "round", "once")
"""To the last stop and back in reverse order, as a loop; to the last stop and directly to the
first, as a loop; or to the last stop only."""

MOST_FRAMES = 100_000
"""Largest number of frames of a journey."""


@dataclass(frozen=True)
class Journey:
    """How a path from stop to stop is divided into frames."""

    frames: int = 24
    """Frames from one stop to the next, at least 1, the next stop not counted."""
    way: str = WAYS[0]
    """One of `WAYS`. A loop does not repeat its first frame at its end, nor its turning point."""
    easing: str = "sine"
    """One of `easing.EASINGS`, applied between each two stops."""


@dataclass(frozen=True)
class Step:
    """One frame: a position between two stops."""

    first: int
    """Stop at which this leg starts."""
    second: int
    """Stop at which this leg ends."""
    amount: float
    """Eased share of the leg, from 0 to below 1; 0 is the first stop itself."""


def plan_journey(
    stops: int, journey: Journey | None = None, lengths: Sequence[float] | None = None
) -> list[Step]:
    """Plan the frames of a path over stops.

    Args:
        stops: Number of stops S, at least 1; a single stop gives a single frame.
        journey: Frames per leg, way and easing; none means `Journey()`.
        lengths: Lengths of the S - 1 legs, the longest being 1, and optionally of the leg from the
            last stop to the first. Shorter legs get fewer frames, so that the speed stays the
            same. None means that all legs are equally long.

    Returns:
        The frames in order. Each stop is hit exactly.

    Raises:
        PackError: There is no stop or no frame, the way or the easing is unknown, or there would be
            too many frames.
    """
    journey = journey or Journey()
    frames, way, easing = journey.frames, journey.way, journey.easing
    if stops < 1 or frames < 1:
        raise PackError(f"{frames} frames between {stops} stops", "at least one of each")
    if way not in WAYS:
        raise PackError(f"Unknown way {way!r}", f"one of {', '.join(WAYS)}")
    parts = [1.0] * (stops - 1) if lengths is None else [float(length) for length in lengths]
    if len(parts) not in (stops - 1, stops) or any(not 0 <= part <= 1 for part in parts):
        raise PackError(f"Lengths {parts} between {stops} stops", f"{stops - 1} from 0 to 1")
    order = list(range(stops))
    if way == "there and back":
        order += order[-2::-1]
    elif way == "round" and stops > 1:
        order.append(0)
    length_of = {(i, i + 1): part for i, part in enumerate(parts[: stops - 1])}
    if stops > 2 and len(parts) == stops:
        length_of[0, stops - 1] = parts[-1]
    legs = list(itertools.pairwise(order))
    counts = [max(1, round(frames * length_of.get((min(leg), max(leg)), 1.0))) for leg in legs]
    if sum(counts) > MOST_FRAMES:
        raise PackError(
            f"{sum(counts)} frames were requested", f"at most {MOST_FRAMES}", "Use fewer frames"
        )
    steps = [
        Step(first, second, eased(easing, number / count))
        for (first, second), count in zip(legs, counts, strict=True)
        for number in range(count)
    ]
    if way == "once" or not steps:
        last = order[-1]
        steps.append(Step(last, last, 0.0))
    return steps
