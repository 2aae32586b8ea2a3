"""The rule that was set before anything was measured, and the figures that it is applied to.

Levers are worth a node if both hold:

1. *Halved.* At an equal change inside, levers change the outside at most half as much as plain
   noise in the box. Figure: per picture, step and region, the mean over the first two levers, each
   pulled both ways, over the same mean of two draws of noise; the median over pictures; the
   geometric mean over the four regions and three steps.
2. *Meaning.* Of the first six levers of the mouth at least three move an attribute of the mouth by
   one deviation while every other attribute moves below 0.3. A lever is pulled until the first of
   the mouth's attributes has moved by one deviation, either way; it counts if, one way or the
   other, no attribute outside of the mouth has moved by 0.3 by then. Figure: the median, over all
   pictures and steps, of how many of the six count. Attributes that the network hardly reads (R^2
   below 0.5 on renders) are left out on both sides.

Neither figure chooses a step, a region, a lever or a way by its result. Told beside the second, and
decisive of nothing: its mildest reading, that the *mean* of the other attributes stays below 0.3;
the same of noise in the box; and what is read where the renderer moves one attribute (`drawn.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from latent_levers.core.measures.reports.summaries import Summary, summarise
from torch import tensor

from .contenders import BOX, LEVERS
from .results import MOVED, Measured, Pull

HALF = 0.5
"""Most of the first figure."""

AT_LEAST = 3
"""Least of the second figure, of six levers."""

OTHERS = 0.3
"""Deviations below which other attributes stay."""


@dataclass(frozen=True)
class Line:
    """One half of the rule with its figure."""

    what: str
    """What is asked."""
    figure: float
    """What was measured."""
    bound: str
    """What it shall be, in words."""
    holds: bool
    """Whether it is."""

    @property
    def verdict(self) -> str:
        """In two words at most."""
        return "holds" if self.holds else "falls short"


def cells(pulls: Sequence[Pull]) -> list[tuple[str, float]]:
    """The regions and steps that were measured.

    Args:
        pulls: To an equal change.

    Returns:
        Region and step, in order of appearance of the regions.
    """
    parts = dict.fromkeys(row.part for row in pulls)
    return [(part, at) for part in parts for at in sorted({row.at for row in pulls})]


def outside(pulls: Sequence[Pull], part: str, at: float, method: str) -> dict[int, float]:
    """Change outside at an equal change inside, by picture: the mean over directions and ways.

    Args:
        pulls: To an equal change.
        part: The region.
        at: The step.
        method: The contender.

    Returns:
        Grey levels by seed.
    """
    found: dict[int, list[float]] = {}
    for row in pulls:
        if (row.part, row.at, row.method) == (part, at, method):
            found.setdefault(row.seed, []).append(row.equal_outside)
    return {seed: mean(values) for seed, values in found.items()}


def ratio(pulls: Sequence[Pull], part: str, at: float, method: str = LEVERS) -> Summary:
    """Change outside of a contender over that of box noise, per picture.

    Args:
        pulls: To an equal change.
        part: The region.
        at: The step.
        method: The contender.

    Returns:
        The median with its interval.
    """
    mine, plain = (outside(pulls, part, at, name) for name in (method, BOX))
    return summarise(tensor([mine[seed] / plain[seed] for seed in mine]).double())


def passes(row: Pull) -> bool:
    """Whether a pull of the mouth counts: moved, and every other attribute below the bound.

    Args:
        row: Pulled until an attribute has moved.

    Returns:
        True if so.
    """
    return row.shift.own >= MOVED and row.shift.others < OTHERS


def passes_mildly(row: Pull) -> bool:
    """The same of the mean of the other attributes.

    Args:
        row: Pulled until an attribute has moved.

    Returns:
        True if so.
    """
    return row.shift.own >= MOVED and row.shift.others_mean < OTHERS


def counts(
    rows: Sequence[Pull], at: float | None = None, passing: Callable[[Pull], bool] = passes
) -> list[int]:
    """How many levers of the mouth count, per picture and step.

    Args:
        rows: Pulled until an attribute has moved.
        at: The step; none means all.
        passing: Which pulls count.

    Returns:
        One number per picture and step.
    """
    found: dict[tuple[int, float], set[int]] = {}
    for row in rows:
        if row.method == LEVERS and (at is None or row.at == at):
            levers = found.setdefault((row.seed, row.at), set())
            if passing(row):
                levers.add(row.index)
    return [len(levers) for levers in found.values()]


def share(rows: Sequence[Pull], at: float, method: str) -> float:
    """Share of a contender's directions that count, over all pictures.

    Args:
        rows: Pulled until an attribute has moved.
        at: The step.
        method: The contender.

    Returns:
        In [0, 1].
    """
    mine = [row for row in rows if (row.at, row.method) == (at, method)]
    tried = {(row.seed, row.index) for row in mine}
    return len({(row.seed, row.index) for row in mine if passes(row)}) / len(tried)


def judge(measured: Measured) -> Iterator[Line]:
    """Apply the rule.

    Args:
        measured: Of all pictures.

    Yields:
        Both halves.
    """
    medians = [ratio(measured.equal, *cell).median for cell in cells(measured.equal)]
    halved = math.exp(mean(map(math.log, medians)))
    yield Line(
        "change outside, levers / box noise, geometric mean over regions and steps",
        halved,
        f"at most {HALF:g}",
        halved <= HALF,
    )
    counted = float(median(counts(measured.mouth)))
    yield Line(
        "of the first 6 levers of the mouth, those that move one of its attributes by "
        f"{MOVED:g} deviation and every other below {OTHERS:g}, median",
        counted,
        f"at least {AT_LEAST}",
        counted >= AT_LEAST,
    )
