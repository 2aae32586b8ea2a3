"""The low-rank route of Zhu et al. (ICML 2022): truncated spectra and Sherman-Morrison-Woodbury."""

from __future__ import annotations

import torch
from torch import Tensor

from ..eigen import AbstractSolver, EigenProblem, EigenSolution, SolveStatus, finish, numerical_rank
from ..errors import SolveError


class LowRankSolver(AbstractSolver):
    """Replace A and B by their leading parts and solve in the span of A's.

    With `B = V S V^T` cut at rank r, `(B + t I)^-1 = (I - V diag(s / (s + t)) V^T) / t`
    (Sherman-Morrison-Woodbury). With `A = U R U^T` cut alike, the eigenvectors are
    `n = (B + t I)^-1 U R^1/2 y`, y those of the small matrix `R^1/2 U^T (B + t I)^-1 U R^1/2`.

    Args:
        rank: Eigenvalues kept of A and of B; none keeps all and gives the dense result.
    """

    id = "low-rank"
    title = "truncated spectra and the Sherman-Morrison-Woodbury identity"

    def __init__(self, rank: int | None = None) -> None:
        self.rank = rank

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; needs `shift` above 0 where there is a B."""
        if problem.b is not None and problem.shift <= 0:
            raise SolveError(
                "The low-rank route was asked for without shrinkage",
                "a shrinkage above 0",
                "Use the dense solver, or a larger shrinkage",
            )
        a_values, a_rows, dropped_a = _leading(problem.a, self.rank)
        root = a_rows * a_values.sqrt()[:, None]  # [r, D], rows of R^1/2 U^T
        dropped_b, condition = 0.0, 1.0
        image = root  # [r, D], rows of R^1/2 U^T (B + t I)^-1
        if problem.b is not None:
            b_values, b_rows, dropped_b = _leading(problem.b, self.rank)
            damping = b_values / (b_values + problem.shift)
            image = (root - ((root @ b_rows.T) * damping) @ b_rows) / problem.shift
            condition = float((b_values[0] + problem.shift) / problem.shift)
        small = image @ root.T  # [r, r]
        values, columns = torch.linalg.eigh((small + small.T) / 2)
        values, vectors = values.flip(0), columns.T.flip(0) @ image
        cut = dropped_a > 0 or dropped_b > 0
        status = SolveStatus.TRUNCATED if cut else SolveStatus.OK
        stats = {
            "solver": self.id,
            "condition": condition,
            "dropped_a": dropped_a,
            "dropped_b": dropped_b,
        }
        rank = numerical_rank(values, problem.row_bound)
        return finish(problem, values, vectors, count, rank, status, stats)


def _leading(matrix: Tensor, rank: int | None) -> tuple[Tensor, Tensor, float]:
    """Leading eigenvalues `[r]`, descending, vectors as rows `[r, D]`, dropped trace share."""
    values, columns = torch.linalg.eigh(matrix)
    values, rows = values.flip(0).clamp_min(0), columns.T.flip(0)
    if rank is None or rank >= len(values):
        return values, rows, 0.0
    dropped = float(values[rank:].sum() / values.sum())
    return values[:rank], rows[:rank], dropped
