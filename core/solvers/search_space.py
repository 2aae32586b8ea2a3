"""The small space of a block Davidson search: the problem projected onto it, and its pairs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import NotFiniteError
from ..concepts.eigenproblem import EigenProblem, EigenSolution, SolveStatus, unit_rows
from ..concepts.operator_problem import OperatorProblem
from .dense import DenseSolver
from .trace_estimate import TraceEstimate, estimate_trace

_ERROR, _PER_GAP = 0.5, 4.0
"""Largest error estimate for an angle of 1: where the gap of eigenvalues is large, and divided by
the relative gap where it is small, since `sin(angle) <= error / gap` (Davis and Kahan, SIAM J.
Numer. Anal. 7, 1970)."""

_STEEP = 0.1
"""Share of `A n` that the unit of errors is at least, where t is far below the eigenvalues of B."""

_LEAST_GAP = 1e-5
"""Gap below which two eigenvalues count as repeated, so that any mixture of both will do."""

_GUARD, _GUARD_PER_GAP = 10.0, 0.2
"""Largest error estimate of guard pairs, for an angle of 1 and for a relative gap of 1 to the pairs
requested: enough to know that they do not belong among these."""

_AMPLIFIED = 30.0
"""Residuals in units of the noise of a product up to which they may be noise: what the background
answers to is noise times the eigenvalue."""

_ROUNDING = 1e-10
"""Size of a correction outside the space below which it is rounding error."""

_NOTHING = 1e-13
"""Eigenvalue relative to the largest below which it is rounding error."""


@dataclass(frozen=True)
class Goal:
    """When a search ends."""

    count: int
    """Number K of pairs."""
    angle: float = 1e-3
    """Angle of their space to the exact one at the same t, in radians; 0 means to use all steps."""
    steps: int = 60
    """Most times that the space is enlarged."""
    guard: int | None = None
    """Pairs beyond K that are followed; none means 2, or a fifth of K if that is more."""
    floor: float = 0.0
    """Relative error of each product, such as that of a central difference; residuals below that
    share of `A n` say nothing, so that such a pair counts as converged."""
    products: int | None = None
    """Most products with J and its transpose together; none means any number. The first space is
    always computed."""

    @property
    def block(self) -> int:
        """Pairs that are followed."""
        return self.count + (max(2, self.count // 5) if self.guard is None else self.guard)

    def limits(self, values: Tensor) -> Tensor:
        """Error estimate below which each pair has converged.

        Args:
            values: `[m]` float64, descending: those of the pairs that are followed.

        Returns:
            `[m]` float64.
        """
        lead, guard = values[: self.count], values[self.count :]
        tiny = torch.finfo(values.dtype).tiny
        bound = torch.full_like(lead, self.angle * _ERROR)
        if len(guard) and self.block == len(values):  # else no more pairs are known, or exist
            far, near = (
                (1 - value / lead.clamp_min(tiny)).clamp_min(_LEAST_GAP)
                for value in (guard[-1], guard[0])
            )
            bound = torch.minimum(bound, self.angle * _PER_GAP * far)
            # In the space errors mix neighbours by their square over the gap.
            bound = torch.minimum(bound, (self.angle * _ERROR**2 * near).sqrt())
        below = 1 - guard / lead[-1].clamp_min(tiny)
        loose = (_GUARD_PER_GAP * below).clamp_min(_GUARD * self.angle)
        return torch.cat([bound, loose])


@dataclass(frozen=True)
class Pairs:
    """Pairs of the problem in a space, `[m]` and `[m, k]`, and their residuals `[m, D]`."""

    values: Tensor
    mix: Tensor
    residuals: Tensor
    sizes: Tensor
    """`[m]`, residuals relative to `A n`."""
    errors: Tensor
    """`[m]`, estimates of the error of each vector: `|r| / (value t)`. What the space lacks changes
    the background little: `B + t I` is about t there, and the correction `r / (value t)`."""
    trace: TraceEstimate | None
    turn: float
    """Sine of the angle by which the pairs requested turn if t is off by its standard error."""
    change: float
    """Largest relative change of their values then."""
    shift: float
    status: SolveStatus
    """Of the projected problem: its rank does not count, since the space is small."""

    def open(self, goal: Goal) -> Tensor:
        """`[m]` bool: the pairs that have not converged."""
        return (self.excess(goal) > 1.0) & self.real

    @property
    def real(self) -> Tensor:
        """`[m]` bool: the pairs whose value is no rounding error."""
        return self.values > _NOTHING * float(self.values[0])

    def excess(self, goal: Goal) -> Tensor:
        """`[m]`: the factor by which each error exceeds its limit, or the residual its noise."""
        factors = self.errors / goal.limits(self.values)
        return factors if goal.floor == 0 else torch.minimum(factors, self.sizes / goal.floor)

    def distance(self, goal: Goal) -> float:
        """The largest factor by which an error exceeds its limit; at most 1 has converged."""
        if goal.angle == 0:
            return math.inf
        excess = self.excess(goal)[self.real]
        return float(excess.max()) if len(excess) else 0.0

    def in_noise(self, goal: Goal) -> bool:
        """Whether the residuals of all pairs that have not converged may be noise."""
        return goal.floor > 0 and bool(
            (self.sizes[self.open(goal)] < _AMPLIFIED * goal.floor).all()
        )

    def limited(self, goal: Goal) -> bool:
        """Whether noise hides how far a pair is from the angle that was asked for."""
        over = self.errors[: goal.count] > goal.limits(self.values)[: goal.count]
        return bool((over & self.real[: goal.count]).any())


@dataclass(frozen=True)
class SearchSpace:
    """An orthonormal space and the probes of the trace."""

    problem: OperatorProblem
    all: Tensor
    """`[k, D]`, the rows of both, in the order in which they came."""
    is_probe: Tensor
    """`[k]` bool."""
    seen: int = 0
    """Number of rows whose products are known."""

    @property
    def rows(self) -> Tensor:
        """The orthonormal rows alone."""
        return self.all[~self.is_probe]

    @property
    def probes(self) -> Tensor:
        """The probes alone."""
        return self.all[self.is_probe]

    def with_rows(self, rows: Tensor, probes: bool = False) -> SearchSpace:
        """The space with further rows, or further probes."""
        flags = torch.full((len(rows),), probes)
        rows, flags = torch.cat([self.all, rows.to(self.all)]), torch.cat([self.is_probe, flags])
        return replace(self, all=rows, is_probe=flags)

    def pairs(self, goal: Goal) -> Pairs:
        """Solve the projected problem, and compute the residuals of the pairs."""
        a, b = self.problem.project(self.all)
        if not bool(torch.isfinite(a).all() and torch.isfinite(b).all()):
            raise NotFiniteError(
                "Products with the Jacobian contain NaN or infinite numbers",
                "finite derivatives",
                "The generator's weights or the latent codes are damaged, or far out of range",
            )
        a, b = (a + a.T) / 2, (b + b.T) / 2
        own = (~self.is_probe).nonzero()[:, 0]
        small_a, small_b = a[own][:, own], b[own][:, own]
        trace, shift = None, self.problem.shift
        if shift is None:
            order = torch.cat([own, self.is_probe.nonzero()[:, 0]])
            trace = estimate_trace(self.rows, self.probes, b[order][:, order])
            shift = self.problem.shrinkage * trace.value
            if trace.value <= 0:  # with t = 1 and B = 0 the identity replaces B + t I
                shift = 1.0
        found = DenseSolver().solve(EigenProblem(small_a, small_b, shift), goal.block)
        mix = found.vectors.new_zeros(len(found.values), len(self.all))
        mix[:, own] = found.vectors
        residuals = self.problem.residuals(self.all, mix, found.values, shift)
        norms, images = residuals.norm(dim=1), (found.vectors @ small_a).norm(dim=1)
        images = images.clamp_min(torch.finfo(images.dtype).tiny)
        units = (found.values * shift).clamp_min(_STEEP * images)
        sizes, errors = norms / images, norms / units
        turn = change = 0.0
        if trace is not None and trace.error > 0:
            other = EigenProblem(small_a, small_b, shift * (1 + trace.error))
            moved = DenseSolver().solve(other, goal.count)
            turn = _turn(found.vectors, moved.vectors)
            change = _change(found.values, moved.values)
        return Pairs(
            found.values, mix, residuals, sizes, errors, trace, turn, change, shift, found.status
        )

    def fresh(
        self,
        pairs: Pairs,
        goal: Goal,
        precondition: Callable[[Tensor, Tensor], Tensor] | None,
    ) -> Tensor:
        """`[m, D]`: orthonormal rows outside of the space that residuals ask for."""
        wanted = pairs.open(goal)
        new = pairs.residuals[wanted]
        if precondition is not None and len(new):
            new = precondition(new, pairs.values[wanted])
        return new_rows(self.rows, new)

    def grown(self, fresh: Tensor, pairs: Pairs, goal: Goal) -> SearchSpace:
        """The space with further rows; where they do not fit, its best vectors with those."""
        room = self.problem.room
        if room is None or len(self.all) + len(fresh) <= max(room, 4 * goal.block):
            return self.with_rows(fresh)
        kept = new_rows(self.all[:0], pairs.mix @ self.all)
        both = torch.cat([self.probes, kept, new_rows(kept, fresh)])
        return replace(self, all=both, is_probe=torch.arange(len(both)) < len(self.probes), seen=0)

    def solution(
        self, pairs: Pairs, goal: Goal, distance: float, stats: dict[str, float | int | str]
    ) -> EigenSolution:
        """The pairs as a solution."""
        bound = min(goal.count, self.problem.rank_bound)
        rank = int(pairs.real[:bound].sum())
        status = pairs.status
        if status is SolveStatus.RANK_DEFICIENT:
            status = SolveStatus.OK
        if status is SolveStatus.OK and distance > 1.0 and goal.angle > 0:
            limited = pairs.in_noise(goal)
            status = SolveStatus.NOISE_LIMITED if limited else SolveStatus.STAGNATED
        elif status is SolveStatus.OK and rank < goal.count:
            status = SolveStatus.RANK_DEFICIENT
        elif status is SolveStatus.OK and goal.floor > 0 and pairs.limited(goal):
            status = SolveStatus.NOISE_LIMITED
        stats |= {"solver": "davidson", "rank": rank, "search_space": len(self.rows)}
        if rank == goal.count < self.problem.rank_bound:
            stats["rank_beyond"] = "not counted"
        vectors = unit_rows(pairs.mix[:rank] @ self.all)
        return EigenSolution(pairs.values[:rank], vectors, pairs.sizes[:rank], status, stats)


def _turn(first: Tensor, second: Tensor) -> float:
    """Sine of the largest angle between leading vectors, `[m, k]` each."""
    count = min(len(first), len(second))
    one, two = (torch.linalg.qr(rows[:count].T)[0] for rows in (first, second))
    return float(torch.linalg.matrix_norm(one - two @ (two.T @ one), 2))


def _change(first: Tensor, second: Tensor) -> float:
    """Largest relative change of leading values, `[m]` each, those that are rounding left out."""
    count = min(len(first), len(second))
    lead = first[:count]
    real = lead > _NOTHING * lead[0]
    return float(((second[:count] - lead).abs() / lead)[real].max())


def new_rows(rows: Tensor, new: Tensor) -> Tensor:
    """Orthonormal rows for the part of vectors outside a space; repeated once for accuracy."""
    new = new / new.norm(dim=1, keepdim=True).clamp_min(torch.finfo(new.dtype).tiny)
    room = rows.shape[1] - len(rows)
    for _ in range(2):
        new = new - (new @ rows.T) @ rows
        _, sizes, new = torch.linalg.svd(new, full_matrices=False)
        new = new[: int((sizes > _ROUNDING).sum())][:room]
    return new
