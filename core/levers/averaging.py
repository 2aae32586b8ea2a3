"""Grams of many codes, averaged as they come, and how far the directions of halves agree."""

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
"""What each code's Gram is divided by: its rows, so that each pixel counts alike, or its trace, so
that each image does, however much it moves."""

STEADY = 15.0
"""Degrees up to which halves of the codes count as agreeing: 0.97 of a direction is common."""


@dataclass(frozen=True)
class Pair:
    """A and B, averaged over some codes."""

    a: Tensor
    """`[d, d]` float64, of the region."""
    b: Tensor
    """`[d, d]` float64, of what must stay."""

    @property
    def moves(self) -> bool:
        """Whether the region moves in some of the codes; without, there are no directions."""
        return float(self.a.trace()) > 0


@dataclass(frozen=True)
class Averages:
    """Both Grams over all codes, and over each half of them."""

    whole: Pair
    """Averages over all codes."""
    halves: tuple[Pair, Pair] | None
    """Means over the codes of even and of odd place; none for a single code."""
    divisors: tuple[tuple[float, float], ...]
    """What the Grams of region and rest of each code were divided by."""
    rank_bound: int
    """Weighted rows of the region, over all codes: bounds the rank of A."""


def average(
    each: Iterable[list[Gram]], average_by: str = "rows", scale: Tensor | None = None
) -> Averages:
    """Add up Grams of one code after the other.

    Args:
        each: For each code the Grams of region and rest, N = 1.
        average_by: One of `AVERAGES`.
        scale: `[d]`, unit of each coordinate; none means 1.

    Returns:
        The means. Two codes or more keep four matrices at most, whatever their number.

    Raises:
        SolveError: The kind of average is unknown, or a Gram is zero where it would divide.
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
                "Nothing moves in the region, or in the rest, of one of the codes",
                "Grams whose trace is positive",
                "Choose another region, or average_by='rows'",
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
        return Averages(Pair(*sums[0]), None, tuple(divisors), rank_bound)
    even, odd = (Pair(*(part / n for part in s)) for s, n in zip(sums, _sizes(count), strict=True))
    whole = Pair(*((sums[0][i] + sums[1][i]) / count for i in range(2)))
    return Averages(whole, (even, odd), tuple(divisors), rank_bound)


def _sizes(count: int) -> tuple[int, int]:
    """Codes of even and of odd place."""
    return (count + 1) // 2, count // 2


def principal_angles(first: Tensor, second: Tensor) -> Tensor:
    """Angles between the subspaces that two sets of rows span.

    Args:
        first: `[K, d]` float64, rows that are linearly independent.
        second: `[K, d]`.

    Returns:
        `[K]` in degrees, ascending; 0 means a direction that both contain, 90 one that only one
        has. From sines where they are small, which resolves tiny angles.
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
        solver: How to solve them.
        count: Number K of leading directions.

    Returns:
        `[K]` principal angles in degrees, ascending; fewer where a half has fewer directions.
    """
    first, second = (solver.solve(problem, count).vectors for problem in problems)
    size = min(len(first), len(second))
    return principal_angles(first[:size], second[:size])


def agreement(angles: Sequence[float]) -> str:
    """How far the directions of two halves of the codes agree, in words.

    Args:
        angles: What `stability` gives: degrees, ascending, at least one.

    Returns:
        A sentence.
    """
    count = len(angles)
    steady = sum(angle <= STEADY for angle in angles)
    if not steady:
        return (
            f"Halves of the codes do not agree: the nearest directions are {angles[0]:.0f} degrees "
            "apart. More codes make directions that carry over."
        )
    within = max(1, math.ceil(angles[steady - 1]))
    where = f"all {count}" if steady == count else f"{steady} of {count}"
    degrees = "degree" if within == 1 else "degrees"
    return f"Halves of the codes agree within {within} {degrees} in {where} dimensions."
