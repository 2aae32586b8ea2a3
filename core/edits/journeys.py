"""Journeys: which frames there are on a way from stop to stop, there, back and around."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import PackError
from .easing import eased

WAYS = ("there and back", "round", "once")
"""Back the way it came, so that it loops; from the last stop straight on to the first, so that it
loops too; or to the last stop and no farther."""

MOST_FRAMES = 100_000
"""More frames than anybody waits for."""


@dataclass(frozen=True)
class Step:
    """One frame: where it lies between two stops."""

    first: int
    """Stop that it comes from."""
    second: int
    """Stop that it goes to."""
    amount: float
    """Eased share of the way between them, from 0 to below 1; 0 is the first stop itself."""


def plan_journey(
    stops: int,
    frames: int,
    way: str = WAYS[0],
    easing: str = "sine",
    lengths: Sequence[float] | None = None,
) -> list[Step]:
    """Frames on a way over stops, at rest at each of them where the easing is.

    Args:
        stops: Number of stops S, at least 1; of a single one there is one frame.
        frames: Frames from one stop to the next, at least 1, the next one not counted.
        way: One of `WAYS`. A loop never shows its first frame again at its end, nor the turning
            point twice, so that it runs on without a stutter.
        easing: One of `easing.EASINGS`, for each part of the way.
        lengths: S - 1 lengths of the parts, the longest being 1: shorter parts get fewer frames,
            so that nothing goes faster; one more for the way from the last stop to the first. None
            means that all are equally long.

    Returns:
        The frames in order. Each stop is hit exactly.

    Raises:
        PackError: There is no stop or no frame, the way or the easing is unknown, or there would be
            too many frames.
    """
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
            f"{sum(counts)} frames were asked for", f"at most {MOST_FRAMES}", "Take fewer frames"
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
