"""Symmetric generalised eigenproblems whose matrices are known by their products alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ..base.progress import Progress
from .eigenproblem import AbstractSolver, EigenSolution


@dataclass(frozen=True)
class OperatorProblem:
    """Maximise `n^T A n / n^T (B + t I) n`, like `EigenProblem`, where A and B are never formed.

    What a solver may ask for is what costs least where `A = J_f^T J_f` and `B = J_b^T J_b` with a
    Jacobian J that can be multiplied with: projections take one product `J v` for each new row, and
    the residual of a pair takes one `J^T u`.
    """

    size: int
    """D."""
    start: Callable[[int], Tensor]
    """From m to `[m, D]` float64: random combinations of the rows of A, m products."""
    project: Callable[[Tensor], tuple[Tensor, Tensor]]
    """From rows V `[k, D]` float64 to `V A V^T` and `V B V^T`, `[k, k]` float64. Rows that begin
    with those of the last call cost a product for each row that was appended, else for each."""
    residuals: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    """From the rows V of the last projection, a mix `[m, k]`, values `[m]` and t to the residuals
    `A n - value (B + t I) n` of the vectors `n = mix V`, `[m, D]` float64; m products."""
    trace: Callable[[], float]
    """`tr(B)` exactly, which takes D products."""
    shift: float | None = None
    """t; none means `shrinkage` times an estimate of `tr(B)`."""
    shrinkage: float = 0.0
    """t divided by `tr(B)`, where `shift` is none."""
    row_bound: int | None = None
    """Number of rows that A was summed over, which bounds its rank; none if unknown."""
    room: int | None = None
    """Most rows that a projection should have, since products are stored; none means any number."""

    @property
    def rank_bound(self) -> int:
        """Upper bound of the rank of A."""
        return self.size if self.row_bound is None else min(self.size, self.row_bound)


class AbstractOperatorSolver(AbstractSolver):
    """A solver that also works by products alone, without any matrix."""

    def trace_products(self, size: int) -> int | None:
        """How many products the trace of the background takes.

        Args:
            size: D.

        Returns:
            Their number; none where it is estimated from as few as will do.
        """
        return None

    @abstractmethod
    def solve_operators(
        self, problem: OperatorProblem, count: int, progress: Progress | None = None
    ) -> EigenSolution:
        """Compute the leading eigenpairs without a matrix.

        Args:
            problem: A and B by their products.
            count: Number K of pairs, at least 1; fewer are returned if the rank is lower.
            progress: Called with the steps taken and those expected; may raise to cancel.

        Returns:
            The pairs, with status and statistics.

        Raises:
            SolveError: A is zero, or the products are not finite.
        """
