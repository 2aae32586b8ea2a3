"""Robust PCA of a symmetric matrix: a low-rank part and a sparse one.

Candes, Li, Ma and Wright, *Robust Principal Component Analysis?* (J. ACM 58, 2011), by the
alternating directions method of multipliers (ADMM) at a constant penalty.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..base.progress import Progress, no_progress

TOLERANCE = 1e-7
"""Norm of the residual `L + S - M`, relative to that of M, at which the iterations end."""

MAX_ITERATIONS = 10_000
"""Most iterations."""


@dataclass(frozen=True)
class LowRankPart:
    """The low-rank part L of a symmetric matrix, by its eigenpairs, and how it was found."""

    values: Tensor
    """`[r]` float64, the nonzero eigenvalues of L, largest magnitude first; r is its rank."""
    vectors: Tensor
    """`[r, d]` float64, their eigenvectors: orthonormal rows."""
    iterations: int
    """Number of iterations."""
    converged: bool
    """Whether the residual became small enough."""

    @property
    def rank(self) -> int:
        """The rank of L."""
        return len(self.values)

    @property
    def matrix(self) -> Tensor:
        """L, `[d, d]` float64."""
        return (self.vectors.T * self.values) @ self.vectors


def low_rank_part(
    matrix: Tensor,
    sparsity: float,
    max_iterations: int = MAX_ITERATIONS,
    progress: Progress | None = None,
) -> LowRankPart:
    """Minimise `|L|_* + sparsity |S|_1` over `L + S = M`.

    Each iteration shrinks the singular values of L by `1 / mu` and the entries of S by
    `sparsity / mu`, with the penalty `mu = d^2 / (4 |M|_1)`. In the literature `|M|_1` is the sum
    of the magnitudes of all entries; the published code of LowRankGAN takes the *induced* 1-norm,
    the largest sum of a column, and so does this function. Multiplying M by a number multiplies L
    and S by it.

    Args:
        matrix: M, `[d, d]` float64, symmetric and finite.
        sparsity: lambda, above 0; the smaller, the more of M is in S, and the lower the rank of L.
        max_iterations: Most iterations, at least 1.
        progress: Called with (iterations, `max_iterations`); may raise to cancel.

    Returns:
        The low-rank part. Since M is symmetric, its singular values are the magnitudes of its
        eigenvalues. Rank 0 where M is zero.

    Raises:
        SolveError: `sparsity` or `max_iterations` is out of range.
    """
    if not 0 < sparsity < float("inf"):
        raise SolveError(f"sparsity is {sparsity}", "a number above 0, such as 1/60")
    if max_iterations < 1:
        raise SolveError(f"max_iterations is {max_iterations}", "at least 1")
    report, size = progress or no_progress, len(matrix)
    induced = float(torch.linalg.matrix_norm(matrix, ord=1))
    if induced == 0:
        empty = matrix.new_zeros(0, size)
        return LowRankPart(empty[:, 0], empty, 0, converged=True)
    step = 4 * induced / size**2  # 1 / mu
    enough = TOLERANCE * float(matrix.norm())
    sparse, multiplier = torch.zeros_like(matrix), torch.zeros_like(matrix)  # S, Lambda / mu
    values, columns = matrix.new_zeros(0), matrix.new_zeros(size, 0)
    iterations, converged = 0, False
    while iterations < max_iterations and not converged:
        every, basis = torch.linalg.eigh(matrix - sparse - multiplier)
        shrunk = _shrunk(every, step)
        kept = shrunk != 0
        values, columns = shrunk[kept], basis[:, kept]
        low = (columns * values) @ columns.T
        sparse = _shrunk(matrix - low - multiplier, step * sparsity)
        residual = low + sparse - matrix
        multiplier = multiplier + residual
        converged = float(residual.norm()) <= enough
        iterations += 1
        report(iterations, max_iterations)
    order = values.abs().argsort(descending=True)
    values, rows = values[order], columns.T[order]
    least = size * torch.finfo(matrix.dtype).eps * float(values.abs().max()) if len(values) else 0.0
    rank = int((values.abs() > least).sum())
    return LowRankPart(values[:rank], rows[:rank], iterations, converged)


def _shrunk(numbers: Tensor, by: float) -> Tensor:
    """Numbers moved towards 0, at most up to it."""
    return numbers.sign() * (numbers.abs() - by).clamp_min(0)
