"""Principal components of random codes: GANSpace (Härkönen et al., NeurIPS 2020)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from .layout import AbstractDirectionFile, FoundDirections


class GANSpaceComponents(AbstractDirectionFile):
    """A dictionary of mean, standard deviations and components."""

    id = "ganspace"
    title = "GANSpace components"
    contents = "`comp` [K, 1, D] or [K, D], `std` [K], `mean`"

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`."""
        if not {"comp", "std"} <= set(tensors):
            return False
        components, deviations = tensors["comp"], tensors["std"]
        return components.ndim in (2, 3) and deviations.numel() == components.shape[0]

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`: rows are components, std is their sigma."""
        return FoundDirections(tensors["comp"], sigma=tensors["std"].flatten(), method="ganspace")
