"""Correct directions of approximate columns with exact products: Davidson's method.

Davidson (J. Comput. Phys. 17, 1975), for the pencil `A n = lambda (B + t I) n`. Columns in bfloat16
give A and B to two digits, which is enough for a preconditioner. Each step computes the residuals
of the leading vectors with one forward and one reverse product each, in the network's own
precision. The approximate pencil turns them into corrections, and the exact problem is solved again
in the space of vectors and corrections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.execution import full_precision, plain_tensors
from ..base.phases import phase
from ..concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution, SolveStatus
from ..jacobians.matrix_pencil import MatrixPencil, Sample
from ..solvers.davidson import search
from ..solvers.eigenpairs import drop_zero_denominator
from ..solvers.factor import Factor, factorise
from ..solvers.search_space import Goal

_EQUAL = 1e-6
"""Relative distance below which eigenvalues count as equal and give no correction."""

_FINE = (SolveStatus.OK, SolveStatus.STAGNATED)
"""Ends of a search that need no words: so few corrections rarely reach the goal, and the residual
is reported."""

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
        angle: Angle of the directions at which no more corrections are needed; 0 means to use all.
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
        angle: float = 1e-3,
    ) -> None:
        self.solver, self.samples, self.corrections = solver, samples, corrections
        self.chunk, self.scale, self.angle = chunk, scale, angle

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`; the cost of the wrapped solver."""
        return self.solver.cost(problem, count)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; residuals are those of the exact problem."""
        problem, status = drop_zero_denominator(problem)
        pairs = min(problem.size, max(_PAIRS * count, _LEAST_PAIRS))
        found = self.solver.solve(problem, pairs)
        with plain_tensors(), full_precision(), phase("correction"):
            pencil = MatrixPencil(self.samples, max(self.chunk, _CHUNK), self.scale)
            goal = Goal(count, self.angle, self.corrections)
            best = correct(found, problem, pencil, goal)
        return best if status is SolveStatus.OK else replace(best, status=status)


def correct(
    solution: EigenSolution,
    problem: EigenProblem,
    pencil: MatrixPencil,
    goal: Goal,
    known: EigenSolution | None = None,
) -> EigenSolution:
    """Correct the leading eigenpairs with exact products.

    Args:
        solution: Approximate pairs; the search starts with a few more than requested.
        problem: The approximate problem, whose shift is kept; it makes corrections of residuals.
        pencil: A and B, exact.
        goal: Number of pairs, and when to end.
        known: Pairs of the approximate problem that make corrections; none means the solution.

    Returns:
        The pairs with their residuals.

    Raises:
        SolveError: The exact matrices are not finite, or the denominator stays singular.
    """
    # Without a background the identity replaces B + t I, and the exact B is zero as well.
    exact = pencil.problem(shift=1.0 if problem.b is None else problem.shift)
    start = solution.vectors[: goal.block]
    precondition = Preconditioner.of(problem, known or solution)
    found = search(exact, goal, start[:0], start, precondition)
    stats = {**solution.stats, "corrections": found.stats["steps"]}
    # Both solves looked for more than `count` pairs; only fewer than `count` are a deficiency.
    ends = [s for s in (found.status, solution.status) if s is not SolveStatus.RANK_DEFICIENT]
    status = next((s for s in ends if s not in _FINE), SolveStatus.OK)
    if len(found.vectors) < goal.count:
        stats["rank"] = len(found.vectors)
        status = SolveStatus.RANK_DEFICIENT if status is SolveStatus.OK else status
    return replace(found, status=status, stats=stats)
