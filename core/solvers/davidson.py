"""Block Davidson: the leading pairs from products with A and B; neither matrix is formed.

Davidson (J. Comput. Phys. 17, 1975), in blocks as Crouzeix, Philippe and Sadkane (SIAM J. Sci.
Comput. 15, 1994), for `A n = lambda (B + t I) n`. The problem is solved in a small space, which
grows by the residuals of the pairs that have not converged, or by what a preconditioner makes of
them. Beside the pairs requested it follows a few guard pairs: a pair that was missed so far shows
up among them first, and the distance to the last of them says how exact the others must be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..base.progress import Progress, no_progress
from ..concepts.eigenproblem import EigenProblem, EigenSolution, SolveStatus
from ..concepts.operator_problem import AbstractOperatorSolver, OperatorProblem
from .dense import DenseSolver
from .eigenpairs import drop_zero_denominator
from .search_space import Goal, SearchSpace, new_rows
from .trace_estimate import TraceEstimate, draw_probes

TRACES = ("estimate", "exact")
"""How `tr(B)` is found: from the space and random probes, or from all D products."""

_PROBES, _USUAL_PROBES, _MOST_PROBES = 12, 120, 240
"""Random probes of the trace at first; where not even twice the most would do; at most. A search
takes some 250 products, and a probe is one."""

_TRACE = 1 / 3
"""Share of the angle by which the standard error of t may turn the pairs: errors are thrice that at
times, also because probes are added until the error seems small, and it is estimated from them."""

_SOON, _NEAR = 60.0, 12.0
"""Distances to the goal, as factors: from the first on, probes are added if the trace needs them;
from the second on, t stays as it is if the trace is certain enough."""

_PATIENCE = 10
"""Steps without progress after which a search has stagnated."""

_NOISY_PATIENCE = 4
"""The same where residuals are near the noise of the products."""

_MATRIX_ANGLE = 1e-8
"""Angle that is aimed at with matrices, whose products are in float64 and cost little."""


class DavidsonSolver(AbstractOperatorSolver):
    """Search with products alone, for spaces whose matrices would take too long to form.

    Args:
        angle: Angle to the exact directions, in radians, at the same t.
        trace: One of `TRACES`.
        seed: Seed of the probes; the start has another.
        guard: Guard pairs; none means 2, or a fifth of the pairs if that is more.
    """

    id = "davidson"
    title = "products alone, with the Jacobian where it can be multiplied with (block Davidson)"

    def __init__(
        self,
        angle: float = 1e-3,
        trace: str = TRACES[0],
        seed: int = 0,
        guard: int | None = None,
    ) -> None:
        if trace not in TRACES:
            raise SolveError(f"Unknown trace {trace!r}", f"one of {', '.join(TRACES)}")
        if not 0 < angle < 1:
            raise SolveError(f"angle is {angle}", "radians above 0 and below 1, such as 1e-3")
        if guard is not None and guard < 0:
            raise SolveError(f"guard is {guard}", "a number of pairs, 0 or more, or none")
        self.angle, self.trace, self.seed, self.guard = angle, trace, seed, guard

    def trace_products(self, size: int) -> int | None:
        """See `AbstractOperatorSolver.trace_products`."""
        return size if self.trace == "exact" else None

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`; none: where there are matrices, other solvers are quicker."""
        return None

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; the dense solver takes over where the search stagnates."""
        given = problem
        problem, status = drop_zero_denominator(problem)
        goal = Goal(count, min(self.angle, _MATRIX_ANGLE), guard=self.guard)
        found = search(matrix_operators(problem), goal, self._probes(problem.size))
        if found.status is SolveStatus.STAGNATED:
            dense = DenseSolver().solve(given, count)
            words = f"{self.id}: a residual of {float(found.residuals.max()):.0e} was left"
            return replace(dense, stats={**dense.stats, "fell_back": words})
        return found if status is SolveStatus.OK else replace(found, status=status)

    def solve_operators(
        self, problem: OperatorProblem, count: int, progress: Progress | None = None
    ) -> EigenSolution:
        """See `AbstractOperatorSolver.solve_operators`.

        Returns:
            The pairs. `stats` has products (with J and its transpose, per code), search_space (its
            dimensions), and trace, trace_error (relative standard error), trace_angle (by which
            such an error turns the pairs), trace_change (by which, relatively, it changes their
            eigenvalues), trace_probes and trace_seed of the estimate of `tr(B)`; without a
            shrinkage nothing of the trace.
        """
        exact: TraceEstimate | None = None
        posed = problem
        if problem.shift is None and self.trace == "exact":
            exact = TraceEstimate(problem.trace(), 0.0, 0)
            # With t = 1 and B = 0 the identity replaces B + t I.
            shift = problem.shrinkage * exact.value if exact.value > 0 else 1.0
            posed = replace(problem, shift=shift)
        goal = Goal(count, self.angle, guard=self.guard)
        found = search(posed, goal, self._probes(problem.size), progress=progress)
        stats = dict(found.stats)
        if exact is not None:
            products = int(stats["products"]) + problem.size
            stats |= {"products": products, "trace": exact.value, "trace_error": 0.0}
        elif "trace" in stats:
            stats["trace_seed"] = self.seed
        still = float(stats.get("trace", 1.0)) <= 0
        if problem.shrinkage == 0:  # the trace served to know that alone
            stats = {name: value for name, value in stats.items() if not name.startswith("trace")}
        status = SolveStatus.STILL_BACKGROUND if still else found.status
        return replace(found, status=status, stats=stats)

    def _probes(self, size: int) -> Tensor:
        """All probes that a search may use, `[m, D]`."""
        return draw_probes(_MOST_PROBES, size, self.seed)


def search(
    problem: OperatorProblem,
    goal: Goal,
    probes: Tensor,
    start: Tensor | None = None,
    precondition: Callable[[Tensor, Tensor], Tensor] | None = None,
    progress: Progress | None = None,
) -> EigenSolution:
    """Enlarge a space until its leading pairs have converged.

    Args:
        problem: A and B by their products.
        goal: When to end.
        probes: `[m, D]` float64, random, for the trace; unused where t is given.
        start: `[m, D]` float64, rows that span the first space; none means products of A's rows.
        precondition: From residuals `[m, D]` and eigenvalues `[m]` to the rows that enlarge the
            space; none means the residuals themselves.
        progress: Called with the steps taken and those expected; may raise to cancel.

    Returns:
        The pairs, with residuals relative to the projection of `A n` onto the space, which is at
        most as long as `A n`.

    Raises:
        SolveError: A is zero, or the products are not finite.
    """
    report = progress or no_progress
    products = 0
    if start is None:
        start = problem.start(min(goal.block, problem.size))
        products += len(start)
        if not bool(start.any()):
            raise SolveError(
                "Nothing that is to change depends on the latent",
                "a region that depends on it",
                "Choose another region, or other «layers»",
            )
    rows = new_rows(start[:0], start)
    space = SearchSpace(problem, rows, torch.zeros(len(rows), dtype=torch.bool))
    if problem.shift is None:
        space = space.with_rows(probes[:_PROBES], probes=True)
    best, best_step, expected = math.inf, 0, 1
    trace: TraceEstimate | None = None
    step, turn, change, spent = 0, 0.0, 0.0, False
    while True:
        pairs = space.pairs(goal)
        products += len(space.all) - space.seen + len(pairs.values)
        space = replace(space, seen=len(space.all))
        distance, enough = pairs.distance(goal), True
        had = needed = len(space.probes)
        if pairs.trace is not None:
            trace, turn, change = pairs.trace, pairs.turn, pairs.change
            needed = _probes_needed(had, turn, goal, len(probes))
            enough = needed == had
            if distance < _NEAR and enough:  # a t that moves would keep residuals from shrinking
                problem = replace(problem, shift=pairs.shift)
                space = replace(space, problem=problem)
        settled = problem.shift is not None
        if (distance <= 1.0 and settled) or step == goal.steps:
            break
        if distance < 0.9 * best:
            best, best_step = distance, step
        elif step - best_step >= (_NOISY_PATIENCE if pairs.in_noise(goal) else _PATIENCE):
            break
        fresh = space.fresh(pairs, goal, precondition)
        if not len(fresh) and enough:
            distance = 0.0  # the space is all that products lead to
            break
        if goal.products is not None:  # what the next step takes: a push a row, a pull a pair
            room = goal.products - products - len(pairs.values)
            if room < 1:
                spent = True
                break
            fresh = fresh[:room]
        if 1.0 < distance < math.inf:
            expected = max(expected, step + 1 + math.ceil(math.log(distance, 4.0)))
        report(step, max(expected, step + 1))
        space = space.grown(fresh, pairs, goal)
        if not enough and distance < _SOON:
            if needed >= problem.size:  # all products are the trace itself
                trace, turn, change = TraceEstimate(problem.trace(), 0.0, 0), 0.0, 0.0
                products += problem.size
                problem = replace(problem, shift=problem.shrinkage * trace.value)
                space = replace(space, problem=problem)
            else:
                space = space.with_rows(probes[had:needed], probes=True)
        step += 1
    stats: dict[str, float | int | str] = {"steps": step, "products": products}
    if trace is not None:
        stats |= {
            "trace": trace.value,
            "trace_error": trace.error,
            "trace_probes": trace.probes,
            "trace_angle": turn,
            "trace_change": change,
        }
    if goal.floor > 0:
        stats["floor"] = goal.floor
    report(max(step, 1), max(step, 1))
    found = space.solution(pairs, goal, distance, stats)
    if spent and found.status in (SolveStatus.STAGNATED, SolveStatus.NOISE_LIMITED):
        return replace(found, status=SolveStatus.BUDGET_SPENT)
    return found


def _probes_needed(had: int, turn: float, goal: Goal, most: int) -> int:
    """How many probes there should be.

    Args:
        had: Probes that there are.
        turn: Sine of the angle by which the standard error of t turns the pairs.
        goal: The angle that is asked for.
        most: All probes.

    Returns:
        The number, at least `had`.
    """
    share = turn / max(_TRACE * goal.angle, 1e-300)
    if share <= 1 or had >= most:
        return had
    needed = had * share**2
    if needed > 2 * most:
        return max(had, _USUAL_PROBES)
    return min(max(math.ceil(needed), had + 4), most)


def matrix_operators(problem: EigenProblem) -> OperatorProblem:
    """Pose a problem by products, as if its matrices were not known.

    Args:
        problem: The matrices.

    Returns:
        The same problem; its shift is given.
    """

    def project(rows: Tensor) -> tuple[Tensor, Tensor]:
        b = rows if problem.b is None else rows @ problem.b
        return problem.times_a(rows) @ rows.T, b @ rows.T

    def residuals(rows: Tensor, mix: Tensor, values: Tensor, shift: float) -> Tensor:
        vectors = mix @ rows
        b = vectors if problem.b is None else vectors @ problem.b + shift * vectors
        return problem.times_a(vectors) - values[:, None] * b

    def start(count: int) -> Tensor:
        draw = torch.Generator().manual_seed(1)
        rows = torch.randn(count, problem.size, generator=draw, dtype=torch.float64)
        given = problem.a if problem.a_root is None else problem.a_root
        assert given is not None  # checked by the problem
        return problem.times_a(rows.to(given))

    def trace() -> float:
        return float(problem.size) if problem.b is None else float(problem.b.diagonal().sum())

    shift = 0.0 if problem.b is None else problem.shift
    bound = problem.rank_bound
    return OperatorProblem(problem.size, start, project, residuals, trace, shift, row_bound=bound)
