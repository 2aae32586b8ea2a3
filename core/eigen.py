"""Eigenproblems and their solutions, with the end of every solve put in words."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .errors import SolveError

SHRINKAGES = ("trace", "mean")
"""What tau is multiplied by: tr(B), as the paper has it, or tr(B) / D, the mean eigenvalue."""


class SolveStatus(enum.Enum):
    """Every way a solve can end; the value is the explanation with its remedy."""

    OK = "All directions asked for were found."
    RANK_DEFICIENT = (
        "The region moves in fewer independent ways than the directions asked for; only those were "
        "returned. Enlarge the region or ask for fewer."
    )
    JITTERED = (
        "The background matrix was singular to working precision and a tiny multiple of the "
        "identity was added. Use a larger shrinkage."
    )
    TRUNCATED = (
        "Small eigenvalues were dropped by the low-rank route; the dropped share is reported. "
        "Raise the rank for more accuracy."
    )


@dataclass(frozen=True)
class EigenProblem:
    """Maximise `n^T A n / n^T (B + shift I) n`, or `n^T A n` over unit n where B is none."""

    a: Tensor
    """`[D, D]` float64, symmetric, positive semidefinite."""
    b: Tensor | None = None
    """`[D, D]` float64, symmetric, positive semidefinite; none means the identity."""
    shift: float = 0.0
    """Multiple of the identity that is added to B (ReSeFa's tau tr(B))."""
    row_bound: int | None = None
    """Number of rows behind A, which bounds its rank; none where it is not known."""

    def __post_init__(self) -> None:
        """Check the matrices once.

        Raises:
            SolveError: They are not square, symmetric, finite float64, or A is zero.
        """
        for name, matrix in (("A", self.a), ("B", self.b)):
            if matrix is None:
                continue
            if (
                matrix.ndim != 2
                or matrix.shape != self.a.shape
                or matrix.shape[0] != matrix.shape[1]
            ):
                raise SolveError(
                    f"{name} has shape {list(matrix.shape)}", "square matrices of one size"
                )
            if matrix.dtype != torch.float64 or not torch.isfinite(matrix).all():
                raise SolveError(f"{name} is {matrix.dtype} or not finite", "finite float64")
            if not torch.allclose(
                matrix, matrix.T, rtol=1e-9, atol=float(1e-12 * matrix.abs().max())
            ):
                raise SolveError(f"{name} is not symmetric", "a Gram matrix")
        if float(self.a.diagonal().sum()) <= 0:
            raise SolveError(
                "Nothing in the region changes with the latent",
                "a region that the generator moves",
                "Choose another region or other layers",
            )

    def denominator(self) -> Tensor | None:
        """`B + shift I`.

        Returns:
            `[D, D]`, or none where B is the identity.
        """
        if self.b is None:
            return None
        return self.b + self.shift * torch.eye(
            self.b.shape[0], dtype=self.b.dtype, device=self.b.device
        )


@dataclass(frozen=True)
class EigenSolution:
    """Leading eigenpairs, and how they were come by."""

    values: Tensor
    """`[K]` float64, descending."""
    vectors: Tensor
    """`[K, D]` float64, rows of unit 2-norm, largest-magnitude entry positive."""
    residuals: Tensor
    """`[K]`: norm of A v - value (B + shift I) v, relative to that of A v."""
    status: SolveStatus
    """How the solve ended."""
    stats: Mapping[str, float | int | str] = field(default_factory=dict)
    """solver, rank (of A), condition (of the denominator, at
    least), dropped_a and dropped_b (low rank)."""


class AbstractSolver(ABC):
    """One way to solve an `EigenProblem`."""

    id: str
    """Short stable name, such as "dense"."""
    title: str
    """What it does, for people."""

    @abstractmethod
    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """Find the leading eigenpairs.

        Args:
            problem: The matrices.
            count: Number of pairs wanted, at least 1; fewer come back where the rank is smaller.

        Returns:
            The pairs, with status and statistics.

        Raises:
            SolveError: The denominator is singular beyond repair.
        """


def unit_rows(vectors: Tensor) -> Tensor:
    """Scale rows to unit length and turn their largest-magnitude entry positive.

    Args:
        vectors: `[K, D]`, no zero row.

    Returns:
        `[K, D]`.
    """
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    largest = vectors.abs().argmax(dim=1, keepdim=True)  # [K, 1]
    return vectors * vectors.gather(1, largest).sign()


def numerical_rank(values: Tensor, row_bound: int | None = None) -> int:
    """How many eigenvalues stand above rounding errors.

    Args:
        values: `[D]` float64, in any order.
        row_bound: Upper bound that is known otherwise.

    Returns:
        Number of eigenvalues above D * eps * the largest, at most `row_bound`.
    """
    floor = float(values.max()) * len(values) * torch.finfo(values.dtype).eps
    rank = int((values > floor).sum())
    return rank if row_bound is None else min(rank, row_bound)


def finish(
    problem: EigenProblem,
    values: Tensor,
    vectors: Tensor,
    count: int,
    rank: int,
    status: SolveStatus,
    stats: Mapping[str, float | int | str],
) -> EigenSolution:
    """Cut to the pairs wanted, normalise, measure residuals: the end of every solver.

    Args:
        problem: The matrices.
        values: `[K]`, descending.
        vectors: `[K, D]`, rows of any length.
        count: Number of pairs wanted.
        rank: Number of meaningful pairs; directions beyond it are arbitrary and are dropped.
        status: How the solve ended, apart from the rank.
        stats: Statistics of the solver.

    Returns:
        The solution.
    """
    kept = min(count, rank, len(values))
    values, vectors = values[:kept], unit_rows(vectors[:kept])
    image = vectors @ problem.a  # [K, D]
    denominator = problem.denominator()
    against = vectors if denominator is None else vectors @ denominator
    residuals = (image - values[:, None] * against).norm(dim=1) / image.norm(dim=1)
    if kept < count and status is SolveStatus.OK:
        status = SolveStatus.RANK_DEFICIENT
    return EigenSolution(values, vectors, residuals, status, {**stats, "rank": rank})
