"""Variations: plan many edits of many images as plain data, then apply them to latent codes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..base.errors import DirectionsError, LatentError
from ..base.progress import Progress
from ..base.seeds import SEEDS, counted_seed
from ..base.wording import warn
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentCode, concatenate
from .editing import IN_SIGMA, PullOptions
from .held_edits import pull_of
from .holding.strides import Pulled, hold_pulls

VARIATION_MODES = ("grid", "random")
"""Every seed with every lever at every strength, or random combinations."""

MOST_VARIATIONS = 1_000_000
"""Most variations of one plan."""

_MOST_PULLS = 3
"""Largest number of levers in a random variation; the effects of more hide each other."""


@dataclass(frozen=True)
class Variation:
    """One planned image: a code and the pulls that are applied to it."""

    row: int
    """Row of the code in the batch, from 0."""
    seed: int | None
    """Seed of that code, if known."""
    pulls: tuple[tuple[int, float], ...]
    """Pairs of a direction's number and a strength, applied one after the other."""
    caption: str
    """Such as "seed 3, resefa 0 +2.0"."""


def plan_variations(
    seeds: Sequence[int | None],
    levers: Directions,
    indices: Sequence[int],
    strengths: Sequence[float],
    mode: str = "grid",
    count: int | None = None,
    seed: int = 0,
) -> list[Variation]:
    """Plan a set of edits without computing them.

    Args:
        seeds: Seed of each row of the codes; none for a row without a seed.
        levers: The directions.
        indices: Numbers of the directions that may be pulled.
        strengths: Strengths in any unit. A random variation draws uniformly between the smallest
            and the largest.
        mode: "grid": every seed with every lever at every strength, in that order. "random":
            `count` variations, each a random row with one to three different levers.
        count: Number of variations; none means all of the grid, and one per row at random. A
            larger count only appends: variation i does not depend on the count.
        seed: Seed of the random choices, taken modulo 2^32, with a warning where that changes it;
            not used in a grid.

    Returns:
        The variations in order.

    Raises:
        LatentError: There is no row to vary.
        DirectionsError: No lever or strength was given, a lever does not exist, the mode is
            unknown, or there would be less than one or more than `MOST_VARIATIONS`.
    """
    if mode not in VARIATION_MODES:
        raise DirectionsError(f"Unknown mode {mode!r}", f"one of {', '.join(VARIATION_MODES)}")
    if not seeds:
        raise LatentError("No latent code was given to vary", "at least one")
    if not indices or not strengths:
        missing = "strength" if indices else "direction"
        raise DirectionsError(f"No {missing} was given", "at least one")
    if count is not None and count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 variation")
    total = len(seeds) if mode == "random" else len(seeds) * len(indices) * len(strengths)
    if max(total if count is None else 0, count or 0) > MOST_VARIATIONS:
        raise DirectionsError(
            f"{total if count is None else count:,} variations were asked for",
            f"at most {MOST_VARIATIONS:,}",
            "Split them into several batches",
        )
    allowed = [levers.check_index(index) for index in dict.fromkeys(indices)]
    if mode == "grid":
        if count is not None and count > total:
            warn(f"The grid has {total:,} variations, fewer than the {count:,} that were asked for")
        grid = itertools.product(range(len(seeds)), indices, strengths)
        chosen = [
            (row, ((index, float(strength)),))
            for row, index, strength in itertools.islice(grid, count)
        ]
    else:
        total = len(seeds) if count is None else count
        span, seed = (min(strengths), max(strengths)), counted_seed(seed)
        chosen = [random_pulls(len(seeds), allowed, span, seed, number) for number in range(total)]
    return [
        Variation(row, seeds[row], pulls, caption(row, seeds[row], levers, pulls))
        for row, pulls in chosen
    ]


class _States(threading.local):
    """A generator of random numbers per thread, seeded anew for each variation."""

    def __init__(self) -> None:
        self.one = np.random.RandomState(0)


