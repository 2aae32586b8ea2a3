"""What one published way of running SeFa decides."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from ....concepts.network import AbstractNetwork


class AbstractSeFaConvention(ABC):
    """The matrices that are stacked, and whether their rows are scaled to unit length."""

    id: str
    """Short stable name, such as "genforce"."""
    title: str
    """What it factorizes, for people."""
    normalizes: bool
    """Whether rows are scaled to unit length, unless asked otherwise."""

    @abstractmethod
    def matrices(self, network: AbstractNetwork, layers: tuple[int, ...]) -> list[Tensor]:
        """The weights that meet the latent.

        Args:
            network: The generator's layers.
            layers: The chosen ones, each from 0 to `num_ws - 1`.

        Returns:
            `[rows, latent_dim]` each.

        Raises:
            SolveError: The convention knows no such network, or takes none of these layers.
        """
