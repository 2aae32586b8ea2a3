"""Differences of two pictures: per pixel, and averaged inside and outside a region."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import PackError, RegionError
from ..concepts.region import Region

_FINEST = 0.02
"""Smallest full scale of a map; a finer one would show the rounding of 8-bit pictures."""

_MOST = 0.99
"""Share of the pixels that the full scale of a map covers."""


@dataclass(frozen=True)
class Change:
    """Mean absolute difference of one pair of pictures, in [0, 1]."""

    whole: float
    """Over all pixels."""
    inside: float | None = None
    """Over the region, weighted by it; none without a region."""
    outside: float | None = None
    """Over the rest; none where there is no rest."""

    @property
    def ratio(self) -> float | None:
        """The mean change inside over the mean change outside.

        Returns:
            Infinity if nothing changed outside; none without a region or if nothing changed inside.
        """
        if self.inside is None or self.outside is None or self.inside == 0:
            return None
        return math.inf if self.outside == 0 else self.inside / self.outside

    def as_text(self) -> str:
        """Describe the figures.

        Returns:
            Such as "0.062 inside, 0.0031 outside: 20 times as much inside".
        """
        if self.inside is None or self.outside is None:
            return f"{_number(self.whole)} over the whole picture"
        words = f"{_number(self.inside)} inside, {_number(self.outside)} outside"
        ratio = self.ratio
        if ratio is None:
            return words
        if math.isinf(ratio):
            return f"{words}: only inside"
        return f"{words}: {_number(ratio)} times as much inside"


@dataclass(frozen=True)
class Comparison:
    """N pairs of pictures with their differences."""

    before: Tensor
    """`[N, C, H, W]`, nominal range [-1, 1]."""
    after: Tensor
    """`[N, C, H, W]`, nominal range [-1, 1]."""
    values: Tensor
    """`[N, H, W]`, from `difference`."""
    figures: tuple[Change, ...]
    """N mean differences, from `changes`."""
    region: Region | None = None
    """One for all pairs, or one per pair."""

    def first(self, count: int) -> Comparison:
        """Select the first pairs.

        Args:
            count: Largest number of pairs to keep.

        Returns:
            The selected pairs.
        """
        region = self.region
        if region is not None:
            region = Region(region.weights[:count], region.name)
        return Comparison(
            self.before[:count],
            self.after[:count],
            self.values[:count],
            self.figures[:count],
            region,
        )


def paired(before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """Broadcast two batches of pictures to pairs.

    Args:
        before: `[N or 1, C, H, W]`.
        after: `[N or 1, C, H, W]` of the same size. A single picture is paired with all others.

    Returns:
        Both with N pictures.

    Raises:
        PackError: They differ in size, or in number with neither being one.
    """
    if not len(before) or not len(after) or before.shape[1:] != after.shape[1:]:
        sizes = " and ".join(f"{p.shape[3]} x {p.shape[2]} pixels" for p in (before, after))
        raise PackError(
            f"Pictures of {sizes} were given to be compared",
            "two of one size",
            "Render both with the same scale, or resize one of them",
        )
    count = max(len(before), len(after))
    if {len(before), len(after)} - {1, count}:
        raise PackError(
            f"{len(before)} pictures were given before and {len(after)} after",
            "equal numbers, or a single picture on one side",
        )
    return before.expand(count, -1, -1, -1), after.expand(count, -1, -1, -1)


def difference(before: Tensor, after: Tensor) -> Tensor:
    """Mean absolute difference over channels; all channels have equal weight.

    Args:
        before: `[N or 1, C, H, W]`, nominal range [-1, 1]; other values are clamped.
        after: `[N or 1, C, H, W]`, likewise.

    Returns:
        `[N, H, W]` float32 in [0, 1]: the mean over channels; 1 is black to white.

    Raises:
        PackError: The batches differ in size, or in number with neither being one.
    """
    one, other = paired(before, after)
    apart = one.to(torch.float32).clamp(-1, 1) - other.to(torch.float32).clamp(-1, 1)
    return apart.abs().mean(dim=1) / 2


def changes(values: Tensor, region: Region | None = None) -> list[Change]:
    """Average the differences of each pair.

    Args:
        values: `[N, H, W]`, from `difference`.
        region: One for all, or one per pair, in the size of the pictures; none for no region.

    Returns:
        A `Change` per pair.

    Raises:
        RegionError: The region has another size, or there are neither one nor N.
    """
    wide = values.to(torch.float64)
    whole = wide.mean(dim=(1, 2)).tolist()
    if region is None:
        return [Change(mean) for mean in whole]
    height, width = values.shape[1:]
    weights = region.require_size((height, width)).fractions(len(values)).to(wide)
    inside = _mean(wide, weights).tolist()
    try:
        outside = _mean(wide, (~region).fractions(len(values)).to(wide)).tolist()
    except RegionError:  # the region is the whole picture
        outside = [None] * len(whole)
    return [Change(*figures) for figures in zip(whole, inside, outside, strict=True)]


def round_scale(values: Tensor) -> float:
    """Choose a round full scale for a colour map.

    Args:
        values: `[N, H, W]`, from `difference`.

    Returns:
        Such as 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8 or 1, from 0.02 to 1. 99 of 100 pixels do
        not exceed it; a scale for the brightest pixels would leave all others dark.
    """
    flat = values.flatten().sort().values
    most = max(float(flat[math.ceil(_MOST * len(flat)) - 1]), _FINEST)
    power = 10.0 ** math.floor(math.log10(most) + 1e-9)
    steps = (round(factor * power, 6) for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10))
    return min(1.0, next(step for step in steps if step >= most * (1 - 1e-6)))


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean over pixels, `[N]`."""
    return (values * weights).sum(dim=(1, 2)) / weights.sum(dim=(1, 2))


def _number(value: float) -> str:
    """Format with two significant digits, without an exponent."""
    if value == 0 or value >= 100:
        return f"{value:.0f}"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}"
