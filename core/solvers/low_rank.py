"""Low-rank method of Zhu et al. (ICML 2022): truncated spectra and Sherman-Morrison-Woodbury."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution, SolveStatus
from .dense import eigh_cost
from .eigenpairs import Eigenpairs, drop_zero_denominator, leading_solution, numerical_rank


class LowRankSolver(AbstractSolver):
    """Replace A and B by their leading parts and solve in the span of A's.

    With `B = V S V^T` cut at rank r, `(B + t I)^-1 = V diag(1 / (s + t)) V^T + (I - V V^T) / t`
    (Sherman-Morrison-Woodbury, in the form that subtracts nothing of like size). With
    `A = U R U^T` cut alike, the eigenvectors are `n = (B + t I)^-1 U R^1/2 y`, y those of the small
    matrix `R^1/2 U^T (B + t I)^-1 U R^1/2`.

    Args:
        rank: Eigenvalues kept of A and of B; none keeps all and gives the dense result.
    """

    id = "low-rank"
    title = "truncated spectra and the Sherman-Morrison-Woodbury identity"

    def __init__(self, rank: int | None = None) -> None:
        self.rank = rank

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`: two spectra; none if it truncates or cannot solve it."""
        if self.rank is not None or (problem.b is not None and problem.shift <= 0):
            return None
        forming = 2 * float(problem.size) ** 3 if problem.a is None else 0.0
        return forming + (2 if problem.b is None else 3) * eigh_cost(problem.size)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; needs `shift` above 0 where there is a B."""
        problem, status = drop_zero_denominator(problem)
        if problem.b is not None and problem.shift <= 0:
            raise SolveError(
                "The low-rank route was asked for without shrinkage",
                "a shrinkage above 0",
                "Use the dense solver, or a larger shrinkage",
            )
        a_values, a_rows, dropped_a = _leading(problem.numerator(), self.rank)
        root = a_rows * a_values.sqrt()[:, None]  # [r, D], rows of R^1/2 U^T
        dropped_b, condition = 0.0, 1.0
        image = root  # [r, D], rows of R^1/2 U^T (B + t I)^-1
        if problem.b is not None:
            b_values, b_rows, dropped_b = _leading(problem.b, self.rank)
            inside = root @ b_rows.T  # [r, rank]
            image = (inside / (b_values + problem.shift)) @ b_rows
            if len(b_rows) < problem.size:
                image = image + (root - inside @ b_rows) / problem.shift
            condition = float((b_values[0] + problem.shift) / problem.shift)
        small = image @ root.T  # [r, r]
        values, columns = torch.linalg.eigh((small + small.T) / 2)
        values, vectors = values.flip(0), columns.T.flip(0) @ image
        cut = dropped_a > 0 or dropped_b > 0
        status = SolveStatus.TRUNCATED if cut else status
        stats = {
            "solver": self.id,
            "condition": condition,
            "dropped_a": dropped_a,
            "dropped_b": dropped_b,
        }
        rank = numerical_rank(values, problem.rank_bound)
        pairs = Eigenpairs(values, vectors)
        return leading_solution(problem, pairs, count, rank, status, stats)


def _leading(matrix: Tensor, rank: int | None) -> tuple[Tensor, Tensor, float]:
    """Leading eigenvalues `[r]`, descending, vectors as rows `[r, D]`, dropped trace share."""
    values, columns = torch.linalg.eigh(matrix)
    values, rows = values.flip(0).clamp_min(0), columns.T.flip(0)
    if rank is None or rank >= len(values):
        return values, rows, 0.0
    dropped = float(values[rank:].sum() / values.sum())
    return values[:rank], rows[:rank], dropped
