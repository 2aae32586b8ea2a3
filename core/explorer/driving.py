"""Pulls that come from elsewhere than the sliders: from other nodes, and from a recording."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from ..base.errors import FieldError
from .state import MAX_PULL, ExplorerState, PinnedLever

MOST_SHARE = 10.0
"""Largest value of an input: ten times the visible range."""

_UNKNOWN_RANGE = 5.0
"""Pull of 1 for a lever without a visible range; web/explorer_state.js has the same."""


def pull_of_share(lever: PinnedLever, share: float) -> float:
    """The pull of a share of a lever's visible range: the scale of the sliders.

    Args:
        lever: The lever.
        share: -1 for the low end of its range, 1 for the high end.

    Returns:
        Latent distance.
    """
    low, high = (abs(end) for end in lever.range)
    larger = max(low, high) or _UNKNOWN_RANGE
    end = (low or larger) if share < 0 else (high or larger)
    return min(max(share * end, -MAX_PULL), MAX_PULL)


def driven(state: ExplorerState, shares: Mapping[int, float]) -> ExplorerState:
    """Pull levers by values from other nodes instead of their sliders.

    Args:
        state: The state.
        shares: Shares of the visible range by the number of the lever, from 1.

    Returns:
        The state with these pulls; muted levers stay at 0.

    Raises:
        FieldError: A lever does not exist, or a value is not a number within ten ranges.
    """
    levers = list(state.levers)
    for number, share in sorted(shares.items()):
        if not 1 <= number <= len(levers):
            raise FieldError(
                f"The input pull_{number} is connected, and {len(levers)} levers are pinned",
                f"a lever {number}",
                "Pin a lever for it, or remove the wire",
            )
        if not math.isfinite(share) or abs(share) > MOST_SHARE:
            raise FieldError(
                f"The input pull_{number} is {share:g}",
                f"a number from {-MOST_SHARE:g} to {MOST_SHARE:g}, of which 1 is the end of the "
                "visible range",
            )
        lever = levers[number - 1]
        if not lever.muted:
            levers[number - 1] = replace(lever, pull=pull_of_share(lever, share))
    return replace(state, levers=tuple(levers))


def recorded_states(state: ExplorerState) -> list[ExplorerState]:
    """The state at every frame of its recording.

    Args:
        state: The state.

    Returns:
        States that differ in their pulls only; the state alone where nothing was recorded. Muted
        levers stay at 0.
    """
    frames = state.recording.frames(len(state.levers))
    if not frames:
        return [state]
    return [
        replace(
            state,
            levers=tuple(
                lever if lever.muted else replace(lever, pull=pull)
                for lever, pull in zip(state.levers, pulls, strict=True)
            ),
        )
        for pulls in frames
    ]
