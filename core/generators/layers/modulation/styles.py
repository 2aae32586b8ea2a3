"""Styles: outputs of the affine maps of w (the space S of Wu et al., CVPR 2021)."""

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
    """Canonical name of the module with the map."""
    layer: int
    """Index of the latent that it reads."""
    affine: EqualizedDense
    """The map."""
    kind: str
    """What it modulates, one of the kinds of `StyleInfo`."""


def style_infos(maps: Sequence[StyleMap]) -> tuple[StyleInfo, ...]:
    """Name, layer, size and kind of each map.

    Args:
        maps: In order of depth.

    Returns:
        One entry per map.
    """
    return tuple(StyleInfo(m.name, m.layer, m.affine.weight.shape[0], m.kind) for m in maps)


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
    """Split a code of S into the styles of the maps.

    Args:
        maps: In order of depth.
        styles: `[N, sum of channels]`.

    Returns:
        One `[N, channels]` per map.
    """
    return list(styles.split([m.affine.weight.shape[0] for m in maps], dim=1))


def stacked_weights(maps: Sequence[StyleMap]) -> Tensor:
    """The effective weights of all maps, stacked.

    Args:
        maps: In order of depth.

    Returns:
        `[sum of channels, w_dim]`.
    """
    return torch.cat([m.affine.effective_weight() for m in maps])
