"""Whether levers of a region are found from Grams of all columns or by products alone, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from ...base.precision import EXACT, PRECISIONS
from ...concepts.eigenproblem import AbstractSolver
from ...concepts.operator_problem import AbstractOperatorSolver
from ...solvers import SOLVERS
from ...solvers.search_space import Goal
from ..grams.region_grams import RegionTask

LEAST_SHRINKAGE = 1e-4
"""t / tr(B) below which a search without a preconditioner takes too many products."""

_PRODUCTS_SHARE = 0.6
"""Share of the passes of the dense way that products may take: their number is an estimate."""

_STEPS, _PER_DECADE = 11.0, 1.45
"""Steps of a search at t = 1e-3 tr(B), and how their number grows where t is a tenth."""

_PROBES = 40
"""Products for the trace of the background."""

_REGIONS = 3
"""Regions of the same codes that are expected where columns can be kept."""


class Way(Enum):
    """A way to the levers of a region."""

    PRODUCTS = "matrix-free"
    """By products with the Jacobian and its transpose alone."""
    COLUMNS = "dense"
    """From Grams of columns that are computed."""
    STORED = "dense, stored"
    """From Grams of columns that are stored: nothing need be computed."""


@dataclass(frozen=True)
class Work:
    """What each way takes per code, in passes through the whole network."""

    products: int
    """By products alone."""
    columns: int
    """By all columns."""
    stored: int
    """By columns that are stored."""

    @property
    def pays_to_keep(self) -> bool:
        """Whether columns take no longer than products for all regions that are expected."""
        return self.columns + (_REGIONS - 1) * self.stored <= _REGIONS * self.products


def expected_products(share: float, count: int, dimensions: int, trace: int | None = None) -> int:
    """Products that a search is expected to take per code, for an angle of 1e-3.

    Args:
        share: t divided by `tr(B)`.
        count: Number of directions.
        dimensions: d.
        trace: Products for the trace of the background; none where it is estimated.

    Returns:
        Products with the Jacobian and with its transpose, at most those that span the whole space.
    """
    decades = math.log10(1e-3 / max(share, 1e-12))
    steps = max(4, math.ceil(_STEPS * _PER_DECADE**decades))
    block = Goal(count).block
    spent = min(block * (2 + 2 * steps), 2 * dimensions + block)
    return spent + (_PROBES if trace is None else trace)


def find_solver(solver: str | AbstractSolver) -> AbstractSolver:
    """Look up a solver by its id.

    Args:
        solver: A solver, or its id.

    Returns:
        The solver.

    Raises:
        UnknownNameError: There is no such solver.
    """
    return SOLVERS[solver] if isinstance(solver, str) else solver


def by_products(solver: str | AbstractSolver) -> bool:
    """Whether a solver means products alone.

    Args:
        solver: A solver, or its id.

    Returns:
        True if it needs no column of the Jacobian.

    Raises:
        UnknownNameError: There is no such solver.
    """
    return isinstance(find_solver(solver), AbstractOperatorSolver)


def choose(
    task: RegionTask,
    share: float,
    solver: str | AbstractSolver,
    compares: bool,
    work: Work,
) -> tuple[Way, str]:
    """Choose between the Grams of all columns and products alone.

    Args:
        task: The task.
        share: t divided by `tr(B)`.
        solver: "auto" chooses; any other solver, or its id, decides.
        compares: Whether the directions of two halves of the codes are compared, which costs
            nothing once there are Grams.
        work: What each way takes.

    Returns:
        The way, and why, as a clause.
    """
    options = task.options
    if by_products(solver):
        return Way.PRODUCTS, "the solver was chosen"
    fast = PRECISIONS[options.precision].chosen
    stored = task.has_columns
    dense: list[tuple[bool, str]] = [
        (find_solver(solver).id != "auto", "the solver was chosen"),
        (options.strategy is not None, "the Jacobian strategy was chosen"),
        (options.keep is not None, "the type of stored columns was chosen"),
        (
            not (fast or options.precision == EXACT),
            f"precision {options.precision} works with columns",
        ),
        (options.corrections > 0, "corrections work with columns"),
        (stored and work.stored <= work.products, "the columns are stored"),
        (task.average_by != "rows" and len(task.codes) > 1, "averages by trace need the Grams"),
        (compares, "halves of the latents are compared"),
        (share < LEAST_SHRINKAGE, f"the shrinkage is below {LEAST_SHRINKAGE:g} of the trace"),
        (
            not fast and work.pays_to_keep and task.keeps_columns,
            "columns are kept for further regions",
        ),
        (
            work.products > _PRODUCTS_SHARE * work.columns,
            f"{work.products:,} products would save too little: all columns take as long as "
            f"{work.columns:,}",
        ),
    ]
    reason = next((words for holds, words in dense if holds), None)
    if reason is None:
        return Way.PRODUCTS, (
            f"{work.products:,} products take less than all columns, which take as long as "
            f"{work.columns:,}"
        )
    return Way.STORED if stored else Way.COLUMNS, reason
