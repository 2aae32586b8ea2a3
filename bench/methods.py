"""The methods that are compared: rows by reverse mode, columns by forward mode or linearisation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2
from latent_levers.core.jacobians.columns import ColumnSource
from latent_levers.core.jacobians.image_map import LinearMap
from latent_levers.core.jacobians.strategies.forward import ForwardStrategy
from latent_levers.core.jacobians.strategies.linearised import LinearisedStrategy
from torch import Tensor

from .networks import Subject
from .published import draw, pixel_rows

OURS = "linearised-float32"
TYPES = {OURS: torch.float32, "linearised-bfloat16": torch.bfloat16}
REVERSE = {"reverse-per-pixel": True, "reverse-per-pixel-shared": False}


def reverse(what: Subject, published: bool) -> Callable[[int], list[Tensor]]:
    """One pixel at a time by reverse mode.

    Args:
        what: The network.
        published: With weights modulated for the image, else as our network shares them.

    Returns:
        A function that computes a given number of rows.
    """
    gan = what.gan
    with torch.enable_grad():
        point = what.image().point.clone().requires_grad_()
        network = gan.network
        if published and isinstance(network, StyleGAN2):
            ws = gan.layer_codes(what.code) + point
            image = draw(network, ws)
        else:
            image = what.image().function(point)[None]
    made = 0

    def rows(count: int) -> list[Tensor]:
        nonlocal made
        made += count
        return pixel_rows(image, point, made - count, count)

    return rows


def forward_columns(what: Subject) -> Callable[[int], Tensor]:
    """`vmap(jvp)` through our network, whose weights all tangents share.

    Args:
        what: The network.

    Returns:
        A function that computes a given number of columns.
    """
    source = column_source(what, "vmap-jvp", 1)
    return lambda count: source.columns(0, count)


def linearised_columns(what: Subject, dtype: torch.dtype) -> Callable[[int], Tensor]:
    """Columns by the network's own linearisation.

    Args:
        what: The network.
        dtype: Precision of the tangents.

    Returns:
        A function that computes a given number of columns.
    """
    image = what.image()
    found = image.linearise(dtype)
    assert found is not None  # `measure` skips networks without a linearisation
    linear = LinearMap(found, image.blocks, image.size)
    basis = torch.eye(image.size, device=image.point.device)

    def columns(count: int) -> Tensor:
        return linear.push(basis.repeat(-(-count // image.size), 1)[:count])

    return columns


def column_source(what: Subject, method: str, chunk: int) -> ColumnSource:
    """All columns by a method.

    Args:
        what: The network.
        method: "vmap-jvp" or one of `TYPES`.
        chunk: Columns at once.

    Returns:
        Their source; building it includes linearising the network.
    """
    if method == "vmap-jvp":
        return ForwardStrategy().source(what.image(), torch.float32, chunk)
    source = LinearisedStrategy().source(what.image(), TYPES[method], chunk)
    return ColumnSource(
        source.count, source.image_shape, source.columns, chunk, source.device, source.blocks
    )
