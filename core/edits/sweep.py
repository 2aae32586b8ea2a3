"""Sweeps: plan levers at rising strengths as the rows of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ..base.errors import DirectionsError
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.region import Region
from .editing import IN_SIGMA, PullOptions, acting_layers
from .strength import inside_outside, strength_for_change
from .variations import Variation, signed

_MEASURED = 4
"""Largest number of images on which the strength of one lever is measured."""

_MAX_STRENGTH = 6.0
"""Largest automatic strength of a lever of the whole image, in standard deviations of random codes:
larger ones break most images. Levers of a region can be pulled farther."""


@dataclass(frozen=True)
class SweepOptions:
    """How the strengths of a sweep are chosen."""

    strength: float = 0.0
    """Largest strength to both sides; 0 chooses a clearly visible one per lever."""
    steps: int = 5
    """Pictures per row, at least 1; a single one is at full strength."""
    region: Region | None = None
    """Where the change must be visible; none means the whole image."""


@dataclass(frozen=True)
class SweepRow:
    """One row of a page: one lever on one image at rising strengths."""

    row: int
    """Row of the code among those that are swept."""
    index: int
    """Number of the lever."""
    strengths: tuple[float, ...]
    """In the unit of the sweep, rising, symmetric around 0."""
    label: str
    """Name of the lever, or of the image if one lever is shown on several images."""

    def variations(self) -> list[Variation]:
        """The row as edits for `variations.apply_variations`.

        Returns:
            One per strength; the captions are the strengths.
        """
        return [Variation(self.row, None, ((self.index, s),), signed(s)) for s in self.strengths]


def plan_sweep(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    indices: Sequence[int],
    options: SweepOptions | None = None,
    pull: PullOptions = IN_SIGMA,
    progress: Progress | None = None,
) -> list[SweepRow]:
    """Plan a page: several levers on the first image, or one lever on every image.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        indices: Numbers of the levers.
        options: Strength, steps and region; none means `SweepOptions()`.
        pull: Unit of the strengths and layers that are changed.
        progress: Called with (levers done, levers); an exception raised from it cancels.

    Returns:
        One row per lever, or one row per image for a single lever.

    Raises:
        DirectionsError: A lever does not exist, or there is no lever or no step.
    """
    options = options or SweepOptions()
    if options.steps < 1 or not indices:
        raise DirectionsError(
            f"{options.steps} steps of {len(indices)} levers were asked for", "at least one of each"
        )
    report = progress or no_progress
    alone = len(indices) == 1
    shown = range(len(codes)) if alone else range(1)
    rows: list[SweepRow] = []
    for done, index in enumerate(indices):
        levers.check_index(index)
        report(done, len(indices))
        measured = codes[:_MEASURED] if alone else codes[0]
        farthest = options.strength or _visible_strength(
            gan, measured, levers, index, options.region, pull
        )
        strengths = tuple(round(value, 4) for value in _spaced(farthest, options.steps))
        for row in shown:
            label = levers.label(index)
            if alone and codes.seeds is not None:
                label = f"seed {codes.seeds[row]}"
            rows.append(SweepRow(row, index, strengths, label))
    return rows


def _spaced(farthest: float, steps: int) -> list[float]:
    """Evenly spaced strengths from -farthest to farthest; a single step is at farthest."""
    if steps == 1:
        return [farthest]
    return [farthest * (2 * step / (steps - 1) - 1) for step in range(steps)]


def _visible_strength(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    region: Region | None,
    pull: PullOptions,
) -> float:
    """The strength of a clearly visible change in the pull's unit, rounded to two digits."""
    if pull.layers is not None:
        levers = replace(levers, layers=acting_layers(levers, pull.layers) or None)
    where = None if region is None else _union(region)
    strength = strength_for_change(gan, codes, levers, index, where)
    if levers.sigma is not None:
        sigma = float(levers.sigma[index])
        if region is None:
            strength = min(strength, _MAX_STRENGTH * sigma)
        if pull.unit == "sigma":
            strength /= sigma
    return float(f"{strength:.2g}")


def report_changes(
    rows: Sequence[SweepRow], images: Tensor, levers: Directions, region: Region | None, unit: str
) -> list[str]:
    """Describe the change in each row.

    Args:
        rows: The rows of the page.
        images: `[rows * steps, C, H, W]` in [-1, 1].
        levers: The directions.
        region: The region, in the size of the images; none omits the mean squared changes.
        unit: Unit of the strengths.

    Returns:
        One sentence per row with its largest strength. Where the middle image of the row is the
        unchanged one, the sentence also states the mean squared change inside and outside the
        region from the middle of the row to its end.
    """
    sentences: list[str] = []
    for number, row in enumerate(rows):
        steps = len(row.strengths)
        lever = levers.label(row.index)
        sentence = lever if row.label == lever else f"{lever} on {row.label}"
        sentence += f" up to {signed(row.strengths[-1])} {unit}"
        if region is not None and steps >= 3 and steps % 2 == 1:
            middle = images[[number * steps + steps // 2]]
            last = images[[number * steps + steps - 1]]
            inside, outside = map(float, inside_outside(middle, last, _union(region)))
            times = f", {inside / outside:.3g} times less" if outside > 0 else ""
            sentence += f": mean squared change {inside:.2e} inside, {outside:.2e} outside{times}"
        sentences.append(sentence)
    return sentences


def _union(region: Region) -> Region:
    """The union of the regions of all images: all rows of a page are measured in one region."""
    return replace(region, weights=region.weights.amax(dim=0, keepdim=True))
