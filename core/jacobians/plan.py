"""Jacobians that are wanted: how they are had, at what price, and which are there already."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.execution import full_precision, plain_tensors
from ..base.memory import Memory
from ..base.precision import PRECISIONS, Precision
from ..base.progress import Progress
from ..concepts.generator import Generator
from ..concepts.gram import AbstractColumnStrategy, AbstractJacobianStrategy
from ..concepts.latent_code import LatentCode, LatentSpace, parse_layers
from ..generators.rendering import chunk_that_fits
from .cache import JacobianCache, cache_key
from .columns import ColumnSource, HeldColumns
from .image_map import ImageMap, image_map
from .storage import hold
from .strategies import JACOBIANS

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


def wanted_image(
    gan: Generator,
    code: LatentCode,
    space: LatentSpace,
    layers: tuple[int, ...] | None,
    noise_mode: str,
    mode: str,
) -> ImageMap:
    """What is differentiated of one code.

    Args:
        gan: The generator.
        code: One code.
        space: Space of the derivative.
        layers: Layers that are displaced; none means all.
        noise_mode: "const" or "none".
        mode: One of `MODES`.

    Returns:
        The map.
    """
    image = image_map(gan, code, space, layers, noise_mode)
    return _reduced(image) if is_reduced(gan, mode) else image


def is_reduced(gan: Generator, mode: str) -> bool:
    """Whether less than the whole image is differentiated.

    Args:
        gan: The generator.
        mode: One of `MODES`.

    Returns:
        Whether it is reduced to `paper_size`.
    """
    return mode == "paper" and gan.spec.img_resolution > PAPER_RESOLUTION


def _strategy(image: ImageMap, weights: list[Tensor], effort: Effort) -> AbstractJacobianStrategy:
    """The way that was asked for, or the one that should take the least work."""
    if effort.strategy is not None:
        return JACOBIANS[effort.strategy]
    rows = sum(int((weight > 0).sum()) for weight in weights) * image.image_shape[0]
    if rows <= _ROWS_PER_COLUMN * image.size and effort.cache is None:
        return JACOBIANS["reverse"]
    return JACOBIANS["linearised"]


@dataclass(frozen=True)
class Wanted:
    """One Jacobian that is wanted, and how it is had."""

    image: ImageMap
    """What is differentiated."""
    worker: AbstractJacobianStrategy
    """The way."""
    precision: Precision
    """Of the tangents."""
    keep: torch.dtype
    """What columns are kept in."""
    key: str
    """Name under which they are kept."""
    chunk: int
    """Tangents that are pushed at once."""


def wanted(
    gan: Generator,
    code: LatentCode,
    space: LatentSpace,
    chosen: tuple[int, ...] | None,
    noise_mode: str,
    mode: str,
    weights: list[Tensor],
    effort: Effort,
) -> Wanted:
    """What is differentiated of one code, how, and the name under which it is kept.

    Args:
        gan: The generator.
        code: One code.
        space: Space of the derivative.
        chosen: Layers that are displaced; none means all.
        noise_mode: "const" or "none".
        mode: One of `MODES`.
        weights: `[h, w]` for each region; tiny ones may be had by rows.
        effort: Strategy, precision and types.

    Returns:
        The Jacobian, not made yet.
    """
    spec = gan.spec
    precision = PRECISIONS[effort.precision]
    image = wanted_image(gan, code, space, chosen, noise_mode, mode)
    worker = _strategy(image, weights, effort)
    keep = effort.keep or torch.promote_types(gan.dtype, torch.float32)
    moving = parse_layers("all" if chosen is None else chosen, spec.num_ws)
    where = (spec.fingerprint, space, moving, noise_mode, image.image_shape)
    key = cache_key(code, *where, worker.id, precision.id, gan.dtype, keep)
    return Wanted(image, worker, precision, keep, key, chunk_that_fits(spec, gan.device))


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
        work = wanted(gan, code, space, layers, noise_mode, MODES[0], [whole], effort)
        if not make:
            return effort.cache.get(work.key)
        if not isinstance(work.worker, AbstractColumnStrategy):
            return None
        found = columns_of(work, work.worker, effort, progress)
        return found if isinstance(found, HeldColumns) else None


def columns_of(
    work: Wanted, worker: AbstractColumnStrategy, effort: Effort, progress: Progress | None
) -> HeldColumns | ColumnSource:
    """Columns that were kept, or are made and kept now.

    Args:
        work: The Jacobian.
        worker: Its way, which makes columns.
        effort: Memory and cache.
        progress: Told of columns made; may raise to cancel.

    Returns:
        The columns; where they do not fit, where they come from.
    """
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


def paper_size(height: int, width: int) -> tuple[int, int]:
    """Height and width after reducing the larger side to 256.

    Args:
        height: Of the image.
        width: Of the image.

    Returns:
        Those of the smaller one.
    """
    scale = PAPER_RESOLUTION / max(height, width)
    return round(height * scale), round(width * scale)


def _reduced(image: ImageMap) -> ImageMap:
    """The image `[1, h, w]` that the published code differentiates."""
    _, height, width = image.image_shape
    size = paper_size(height, width)
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
