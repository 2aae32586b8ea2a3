"""Linear maps from a displacement of some layers to the change of all latents or styles."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .network import StyleInfo

Spread = Callable[[Tensor], Tensor]
"""Linear map from a displacement `[d]` to the change of the network's input."""


def over_layers(num_ws: int, layers: tuple[int, ...], shared: bool, like: Tensor) -> Spread:
    """Map a displacement in Z, Z+, W or W+ to the change of the latents of all layers.

    Args:
        num_ws: Number of layers L of the generator.
        layers: The layers that are displaced.
        shared: Whether all these layers share one displacement, as in Z and W; else each has its
            own, layer-major, as in Z+ and W+.
        like: A tensor with the type and device of the network.

    Returns:
        Map from `[D]` where shared, else `[len(layers) * D]`, to `[L, D]`; zero on other layers.
    """
    rows = torch.zeros(num_ws, len(layers)).to(like)  # [L, l], selects the layers
    rows[list(layers), range(len(layers))] = 1.0

    def spread(delta: Tensor) -> Tensor:
        per_layer = delta.reshape(1 if shared else len(layers), -1)  # [1 or l, D]
        return rows @ per_layer.expand(len(layers), -1)  # [L, D]

    return spread


def over_styles(styles: tuple[StyleInfo, ...], layers: tuple[int, ...]) -> Spread:
    """Map a displacement in S of some layers to the change of all styles.

    Args:
        styles: All affine maps, in order of depth.
        layers: The layers whose styles are displaced.

    Returns:
        Map from one number per channel of the styles that read these layers to
        `[sum of channels]`; zero on the other styles.
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
