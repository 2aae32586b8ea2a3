"""SeFa as its authors run it (genforce/sefa: utils.py)."""

from __future__ import annotations

from torch import Tensor

from ....concepts.network import AbstractNetwork
from .convention import AbstractSeFaConvention


class GenforceConvention(AbstractSeFaConvention):
    """Each layer's first affine map, rows of unit length; of the RGB outputs the last alone."""

    id = "genforce"
    title = "as its authors run it: every layer's weights, rows of unit length"
    normalizes = True

    def matrices(self, network: AbstractNetwork, layers: tuple[int, ...]) -> list[Tensor]:
        """See `AbstractSeFaConvention.matrices`; serves every network."""
        return [network.projection(layer) for layer in layers]
