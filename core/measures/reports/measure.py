"""The interface of measures: pulled images to figures with a name, a unit and a meaning."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from ...base.progress import Progress
from ...concepts.generator import Generator
from ..pulls import Pulls

Value: TypeAlias = "Tensor | float | str"
"""`[N]`, one number per image; or one number or word for all images."""


@dataclass(frozen=True)
class Figure:
    """One column of a table."""

    id: str
    """Stable name, the heading in CSV files."""
    title: str
    """Heading for people."""
    meaning: str
    """A phrase without a full stop: what is measured, its unit, and which way is better."""
    tail_at: float = 0.9
    """The quantile beside the median: 0.9 where less is better, 0.1 where more is."""
    in_files_only: bool = False
    """Whether only CSV files show it."""


class AbstractMeasure(ABC):
    """One way to judge an edit; `measures.MEASURES` lists them."""

    id: str
    """Short, unique, stable name."""
    title: str
    """Name for people."""
    figures: tuple[Figure, ...]
    """What it computes."""
    costly: bool = False
    """Whether it takes so long that it must be asked for."""

    def applies(self, gan: Generator) -> bool:
        """Whether it can judge images of a generator.

        Args:
            gan: The generator.

        Returns:
            True, unless a measure needs more than images and codes.
        """
        return True

    def prepare(self, gan: Generator, progress: Progress) -> None:  # noqa: B027 (optional)
        """Compute what all levers need, once; called before the first `measure`.

        Args:
            gan: The generator.
            progress: Called with (steps done, steps); an exception raised from it cancels.
        """

    @abstractmethod
    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """Judge the images.

        Args:
            pulls: Images before and after.

        Returns:
            A value per figure, by its id; a figure that is unknown here may be missing.
        """
