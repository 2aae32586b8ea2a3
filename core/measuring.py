"""Generator, latent codes and regions to Grams: all regions in a single pass over the columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from .caching import JacobianCache, cache_key
from .columns import ColumnSource, HeldColumns, fold, hold
from .computing import full_precision, plain_tensors
from .errors import LatentError, RegionError
from .generator import Generator
from .grams import AbstractColumnStrategy, AbstractGramStrategy, AbstractJacobianStrategy, Gram
from .image_map import ImageMap, image_map
from .jacobians import JACOBIANS
from .latents import LatentCode, LatentSpace, parse_layers
from .memory import Memory
from .precision import PRECISIONS, Precision
from .progress import Progress, no_progress
from .refining import Sample
from .regions import Region
from .rendering import chunk_that_fits

MODES = ("exact", "paper")
"""Every pixel and channel as it is, or what the published code differentiates above 256 px."""

PAPER_RESOLUTION = 256
"""Side to which the published code reduces larger images."""

_ROWS_PER_COLUMN = 0.5
"""A row by reverse mode costs about two columns by a linearisation."""


@dataclass(frozen=True)
class Effort:
    """How Jacobians are had, and at what price."""

    strategy: str | None = None
    """Id of a Jacobian strategy; none takes reverse mode for tiny regions, else columns."""
    precision: str = "float32"
    """Id of a precision: "float32", or "fast" for approximate columns and exact corrections."""
    keep: torch.dtype | None = None
    """What columns are kept in; none means float32 (float64 for a network in float64). float16
    halves the memory and costs four digits of each column."""
    memory: Memory | int | None = None
    """Where columns may be kept, or bytes; none means half of what is free. Where they do not fit,
    exact Grams are made of blocks, which takes longer."""
    cache: JacobianCache | None = None
    """Jacobians of earlier calls, to which this one's are added."""


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
            work = _work(gan, codes[index], space, chosen, noise_mode, mode, parts, effort)
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
                _image(gan, codes[index], space, layers, noise_mode, mode),
                (inside[index], outside[index]),
                (1 / (by[0] * len(codes)), 1 / (by[1] * len(codes))),
            )
            for index, by in enumerate(divisors)
        ]


def _image(
    gan: Generator,
    code: LatentCode,
    space: LatentSpace,
    layers: tuple[int, ...] | None,
    noise_mode: str,
    mode: str,
) -> ImageMap:
    """What is differentiated of one code."""
    image = image_map(gan, code, space, layers, noise_mode)
    reduced = mode == "paper" and gan.spec.img_resolution > PAPER_RESOLUTION
    return _reduce(image) if reduced else image


def _strategy(image: ImageMap, weights: list[Tensor], effort: Effort) -> AbstractJacobianStrategy:
    """The way that was asked for, or the one that should take the least work."""
    if effort.strategy is not None:
        return JACOBIANS[effort.strategy]
    rows = sum(int((weight > 0).sum()) for weight in weights) * image.image_shape[0]
    if rows <= _ROWS_PER_COLUMN * image.size and effort.cache is None:
        return JACOBIANS["reverse"]
    return JACOBIANS["linearised"]


@dataclass(frozen=True)
class _Work:
    """One Jacobian that is wanted, and how it is had."""

    image: ImageMap
    worker: AbstractJacobianStrategy
    precision: Precision
    keep: torch.dtype
    key: str
    chunk: int


def _work(
    gan: Generator,
    code: LatentCode,
    space: LatentSpace,
    chosen: tuple[int, ...] | None,
    noise_mode: str,
    mode: str,
    weights: list[Tensor],
    effort: Effort,
) -> _Work:
    """What is differentiated of one code, how, and the name under which it is kept."""
    spec = gan.spec
    precision = PRECISIONS[effort.precision]
    image = _image(gan, code, space, chosen, noise_mode, mode)
    worker = _strategy(image, weights, effort)
    keep = effort.keep or torch.promote_types(gan.dtype, torch.float32)
    moving = parse_layers("all" if chosen is None else chosen, spec.num_ws)
    where = (spec.fingerprint, space, moving, noise_mode, image.image_shape)
    key = cache_key(code, *where, worker.id, precision.id, gan.dtype, keep)
    return _Work(image, worker, precision, keep, key, chunk_that_fits(spec, gan.device))


