"""Bare arrays, as InterFaceGAN, encoder4editing and most scripts write directions."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .layout import AbstractDirectionFile, FoundDirections


class BareArray(AbstractDirectionFile):
    """One array of directions, under any name or none."""

    id = "array"
    title = "one array (InterFaceGAN, encoder4editing)"
    contents = "[D], [K, D], or a vector per layer [K, L, D]"

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`."""
        return len(tensors) == 1 and all(1 <= tensor.ndim <= 3 for tensor in tensors.values())

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`."""
        (array,) = tensors.values()
        return FoundDirections(array[None] if array.ndim == 1 else array)


class NamedDirections(AbstractDirectionFile):
    """Several arrays of one shape; each is a named direction."""

    id = "named"
    title = "a dictionary of named directions"
    contents = "any names, each [D], [1, D], or a vector per layer [1, L, D]"

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`: all of one shape, one direction each."""
        shapes = {tuple(tensor.shape) for tensor in tensors.values()}
        if len(tensors) < 2 or len(shapes) != 1:
            return False
        (shape,) = shapes
        return len(shape) == 1 or (len(shape) in (2, 3) and shape[0] == 1)

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`."""
        rows = [t[0] if t.ndim > 1 else t for t in tensors.values()]
        return FoundDirections(torch.stack(rows), names=tuple(tensors))
