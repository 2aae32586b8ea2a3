"""Correct directions of approximate columns with exact products: Davidson's method.

Davidson (J. Comput. Phys. 17, 1975), for the pencil `A n = lambda (B + t I) n`. Columns in bfloat16
give A and B to two digits, which is enough for a preconditioner. Each step computes the residuals
of the leading vectors with one forward and one reverse product each, in the network's own
precision. The approximate pencil turns them into corrections, and the exact problem is solved again
in the space of vectors and corrections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..base.execution import full_precision, plain_tensors
from ..base.phases import phase
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

_EQUAL = 1e-6
"""Relative distance below which eigenvalues count as equal and give no correction."""

_ROUNDING = 1e-10
"""Size of a correction outside the search space below which it is rounding error."""

_TOLERANCE = 3e-4
"""Residual below which a pair is not corrected any more; vectors have errors of the same size."""

_CHUNK = 8
"""Fewest vectors per batch; linearisations split batches that do not fit."""

_PAIRS, _LEAST_PAIRS = 4, 64
"""Approximate pairs in the preconditioner: per requested direction, and at least."""


@dataclass(frozen=True)
class Preconditioner:
    """Turns residuals into corrections by the approximate pencil."""

    factor: Factor | None
    """Cholesky factor of `B + t I`; none where the identity replaces it."""
    values: Tensor
    """`[m]`, leading eigenvalues."""
    vectors: Tensor
    """`[m, d]`, leading eigenvectors in whitened coordinates, orthonormal rows."""

    @classmethod
    def of(cls, problem: EigenProblem, solution: EigenSolution) -> Preconditioner:
        """Build it from the approximate problem and its leading eigenpairs.

        Args:
            problem: The pencil.
            solution: Its leading eigenpairs; more pairs give better corrections.

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
            values: `[K]`, their eigenvalues, positive.

        Returns:
            `[K, d]`, up to a factor. Outside the leading eigenvectors A is taken as zero.
        """
        rows = residuals if self.factor is None else self.factor.whiten(residuals)
        along = rows @ self.vectors.T  # [K, m]
        gaps = self.values - values[:, None]
        near = gaps.abs() < _EQUAL * values[:, None]
        inside = torch.where(near, 0.0, along / torch.where(near, 1.0, gaps))
        rest = (rows - along @ self.vectors) / -values[:, None]
        whitened = inside @ self.vectors + rest
        return whitened if self.factor is None else self.factor.unwhiten(whitened)


class CorrectingSolver(AbstractSolver):
    """Corrects the leading eigenpairs of another solver with exact products.

    The shift stays that of the approximate problem, a multiple of the trace of its B.

    Args:
        solver: Solves the approximate problem.
        samples: One per code.
        corrections: Maximum number of corrections.
        chunk: Vectors per batch.
        scale: `[d]`, unit of each coordinate; none means 1.
        tolerance: Residual below which no correction is needed.
    """

    id = "correcting"
    title = "approximate eigenpairs, corrected with exact products (Davidson)"

    def __init__(
        self,
        solver: AbstractSolver,
        samples: Sequence[Sample],
        corrections: int,
        chunk: int,
        scale: Tensor | None = None,
        tolerance: float = _TOLERANCE,
    ) -> None:
        self.solver, self.samples, self.corrections = solver, samples, corrections
        self.chunk, self.scale, self.tolerance = chunk, scale, tolerance

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`; the cost of the wrapped solver."""
        return self.solver.cost(problem, count)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; residuals are those of the exact problem."""
        problem, status = drop_zero_denominator(problem)
        pairs = min(problem.size, max(_PAIRS * count, _LEAST_PAIRS))
        found = self.solver.solve(problem, pairs)
        precondition = Preconditioner.of(problem, found)
        with plain_tensors(), full_precision(), phase("correction"):
            exact = MatrixPencil(
                self.samples, max(self.chunk, _CHUNK), self.scale, identity_b=problem.b is None
            )
            steps, tolerance = self.corrections, self.tolerance
            best = refine(found, count, problem.shift, exact, precondition, steps, tolerance)
        return best if status is SolveStatus.OK else replace(best, status=status)


def refine(
    solution: EigenSolution,
    count: int,
    shift: float,
    pencil: MatrixPencil,
    precondition: Callable[[Tensor, Tensor], Tensor],
    corrections: int,
    tolerance: float = _TOLERANCE,
) -> EigenSolution:
    """Correct the leading eigenpairs with exact products.

    Args:
        solution: Approximate pairs; the search starts with a few more than `count`.
        count: Number K of pairs to return.
        shift: Multiple of the identity that is added to B.
        pencil: A and B, exact.
        precondition: From residuals `[K, d]` and eigenvalues `[K]` to corrections.
        corrections: Maximum number of corrections.
        tolerance: Residual below which a pair is not corrected.

    Returns:
        The pairs with their residuals, relative to the norm of the projection of `A n` onto the
        search space, which is at most the norm of `A n`.

    Raises:
        SolveError: The exact matrices are not finite, or the denominator stays singular.
    """
    guard = min(len(solution.vectors), count + max(2, count // 5))
    rows = torch.linalg.qr(solution.vectors[:guard].T)[0].T  # [k, d]
    done = 0
    while True:
        small_a, small_b = pencil.project(rows)
        found = DenseSolver().solve(_projected(small_a, small_b, shift), guard)
        mix, values = found.vectors[:count], found.values[:count]
        residual = pencil.residuals(rows, mix, values, shift)
        sizes = residual.norm(dim=1) / (mix @ small_a).norm(dim=1)
        if done == corrections or float(sizes.max()) < tolerance:
            break
        open_pairs = sizes >= tolerance
        new = _new_rows(rows, precondition(residual[open_pairs], values[open_pairs]))
        if not len(new):
            break
        rows = torch.cat([rows, new])
        done += 1
    vectors = unit_rows(mix @ rows)
    stats: dict[str, float | int | str] = {**solution.stats, "corrections": done}
    # Both solves looked for more than `count` pairs; only fewer than `count` are a deficiency.
    ends = [s for s in (found.status, solution.status) if s is not SolveStatus.RANK_DEFICIENT]
    status = next((s for s in ends if s is not SolveStatus.OK), SolveStatus.OK)
    if len(vectors) < count:
        stats["rank"] = len(vectors)
        status = SolveStatus.RANK_DEFICIENT if status is SolveStatus.OK else status
    return EigenSolution(values, vectors, sizes, status, stats)


def _projected(small_a: Tensor, small_b: Tensor, shift: float) -> EigenProblem:
    """The eigenproblem of the projected pencil."""
    if not bool(torch.isfinite(small_a).all() and torch.isfinite(small_b).all()):
        raise SolveError(
            "Products with the Jacobian contain NaN or infinite numbers",
            "finite derivatives",
            "The generator's weights or the latent codes are damaged, or far out of range",
        )
    return EigenProblem((small_a + small_a.T) / 2, (small_b + small_b.T) / 2, shift)


def _new_rows(rows: Tensor, new: Tensor) -> Tensor:
    """Orthonormal rows for the part of vectors outside a space; repeated once for accuracy."""
    new = new / new.norm(dim=1, keepdim=True).clamp_min(torch.finfo(new.dtype).tiny)
    room = rows.shape[1] - len(rows)
    for _ in range(2):
        new = new - (new @ rows.T) @ rows
        _, sizes, new = torch.linalg.svd(new, full_matrices=False)
        new = new[: int((sizes > _ROUNDING).sum())][:room]
    return new
