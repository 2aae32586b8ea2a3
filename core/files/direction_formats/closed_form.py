"""rosinality's closed-form factorization (SeFa) of a StyleGAN2's modulation weights."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from .layout import AbstractDirectionFile, FoundDirections


class ClosedFormFactors(AbstractDirectionFile):
    """`factor.pt`: right singular vectors, one per column, best first."""

    id = "closed-form"
    title = "closed-form factorization (rosinality)"
    contents = "`eigvec` [D, D], a direction per column"

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`."""
        matrix = tensors.get("eigvec")
        return matrix is not None and matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`; its singular values are not in the file."""
        return FoundDirections(tensors["eigvec"].T, method="sefa")
