"""Generator, latent codes and regions to Grams: all regions in a single pass over the columns."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from .computing import full_precision, plain_tensors
from .errors import RegionError
from .generator import Generator
from .grams import Gram
from .jacobians import JACOBIANS
from .latents import LatentCode, LatentSpace, parse_layers
from .progress import Progress, no_progress
from .regions import Region
from .rendering import chunk_that_fits

MODES = ("exact", "paper")
"""Every pixel and channel as it is, or what the published code differentiates above 256 px."""

PAPER_RESOLUTION = 256
"""Side to which the published code reduces larger images."""

_HELD_BYTES = 4 << 30
"""Largest Jacobian that is held; beyond it the Gram is made column by column."""


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
) -> list[Gram]:
    """Grams of the image's Jacobian over some regions, for each code.

    Args:
        gan: The generator.
        codes: N codes.
        regions: Regions of the generator's image size.
        space: Space of the derivative.
        layers: Layers that are displaced; none means all.
        noise_mode: "const" or "none".
        mode: "exact", or "paper": above 256 px the image is reduced to 256 by nearest neighbour
            and its colours are summed before differentiating.
        strategy: Id of a Jacobian strategy; none chooses by memory.
        progress: Told of steps done over all codes; may raise to cancel.

    Returns:
        One Gram per region, `total [N, d, d]`; d is `gan.spec.direction_dim(space)`, in W+ with
        `layers` only len(layers) * w_dim.

    Raises:
        RegionError: A region has another size, or the mode is unknown.
        LatentError: The codes do not fit, or lack what the space needs.
    """
    if mode not in MODES:
        raise RegionError(f"Unknown mode {mode!r}", f"one of {', '.join(MODES)}")
    spec = gan.spec
    chosen = None if layers is None else parse_layers(layers, spec.num_ws)
    size = spec.direction_dim(space)
    if space.is_plus and chosen is not None:
        size = len(chosen) * spec.latent_dim
    weights = [_weights(gan, region, len(codes), mode) for region in regions]  # [N, h, w] each
    reduced = mode == "paper" and spec.img_resolution > PAPER_RESOLUTION
    channels = 1 if reduced else spec.img_channels
    if strategy is None:
        held = 4 * size * channels * weights[0][0].numel()
        strategy = "forward" if held <= _HELD_BYTES else "forward-reverse"
    worker = JACOBIANS[strategy]
    report = progress or no_progress
    totals: list[list[Tensor]] = [[] for _ in regions]
    with plain_tensors(), full_precision():
        point = torch.zeros(size, device=gan.device, dtype=gan.dtype)
        for index in range(len(codes)):
            function = gan.as_function(codes[index], space, chosen, noise_mode)
            if reduced:
                function = _reduce(function)

            def step(done: int, total: int, before: int = index) -> None:
                report(before * total + done, len(codes) * total)

            parts = [weight[index] for weight in weights]
            chunk = chunk_that_fits(spec, gan.device)
            grams = worker.grams(function, point, parts, chunk, step)
            for kept, gram in zip(totals, grams, strict=True):
                kept.append(gram)
        return [
            Gram(
                torch.stack(kept),
                (weight.sum(dim=(1, 2), dtype=torch.float64) * channels).to(kept[0].device),
                space,
                spec.fingerprint,
                int((weight > 0).sum()) * channels,
                chosen,
            )
            for kept, weight in zip(totals, weights, strict=True)
        ]


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


def _reduce(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The image `[1, h, w]` that the published code differentiates."""

    def small(delta: Tensor) -> Tensor:
        image = function(delta)
        size = _paper_size(image.shape[1], image.shape[2])
        reduced = F.interpolate(image[None], size=size, mode="nearest")[0]
        return reduced.sum(dim=0, keepdim=True)

    return small
