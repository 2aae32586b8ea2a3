"""What the methods of a region share: where the image shall change, and how that is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ...base.errors import RegionError, SolveError
from ...base.memory import Memory
from ...base.phases import phase
from ...base.precision import EXACT, PRECISIONS
from ...base.progress import Progress
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.gram import Gram
from ...concepts.latent_code import LatentCode, LatentSpace, Layers, parse_layers
from ...concepts.region import Region
from ...jacobians.cost import jacobian_cost
from ...jacobians.measuring import each_gram
from ...jacobians.options import Derivative, JacobianOptions
from ...jacobians.plan import are_stored
from ...latents.code_statistics import style_deviations
from ..solution_directions import Provenance
from .averaging import average
from .gram_sum import Averages, GramSum


@dataclass(frozen=True)
class RegionTask:
    """The question that a method of a region answers; the fields are the arguments of `resefa`."""

    gan: Generator
    """The generator."""
    codes: LatentCode
    """N codes."""
    region: Region
    """Where the image should change."""
    background: Region | None = None
    """Where it should not change; none means all else."""
    space: str | LatentSpace | None = None
    """Space of the directions; none means W where there is a mapping network, else Z."""
    layers: Layers = None
    """Layers that are displaced; none means all."""
    noise_mode: str = "const"
    """"const" or "none"."""
    mode: str = "exact"
    """One of `jacobians.options.MODES`."""
    average_by: str = "rows"
    """One of `gram_sum.AVERAGES`."""
    effort: JacobianOptions | None = None
    """How Jacobians are computed; none means `JacobianOptions()`."""

    def __post_init__(self) -> None:
        """Check the regions.

        Raises:
            RegionError: The whole region is part of the background.
        """
        if self.background is not None:
            _check_different(self.region, self.background)

    @cached_property
    def outside(self) -> Region:
        """Where the image should not change.

        Raises:
            RegionError: The region is the whole image, and no background was given.
        """
        return ~self.region if self.background is None else self.background

    @property
    def options(self) -> JacobianOptions:
        """How Jacobians are computed."""
        return self.effort or JacobianOptions()

    @cached_property
    def derivative(self) -> Derivative:
        """What is differentiated.

        Raises:
            LatentError: A layer or the space does not exist.
        """
        spec = self.gan.spec
        space = spec.native_space if self.space is None else LatentSpace.parse(self.space)
        layers = None if self.layers is None else parse_layers(self.layers, spec.num_ws)
        return Derivative(space, layers, self.noise_mode, self.mode)

    @cached_property
    def scale(self) -> Tensor | None:
        """`[d]` float64, unit of each coordinate: in S the standard deviations of the channels."""
        if self.derivative.space is not LatentSpace.S:
            return None
        deviations = style_deviations(self.gan)
        parts = self.gan.spec.style_slices(self.derivative.layers)
        return torch.cat([deviations[part] for part in parts])

    @property
    def has_columns(self) -> bool:
        """Whether the columns of all codes are in the cache: exact ones for precision "fast"."""
        options = self.options
        if PRECISIONS[options.precision].chosen:
            options = replace(options, precision=EXACT)
        return are_stored(self.gan, self.codes, self.derivative, options)

    @property
    def keeps_columns(self) -> bool:
        """Whether the columns of all codes will be stored in a cache."""
        options, derivative = self.options, self.derivative
        if options.cache is None:
            return False
        nbytes = jacobian_cost(self.gan, derivative.space, derivative.layers).column_bytes
        room = Memory.of(options.memory, self.gan.device).largest
        return nbytes <= room and len(self.codes) * nbytes <= options.cache.limit

    def each_gram(self, progress: Progress | None = None) -> Iterator[list[Gram]]:
        """The Grams of region and background, code by code.

        Args:
            progress: Called as `progress(done, total)`; may raise to cancel.

        Returns:
            An iterator over pairs of Grams, N = 1 each.
        """
        regions = [self.region, self.outside]
        return each_gram(self.gan, self.codes, regions, self.derivative, self.options, progress)

    def averages(self, progress: Progress | None = None, sums: GramSum | None = None) -> Averages:
        """A and B, averaged over the codes.

        Args:
            progress: Called as `progress(done, total)`; may raise to cancel.
            sums: The sum over the codes, where it is known already; none computes it.

        Returns:
            The averages.

        Raises:
            SolveError: `average_by` is unknown, the divisor of a Gram is zero, or the sum is of
                other codes, of another space or generator, or by another average.
        """
        with phase("jacobian"):
            if sums is None:
                return average(self.each_gram(progress), self.average_by, self.scale)
            self._require(sums)
            return sums.finish()

    def _require(self, sums: GramSum) -> None:
        """Raise unless a sum is of this task's codes, derivative and average, as far as it says."""
        derivative, origin = self.derivative, self.gan.spec.fingerprint
        found = (sums.count, sums.average_by, sums.kind)
        wanted = (
            len(self.codes),
            self.average_by,
            (derivative.space, derivative.layers, origin),
        )
        if found != wanted:
            raise SolveError(
                f"The sum of Grams is of {_words(*found)}",
                _words(*wanted),
                "Sum the Grams of these codes, with the same arguments",
            )

    def provenance(self, method: str, corrected: bool = False, **own: Any) -> Provenance:
        """Where directions come from, with the arguments for `Directions.details`.

        Args:
            method: Id of the method.
            corrected: Whether directions of approximate columns are corrected with exact products.
            **own: The arguments of the method itself.

        Returns:
            The provenance.
        """
        details = {
            "region": self.region.name,
            "background": self.outside.name,
            "codes": len(self.codes),
            "seeds": self.codes.seeds,
            **own,
            "noise_mode": self.noise_mode,
            "mode": self.mode,
            "average_by": self.average_by,
            "precision": PRECISIONS[self.options.precision].id,
        }
        approximate = _approximate(self.options, self.gan.device, corrected)
        if approximate:
            details["approximate"] = approximate
        derivative = self.derivative
        return Provenance(method, derivative.space, derivative.layers, details, self.scale)

    def with_mask(self, levers: Directions) -> Directions:
        """Store the region with the directions that were found for it.

        Args:
            levers: The directions.

        Returns:
            The same directions, with the mask.
        """
        return replace(levers, mask=self.region.thumbnail())


def _check_different(region: Region, background: Region) -> None:
    """Raise if what shall change is what shall stay the same."""
    inside, outside = region.weights, background.weights
    if inside.shape[1:] == outside.shape[1:] and not (inside > outside).any():
        raise RegionError(
            "The whole region is part of the background",
            "pixels that shall change and that need not stay the same",
            "Choose another background, or none: all that is outside the region",
        )


def _words(
    count: int, average_by: str, kind: tuple[LatentSpace, tuple[int, ...] | None, str] | None
) -> str:
    """What a sum of Grams is of, for messages."""
    if kind is None:
        return "no codes"
    space, layers, origin = kind
    where = "all layers" if layers is None else f"layers {layers}"
    return f"{count} codes by {average_by} in {space.value}, {where}, of generator {origin}"


def _approximate(options: JacobianOptions, device: torch.device, corrected: bool) -> str:
    """Options that make directions approximate and that no correction repairs; may be empty."""
    precision, keep = PRECISIONS[options.precision], options.keep
    if corrected and (precision.chosen or options.corrections):
        return ""
    taken = options.precision_on(device)
    lost = [] if taken.exact else [f"precision '{taken.id}'"]
    if keep is not None and keep.itemsize < torch.float32.itemsize:
        lost.append(f"columns stored in {str(keep).removeprefix('torch.')}")
    return ", ".join(lost)
