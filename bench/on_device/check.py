"""What a check is, what it is given, and what it reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

NOT_HERE = "not on this device"
"""Outcome of what this kind of device cannot do."""

NOT_TESTED = "not tested"
"""Outcome of what needs something else that is not there."""

CUT_OFF = "cut off"
"""Outcome of what the time did not suffice for."""

FAILED = "failed"
"""Outcome of a check that ended with an error."""


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    """What was measured."""
    figure: float | None = None
    """The figure; none where there is none."""
    unit: str = ""
    """Unit of the figure."""
    most: float | None = None
    """The most it may be; none where nothing is asked of it."""
    note: str = ""
    """What belongs to it."""
    least: float | None = None
    """The least it may be, likewise."""
    outcome: str = ""
    """What is said in place of a verdict: one of the words of this file, or others."""

    @property
    def wanted(self) -> str:
        """The bound in words; empty where there is none."""
        if self.most is not None:
            return f"at most {self.most:g}"
        return "" if self.least is None else f"at least {self.least:g}"

    @property
    def verdict(self) -> str:
        """The outcome; else "holds" or "falls short" where there is a bound, and nothing else."""
        if self.outcome or not self.wanted:
            return self.outcome
        if self.figure is None:
            return "falls short"
        low, high = self.least, self.most
        holds = (low is None or self.figure >= low) and (high is None or self.figure <= high)
        return "holds" if holds else "falls short"

    @property
    def measured(self) -> str:
        """The figure with its unit; empty where there is none."""
        return "" if self.figure is None else f"{self.figure:.3g} {self.unit}".rstrip()

    @property
    def text(self) -> str:
        """The line as text."""
        figure = ", ".join(part for part in (self.measured, self.wanted) if part)
        note = f" ({self.note})" if self.note else ""
        return ": ".join(part for part in (self.what, figure + note, self.verdict) if part)


@dataclass(frozen=True)
class Setting:
    """What every check is given."""

    device: str
    """Type of the device: "cuda", "mps", "xpu" or "cpu"."""
    quick: bool
    """Whether tiny networks take the place of large ones."""
    seconds: float
    """Time for the check."""
    reached: tuple[str, ...] = ()
    """Lines that the checks before it ran through, as "core/base/memory.py:51"."""
    begun: float = field(default_factory=time.monotonic)
    """When the check began."""

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - (time.monotonic() - self.begun)

    def given(self) -> dict[str, Any]:
        """What another process makes the same setting from.

        Returns:
            Plain data for JSON, whose clock begins anew.
        """
        return {
            "device": self.device,
            "quick": self.quick,
            "seconds": self.seconds,
            "reached": list(self.reached),
        }


@dataclass(frozen=True)
class Check:
    """One check, which runs in a process of its own."""

    id: str
    """Short name, for `--only`."""
    title: str
    """Heading in the table."""
    module: str
    """Module of its function `findings(setting)`; imported in its own process alone."""
    seconds: float
    """Most time for it."""
    traced: bool = False
    """Whether the lines it runs through are noted; this slows it down, so that nothing is timed."""


Findings = Callable[[Setting], Iterator[Finding]]
"""Type of a check's function; findings are reported one by one, and survive a lack of time."""
