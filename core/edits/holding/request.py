"""What a hold is asked for, and what it changed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ...base.errors import RegionError
from ...concepts.generator import Generator
from ...concepts.region import Region
from ...jacobians.options import JacobianOptions
from .objective import GAMMA, HoldWeights

STEPS = 2
"""Gauss-Newton steps of each stride of a hold."""

MOST_STRIDES = 4
"""Most strides that are chosen for a pull; each costs two Gauss-Newton steps."""


@dataclass(frozen=True)
class HoldChange:
    """How far one image changed: root mean squares in grey levels of 255."""

    inside_pulled: float
    """Inside the region, by the pull alone."""
    inside_held: float
    """Inside the region, after the hold."""
    outside_pulled: float
    """Over the background, by the pull alone."""
    outside_held: float
    """Over the background, after the hold."""
    objectives: tuple[float, ...]
    """The objective of the last pull, and after each step of its hold before it is loosened; never
    rising."""
    strides: int = 1
    """Parts in which the lever was pulled, with a hold after each."""


def change_facts(change: HoldChange) -> dict[str, float]:
    """A change as numbers, for JSON.

    Args:
        change: Of one image.

    Returns:
        Root mean squares in grey levels, with three decimals, by name.
    """
    names = ("inside_pulled", "inside_held", "outside_pulled", "outside_held")
    return {name: round(float(getattr(change, name)), 3) for name in names}


def summary(region: Region, changes: Sequence[HoldChange]) -> str:
    """What a hold changed over several images, in words.

    Args:
        region: What the pulls may change.
        changes: One per image, at least one.

    Returns:
        A sentence with medians.
    """

    def middle(name: str) -> str:
        return f"{statistics.median(getattr(change, name) for change in changes):.3g}"

    several = f", medians of {len(changes)} images" if len(changes) > 1 else ""
    return (
        f"Held all but {region.name}: the outside changes by {middle('outside_held')} instead of "
        f"{middle('outside_pulled')}, the inside by {middle('inside_held')} instead of "
        f"{middle('inside_pulled')} (root mean square, grey levels of 255{several})."
    )


def ignore(change: HoldChange) -> None:
    """Ignore the report.

    Args:
        change: How far one image changed.
    """


@dataclass(frozen=True)
class HoldRequest:
    """Which part of an image a pull may change, and how the rest is held."""

    gan: Generator
    """The generator."""
    region: Region
    """What the pull may change, in the generator's pixels: one for all codes, or one per code."""
    background: Region | None = None
    """What is held; none means all else. Pixels in neither are free."""
    steps: int = STEPS
    """Gauss-Newton steps of each stride, from 0."""
    noise_mode: str = "const"
    """"const" or "none"."""
    effort: JacobianOptions | None = None
    """Precision of the tangents, and a cache of Jacobians; none means the network's precision."""
    report: Callable[[HoldChange], None] = ignore
    """Called with the change of each held code, in order."""

    def weights(self, count: int) -> list[HoldWeights]:
        """Weights of the pixels for each code.

        Args:
            count: Number of codes N.

        Returns:
            One per code; equal ones are one object.

        Raises:
            RegionError: A region has another size, is the whole image, or their number is neither
                1 nor N.
        """
        size = self.gan.spec.img_size
        region = self.region.require_size(size)
        if self.background is None and bool((region.weights == 1).all(dim=(1, 2)).any()):
            raise RegionError(
                f"{region.name} is the whole image, so there is nothing to hold",
                "a region with pixels outside of it",
                "Choose a smaller region, or pull without a hold",
            )
        outside = ~region if self.background is None else self.background.require_size(size)
        inner, outer = region.fractions(count), outside.fractions(count)
        if len(region.weights) == len(outside.weights) == 1:
            return [_weights(inner[0], outer[0])] * count if count else []
        return [_weights(a, b) for a, b in zip(inner, outer, strict=True)]

    def for_rows(self, rows: Sequence[int]) -> HoldRequest:
        """The request for some rows of a batch, in any order and number.

        Args:
            rows: Rows of the codes that the regions belong to.

        Returns:
            A request with a region per row; the same one where one region serves all codes.

        Raises:
            RegionError: A row has no region.
        """
        background = None if self.background is None else _rows(self.background, rows)
        return replace(self, region=_rows(self.region, rows), background=background)


def _rows(region: Region, rows: Sequence[int]) -> Region:
    """The regions of some rows."""
    count = len(region.weights)
    if count == 1:
        return region
    if max(rows, default=0) >= count:
        raise RegionError(
            f"{region.name} holds {count} masks, and code {max(rows)} was pulled",
            "one mask, or one per code",
        )
    return replace(region, weights=region.weights[list(rows)])


def _weights(inside: Tensor, outside: Tensor) -> HoldWeights:
    """Weights of the pixels in the objective."""
    share = GAMMA * float(outside.sum()) / float(inside.sum())
    return HoldWeights(outside, share * inside)
