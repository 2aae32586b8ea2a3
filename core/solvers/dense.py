"""Cholesky whitening, then a symmetric eigensolver: exact, for up to a few thousand dimensions."""

from __future__ import annotations

import torch
from torch import Tensor

from ..eigen import AbstractSolver, EigenProblem, EigenSolution, SolveStatus, finish, numerical_rank
from ..errors import SolveError

_JITTERS = (0.0, 1e-14, 1e-12, 1e-10)
"""Multiples of the mean eigenvalue, tried in turn where Cholesky fails."""


class DenseSolver(AbstractSolver):
    """`B + shift I = L L^T`, then the eigenvectors y of `L^-1 A L^-T`, and `n = L^-T y`."""

    id = "dense"
    title = "Cholesky whitening and a dense symmetric eigensolver"

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`."""
        denominator = problem.denominator()
        status = SolveStatus.OK
        if denominator is None:
            values, vectors = _descending(problem.a)
            condition = 1.0
        else:
            factor, jittered = _cholesky(denominator)
            status = SolveStatus.JITTERED if jittered else status
            half = torch.linalg.solve_triangular(factor, problem.a, upper=False)
            whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
            values, rows = _descending((whitened + whitened.T) / 2)
            vectors = torch.linalg.solve_triangular(factor.T, rows.T, upper=True).T
            # A lower bound that costs nothing: the true condition number needs another spectrum.
            condition = float((factor.diagonal().max() / factor.diagonal().min()).square())
        rank = numerical_rank(values, problem.row_bound)
        stats = {"solver": self.id, "condition": condition}
        return finish(problem, values, vectors, count, rank, status, stats)


def _descending(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues `[D]`, descending, and eigenvectors as rows `[D, D]`."""
    values, columns = torch.linalg.eigh(matrix)
    return values.flip(0), columns.T.flip(0)


def _cholesky(matrix: Tensor) -> tuple[Tensor, bool]:
    """Lower factor, and whether a jitter was needed to get one."""
    scale = float(matrix.diagonal().mean())
    identity = torch.eye(matrix.shape[0], dtype=matrix.dtype, device=matrix.device)
    for jitter in _JITTERS:
        factor, failed = torch.linalg.cholesky_ex(matrix + jitter * scale * identity)
        if not int(failed):
            return factor, jitter > 0
    raise SolveError(
        "The background matrix is singular or indefinite",
        "a positive definite one",
        "Use a larger shrinkage, or a larger background",
    )
