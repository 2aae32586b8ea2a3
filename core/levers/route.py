"""Which way levers of a region are found: from Grams of all columns, or from products alone."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from ..base.errors import SolveError
from ..base.memory import Memory
from ..base.precision import EXACT, PRECISIONS
from ..concepts.eigenproblem import AbstractSolver
from ..concepts.latent_code import LatentSpace, concatenate
from ..generators.rendering import render
from ..jacobians.cost import JacobianCost, in_bytes, jacobian_cost
from ..solvers.davidson import DavidsonSolver
from ..solvers.search_space import Goal
from .fast import FastColumns, fast_columns
from .grams.gram_sum import GramSum
from .grams.region_grams import RegionTask

LEAST_SHRINKAGE = 1e-4
"""t / tr(B) below which a search without a preconditioner takes too many products."""

_PRODUCTS_SHARE = 0.6
"""Share of the passes of the dense way that products may take: their number is an estimate."""

_BY_STYLE = 0.55
"""Passes through the whole network that a column by a style is worth: it skips the layers before
(docs/performance.md)."""

_STEPS, _PER_DECADE = 11.0, 1.45
"""Steps of a search at t = 1e-3 tr(B), and how their number grows where t is a tenth."""

_PROBES = 40
"""Products for the trace of the background."""

_IMAGES, _PASS = 8, 0.7
"""Images by which a duration is expected, and the share of one's time that a product takes."""

_ROW = 2.0
"""Passes that a row of the Jacobian costs, where the rows of a tiny image are computed instead."""


@dataclass(frozen=True)
class Route:
    """How levers will be found, why, and what it takes as far as can be told before."""

    matrix_free: bool
    """Whether by products alone; else from the Grams of all columns."""
    reason: str
    """Why, as a clause."""
    codes: int
    """Number of codes."""
    products: int
    """Expected products with the Jacobian or its transpose per code, or columns."""
    nbytes: int
    """Expected bytes of the images that are stored, or of columns and Grams."""
    other: int
    """Products or columns per code of the other way, in passes through the whole network."""
    own_passes: int
    """The same of this way."""
    compared: str = ""
    """How long it takes beside the levers of W, as an apposition; empty where it is W."""
    fast: FastColumns | None = None
    """How columns are or would be computed, where precision "fast" was chosen."""

    @property
    def name(self) -> str:
        """The way in words."""
        return "matrix-free" if self.matrix_free else "dense"

    @property
    def sentence(self) -> str:
        """What is chosen, and what it is expected to take."""
        if not self.products:
            return f"{self.name.capitalize()}, since {self.reason}"
        kind = "products with the Jacobian" if self.matrix_free else "columns of the Jacobian"
        each = " per code" if self.codes > 1 else ""
        also = "" if self.fast is None or self.matrix_free else f"; {self.fast.words}"
        return (
            f"{self.name.capitalize()}, since {self.reason}{also}: about {self.products:,} "
            f"{kind}{each}{self.compared}, {in_bytes(self.nbytes)}"
        )

    def seconds(self, task: RegionTask) -> float:
        """Expect a duration from that of some images.

        Args:
            task: The task that the route is for.

        Returns:
            Seconds, within a factor of two or so.
        """
        if not self.own_passes:
            return 0.0
        some = concatenate([task.codes[:1]] * _IMAGES)
        render(task.gan, some[:1])  # the first is slower
        begun = time.perf_counter()
        render(task.gan, some)
        return _PASS * self.codes * self.own_passes * (time.perf_counter() - begun) / _IMAGES

    @property
    def details(self) -> dict[str, object]:
        """The choice for `Directions.details`."""
        return {
            "route": self.name,
            "route_reason": self.reason,
            "expected_products": self.products,
            "expected_bytes": self.nbytes,
            **({} if self.fast is None else self._fast_details(self.fast)),
        }

    def _fast_details(self, fast: FastColumns) -> dict[str, object]:
        """What precision "fast" chose; products alone are exact."""
        if not self.matrix_free:
            return fast.details
        share = round(self.own_passes / max(fast.exact, 1), 3)
        return {**fast.details, "columns_precision": EXACT, "expected_share": share}

    def settled(self, task: RegionTask) -> RegionTask:
        """The task as its columns are computed.

        Args:
            task: The task that the route is for.

        Returns:
            The same task, with the precision that "fast" stands for.
        """
        return task if self.fast is None else self.fast.settle(task)


