"""Diagonals of Grams: the effect of each coordinate alone, without the Grams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..base.errors import LatentError, RegionError
from ..base.execution import float64_device, full_precision, in_chunks, plain_tensors
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region
from .columns import StoredColumns
from .measuring import region_weights
from .options import MODES, Derivative, JacobianOptions
from .plan import JacobianPlan, columns_of, plan_jacobian
from .strategies.strategy import AbstractColumnStrategy

_CHUNK = 32
"""Stored columns that are squared at once."""


def each_diagonal(
    gan: Generator,
    codes: LatentCode,
    regions: Sequence[Region],
    derivative: Derivative,
    options: JacobianOptions,
    progress: Progress | None = None,
) -> Iterator[Tensor]:
    """Mean squared change of regions by each channel of S, code by code.

    Columns are squared, summed over each region and forgotten, so that the memory is that of one
    batch of columns; with a cache in the options, stored columns are used and new ones stored.

    Args:
        gan: A generator with styles.
        codes: N codes.
        regions: R regions of the generator's image size.
        derivative: Layers, noise and mode; its space must be S.
        options: Strategy of columns, precision, memory and cache.
        progress: Called with (done, total) columns, over all codes; may raise to cancel.

    Yields:
        For each code `[R, d]` float64: the diagonal of `J^T diag(w) J`, divided by the rows (the
        sum of the weights w times the channels of the image).

    Raises:
        LatentError: There are no codes, they do not fit, or the space is not S.
        RegionError: A region has another size, or the mode is unknown.
    """
    if derivative.space is not LatentSpace.S:
        raise LatentError(
            f"Single channels of {derivative.space.value} were asked for", "those of S"
        )
    if derivative.mode not in MODES:
        raise RegionError(f"Unknown mode {derivative.mode!r}", f"one of {', '.join(MODES)}")
    if not len(codes):
        raise LatentError("No latent codes were given", "at least one")
    weights = [region_weights(gan, region, len(codes), derivative.mode) for region in regions]
    chosen = options if options.strategy is not None else replace(options, strategy="linearised")
    report = progress or no_progress
    for index in range(len(codes)):
        parts = [weight[index] for weight in weights]  # [h, w] each

        def step(done: int, total: int, before: int = index) -> None:
            report(before * total + done, len(codes) * total)

        with plain_tensors(), full_precision(options.precision_on(gan.device).tf32):
            plan = plan_jacobian(gan, codes[index], derivative, parts, chosen)
            sums = _sums_of_squares(plan, parts, chosen, step)
        rows = torch.stack([part.sum(dtype=torch.float64) for part in parts]).to(sums)
        yield sums / (rows[:, None] * plan.image.image_shape[0])


def _sums_of_squares(
    plan: JacobianPlan, weights: list[Tensor], options: JacobianOptions, progress: Progress
) -> Tensor:
    """Weighted sums of squares of each column, `[R, d]` float64."""
    strategy = plan.strategy
    if not isinstance(strategy, AbstractColumnStrategy):
        grams = strategy.grams(plan.image, weights, plan.chunk, progress)
        return torch.stack([gram.diagonal() for gram in grams])
    device = float64_device(plan.image.point.device)
    flat = torch.stack([weight.reshape(-1) for weight in weights]).to(device, torch.float64)

    def squares(columns: Tensor) -> Tensor:
        energy = columns.flatten(2).to(device, torch.float64).square().sum(dim=1)  # [k, h w]
        return flat @ energy.T  # [R, k]

    if options.cache is not None:
        found = columns_of(plan, strategy, options, progress)
        if isinstance(found, StoredColumns):
            stored, count = found, len(found.values)

            def read(start: int, stop: int) -> Tensor:
                return squares(stored.values[start:stop]) * stored.scales[start:stop].square()

            return torch.cat(in_chunks(count, _CHUNK, read, progress), dim=1)
    dtype = plan.precision.tangents(plan.image.point.dtype)
    source = strategy.source(plan.image, dtype, plan.chunk)

    def compute(start: int, stop: int) -> Tensor:
        return squares(source.columns(start, stop))

    return torch.cat(in_chunks(source.count, source.chunk, compute, progress), dim=1)
