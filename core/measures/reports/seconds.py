"""How long levers took to find, where their file records it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..pulls import Pulls
from .measure import AbstractMeasure, Figure, Value

_PHASES = {
    "jacobian": "the Jacobian and its Grams",
    "solve": "the eigenproblem",
    "correction": "the corrections of approximate directions",
}
"""Phases that `base.phases` records, and what they compute."""


class SecondsMeasure(AbstractMeasure):
    """Seconds by phase."""

    id = "seconds"
    title = "seconds to find the levers"
    figures = tuple(
        Figure(f"seconds_{name}", f"seconds, {name}", f"seconds for {what}, all levers together")
        for name, what in _PHASES.items()
    )

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        known: Any = pulls.levers.details.get("seconds")
        if not isinstance(known, Mapping):
            return {}
        found: Mapping[Any, Any] = known
        return {
            f"seconds_{name}": float(found[name])
            for name in _PHASES
            if isinstance(found.get(name), (int, float))
        }
