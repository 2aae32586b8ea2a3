"""Plan the Jacobian of one code: differentiated image, strategy, and cache key."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.execution import full_precision, plain_tensors
from ..base.memory import Memory
from ..base.precision import Precision
from ..base.progress import Progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, parse_layers
from ..generators.rendering import chunk_that_fits
from .cache import cache_key
from .columns import ColumnSource, StoredColumns
from .image_map import ImageMap, image_map
from .options import Derivative, JacobianOptions
from .storage import store_columns
from .strategies import JACOBIANS
from .strategies.strategy import AbstractColumnStrategy, JacobianStrategy

PAPER_RESOLUTION = 256
"""Side in pixels to which the published code reduces larger images."""

ROWS_PER_COLUMN = 0.5
"""Rows per column below which reverse mode is faster: a row costs about as much as two columns."""


def differentiated_image(gan: Generator, code: LatentCode, derivative: Derivative) -> ImageMap:
    """The function that is differentiated at one code.

    Args:
        gan: The generator.
        code: One code.
        derivative: Space, layers, noise and mode.

    Returns:
        The map; the reduced image where `derivative.mode` is "paper" and the image is above 256 px.
    """
    image = image_map(gan, code, derivative.space, derivative.layers, derivative.noise_mode)
    return _reduced(image) if is_reduced(gan, derivative.mode) else image


def is_reduced(gan: Generator, mode: str) -> bool:
    """Whether a reduced image is differentiated instead of the full one.

    Args:
        gan: The generator.
        mode: One of `options.MODES`.

    Returns:
        Whether the image is reduced to `paper_size`.
    """
    return mode == "paper" and gan.spec.img_resolution > PAPER_RESOLUTION


def _choose_strategy(
    image: ImageMap, weights: list[Tensor], options: JacobianOptions
) -> JacobianStrategy:
    """The strategy of the options, or else the one that is likely to be the fastest."""
    if options.strategy is not None:
        return JACOBIANS[options.strategy]
    rows = sum(int((weight > 0).sum()) for weight in weights) * image.image_shape[0]
    if rows <= ROWS_PER_COLUMN * image.size and options.cache is None:
        return JACOBIANS["reverse"]
    return JACOBIANS["linearised"]


@dataclass(frozen=True)
class JacobianPlan:
    """How the Jacobian of one code will be computed."""

    image: ImageMap
    """The map to differentiate."""
    strategy: JacobianStrategy
    """The strategy that computes it."""
    precision: Precision
    """Precision of the tangents."""
    keep: torch.dtype
    """Type in which columns are stored."""
    key: str
    """Key under which they are cached."""
    chunk: int
    """Tangents per batch."""


def plan_jacobian(
    gan: Generator,
    code: LatentCode,
    derivative: Derivative,
    weights: list[Tensor],
    options: JacobianOptions,
) -> JacobianPlan:
    """Choose the strategy for one code, and compute the key of its Jacobian in the cache.

    Args:
        gan: The generator.
        code: One code.
        derivative: Space, layers, noise and mode.
        weights: `[h, w]` for each region; for tiny regions reverse mode is faster.
        options: Strategy, precision, type of stored columns, and cache.

    Returns:
        The plan.
    """
    spec = gan.spec
    precision = options.precision_on(gan.device)
    image = differentiated_image(gan, code, derivative)
    strategy = _choose_strategy(image, weights, options)
    keep = options.keep or torch.promote_types(gan.dtype, torch.float32)
    displaced = parse_layers("all" if derivative.layers is None else derivative.layers, spec.num_ws)
    facts = (
        spec.fingerprint,
        str(getattr(gan.network, "settings", "")),  # options change images, not weights
        derivative.space,
        displaced,
        derivative.noise_mode,
        image.image_shape,
    )
    key = cache_key(code, *facts, strategy.id, precision.id, gan.dtype, keep)
    return JacobianPlan(image, strategy, precision, keep, key, chunk_that_fits(spec, gan.device))


def stored_columns(
    gan: Generator,
    code: LatentCode,
    derivative: Derivative,
    options: JacobianOptions,
    progress: Progress | None = None,
    *,
    compute: bool = True,
) -> StoredColumns | None:
    """The stored Jacobian of one code, under the same cache key that `measure_grams` uses.

    Args:
        gan: The generator.
        code: One code.
        derivative: Space, layers, noise and mode.
        options: Precision, memory, and the cache.
        progress: Called with (done, total) columns; may raise to cancel.
        compute: Whether to compute it if it is not cached; otherwise it is only looked up.

    Returns:
        Its columns; none without a cache, where they do not fit in memory, or where they are not
        cached and `compute` is off.

    Raises:
        LatentError: The code does not fit the generator, or lacks the z that the space needs.
    """
    if options.cache is None:
        return None
    precision = options.precision_on(gan.device)
    with plain_tensors(), full_precision(precision.tf32):
        plan = _plan_everywhere(gan, code, derivative, options)
        if not compute:
            return options.cache.get(plan.key)
        if not isinstance(plan.strategy, AbstractColumnStrategy):
            return None
        found = columns_of(plan, plan.strategy, options, progress)
        return found if isinstance(found, StoredColumns) else None


def are_stored(
    gan: Generator, codes: LatentCode, derivative: Derivative, options: JacobianOptions
) -> bool:
    """Whether the cache holds the Jacobians of all codes, so that no column need be computed.

    Args:
        gan: The generator.
        codes: N codes.
        derivative: Space, layers, noise and mode.
        options: Precision, type of stored columns, and the cache.

    Returns:
        True if so.

    Raises:
        LatentError: The codes do not fit the generator, or lack the z that the space needs.
    """
    cache = options.cache
    if cache is None or not len(cache):
        return False
    with plain_tensors():
        return all(
            _plan_everywhere(gan, codes[index], derivative, options).key in cache
            for index in range(len(codes))
        )


def _plan_everywhere(
    gan: Generator, code: LatentCode, derivative: Derivative, options: JacobianOptions
) -> JacobianPlan:
    """The plan for columns that serve any region."""
    return plan_jacobian(gan, code, derivative, [torch.ones(gan.spec.img_size)], options)


def columns_of(
    plan: JacobianPlan,
    strategy: AbstractColumnStrategy,
    options: JacobianOptions,
    progress: Progress | None,
) -> StoredColumns | ColumnSource:
    """The columns of a planned Jacobian, from the cache or newly computed.

    Args:
        plan: The Jacobian.
        strategy: The plan's strategy, which computes columns.
        options: Memory and cache.
        progress: Called with (done, total) columns; may raise to cancel.

    Returns:
        The stored columns, or their source where they do not fit in memory.
    """
    cache = options.cache
    stored = None if cache is None else cache.get(plan.key)
    if stored is not None:
        return stored
    dtype = plan.precision.tangents(plan.image.point.dtype)
    source = strategy.source(plan.image, dtype, plan.chunk)
    if cache is not None:
        cache.make_room(source.nbytes(plan.keep))
    memory = Memory.of(options.memory, plan.image.point.device)
    stored = store_columns(source, memory, plan.keep, progress)
    if stored is None:
        return source
    if cache is not None:
        cache.put(plan.key, stored)
    return stored


def paper_size(height: int, width: int) -> tuple[int, int]:
    """Height and width after reducing the larger side to 256.

    Args:
        height: Height of the image.
        width: Width of the image.

    Returns:
        Height and width of the reduced image.
    """
    scale = PAPER_RESOLUTION / max(height, width)
    return round(height * scale), round(width * scale)


def _reduced(image: ImageMap) -> ImageMap:
    """The reduced image `[1, h, w]` that the published code differentiates: the sum of channels."""
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
