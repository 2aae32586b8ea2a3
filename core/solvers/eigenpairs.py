"""What every solver does first and last: reduce the problem, and return the leading eigenpairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..concepts.eigenproblem import EigenProblem, EigenSolution, SolveStatus, unit_rows


@dataclass(frozen=True)
class Eigenpairs:
    """Eigenpairs as a solver computed them, before they are cut to the number requested."""

    values: Tensor
    """`[K]` float64, descending."""
    vectors: Tensor
    """`[K, D]` or more rows, of any length; the first K belong to the values."""
    images: tuple[Tensor, Tensor] | None = None
    """The vectors times A and times `B + shift I`, each of the shape of the vectors; none where the
    solver did not compute them."""


def drop_zero_denominator(problem: EigenProblem) -> tuple[EigenProblem, SolveStatus]:
    """Replace `B + shift I` by the identity where it is zero; every solver begins with this.

    Args:
        problem: Any problem.

    Returns:
        The problem without B, and STILL_BACKGROUND, where B is zero and the shift is 0; else the
        problem unchanged, and OK.
    """
    if problem.b is None or problem.shift > 0 or float(problem.b.diagonal().sum()) > 0:
        return problem, SolveStatus.OK
    return replace(problem, b=None), SolveStatus.STILL_BACKGROUND


def numerical_rank(values: Tensor, row_bound: int | None = None) -> int:
    """Number of eigenvalues above the rounding errors.

    Args:
        values: `[D]` float64, in any order.
        row_bound: Upper bound of the rank that is known otherwise, such as the number of rows.

    Returns:
        Number of eigenvalues above D * eps * the largest, at most `row_bound`.
    """
    floor = max(float(values.max()), 0.0) * len(values) * torch.finfo(values.dtype).eps
    rank = int((values > floor).sum())
    return rank if row_bound is None else min(rank, row_bound)


def leading_solution(
    problem: EigenProblem,
    pairs: Eigenpairs,
    count: int,
    rank: int,
    status: SolveStatus,
    stats: Mapping[str, float | int | str],
) -> EigenSolution:
    """Keep the leading pairs, normalise them and compute residuals; every solver ends with this.

    Args:
        problem: The matrices.
        pairs: The eigenpairs.
        count: Number of pairs requested.
        rank: Numerical rank; eigenvectors beyond it are arbitrary and are dropped.
        status: How the solve ended, apart from the rank.
        stats: Statistics of the solver.

    Returns:
        The solution: at most `count` pairs; where there are fewer, OK becomes RANK_DEFICIENT.
    """
    kept = min(count, rank, len(pairs.values))
    values, vectors = pairs.values[:kept], unit_rows(pairs.vectors[:kept])
    images = pairs.images
    if images is None:
        images = problem.times_a(vectors), problem.times_b(vectors)
    image, against = (rows[:kept] for rows in images)  # [K, D]; their length cancels
    residuals = (image - values[:, None] * against).norm(dim=1) / image.norm(dim=1)
    if kept < count and status is SolveStatus.OK:
        status = SolveStatus.RANK_DEFICIENT
    return EigenSolution(values, vectors, residuals, status, {**stats, "rank": rank})
