"""What a kind of foreign direction file is, and what is found in one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class FoundDirections:
    """Directions as they lie in a file, before space and layer count are settled."""

    vectors: Tensor
    """`[K, D]`, or `[K, L, D]` where each layer has a vector of its own; any length."""
    sigma: Tensor | None = None
    """`[K]`: standard deviation of random codes along each; none where the file does not tell."""
    names: tuple[str, ...] = ()
    """A name per direction, where the file gives any."""
    method: str = ""
    """Id of the method that found them, where the kind of file tells."""


class AbstractDirectionFile(ABC):
    """One layout in which other programs keep directions, whatever file format wraps it."""

    id: str
    """Short stable name, such as "ganspace"."""
    title: str
    """Name for people: whose layout it is."""
    contents: str
    """Names and shapes that such a file holds, for people."""

    @abstractmethod
    def recognises(self, tensors: Mapping[str, Tensor]) -> bool:
        """Tell by names and shapes alone whether tensors are in this layout.

        Args:
            tensors: Dotted names to tensors; a bare array has the name "".

        Returns:
            True when `read` may be called.
        """

    @abstractmethod
    def read(self, tensors: Mapping[str, Tensor]) -> FoundDirections:
        """Take the directions out.

        Args:
            tensors: Tensors for which `recognises` said yes.

        Returns:
            The directions.
        """
