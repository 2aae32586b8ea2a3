"""A displacement of some layers as what is added to the latents of layers, or to styles."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .network import StyleInfo

Spread = Callable[[Tensor], Tensor]
"""From a displacement `[d]` to what is added to the network's input, linear in it."""


def over_layers(num_ws: int, layers: tuple[int, ...], shared: bool, like: Tensor) -> Spread:
    """A displacement as what is added to the latents of the layers.

    Args:
        num_ws: Number of layers L of the generator.
        layers: The layers that are displaced.
        shared: Whether one displacement serves them all, as in Z and W; else each has its own,
            layer-major, as in Z+ and W+.
        like: A tensor of the network's type and device.

    Returns:
        From `[D]` where shared, else `[len(layers) * D]`, to `[L, D]`; zero on the other layers.
    """
    rows = torch.zeros(num_ws, len(layers)).to(like)  # [L, l], picks the layers
    rows[list(layers), range(len(layers))] = 1.0

    def spread(delta: Tensor) -> Tensor:
        per_layer = delta.reshape(1 if shared else len(layers), -1)  # [1 or l, D]
        return rows @ per_layer.expand(len(layers), -1)  # [L, D]

    return spread


def over_styles(styles: tuple[StyleInfo, ...], layers: tuple[int, ...]) -> Spread:
    """A displacement in S as what is added to all styles.

    Args:
        styles: All affine maps, in order of depth.
        layers: The layers whose styles are displaced.

    Returns:
        From one number per channel of the styles that read these layers to `[sum of channels]`;
        zero on the other styles.
    """
    moving = [style.channels for style in styles if style.layer in layers]

    def spread(delta: Tensor) -> Tensor:
        parts = iter(delta.split(moving))
        return torch.cat(
            [
                next(parts) if style.layer in layers else delta.new_zeros(style.channels)
                for style in styles
            ]
        )

    return spread
