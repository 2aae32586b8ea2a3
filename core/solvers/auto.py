"""Estimates the cost of every solver and uses the cheapest."""

from __future__ import annotations

from ..concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution


class AutoSolver(AbstractSolver):
    """The solver with the lowest estimated cost; the statistics list all estimates.

    Args:
        *solvers: The candidates; at equal cost the first is used.
    """

    id = "auto"
    title = "the cheapest of the other solvers for the problem"

    def __init__(self, *solvers: AbstractSolver) -> None:
        self.solvers = solvers

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`: the lowest estimate."""
        return min((cost for cost, _ in self._estimates(problem, count)), default=None)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`."""
        estimates = self._estimates(problem, count)
        _, chosen = min(estimates, key=lambda pair: pair[0])
        found = chosen.solve(problem, count)
        choice = ", ".join(f"{solver.id} {cost:.1e}" for cost, solver in estimates)
        stats = {**found.stats, "choice": f"{chosen.id} of {choice} operations"}
        return EigenSolution(found.values, found.vectors, found.residuals, found.status, stats)

    def _estimates(self, problem: EigenProblem, count: int) -> list[tuple[float, AbstractSolver]]:
        """Costs of the solvers that give an estimate."""
        costs = [(solver.cost(problem, count), solver) for solver in self.solvers]
        return [(cost, solver) for cost, solver in costs if cost is not None]
