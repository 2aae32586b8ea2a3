"""Products with the Jacobian of an image and with its transpose; the matrix is not formed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .columns import StoredColumns
from .image_map import ImageMap, LinearMap

Product = Callable[[Tensor], Tensor]
"""A batch of vectors to a batch of images, or back."""


def jacobian_products(image: ImageMap, dtype: torch.dtype | None = None) -> tuple[Product, Product]:
    """Functions for `J t` and `J^T v` at the point of a map.

    Args:
        image: The map that is differentiated.
        dtype: Type of the tangents where the network is linearised; none means its own.

    Returns:
        From `[B, d]` to `[B, *image_shape]`, and back.
    """
    found = image.linearise(image.point.dtype if dtype is None else dtype)
    linear = None if found is None else LinearMap(found, image.blocks, image.size)
    return products_of(image, linear)


def products_of(image: ImageMap, linear: LinearMap | None) -> tuple[Product, Product]:
    """Functions for `J t` and `J^T v`; one formulation for both, so that rectifier signs agree.

    Args:
        image: The map that is differentiated, at its point.
        linear: Its linearisation; none means forward and reverse mode through the network.

    Returns:
        From `[B, d]` to `[B, *image_shape]`, and back.
    """
    reduce = image.reduce
    if linear is not None and reduce is None:
        return linear.push, linear.pull
    if linear is not None and reduce is not None:
        shape = linear.linearisation.image_shape

        def push_reduced(rows: Tensor) -> Tensor:
            return reduce(linear.push(rows))

        def pull_reduced(images: Tensor) -> Tensor:
            spread = torch.func.vjp(reduce, images.new_zeros(len(images), *shape))[1]
            return linear.pull(spread(images)[0].detach())

        return push_reduced, pull_reduced
    function, point = image.function, image.point
    pull_one = torch.func.vjp(function, point)[1]

    def push(rows: Tensor) -> Tensor:
        return torch.func.vmap(lambda t: torch.func.jvp(function, (point,), (t,))[1])(rows)

    def pull(images: Tensor) -> Tensor:
        return torch.func.vmap(lambda v: pull_one(v)[0])(images).detach()

    return push, pull


_BLOCK_BYTES = 64 << 20
"""Most bytes of stored columns that are converted for one product."""


def pull_columns(columns: StoredColumns, image: Tensor) -> Tensor:
    """`J^T v` with a stored Jacobian.

    Args:
        columns: Its columns.
        image: v, `[C, H, W]`.

    Returns:
        `[d]` float64.
    """
    values, scales = columns.values, columns.scales
    dtype = torch.promote_types(values.dtype, torch.float32)
    flat = image.flatten().to(scales.device, dtype)
    step = max(1, _BLOCK_BYTES // (len(flat) * dtype.itemsize))
    parts = [
        values[start : start + step].flatten(1).to(flat) @ flat
        for start in range(0, len(values), step)
    ]
    inputs = torch.cat(parts).to(scales) * scales  # [n]
    blocks = columns.blocks
    if blocks is None or all(block.matrix is None for block in blocks):
        return inputs
    found = inputs.new_zeros(columns.size)
    start = 0
    for block in blocks:
        assert block.matrix is not None  # `None` and matrices are never mixed
        matrix = block.matrix.to(inputs)
        stop = start + len(matrix)
        found[block.start : block.start + matrix.shape[1]] += inputs[start:stop] @ matrix
        start = stop
    return found
