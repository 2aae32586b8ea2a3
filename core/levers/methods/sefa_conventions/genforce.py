"""SeFa as in the code of its authors (genforce/sefa: utils.py)."""

from __future__ import annotations

from torch import Tensor

from ....concepts.network import AbstractNetwork
from .convention import AbstractSeFaConvention


class GenforceConvention(AbstractSeFaConvention):
    """First affine map of each layer, rows of unit length; of the RGB outputs only the last."""

    id = "genforce"
    title = "code of the authors: weights of every layer, rows of unit length"
    normalizes = True

    def matrices(self, network: AbstractNetwork, layers: tuple[int, ...]) -> list[Tensor]:
        """See `AbstractSeFaConvention.matrices`; supports every network."""
        return [network.projection(layer) for layer in layers]
