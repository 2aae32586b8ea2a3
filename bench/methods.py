"""The compared methods: rows by reverse mode, columns by forward mode or linearisation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2
from latent_levers.core.jacobians.columns import ColumnSource
from latent_levers.core.jacobians.image_map import LinearMap
from latent_levers.core.jacobians.strategies.forward import ForwardStrategy
from latent_levers.core.jacobians.strategies.linearised import LinearisedStrategy
from torch import Tensor

from .networks import Workload
from .published import draw, pixel_rows

OURS = "linearised-float32"
TYPES = {OURS: torch.float32, "linearised-bfloat16": torch.bfloat16}
REVERSE = {"reverse-per-pixel": True, "reverse-per-pixel-shared": False}


def reverse(workload: Workload, published: bool) -> Callable[[int], list[Tensor]]:
    """Rows by reverse mode, one pixel at a time.

    Args:
        workload: Generator, code and region.
        published: Whether weights are modulated per image, as in the published code; else the
            network of this pack, whose weights are shared.

    Returns:
        A function that computes a given number of rows.
    """
    gan = workload.gan
    with torch.enable_grad():
        point = workload.image().point.clone().requires_grad_()
        network = gan.network
        if published and isinstance(network, StyleGAN2):
            ws = gan.layer_codes(workload.code) + point
            image = draw(network, ws)
        else:
            image = workload.image().function(point)[None]
    done = 0

    def rows(count: int) -> list[Tensor]:
        nonlocal done
        done += count
        return pixel_rows(image, point, done - count, count)

    return rows


def forward_columns(workload: Workload) -> Callable[[int], Tensor]:
    """Columns by `vmap(jvp)` through the network of this pack, with shared weights.

    Args:
        workload: Generator, code and region.

    Returns:
        A function that computes a given number of columns.
    """
    source = column_source(workload, "vmap-jvp", 1)
    return lambda count: source.columns(0, count)


def linearised_columns(workload: Workload, dtype: torch.dtype) -> Callable[[int], Tensor]:
    """Columns by the linearisation of the network.

    Args:
        workload: Generator, code and region.
        dtype: Precision of the tangents.

    Returns:
        A function that computes a given number of columns.
    """
    image = workload.image()
    found = image.linearise(dtype)
    assert found is not None  # `measure` skips networks without a linearisation
    linear = LinearMap(found, image.blocks, image.size)
    basis = torch.eye(image.size, device=image.point.device)

    def columns(count: int) -> Tensor:
        return linear.push(basis.repeat(-(-count // image.size), 1)[:count])

    return columns


def column_source(workload: Workload, method: str, chunk: int) -> ColumnSource:
    """Create the source of all columns for a method.

    Args:
        workload: Generator, code and region.
        method: "vmap-jvp" or one of `TYPES`.
        chunk: Columns per batch.

    Returns:
        The source; creating it includes linearising the network.
    """
    if method == "vmap-jvp":
        return ForwardStrategy().source(workload.image(), torch.float32, chunk)
    source = LinearisedStrategy().source(workload.image(), TYPES[method], chunk)
    return ColumnSource(
        source.count, source.image_shape, source.columns, chunk, source.device, source.blocks
    )
