"""The interface of SeFa conventions: what differs between published implementations."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from ....concepts.network import AbstractNetwork


class AbstractSeFaConvention(ABC):
    """The matrices that are stacked, and whether their rows are scaled to unit length."""

    id: str
    """Short stable name, such as "genforce"."""
    title: str
    """Short description for users."""
    normalizes: bool
    """Whether rows are scaled to unit length by default."""

    @abstractmethod
    def matrices(self, network: AbstractNetwork, layers: tuple[int, ...]) -> list[Tensor]:
        """The weights applied to the latent.

        Args:
            network: The generator's network.
            layers: The chosen layers, each from 0 to `num_ws - 1`.

        Returns:
            `[rows, latent_dim]` each.

        Raises:
            SolveError: The convention does not support the network, or uses none of these layers.
        """
