"""Measure the Grams of regions at latent codes: one pass over the columns for all regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import LatentError, RegionError
from ..base.execution import full_precision, plain_tensors
from ..base.memory import Memory
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.gram import Gram
from ..concepts.latent_code import LatentCode, parse_layers
from ..concepts.region import Region
from .columns import ColumnSource
from .matrix_pencil import Sample
from .options import MODES, Derivative, JacobianOptions
from .plan import (
    JacobianPlan,
    columns_of,
    differentiated_image,
    is_reduced,
    paper_size,
    plan_jacobian,
)
from .storage import accumulate_grams
from .strategies.strategy import AbstractGramStrategy


def measure_grams(
    gan: Generator,
    codes: LatentCode,
    regions: list[Region],
    derivative: Derivative,
    options: JacobianOptions | None = None,
    progress: Progress | None = None,
) -> list[Gram]:
    """Grams of the image's Jacobian over each region, at each code.

    Args:
        gan: The generator.
        codes: N codes.
        regions: Regions of the generator's image size.
        derivative: Space, layers, noise and mode.
        options: Strategy, precision, memory and cache; none means `JacobianOptions()`.
        progress: Called with (done, total) steps, over all codes; may raise to cancel.

    Returns:
        One Gram per region, `total [N, d, d]`; d is `gan.spec.direction_dim(space, layers)`.

    Raises:
        RegionError: A region has another size, or the mode is unknown.
        LatentError: The codes do not fit the generator, or lack the z that the space needs.
        UnknownNameError: There is no such strategy or precision.
    """
    each = list(each_gram(gan, codes, regions, derivative, options or JacobianOptions(), progress))
    return [
        Gram(
            torch.cat([grams[number].total for grams in each]),
            torch.cat([grams[number].rows for grams in each]),
            derivative.space,
            gan.spec.fingerprint,
            sum(grams[number].rank_bound for grams in each),
            each[0][number].layers,
        )
        for number in range(len(regions))
    ]


def each_gram(
    gan: Generator,
    codes: LatentCode,
    regions: list[Region],
    derivative: Derivative,
    options: JacobianOptions,
    progress: Progress | None = None,
) -> Iterator[list[Gram]]:
    """Iterate over codes and compute the Grams of each; only one code's Grams are in memory.

    Args:
        gan: The generator.
        codes: N codes.
        regions: Regions of the generator's image size.
        derivative: Space, layers, noise and mode.
        options: Strategy, precision, memory and cache.
        progress: Called with (done, total) steps, over all codes; may raise to cancel.

    Yields:
        For each code one Gram per region, with N = 1.

    Raises:
        RegionError: A region has another size, or the mode is unknown.
        LatentError: There are no codes, they do not fit the generator, or lack the z that the space
            needs.
    """
    if derivative.mode not in MODES:
        raise RegionError(f"Unknown mode {derivative.mode!r}", f"one of {', '.join(MODES)}")
    if not len(codes):
        raise LatentError("No latent codes were given", "at least one")
    spec, layers = gan.spec, derivative.layers
    chosen = None if layers is None else parse_layers(layers, spec.num_ws)
    weights = [region_weights(gan, region, len(codes), derivative.mode) for region in regions]
    report = progress or no_progress
    precision = options.precision_on(gan.device)
    for index in range(len(codes)):
        parts = [weight[index] for weight in weights]  # [h, w] each

        def step(done: int, total: int, before: int = index) -> None:
            report(before * total + done, len(codes) * total)

        with plain_tensors(), full_precision(precision.tf32):
            plan = plan_jacobian(gan, codes[index], derivative, parts, options)
            totals = _grams(plan, parts, options, step)
        channels = plan.image.image_shape[0]
        yield [
            Gram(
                total[None],
                part.sum(dtype=torch.float64)[None].to(total.device) * channels,
                derivative.space,
                spec.fingerprint,
                int((part > 0).sum()) * channels,
                chosen,
            )
            for total, part in zip(totals, parts, strict=True)
        ]


def pencil_samples(
    gan: Generator,
    codes: LatentCode,
    regions: tuple[Region, Region],
    divisors: Sequence[tuple[float, float]],
    derivative: Derivative,
) -> list[Sample]:
    """The exact matrix pencil of each code, to correct directions found with approximate columns.

    Args:
        gan: The generator.
        codes: N codes.
        regions: The region, and the background.
        divisors: For each code the divisors of both Grams.
        derivative: Space, layers, noise and mode.

    Returns:
        One sample per code.
    """
    inside, outside = (region_weights(gan, r, len(codes), derivative.mode) for r in regions)
    with plain_tensors():
        return [
            Sample(
                differentiated_image(gan, codes[index], derivative),
                (inside[index], outside[index]),
                (1 / (by[0] * len(codes)), 1 / (by[1] * len(codes))),
            )
            for index, by in enumerate(divisors)
        ]


def _grams(
    plan: JacobianPlan, weights: list[Tensor], options: JacobianOptions, progress: Progress
) -> list[Tensor]:
    """Grams `[d, d]` of one code: from cached columns, from new columns, or without columns."""
    strategy = plan.strategy
    if isinstance(strategy, AbstractGramStrategy):
        return strategy.grams(plan.image, weights, plan.chunk, progress)
    columns = columns_of(plan, strategy, options, progress)
    if isinstance(columns, ColumnSource):
        memory = Memory.of(options.memory, plan.image.point.device)
        return accumulate_grams(columns, memory, plan.keep, weights, progress)
    count = len(columns.values)
    progress(count, count)  # also for cached columns, so that users can cancel between codes
    return columns.grams(weights, lambda: progress(count, count))


def region_weights(gan: Generator, region: Region, count: int, mode: str) -> Tensor:
    """Weights of a region in the size of the differentiated image.

    Args:
        gan: The generator.
        region: The region, in the size of the generator's image.
        count: Number N of codes.
        mode: One of `options.MODES`.

    Returns:
        `[N, h, w]`.

    Raises:
        RegionError: The region has another size or number of masks, or vanishes when reduced.
    """
    weights = region.require_size(gan.spec.img_size).fractions(count)
    if is_reduced(gan, mode):
        small = paper_size(weights.shape[1], weights.shape[2])
        weights = F.interpolate(weights[:, None], size=small, mode="nearest")[:, 0]
        if (weights.sum(dim=(1, 2)) == 0).any():
            raise RegionError(
                f"{region.name} vanishes at {max(small)} pixels",
                "a larger region",
                "Use «mode exact»",
            )
    return weights
