"""Cholesky whitening, then a symmetric eigensolver: exact, for small spaces and many directions."""

from __future__ import annotations

import torch

from ..concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution, SolveStatus
from .eigenpairs import Eigenpairs, drop_zero_denominator, leading_solution, numerical_rank
from .factor import factorise


class DenseSolver(AbstractSolver):
    """`B + shift I = L L^T`, then the eigenvectors y of `L^-1 A L^-T`, and `n = L^-T y`."""

    id = "dense"
    title = "Cholesky whitening and a dense symmetric eigensolver"

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`: all eigenvectors, whatever `count`."""
        cube = float(problem.size) ** 3
        forming = 2 * cube if problem.a is None else 0.0
        whitening = 0.0 if problem.b is None else 2.8 * cube
        return forming + whitening + eigh_cost(problem.size)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`."""
        problem, status = drop_zero_denominator(problem)
        if problem.b is None:
            # The eigensolver reads one triangle, so the matrix need not be symmetrised.
            values, columns = torch.linalg.eigh(problem.numerator())
            factor, condition = None, 1.0
        else:
            factor = factorise(problem)
            status = SolveStatus.JITTERED if factor.jitter else status
            half = factor.whiten(problem.numerator())  # [D, D], (L^-1 A)^T
            whitened = factor.whiten(half.T)
            del half
            values, columns = torch.linalg.eigh(whitened)
            del whitened
            values, condition = values / factor.scale, factor.condition
        rank = numerical_rank(values, problem.rank_bound)
        kept = min(count, rank)
        values, vectors = values.flip(0)[:kept], columns[:, -kept:].T.flip(0)
        if factor is not None:
            vectors = factor.unwhiten(vectors)
        stats = {"solver": self.id, "condition": condition}
        pairs = Eigenpairs(values, vectors)
        return leading_solution(problem, pairs, count, rank, status, stats)


def eigh_cost(size: int) -> float:
    """Cost of all eigenvectors of a symmetric matrix, in the unit of `AbstractSolver.cost`.

    Args:
        size: D.

    Returns:
        `14 D^3`: measured are 11 to 14 from D = 1,024 on, 17 to 27 below (docs/mathematics.md).
    """
    return 14.0 * float(size) ** 3
