"""Principal components of random codes: GANSpace (Härkönen et al., NeurIPS 2020)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from .layout import AbstractDirectionFile, FoundDirections

_NAMES = (("lat_comp", "lat_stdev"), ("comp", "std"))
"""Names of components and standard deviations."""


class GANSpaceComponents(AbstractDirectionFile):
    """A dictionary of mean, standard deviations and components.

    GANSpace's own `.npz` has two sets: `act_*` of the features that were analysed, and `lat_*` of
    the latents that move along them, which are the directions.
    """

    id = "ganspace"
    title = "GANSpace components"
    contents = (
        "`comp` [K, 1, D] or [K, D], `std` [K], `mean`; or `lat_comp`, `lat_stdev`, `lat_mean` of "
        "GANSpace's own files, compressed or not"
    )

    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """See `AbstractDirectionFile.recognises`."""
        names = next((names for names in _NAMES if set(names) <= set(tensors)), None)
        if names is None:
            return False
        components, deviations = (tensors[name] for name in names)
        return components.ndim in (2, 3) and deviations.numel() == components.shape[0]

    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """See `AbstractDirectionFile.read`: rows are components, std is their sigma."""
        components, deviations = next(names for names in _NAMES if set(names) <= set(tensors))
        return FoundDirections(
            tensors[components], sigma=tensors[deviations].flatten(), method="ganspace"
        )
