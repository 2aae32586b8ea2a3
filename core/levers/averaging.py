"""Average Grams over codes, and measure how far directions of two halves of the codes agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..concepts.eigenproblem import AbstractSolver, EigenProblem
from ..concepts.gram import Gram

AVERAGES = ("rows", "trace")
"""Divisor of each code's Gram: "rows" gives each pixel the same weight, "trace" each image, however
much it changes."""

AGREEMENT_DEGREES = 15.0
"""Largest angle in degrees between directions that agree; its cosine is 0.97."""


@dataclass(frozen=True)
class GramPair:
    """A and B, averaged over some codes."""

    a: Tensor
    """`[d, d]` float64, of the region."""
    b: Tensor
    """`[d, d]` float64, of the background."""

    @property
    def region_changes(self) -> bool:
        """Whether the region changes at any of the codes; otherwise there are no directions."""
        return float(self.a.trace()) > 0


@dataclass(frozen=True)
class Averages:
    """Averages of both Grams over all codes, and over each half of the codes."""

    overall: GramPair
    """Averages over all codes."""
    halves: tuple[GramPair, GramPair] | None
    """Averages over codes with even and with odd index; none for a single code."""
    divisors: tuple[tuple[float, float], ...]
    """For each code the divisors of the Grams of region and background."""
    rank_bound: int
    """Weighted rows of the region over all codes, an upper bound of the rank of A."""


def average(
    each: Iterable[list[Gram]], average_by: str = "rows", scale: Tensor | None = None
) -> Averages:
    """Average the Grams of codes while they are computed one by one.

    Args:
        each: For each code the Grams of region and background, N = 1.
        average_by: One of `AVERAGES`.
        scale: `[d]`, unit of each coordinate; none means 1.

    Returns:
        The averages. At most four matrices are in memory besides the Grams of one code.

    Raises:
        SolveError: `average_by` is unknown, or the divisor of a Gram is zero.
    """
    if average_by not in AVERAGES:
        raise SolveError(f"Unknown average_by {average_by!r}", f"one of {', '.join(AVERAGES)}")
    sums: list[list[Tensor]] = []
    divisors: list[tuple[float, float]] = []
    rank_bound = 0
    for number, grams in enumerate(each):
        parts: list[Tensor] = []
        for gram in grams:
            total = gram.total[0]
            if scale is not None:
                factor = scale.to(total)
                total = total * factor[:, None] * factor
            parts.append(total)
        by = [
            float(total.trace() if average_by == "trace" else gram.rows)
            for total, gram in zip(parts, grams, strict=True)
        ]
        if min(by) <= 0:
            raise SolveError(
                "At one of the codes, the region or the background does not change",
                "Grams whose trace is positive",
                "Choose another region, or «average_by rows»",
            )
        divisors.append((by[0], by[1]))
        parts = [total / divisor for total, divisor in zip(parts, by, strict=True)]
        rank_bound += grams[0].rank_bound
        if number < 2:
            sums.append(parts)
        else:
            for total, part in zip(sums[number % 2], parts, strict=True):
                total += part
    count = len(divisors)
    if count == 1:
        return Averages(GramPair(*sums[0]), None, tuple(divisors), rank_bound)
    even, odd = (
        GramPair(*(part / n for part in s)) for s, n in zip(sums, _sizes(count), strict=True)
    )
    overall = GramPair(*((sums[0][i] + sums[1][i]) / count for i in range(2)))
    return Averages(overall, (even, odd), tuple(divisors), rank_bound)


def _sizes(count: int) -> tuple[int, int]:
    """Number of codes with even and with odd index."""
    return (count + 1) // 2, count // 2


def principal_angles(first: Tensor, second: Tensor) -> Tensor:
    """Angles between the subspaces that two sets of rows span.

    Args:
        first: `[K, d]` float64, rows that are linearly independent.
        second: `[K, d]`.

    Returns:
        `[K]` in degrees, ascending; 0 means that both contain a direction, 90 that only one does.
        Small angles are computed from sines, which are accurate there.
    """
    q, p = (torch.linalg.qr(rows.T)[0] for rows in (first, second))
    cosines = torch.linalg.svdvals(q.T @ p).clamp(0, 1)  # descending
    sines = torch.linalg.svdvals(p - q @ (q.T @ p)).clamp(0, 1).flip(0)  # ascending
    angles = torch.where(cosines > 0.7, torch.asin(sines), torch.acos(cosines))
    return torch.rad2deg(angles)


def stability(
    problems: tuple[EigenProblem, EigenProblem], solver: AbstractSolver, count: int
) -> Tensor:
    """How far the directions of two halves of the codes agree.

    Args:
        problems: One per half.
        solver: The solver.
        count: Number K of leading directions.

    Returns:
        `[K]` principal angles in degrees, ascending; fewer where a half has fewer directions.
    """
    first, second = (solver.solve(problem, count).vectors for problem in problems)
    size = min(len(first), len(second))
    return principal_angles(first[:size], second[:size])


def agrees(angles: Sequence[float]) -> bool:
    """Whether the directions of two halves of the codes agree at all.

    Args:
        angles: Angles of `stability` in degrees, ascending, at least one.

    Returns:
        Whether one direction is nearly the same.
    """
    return angles[0] <= AGREEMENT_DEGREES


def agreement(angles: Sequence[float]) -> str:
    """How far the directions of two halves of the codes agree, as a sentence.

    Args:
        angles: Angles of `stability` in degrees, ascending, at least one.

    Returns:
        A sentence.
    """
    count = len(angles)
    agreeing = sum(angle <= AGREEMENT_DEGREES for angle in angles)
    if not agreeing:
        return (
            f"Halves of the codes do not agree: the nearest directions are {angles[0]:.0f} degrees "
            "apart. More codes give directions that work for other images."
        )
    within = max(1, math.ceil(angles[agreeing - 1]))
    where = f"all {count}" if agreeing == count else f"{agreeing} of {count}"
    degrees = "degree" if within == 1 else "degrees"
    return f"Halves of the codes agree within {within} {degrees} in {where} dimensions."
