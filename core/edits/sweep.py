"""Sweeps for the eye: levers at rising strength, planned as rows of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ..base.errors import DirectionsError
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, Layers
from ..concepts.region import Region
from .editing import UNITS, acting_layers
from .strength import inside_outside, strength_for_change
from .variations import Variation, signed

_TRIED = 4
"""Most images on which the strength of one lever is tried."""

_FARTHEST = 6.0
"""Standard deviations beyond which a lever of the whole image rather breaks it; those of a region
lie where random codes hardly go, and bear more."""


@dataclass(frozen=True)
class SweepRow:
    """One row of a page: one lever on one image, from one side to the other."""

    row: int
    """Row of the code among those that are swept."""
    index: int
    """Number of the lever."""
    strengths: tuple[float, ...]
    """In the unit that was asked for, rising, symmetric around 0."""
    label: str
    """Name of the row: of the lever, or of the image where one lever is shown on several."""

    def variations(self) -> list[Variation]:
        """The row as edits, ready for `apply_variations`.

        Returns:
            One per strength; the captions are the strengths.
        """
        return [Variation(self.row, None, ((self.index, s),), signed(s)) for s in self.strengths]


def plan_sweep(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    indices: Sequence[int],
    strength: float = 0.0,
    steps: int = 5,
    unit: str = "sigma",
    layers: Layers = None,
    region: Region | None = None,
    progress: Progress | None = None,
) -> list[SweepRow]:
    """Lay out a page: several levers on the first image, or one lever on every image.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        indices: Which levers.
        strength: How far to both sides; 0 finds, lever by lever, what is clearly visible.
        steps: Pictures per row, at least 1; a single one is at full strength.
        unit: Unit of `strength` and of the strengths returned; see `edit`.
        layers: Layers that are changed; see `edit`.
        region: Where a change must be visible; none means the whole image.
        progress: Told of levers done; may raise to cancel.

    Returns:
        One row per lever, or per image where there is one lever.

    Raises:
        DirectionsError: A lever does not exist, the unit is unknown, or there is nothing to show.
    """
    if steps < 1 or not indices:
        raise DirectionsError(f"{steps} steps of {len(indices)} levers", "at least one of each")
    if unit not in UNITS:
        raise DirectionsError(f"Unknown unit {unit!r}", f"one of {', '.join(UNITS)}")
    report = progress or no_progress
    alone = len(indices) == 1
    shown = range(len(codes)) if alone else range(1)
    rows: list[SweepRow] = []
    for done, index in enumerate(indices):
        levers.check_index(index)
        report(done, len(indices))
        tried = codes[:_TRIED] if alone else codes[0]
        reach = strength or _visible(gan, tried, levers, index, unit, layers, region)
        strengths = tuple(round(value, 4) for value in _spaced(reach, steps))
        for row in shown:
            label = levers.label(index)
            if alone and codes.seeds is not None:
                label = f"seed {codes.seeds[row]}"
            rows.append(SweepRow(row, index, strengths, label))
    return rows


def _spaced(reach: float, steps: int) -> list[float]:
    """Strengths from -reach to reach; with a single step only reach."""
    if steps == 1:
        return [reach]
    return [reach * (2 * step / (steps - 1) - 1) for step in range(steps)]


def _visible(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    unit: str,
    layers: Layers,
    region: Region | None,
) -> float:
    """The strength at which a lever clearly shows, in a unit, to two digits for people."""
    if layers is not None:
        levers = replace(levers, layers=acting_layers(levers, layers) or None)
    where = None if region is None else _one(region)
    strength = strength_for_change(gan, codes, levers, index, where)
    if levers.sigma is not None:
        sigma = float(levers.sigma[index])
        if region is None:
            strength = min(strength, _FARTHEST * sigma)
        if unit == "sigma":
            strength /= sigma
    return float(f"{strength:.2g}")


def report_changes(
    rows: Sequence[SweepRow], images: Tensor, levers: Directions, region: Region | None, unit: str
) -> list[str]:
    """What each row did, in words.

    Args:
        rows: The page.
        images: `[rows * steps, C, H, W]` in [-1, 1].
        levers: The directions.
        region: The region, in the size of the images; none to leave out how much changed.
        unit: Unit of the strengths.

    Returns:
        One sentence per row: its strengths, and how much changed inside and outside the region
        from the middle of the row to its end, where the middle is the unchanged image.
    """
    sentences: list[str] = []
    for number, row in enumerate(rows):
        steps = len(row.strengths)
        lever = levers.label(row.index)
        words = lever if row.label == lever else f"{lever} on {row.label}"
        words += f" up to {signed(row.strengths[-1])} {unit}"
        if region is not None and steps >= 3 and steps % 2 == 1:
            middle = images[[number * steps + steps // 2]]
            last = images[[number * steps + steps - 1]]
            inside, outside = map(float, inside_outside(middle, last, _one(region)))
            times = f", {inside / outside:.3g} times less" if outside > 0 else ""
            words += f": mean squared change {inside:.2e} inside, {outside:.2e} outside{times}"
        sentences.append(words)
    return sentences


def _one(region: Region) -> Region:
    """What is inside for any of the images: rows of a page are judged by one region."""
    return replace(region, weights=region.weights.amax(dim=0, keepdim=True))
