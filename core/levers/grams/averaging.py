"""Average Grams over codes, and measure how far directions of two halves of the codes agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ...concepts.eigenproblem import AbstractSolver, EigenProblem
from ...concepts.gram import Gram
from .gram_sum import Averages, GramSum

AGREEMENT_DEGREES = 15.0
"""Largest angle in degrees between directions that agree; its cosine is 0.97."""


def average(
    each: Iterable[list[Gram]], average_by: str = "rows", scale: Tensor | None = None
) -> Averages:
    """Average the Grams of codes while they are computed one by one.

    Args:
        each: For each code the Grams of region and background, N = 1.
        average_by: One of `gram_sum.AVERAGES`.
        scale: `[d]`, unit of each coordinate; none means 1.

    Returns:
        The averages, bit-equal to those of the same `GramSum` by several processes. Up to
        `SHARD_CODES` codes, four matrices are in memory besides the Grams of one code; beyond them
        four more whenever the number of shards doubles.

    Raises:
        SolveError: `average_by` is unknown, or the divisor of a Gram is zero.
    """
    sums = GramSum(average_by, scale)
    for number, grams in enumerate(each):
        sums.add(number, grams)
    return sums.finish()


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
