"""The interface of a layout of directions, and the directions that it reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from ...concepts.latent_code import LatentSpace


@dataclass(frozen=True)
class FoundDirections:
    """Directions of a file, before their space and number of layers are inferred."""

    vectors: Tensor
    """`[K, D]`, or `[K, L, D]` if each layer has a vector of its own; not normalised."""
    sigma: Tensor | None = None
    """`[K]`: standard deviation of random codes along each; none if the file lacks it."""
    names: tuple[str, ...] = ()
    """A name per direction; empty if the file has none."""
    method: str = ""
    """Id of the method that found them; empty if the layout does not determine it."""
    space: LatentSpace | None = None
    """The space that a name in the file states, if any."""
    perhaps_layers: bool = False
    """Whether rows `[K, D]` may also be the layers of one direction."""


class AbstractDirectionFile(ABC):
    """One layout of directions of another program, in any file format."""

    id: str
    """Short stable name, such as "ganspace"."""
    title: str
    """Name for people: the program that writes it."""
    contents: str
    """Names and shapes in such a file, for people."""

    @abstractmethod
    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether tensors are in this layout, by names and shapes alone.

        Args:
            tensors: Dotted names to tensors; a bare array has the name "".

        Returns:
            True when `read` may be called.
        """

    @abstractmethod
    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """Read the directions.

        Args:
            tensors: Tensors that `recognises` accepts.

        Returns:
            The directions.
        """
