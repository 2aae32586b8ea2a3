"""Generator, latent codes and regions to Grams: all regions in a single pass over the columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import LatentError, RegionError
from ..base.execution import full_precision, plain_tensors
from ..base.memory import Memory
from ..base.precision import PRECISIONS
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.gram import AbstractColumnStrategy, AbstractGramStrategy, Gram
from ..concepts.latent_code import LatentCode, LatentSpace, parse_layers
from ..concepts.region import Region
from .columns import ColumnSource
from .matrix_pencil import Sample
from .plan import MODES, Effort, Wanted, columns_of, is_reduced, paper_size, wanted, wanted_image
from .storage import fold


def measure_grams(
    gan: Generator,
    codes: LatentCode,
    regions: list[Region],
    space: LatentSpace,
    layers: tuple[int, ...] | None = None,
    noise_mode: str = "const",
    mode: str = "exact",
    strategy: str | None = None,
    progress: Progress | None = None,
    *,
    effort: Effort | None = None,
) -> list[Gram]:
    """Grams of the image's Jacobian over some regions, for each code.

    Args:
        gan: The generator.
        codes: N codes.
        regions: Regions of the generator's image size.
        space: Space of the derivative; in S in the styles' own unit.
        layers: Layers that are displaced; none means all.
        noise_mode: "const" or "none".
        mode: "exact", or "paper": above 256 px the image is reduced to 256 by nearest neighbour
            and its colours are summed before differentiating.
        strategy: Id of a Jacobian strategy; none means that of `effort`.
        progress: Told of steps done over all codes; may raise to cancel.
        effort: Precision, memory and cache.

    Returns:
        One Gram per region, `total [N, d, d]`; d is `gan.spec.direction_dim(space, layers)`.

    Raises:
        RegionError: A region has another size, or the mode is unknown.
        LatentError: The codes do not fit, or lack what the space needs.
        UnknownNameError: There is no such strategy or precision.
    """
    effort = effort or Effort()
    if strategy is not None:
        effort = replace(effort, strategy=strategy)
    each = list(
        each_gram(gan, codes, regions, space, layers, noise_mode, mode, progress, effort=effort)
    )
    return [
        Gram(
            torch.cat([grams[number].total for grams in each]),
            torch.cat([grams[number].rows for grams in each]),
            space,
            gan.spec.fingerprint,
            sum(grams[number].support for grams in each),
            each[0][number].layers,
        )
        for number in range(len(regions))
    ]


def each_gram(
    gan: Generator,
    codes: LatentCode,
    regions: list[Region],
    space: LatentSpace,
    layers: tuple[int, ...] | None = None,
    noise_mode: str = "const",
    mode: str = "exact",
    progress: Progress | None = None,
    *,
    effort: Effort,
) -> Iterator[list[Gram]]:
    """The Grams of one code after the other, so that no more than one code's are held.

    Args:
        gan: See `measure_grams`.
        codes: See `measure_grams`.
        regions: See `measure_grams`.
        space: See `measure_grams`.
        layers: See `measure_grams`.
        noise_mode: See `measure_grams`.
        mode: See `measure_grams`.
        progress: See `measure_grams`.
        effort: Strategy, precision, memory and cache.

    Yields:
        For each code one Gram per region, with N = 1.

    Raises:
        RegionError: See `measure_grams`.
        LatentError: See `measure_grams`.
    """
    if mode not in MODES:
        raise RegionError(f"Unknown mode {mode!r}", f"one of {', '.join(MODES)}")
    if not len(codes):
        raise LatentError("No latent codes were given", "at least one")
    spec = gan.spec
    chosen = None if layers is None else parse_layers(layers, spec.num_ws)
    weights = [_weights(gan, region, len(codes), mode) for region in regions]  # [N, h, w] each
    report = progress or no_progress
    precision = PRECISIONS[effort.precision]
    for index in range(len(codes)):
        parts = [weight[index] for weight in weights]

        def step(done: int, total: int, before: int = index) -> None:
            report(before * total + done, len(codes) * total)

        with plain_tensors(), full_precision(precision.tf32):
            work = wanted(gan, codes[index], space, chosen, noise_mode, mode, parts, effort)
            totals = _grams(work, parts, effort, step)
        channels = work.image.image_shape[0]
        yield [
            Gram(
                total[None],
                part.sum(dtype=torch.float64)[None].to(total.device) * channels,
                space,
                spec.fingerprint,
                int((part > 0).sum()) * channels,
                chosen,
            )
            for total, part in zip(totals, parts, strict=True)
        ]


def exact_samples(
    gan: Generator,
    codes: LatentCode,
    regions: tuple[Region, Region],
    divisors: Sequence[tuple[float, float]],
    space: LatentSpace,
    layers: tuple[int, ...] | None,
    noise_mode: str,
    mode: str,
) -> list[Sample]:
    """What exact products need of each code, to correct directions of approximate columns.

    Args:
        gan: See `measure_grams`.
        codes: See `measure_grams`.
        regions: The region, and what must stay.
        divisors: What the Grams of both were divided by, for each code.
        space: See `measure_grams`.
        layers: See `measure_grams`.
        noise_mode: See `measure_grams`.
        mode: See `measure_grams`.

    Returns:
        One sample per code.
    """
    inside, outside = (_weights(gan, region, len(codes), mode) for region in regions)
    with plain_tensors():
        return [
            Sample(
                wanted_image(gan, codes[index], space, layers, noise_mode, mode),
                (inside[index], outside[index]),
                (1 / (by[0] * len(codes)), 1 / (by[1] * len(codes))),
            )
            for index, by in enumerate(divisors)
        ]


def _grams(work: Wanted, weights: list[Tensor], effort: Effort, progress: Progress) -> list[Tensor]:
    """Grams `[d, d]` of one code: from kept columns, columns made now, or without any."""
    if isinstance(work.worker, AbstractGramStrategy):
        return work.worker.grams(work.image, weights, work.chunk, progress)
    assert isinstance(work.worker, AbstractColumnStrategy)
    held = columns_of(work, work.worker, effort, progress)
    if isinstance(held, ColumnSource):
        memory = Memory.of(effort.memory, work.image.point.device)
        return fold(held, memory, work.keep, weights, progress)
    count = len(held.values)
    progress(count, count)  # also where nothing was made, so that one can cancel between codes
    return held.grams(weights, lambda: progress(count, count))


def _weights(gan: Generator, region: Region, count: int, mode: str) -> Tensor:
    """Weights `[N, h, w]` at the resolution that is differentiated."""
    weights = region.require_size(gan.spec.img_size).fractions(count)
    if is_reduced(gan, mode):
        small = paper_size(weights.shape[1], weights.shape[2])
        weights = F.interpolate(weights[:, None], size=small, mode="nearest")[:, 0]
        if (weights.sum(dim=(1, 2)) == 0).any():
            raise RegionError(
                f"{region.name} vanishes at {max(small)} pixels",
                "a larger region",
                "Use mode='exact'",
            )
    return weights
