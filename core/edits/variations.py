"""Many edits of many images: planned as plain data first, applied to latent codes afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..base.errors import DirectionsError, LatentError
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentCode, Layers, concatenate
from .editing import edit

VARIATION_MODES = ("grid", "random")
"""Every seed with every lever at every strength, or combinations drawn at random."""

_MOST_PULLS = 3
"""Levers that a random variation pulls at most; more of them drown each other."""


@dataclass(frozen=True)
class Variation:
    """One image to come: which code, and which levers are pulled how far."""

    row: int
    """Row of the code among those that are varied, from 0."""
    seed: int | None
    """Seed of that code, where it is known."""
    pulls: tuple[tuple[int, float], ...]
    """Pairs of a direction's number and a strength; pulled one after the other."""
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
    """Decide on a set of edits without computing any.

    Args:
        seeds: Seed of each row of the codes; none where a row came from elsewhere.
        levers: The directions.
        indices: Which directions may be pulled.
        strengths: Strengths in any unit. A random variation draws uniformly between the smallest
            and the largest.
        mode: "grid": every seed with every lever at every strength, in that order. "random":
            `count` variations, each a random row with one to three different levers.
        count: Number of variations; none means all of the grid, and one per row at random. A
            larger count only appends: variation i is the same whatever the count.
        seed: Seed of the random choices; without effect in a grid.

    Returns:
        The variations in order.

    Raises:
        LatentError: There is no row to vary.
        DirectionsError: No lever or strength was given, a lever does not exist, or mode or count
            is not usable.
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
    allowed = [levers.check_index(index) for index in dict.fromkeys(indices)]
    if mode == "grid":
        grid = itertools.product(range(len(seeds)), indices, strengths)
        chosen = [(row, ((index, float(strength)),)) for row, index, strength in grid][:count]
    else:
        total = len(seeds) if count is None else count
        span = (min(strengths), max(strengths))
        chosen = [_draw(len(seeds), allowed, span, seed, number) for number in range(total)]
    return [
        Variation(row, seeds[row], pulls, caption(row, seeds[row], levers, pulls))
        for row, pulls in chosen
    ]


def _draw(
    rows: int, allowed: list[int], span: tuple[float, float], seed: int, number: int
) -> tuple[int, tuple[tuple[int, float], ...]]:
    """One random variation; `RandomState` draws the same on every machine and version."""
    state = np.random.RandomState([seed % 2**32, number % 2**32])
    row = int(state.randint(rows))
    pulled = int(state.randint(1, min(_MOST_PULLS, len(allowed)) + 1))
    indices = state.choice(allowed, size=pulled, replace=False)
    strengths = state.uniform(*span, size=pulled)
    # Rounded, so that captions and manifests name the very strength that was applied.
    pulls = tuple((int(i), round(float(s), 3)) for i, s in zip(indices, strengths, strict=True))
    return row, pulls


def caption(
    row: int, seed: int | None, levers: Directions, pulls: Sequence[tuple[int, float]]
) -> str:
    """What was done to an image, in words.

    Args:
        row: Row of its code, named where there is no seed.
        seed: Seed of its code, if known.
        levers: The directions.
        pulls: Pairs of a direction's number and a strength.

    Returns:
        Such as "seed 3, resefa 0 +2.0".
    """
    who = f"row {row}" if seed is None else f"seed {seed}"
    return ", ".join([who, *(f"{levers.label(i)} {signed(strength)}" for i, strength in pulls)])


def signed(strength: float) -> str:
    """A strength as people read it.

    Args:
        strength: Any number.

    Returns:
        With a sign and one digit behind the point or more, such as "+2.0", "-0.25" or "0.0".
    """
    text = f"{strength:+.3f}".rstrip("0")
    text = f"{text}0" if text.endswith(".") else text
    return "0.0" if float(text) == 0 else text


def apply_variations(
    codes: LatentCode,
    levers: Directions,
    variations: Sequence[Variation],
    unit: str = "sigma",
    layers: Layers = None,
) -> LatentCode:
    """Pull the levers of planned variations.

    Args:
        codes: The codes whose rows the variations name; they are not changed.
        levers: The directions.
        variations: At least one.
        unit: See `editing.edit`.
        layers: See `editing.edit`.

    Returns:
        One code per variation, in order.

    Raises:
        LatentError: There is no variation, a row does not exist, or the codes do not fit.
        DirectionsError: See `editing.edit`.
    """
    rows: list[LatentCode] = []
    for variation in variations:
        code = codes[variation.row]
        for index, strength in variation.pulls:
            code = edit(code, levers, index, strength, unit, layers)
        rows.append(code)
    return concatenate(rows)
