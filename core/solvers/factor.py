"""The Cholesky factor of `B + shift I`: scaled, in place, with a jitter where it fails."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..concepts.eigenproblem import EigenProblem

_JITTERS = (0.0, 1e-14, 1e-12, 1e-10)
"""Multiples of the mean eigenvalue, tried in turn where Cholesky fails in float64."""


@dataclass(frozen=True)
class Factor:
    """`B + shift I = scale L L^T`."""

    lower: Tensor
    """`[D, D]`, L, float64 or float32."""
    scale: float
    """A power of two near the mean eigenvalue, since 1e40 overflows float32; dividing is exact."""
    jitter: float
    """Multiple of the mean eigenvalue that was added; usually 0."""

    def whiten(self, rows: Tensor) -> Tensor:
        """Solve with L.

        Args:
            rows: `[K, D]` of L's type.

        Returns:
            `[K, D]`: `L^-1 v` for each row v.
        """
        return torch.linalg.solve_triangular(self.lower, rows.T, upper=False).T

    def unwhiten(self, rows: Tensor) -> Tensor:
        """Solve with L^T.

        Args:
            rows: `[K, D]` of L's type.

        Returns:
            `[K, D]`: `L^-T y` for each row y.
        """
        return torch.linalg.solve_triangular(self.lower.mT, rows.T, upper=True).T

    @property
    def condition(self) -> float:
        """Lower bound of the condition number, computed without a spectrum."""
        diagonal = self.lower.diagonal()
        return float((diagonal.max() / diagonal.min()).square())


def factorise(problem: EigenProblem) -> Factor:
    """Factor in float64.

    Args:
        problem: A problem with a B.

    Returns:
        The factor.

    Raises:
        SolveError: No jitter makes the matrix positive definite.
    """
    for jitter in _JITTERS:
        factor = try_factorise(problem, torch.float64, jitter)
        if factor is not None:
            return factor
    raise SolveError(
        "The background matrix is singular or indefinite",
        "a positive definite one",
        "Use a larger shrinkage, or a larger background",
    )


def try_factorise(problem: EigenProblem, dtype: torch.dtype, jitter: float = 0.0) -> Factor | None:
    """Factor in a type, with one matrix of memory beside B.

    Args:
        problem: A problem with a B.
        dtype: float64, or float32, which takes half the time and memory.
        jitter: Multiple of the mean eigenvalue that is added.

    Returns:
        The factor; none where the matrix is not positive definite in that type.
    """
    b = problem.b
    assert b is not None
    mean = float(b.diagonal().mean()) + problem.shift
    if not 0 < mean < math.inf:
        return None
    scale = 2.0 ** round(math.log2(mean))
    matrix = torch.empty(b.shape, dtype=dtype, device=b.device)
    torch.mul(b, 1 / scale, out=matrix)
    matrix.diagonal().add_((problem.shift + jitter * mean) / scale)
    # LAPACK expects column-major storage: the transpose of the symmetric matrix, in place.
    lower = matrix.mT
    failed = torch.empty((), dtype=torch.int32, device=b.device)
    torch.linalg.cholesky_ex(lower, out=(lower, failed))
    return None if int(failed) else Factor(lower, scale, jitter)