_states = _States()


def random_pulls(
    rows: int, allowed: Sequence[int], span: tuple[float, float], seed: int, number: int
) -> tuple[int, tuple[tuple[int, float], ...]]:
    """One random variation; `RandomState` draws the same numbers on every machine and version.

    Args:
        rows: Number of codes.
        allowed: Different numbers of the directions that may be pulled, at least one.
        span: Smallest and largest strength.
        seed: Seed of the random choices, from 0 to 2^32 - 1.
        number: Number of the variation, from 0.

    Returns:
        The row of a code, and pairs of a direction's number and a strength.
    """
    high, low = divmod(number, SEEDS)
    state = _states.one
    state.seed([seed, low, high] if high else [seed, low])  # a new RandomState takes ten times that
    row = int(state.randint(rows))
    pulled = int(state.randint(1, min(_MOST_PULLS, len(allowed)) + 1))
    indices = state.choice(allowed, size=pulled, replace=False)
    strengths = state.uniform(*span, size=pulled)
    # Rounded, so that captions and manifests state exactly the strength that is applied.
    pulls = tuple((int(i), round(float(s), 3)) for i, s in zip(indices, strengths, strict=True))
    return row, pulls


def caption(
    row: int, seed: int | None, levers: Directions, pulls: Sequence[tuple[int, float]]
) -> str:
    """Describe the edits of an image.

    Args:
        row: Row of its code, used if there is no seed.
        seed: Seed of its code, if known.
        levers: The directions.
        pulls: Pairs of a direction's number and a strength.

    Returns:
        Such as "seed 3, resefa 0 +2.0".
    """
    return labelled_caption(row, seed, [(levers.label(i), strength) for i, strength in pulls])


def labelled_caption(row: int, seed: int | None, pulls: Sequence[tuple[str, float]]) -> str:
    """Describe the edits of an image by the names of its levers.

    Args:
        row: Row of its code, used if there is no seed.
        seed: Seed of its code, if known.
        pulls: Pairs of a lever's name and a strength.

    Returns:
        Such as "seed 3, resefa 0 +2.0".
    """
    who = f"row {row}" if seed is None else f"seed {seed}"
    return ", ".join([who, *(f"{name} {signed(strength)}" for name, strength in pulls)])


def signed(strength: float) -> str:
    """Format a strength with its sign.

    Args:
        strength: Any number.

    Returns:
        The number with one to three decimals, such as "+2.0", "-0.25" or "0.0".
    """
    text = f"{strength:+.3f}".rstrip("0")
    text = f"{text}0" if text.endswith(".") else text
    return "0.0" if float(text) == 0 else text


def apply_variations(
    codes: LatentCode,
    levers: Directions,
    variations: Sequence[Variation],
    pull: PullOptions = IN_SIGMA,
    progress: Progress | None = None,
) -> LatentCode:
    """Pull the levers of planned variations, and hold the rest of each image where that is asked.

    Args:
        codes: The codes whose rows the variations name; they are not changed.
        levers: The directions.
        variations: At least one.
        pull: Unit of the strengths, layers that are changed, what is held, and the guard, which
            comes last.
        progress: Called with (done, total) variations while they are held; may raise to cancel.

    Returns:
        One code per variation, in order.

    Raises:
        LatentError: There is no variation, a row does not exist, or the codes do not fit.
        DirectionsError: A direction does not exist, has no known spread, or does not fit.
    """
    if pull.hold is not None and variations:
        pulls = [Pulled(codes[v.row], pull_of(levers, v.pulls, pull)) for v in variations]
        request = pull.hold.for_rows([v.row for v in variations])
        pulled = hold_pulls(request, pulls, progress=progress)
    else:
        pulled = concatenate([pull_of(levers, v.pulls, pull)(codes[v.row], 1) for v in variations])
    if pull.guard is None:
        return pulled
    before = concatenate([codes[variation.row] for variation in variations])
    return pull.guard.apply(before, pulled)
