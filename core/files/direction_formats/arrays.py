"""Bare arrays, as InterFaceGAN, encoder4editing and most scripts write directions."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ...concepts.latent_code import LatentSpace
from .layout import AbstractDirectionFile, FoundDirections

_SPACES = {
    "z": LatentSpace.Z,
    "w": LatentSpace.W,
    "s": LatentSpace.S,
}
"""Names of an array that state its space."""


class BareArray(AbstractDirectionFile):
    """One array of directions, under any name or none."""

    id = "array"
    title = "one array (InterFaceGAN, encoder4editing)"
    contents = (
        "[D], [K, D], a vector per layer [K, L, D], or one direction [L, D], whose L is the "
        "generator's number of layers; a name z, w or s states the space"
    )

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`."""
        return len(tensors) == 1 and all(1 <= _plain(t).ndim <= 3 for t in tensors.values())

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`."""
        ((path, array),) = tensors.items()
        array = _plain(array)
        name = path.rpartition(".")[2]
        return FoundDirections(
            array[None] if array.ndim == 1 else array,
            names=(name,) if name and name.lower() not in _SPACES else (),
            space=_SPACES.get(name.lower()),
            perhaps_layers=array.ndim == 2,
        )


class NamedDirections(AbstractDirectionFile):
    """Several arrays of one shape; each is a named direction."""

    id = "named"
    title = "a dictionary or list of named directions"
    contents = "any names, each [D], [1, D], or a vector per layer [L, D] or [1, L, D]"

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`: all of one shape, one direction each."""
        shapes = {tuple(_plain(tensor).shape) for tensor in tensors.values()}
        if len(tensors) < 2 or len(shapes) != 1:
            return False
        (shape,) = shapes
        return len(shape) in (1, 2) or (len(shape) == 3 and shape[0] == 1)

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`."""
        arrays = [_plain(tensor) for tensor in tensors.values()]
        rows = [t[0] if t.ndim > 1 and t.shape[0] == 1 else t for t in arrays]
        return FoundDirections(torch.stack(rows), names=tuple(tensors))


def _plain(array: Tensor) -> Tensor:
    """An array without axes of length one behind the first, as in `[1, L, 1, D]`."""
    while array.ndim > 3 and 1 in array.shape[1:-1]:
        array = array.squeeze(list(array.shape).index(1, 1))
    return array
