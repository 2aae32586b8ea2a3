"""What a picture shows, and what an edit changed: measures with and without ground truth."""

from __future__ import annotations

from ..base.registry import Registry
from .reports.measure import AbstractMeasure


def _measures() -> tuple[AbstractMeasure, ...]:
    """Import all measures, when the first table is made."""
    from .change import ChangeMeasure
    from .effects import EffectsMeasure
    from .faces import BrokenMeasure, FaceMeasure
    from .leakage import LeakageMeasure
    from .reports.reached import ReachedMeasure
    from .reports.seconds import SecondsMeasure

    return (
        ReachedMeasure(),
        ChangeMeasure(),
        LeakageMeasure(),
        EffectsMeasure(),
        FaceMeasure(),
        BrokenMeasure(),
        SecondsMeasure(),
    )


MEASURES: Registry[AbstractMeasure] = Registry("measure", deferred=_measures)
"""What a table of levers holds, in the order of its columns."""
