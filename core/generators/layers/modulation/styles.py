"""Styles: what the affine maps of a StyleGAN make of w (the space S of Wu et al., CVPR 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....concepts.network import StyleInfo
from .dense import EqualizedDense


@dataclass(frozen=True)
class StyleMap:
    """One affine map from the latent of a layer to a style."""

    name: str
    """Name of the module that it belongs to, in the canonical spelling."""
    layer: int
    """The latent layer that it reads."""
    affine: EqualizedDense
    """The map."""


def style_infos(maps: Sequence[StyleMap]) -> tuple[StyleInfo, ...]:
    """The plain facts of some maps.

    Args:
        maps: In order of depth.

    Returns:
        One entry per map.
    """
    return tuple(StyleInfo(m.name, m.layer, m.affine.weight.shape[0]) for m in maps)


def each_style(maps: Sequence[StyleMap], ws: Tensor) -> list[Tensor]:
    """Apply every map to the latent of its layer.

    Args:
        maps: In order of depth.
        ws: `[N, num_ws, w_dim]`.

    Returns:
        One `[N, channels]` per map.
    """
    return [m.affine(ws[:, m.layer]) for m in maps]


def split_styles(maps: Sequence[StyleMap], styles: Tensor) -> list[Tensor]:
    """Cut a code of S into the style of each map.

    Args:
        maps: In order of depth.
        styles: `[N, sum of channels]`.

    Returns:
        One `[N, channels]` per map.
    """
    return list(styles.split([m.affine.weight.shape[0] for m in maps], dim=1))


def stacked_weights(maps: Sequence[StyleMap]) -> Tensor:
    """The matrices of all maps as they act, one below the other.

    Args:
        maps: In order of depth.

    Returns:
        `[sum of channels, w_dim]`.
    """
    return torch.cat([m.affine.effective_weight() for m in maps])
