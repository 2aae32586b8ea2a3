"""Directions from approximate columns, corrected with exact products: Davidson's method.

Davidson (J. Comput. Phys. 17, 1975), for the pencil `A n = lambda (B + t I) n`. Columns in bfloat16
give A and B to two digits, which is enough to precondition: the residuals of the leading vectors,
measured with one forward and one reverse product each in the network's own precision, are turned
into corrections by the approximate pencil, and the problem is solved again in the space of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..base.execution import full_precision, plain_tensors
from ..concepts.eigenproblem import (
    AbstractSolver,
    EigenProblem,
    EigenSolution,
    SolveStatus,
    unit_rows,
)
from ..jacobians.matrix_pencil import MatrixPencil, Sample
from ..solvers.dense import DenseSolver
from ..solvers.eigenpairs import drop_zero_denominator
from ..solvers.factor import Factor, factorise

_CLOSE = 1e-6
"""Relative distance of two eigenvalues below which one gives no correction to the other."""

_NEW = 1e-10
"""Part of a correction, outside the space that there is, below which it is rounding errors."""

_ENOUGH = 3e-4
"""Residual at which a pair is not corrected any more: vectors are then right to about as much."""

_CHUNK = 8
"""Vectors at once at least: linearisations part them again where need be."""

_PAIRS, _LEAST_PAIRS = 4, 64
"""Approximate pairs that precondition, per direction asked for and at least."""


@dataclass(frozen=True)
class Preconditioner:
    """The approximate pencil, ready to turn residuals into corrections."""

    factor: Factor | None
    """Cholesky factor of `B + t I`; none where that is the identity."""
    values: Tensor
    """`[m]`, leading eigenvalues."""
    vectors: Tensor
    """`[m, d]`, leading eigenvectors in whitened coordinates, orthonormal rows."""

    @classmethod
    def of(cls, problem: EigenProblem, solution: EigenSolution) -> Preconditioner:
        """From the approximate problem and its leading pairs.

        Args:
            problem: The pencil.
            solution: Some of its leading pairs; more make better corrections.

        Returns:
            The preconditioner.
        """
        factor = None if problem.b is None else factorise(problem)
        rows = solution.vectors
        whitened = rows if factor is None else rows @ factor.lower
        return cls(factor, solution.values, torch.linalg.qr(whitened.T)[0].T)

    def __call__(self, residuals: Tensor, values: Tensor) -> Tensor:
        """Corrections `-(A - lambda (B + t I))^-1 r`.

        Args:
            residuals: `[K, d]`.
            values: `[K]`, the eigenvalues that they belong to, positive.

        Returns:
            `[K, d]`, up to a factor. Beyond the leading vectors A counts as nothing.
        """
        rows = residuals if self.factor is None else self.factor.whiten(residuals)
        along = rows @ self.vectors.T  # [K, m]
        gaps = self.values - values[:, None]
        near = gaps.abs() < _CLOSE * values[:, None]
        inside = torch.where(near, 0.0, along / torch.where(near, 1.0, gaps))
        rest = (rows - along @ self.vectors) / -values[:, None]
        whitened = inside @ self.vectors + rest
        return whitened if self.factor is None else self.factor.unwhiten(whitened)


class CorrectingSolver(AbstractSolver):
    """Another solver's leading pairs, corrected with exact products.

    The shift stays that of the problem, a multiple of the trace of approximate columns.

    Args:
        solver: What solves the approximate problem.
        samples: One per code.
        corrections: How many times to correct at most.
        chunk: Vectors at once.
        scale: `[d]`, unit of each coordinate; none means 1.
        tolerance: Residual at which no more correction is needed.
    """

    id = "correcting"
    title = "approximate pairs, corrected with exact products (Davidson)"

    def __init__(
        self,
        solver: AbstractSolver,
        samples: Sequence[Sample],
        corrections: int,
        chunk: int,
        scale: Tensor | None = None,
        tolerance: float = _ENOUGH,
    ) -> None:
        self.solver, self.samples, self.corrections = solver, samples, corrections
        self.chunk, self.scale, self.tolerance = chunk, scale, tolerance

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`: that of the solver within."""
        return self.solver.cost(problem, count)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; the problem is approximate, the residuals are true."""
        problem, status = drop_zero_denominator(problem)
        pairs = min(problem.size, max(_PAIRS * count, _LEAST_PAIRS))
        found = self.solver.solve(problem, pairs)
        precondition = Preconditioner.of(problem, found)
        with plain_tensors(), full_precision():
            exact = MatrixPencil(
                self.samples, max(self.chunk, _CHUNK), self.scale, identity_b=problem.b is None
            )
            steps, enough = self.corrections, self.tolerance
            best = refine(found, count, problem.shift, exact, precondition, steps, enough)
        return best if status is SolveStatus.OK else replace(best, status=status)


def refine(
    solution: EigenSolution,
    count: int,
    shift: float,
    pencil: MatrixPencil,
    precondition: Callable[[Tensor, Tensor], Tensor],
    corrections: int,
    tolerance: float = _ENOUGH,
) -> EigenSolution:
    """Correct leading pairs with exact products.

    Args:
        solution: Approximate pairs, of which a few more than `count` begin the search.
        count: Number K of pairs wanted.
        shift: Multiple of the identity that is added to B.
        pencil: A and B, exact.
        precondition: Residuals `[K, d]` and eigenvalues `[K]` to corrections.
        corrections: How many times to correct at most.
        tolerance: Residual at which a pair needs no more.

    Returns:
        The pairs with their residuals, relative to the part of `A n` that lies in the space that
        was searched, which is at most its length.

    Raises:
        SolveError: The exact matrices are not finite, or the denominator is singular beyond repair.
    """
    guard = min(len(solution.vectors), count + max(2, count // 5))
    rows = torch.linalg.qr(solution.vectors[:guard].T)[0].T  # [k, d]
    done = 0
    while True:
        small_a, small_b = pencil.within(rows)
        found = DenseSolver().solve(_projected(small_a, small_b, shift), guard)
        mix, values = found.vectors[:count], found.values[:count]
        residual = pencil.residuals(rows, mix, values, shift)
        sizes = residual.norm(dim=1) / (mix @ small_a).norm(dim=1)
        if done == corrections or float(sizes.max()) < tolerance:
            break
        wrong = sizes >= tolerance
        new = _outside(rows, precondition(residual[wrong], values[wrong]))
        if not len(new):
            break
        rows = torch.cat([rows, new])
        done += 1
    vectors = unit_rows(mix @ rows)
    stats: dict[str, float | int | str] = {**solution.stats, "corrections": done}
    # Both solves sought more pairs than are wanted, so that a lack of some says nothing yet.
    ends = [s for s in (found.status, solution.status) if s is not SolveStatus.RANK_DEFICIENT]
    status = next((s for s in ends if s is not SolveStatus.OK), SolveStatus.OK)
    if len(vectors) < count:
        stats["rank"] = len(vectors)
        status = SolveStatus.RANK_DEFICIENT if status is SolveStatus.OK else status
    return EigenSolution(values, vectors, sizes, status, stats)


def _projected(small_a: Tensor, small_b: Tensor, shift: float) -> EigenProblem:
    """The pencil in a space of orthonormal rows."""
    if not bool(torch.isfinite(small_a).all() and torch.isfinite(small_b).all()):
        raise SolveError(
            "Products with the Jacobian hold NaN or infinite numbers",
            "finite derivatives",
            "The generator's weights or the latent codes are damaged, or far out of range",
        )
    return EigenProblem((small_a + small_a.T) / 2, (small_b + small_b.T) / 2, shift)


def _outside(rows: Tensor, new: Tensor) -> Tensor:
    """Orthonormal rows for what some vectors add to a space; twice, so that they stay so."""
    new = new / new.norm(dim=1, keepdim=True).clamp_min(torch.finfo(new.dtype).tiny)
    room = rows.shape[1] - len(rows)
    for _ in range(2):
        new = new - (new @ rows.T) @ rows
        _, sizes, new = torch.linalg.svd(new, full_matrices=False)
        new = new[: int((sizes > _NEW).sum())][:room]
    return new