def plan_route(
    task: RegionTask,
    share: float,
    count: int,
    solver: str | AbstractSolver,
    compares: bool,
    sums: GramSum | None = None,
) -> Route:
    """Choose between the Grams of all columns and products alone.

    Args:
        task: The task.
        share: t divided by `tr(B)`.
        count: Number of directions.
        solver: "auto" chooses; "davidson" and a `DavidsonSolver` mean products alone, and any other
            solver the Grams.
        compares: Whether the directions of two halves of the codes are compared, which costs
            nothing once there are Grams.
        sums: The sum of the Grams, where it is known already.

    Returns:
        The choice.

    Raises:
        SolveError: Products alone were chosen, and `sums` was given or a precision of columns.
    """
    spec, derivative = task.gan.spec, task.derivative
    cost = jacobian_cost(task.gan, derivative.space, derivative.layers)
    fast = PRECISIONS[task.options.precision].chosen
    if sums is not None:
        if _by_products(solver):
            raise SolveError(
                "The solver davidson was chosen, and Grams were given",
                "one of the two: davidson works without Grams",
                "Choose the solver auto, or leave the Grams out",
            )
        measured = fast_columns(task) if fast else None  # as `fast.settled` did for them
        nbytes = 2 * cost.gram_bytes
        return Route(False, "the Grams are there", len(task.codes), 0, nbytes, 0, 0, fast=measured)
    precision = task.options.precision
    if _by_products(solver) and not fast and precision != EXACT:
        raise SolveError(
            f"The solver davidson and precision {precision} were chosen",
            f"precision {EXACT} or fast: products alone are exact, and need no columns",
            "Choose the solver auto, or another precision",
        )
    channels, pixels = spec.img_channels, spec.img_size[0] * spec.img_size[1]
    image = 4 * channels * pixels
    products = expected_products(share, count, cost.dimensions)
    stored = (products // 2 + 2 * Goal(count).block) * image * len(task.codes)
    by_style = bool(spec.styles) and (derivative.space.is_plus or derivative.space is LatentSpace.S)
    passes = math.ceil(cost.columns * (_BY_STYLE if by_style else 1.0))
    passes = min(passes, math.ceil(_ROW * channels * pixels))
    few = products <= _PRODUCTS_SHARE * passes
    matrix_free, reason = _choice(task, cost, share, solver, compares, few)
    other = products if matrix_free else passes
    columns = fast_columns(task, passes, count, other) if fast else None
    dense = passes if columns is None else columns.passes
    if columns is not None and columns.precision != EXACT and not _by_products(solver):
        if matrix_free:
            reason = f"that takes less than {products:,} products"
        matrix_free = False
    if matrix_free:
        beside = "" if cost.space is cost.native else _beside(products, cost)
        codes = len(task.codes)
        return Route(True, reason, codes, products, stored, dense, products, beside, columns)
    return Route(
        False,
        reason,
        len(task.codes),
        cost.columns,
        cost.dense_bytes,
        products,
        dense,
        fast=columns,
    )


def shared_route(task: RegionTask) -> Route:
    """The way of levers whose Grams are measured in shards.

    Args:
        task: The task.

    Returns:
        The Grams of all columns; how long several processes take is not known before.
    """
    cost = jacobian_cost(task.gan, task.derivative.space, task.derivative.layers)
    reason = "shards measure Grams"
    return Route(False, reason, len(task.codes), cost.columns, cost.dense_bytes, 0, 0)


def _beside(products: int, cost: JacobianCost) -> str:
    """How long products take beside the columns of W, or of Z without a mapping network."""
    times = products / cost.native_columns
    if 0.5 <= times <= 1.5:
        return f" (about as long as {cost.native.value})"
    return f" ({times:.2g} times as long as all columns of {cost.native.value})"


def expected_products(share: float, count: int, dimensions: int) -> int:
    """Products that a search is expected to take per code, for an angle of 1e-3.

    Args:
        share: t divided by `tr(B)`.
        count: Number of directions.
        dimensions: d.

    Returns:
        Products with the Jacobian and with its transpose, at most those that span the whole space.
    """
    decades = math.log10(1e-3 / max(share, 1e-12))
    steps = max(4, math.ceil(_STEPS * _PER_DECADE**decades))
    block = Goal(count).block
    return min(block * (2 + 2 * steps), 2 * dimensions + block) + _PROBES


def _by_products(solver: str | AbstractSolver) -> bool:
    """Whether a solver means products alone."""
    return solver == DavidsonSolver.id or isinstance(solver, DavidsonSolver)


def _choice(
    task: RegionTask,
    cost: JacobianCost,
    share: float,
    solver: str | AbstractSolver,
    compares: bool,
    fewer: bool,
) -> tuple[bool, str]:
    """Whether by products alone, and why, as a clause."""
    options = task.options
    if _by_products(solver):
        return True, "the solver was chosen"
    dense: list[tuple[bool, str]] = [
        (solver != "auto", "the solver was chosen"),
        (options.strategy is not None, "the Jacobian strategy was chosen"),
        (options.keep is not None, "the type of stored columns was chosen"),
        (
            not (PRECISIONS[options.precision].chosen or options.precision == EXACT),
            f"precision {options.precision} works with columns",
        ),
        (options.corrections > 0, "corrections work with columns"),
        (task.average_by != "rows" and len(task.codes) > 1, "averages by trace need the Grams"),
        (_keeps_columns(task), "columns are kept for further regions"),
        (compares, "halves of the latents are compared"),
        (share < LEAST_SHRINKAGE, f"the shrinkage is below {LEAST_SHRINKAGE:g} of the trace"),
        (not fewer, f"{cost.dimensions:,} dimensions are few"),
    ]
    reason = next((words for holds, words in dense if holds), None)
    if reason is not None:
        return False, reason
    return True, f"{cost.dimensions:,} dimensions are many"


def _keeps_columns(task: RegionTask) -> bool:
    """Whether the columns are stored in a cache, as the options ask for."""
    options = task.options
    if options.cache is None:
        return False
    nbytes = jacobian_cost(task.gan, task.derivative.space, task.derivative.layers).column_bytes
    room = Memory.of(options.memory, task.gan.device).largest
    return nbytes <= min(options.cache.limit, room)