def held_columns(
    gan: Generator,
    code: LatentCode,
    space: LatentSpace,
    layers: tuple[int, ...] | None = None,
    noise_mode: str = "const",
    progress: Progress | None = None,
    *,
    effort: Effort,
    make: bool = True,
) -> HeldColumns | None:
    """The Jacobian of one code, kept: the very one that `measure_grams` finds in the same cache.

    Args:
        gan: The generator.
        code: One code.
        space: Space of the derivative.
        layers: Layers that are displaced; none means all.
        noise_mode: "const" or "none".
        progress: Told of columns made; may raise to cancel.
        effort: Precision, memory, and the cache.
        make: Whether it is made where it is not there; else only looked up.

    Returns:
        Its columns; none where there is no cache, or where they do not fit or are not there.

    Raises:
        LatentError: The code does not fit, or lacks what the space needs.
    """
    if effort.cache is None:
        return None
    precision = PRECISIONS[effort.precision]
    whole = torch.ones(gan.spec.img_size)
    with plain_tensors(), full_precision(precision.tf32):
        work = _work(gan, code, space, layers, noise_mode, MODES[0], [whole], effort)
        if not make:
            return effort.cache.get(work.key)
        if not isinstance(work.worker, AbstractColumnStrategy):
            return None
        found = _columns(work, work.worker, effort, progress)
        return found if isinstance(found, HeldColumns) else None


def _grams(work: _Work, weights: list[Tensor], effort: Effort, progress: Progress) -> list[Tensor]:
    """Grams `[d, d]` of one code: from kept columns, columns made now, or without any."""
    if isinstance(work.worker, AbstractGramStrategy):
        return work.worker.grams(work.image, weights, work.chunk, progress)
    assert isinstance(work.worker, AbstractColumnStrategy)
    held = _columns(work, work.worker, effort, progress)
    if isinstance(held, ColumnSource):
        memory = Memory.of(effort.memory, work.image.point.device)
        return fold(held, memory, work.keep, weights, progress)
    count = len(held.values)
    progress(count, count)  # also where nothing was made, so that one can cancel between codes
    return held.grams(weights, lambda: progress(count, count))


def _columns(
    work: _Work, worker: AbstractColumnStrategy, effort: Effort, progress: Progress | None
) -> HeldColumns | ColumnSource:
    """Columns that were kept or are made and kept now, or where they come from if none fit."""
    cache = effort.cache
    held = None if cache is None else cache.get(work.key)
    if held is not None:
        return held
    dtype = work.precision.tangents(work.image.point.dtype)
    source = worker.source(work.image, dtype, work.chunk)
    if cache is not None:
        cache.make_room(source.nbytes(work.keep))
    memory = Memory.of(effort.memory, work.image.point.device)
    held = hold(source, memory, work.keep, progress)
    if held is None:
        return source
    if cache is not None:
        cache.put(work.key, held)
    return held


def _weights(gan: Generator, region: Region, count: int, mode: str) -> Tensor:
    """Weights `[N, h, w]` at the resolution that is differentiated."""
    weights = region.require_size(gan.spec.img_size).fractions(count)
    if mode == "paper" and gan.spec.img_resolution > PAPER_RESOLUTION:
        small = _paper_size(weights.shape[1], weights.shape[2])
        weights = F.interpolate(weights[:, None], size=small, mode="nearest")[:, 0]
        if (weights.sum(dim=(1, 2)) == 0).any():
            raise RegionError(
                f"{region.name} vanishes at {PAPER_RESOLUTION} pixels",
                "a larger region",
                "Use mode='exact'",
            )
    return weights


def _paper_size(height: int, width: int) -> tuple[int, int]:
    """Height and width after reducing the larger side to 256."""
    scale = PAPER_RESOLUTION / max(height, width)
    return round(height * scale), round(width * scale)


def _reduce(image: ImageMap) -> ImageMap:
    """The image `[1, h, w]` that the published code differentiates."""
    _, height, width = image.image_shape
    size = _paper_size(height, width)
    function = image.function

    def small(images: Tensor) -> Tensor:
        reduced = F.interpolate(images, size=size, mode="nearest")
        return reduced.sum(dim=1, keepdim=True)

    return replace(
        image,
        function=lambda delta: small(function(delta)[None])[0],
        image_shape=(1, *size),
        reduce=small,
    )
