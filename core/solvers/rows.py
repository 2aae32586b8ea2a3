"""For regions of few rows: an eigenproblem of size rows by rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ..concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution, SolveStatus
from .dense import eigh_cost
from .eigenpairs import Eigenpairs, drop_zero_denominator, leading_solution, numerical_rank
from .factor import factorise


class RowsSolver(AbstractSolver):
    """With `A = R^T R` and `B + t I = L L^T`: the eigenvectors y of `H H^T`, `H = R L^-T`.

    `L^-1 A L^-T` is `H^T H`, whose eigenvectors for nonzero values are those of `H H^T` taken
    through H, so that `n = L^-T H^T y`. Nothing is truncated or iterated. B still needs all columns
    of the Jacobian.
    """

    id = "rows"
    title = "Cholesky whitening of the region's rows, and a problem of rows by rows"

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`; none without rows, or with more rows than dimensions."""
        root, size = problem.a_root, float(problem.size)
        if root is None or len(root) > size:
            return None
        rows = len(root)
        whitening = 0.0 if problem.b is None else 0.6 * size**3 + 1.4 * rows * size**2
        return whitening + 2 * size * rows**2 + eigh_cost(rows)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; without `a_root` the rows are computed from A."""
        problem, status = drop_zero_denominator(problem)
        root = _rows_of(problem.numerator()) if problem.a_root is None else problem.a_root
        half, factor, scale, condition = root, None, 1.0, 1.0
        if problem.b is not None:
            factor = factorise(problem)
            status = SolveStatus.JITTERED if factor.jitter else status
            half = factor.whiten(root)  # [R, D]
            scale, condition = factor.scale, factor.condition
        values, columns = torch.linalg.eigh(half @ half.T)
        rank = numerical_rank(values, problem.rank_bound)
        kept = min(count, rank)
        values, vectors = values.flip(0)[:kept] / scale, columns[:, -kept:].T.flip(0) @ half
        if factor is not None:
            vectors = factor.unwhiten(vectors)
        stats = {"solver": self.id, "condition": condition}
        pairs = Eigenpairs(values, vectors)
        return leading_solution(problem, pairs, count, rank, status, stats)


def _rows_of(a: Tensor) -> Tensor:
    """`[r, D]` with `A = rows^T rows`: eigenvectors scaled by the roots of their values."""
    values, columns = torch.linalg.eigh(a)
    kept = values > max(float(values[-1]), 0.0) * len(values) * torch.finfo(values.dtype).eps
    return (columns[:, kept] * values[kept].sqrt()).T
