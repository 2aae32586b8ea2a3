"""Rows of this bench: what is wanted, what was measured, and whether that holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """One figure against its bound."""

    what: str
    """What is measured."""
    figure: float
    """The figure."""
    bound: float
    """The most it may be."""
    note: str = ""
    """What belongs to it: seconds, products, how it was measured."""

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return self.figure <= self.bound

    def text(self) -> str:
        """The line as text.

        Returns:
            One line that ends in "holds" or "falls short".
        """
        note = f" ({self.note})" if self.note else ""
        end = "holds" if self.holds else "falls short"
        return f"{self.what}: {self.figure:.3g}, at most {self.bound:g}{note}: {end}"


@dataclass(frozen=True)
class Spent:
    """Time that a computation took."""

    wall: float
    """Seconds on the clock."""
    processor: float
    """Seconds of all processors."""

    def __add__(self, other: Spent) -> Spent:
        """The time of both."""
        return Spent(self.wall + other.wall, self.processor + other.processor)

    def __mul__(self, factor: float) -> Spent:
        """The time of as many."""
        return Spent(self.wall * factor, self.processor * factor)

    def text(self) -> str:
        """Both in words.

        Returns:
            Such as "12.3 s, 24.1 s of processors".
        """
        return f"{self.wall:.1f} s, {self.processor:.1f} s of processors"


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    """Time one call.

    Args:
        work: The function.

    Returns:
        What it returns, and the time.
    """
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, Spent(time.perf_counter() - wall, time.process_time() - processor)
