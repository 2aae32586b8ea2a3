"""The plan of one code's Jacobian: what is differentiated, by which strategy, under which key."""

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
"""Side to which the published code reduces larger images."""

_ROWS_PER_COLUMN = 0.5
"""A row by reverse mode costs about two columns by a linearisation."""


def differentiated_image(gan: Generator, code: LatentCode, derivative: Derivative) -> ImageMap:
    """The image as the function that is differentiated at one code.

    Args:
        gan: The generator.
        code: One code.
        derivative: Space, layers, noise and mode.

    Returns:
        The map, reduced where the mode asks for it.
    """
    image = image_map(gan, code, derivative.space, derivative.layers, derivative.noise_mode)
    return _reduced(image) if is_reduced(gan, derivative.mode) else image


def is_reduced(gan: Generator, mode: str) -> bool:
    """Whether less than the whole image is differentiated.

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
    """The strategy that was asked for, or the one that should take the least work."""
    if options.strategy is not None:
        return JACOBIANS[options.strategy]
    rows = sum(int((weight > 0).sum()) for weight in weights) * image.image_shape[0]
    if rows <= _ROWS_PER_COLUMN * image.size and options.cache is None:
        return JACOBIANS["reverse"]
    return JACOBIANS["linearised"]


@dataclass(frozen=True)
class JacobianPlan:
    """One code's Jacobian, not computed yet."""

    image: ImageMap
    """What is differentiated."""
    strategy: JacobianStrategy
    """What computes it."""
    precision: Precision
    """Of the tangents."""
    keep: torch.dtype
    """What columns are stored in."""
    key: str
    """Name under which they are cached."""
    chunk: int
    """Tangents that are pushed at once."""


def plan_jacobian(
    gan: Generator,
    code: LatentCode,
    derivative: Derivative,
    weights: list[Tensor],
    options: JacobianOptions,
) -> JacobianPlan:
    """Decide what is differentiated at one code, by which strategy, and its key in the cache.

    Args:
        gan: The generator.
        code: One code.
        derivative: Space, layers, noise and mode.
        weights: `[h, w]` for each region; tiny regions may be computed by rows.
        options: Strategy, precision and types.

    Returns:
        The plan.
    """
    spec = gan.spec
    precision = PRECISIONS[options.precision]
    image = differentiated_image(gan, code, derivative)
    strategy = _choose_strategy(image, weights, options)
    keep = options.keep or torch.promote_types(gan.dtype, torch.float32)
    moving = parse_layers("all" if derivative.layers is None else derivative.layers, spec.num_ws)
    facts = (spec.fingerprint, derivative.space, moving, derivative.noise_mode, image.image_shape)
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
    """The stored Jacobian of one code: the very one that `measure_grams` finds in the same cache.

    Args:
        gan: The generator.
        code: One code.
        derivative: Space, layers, noise and mode.
        options: Precision, memory, and the cache.
        progress: Called with columns done and columns in all; may raise to cancel.
        compute: Whether it is computed where it is not cached; else it is only looked up.

    Returns:
        Its columns; none where there is no cache, or where they do not fit or are not cached.

    Raises:
        LatentError: The code does not fit, or lacks what the space needs.
    """
    if options.cache is None:
        return None
    precision = PRECISIONS[options.precision]
    whole = torch.ones(gan.spec.img_size)
    with plain_tensors(), full_precision(precision.tf32):
        plan = plan_jacobian(gan, code, derivative, [whole], options)
        if not compute:
            return options.cache.get(plan.key)
        if not isinstance(plan.strategy, AbstractColumnStrategy):
            return None
        found = columns_of(plan, plan.strategy, options, progress)
        return found if isinstance(found, StoredColumns) else None


def columns_of(
    plan: JacobianPlan,
    strategy: AbstractColumnStrategy,
    options: JacobianOptions,
    progress: Progress | None,
) -> StoredColumns | ColumnSource:
    """The columns of a planned Jacobian: from the cache, or computed and stored now.

    Args:
        plan: The Jacobian.
        strategy: The plan's strategy, which makes columns.
        options: Memory and cache.
        progress: Called with columns done and columns in all; may raise to cancel.

    Returns:
        The columns; their source where they do not fit.
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
