"""Which way levers of a region are found: from Grams of all columns, or from products alone."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from ...base.errors import SolveError
from ...base.precision import EXACT, PRECISIONS
from ...concepts.eigenproblem import AbstractSolver
from ...concepts.latent_code import LatentSpace, concatenate
from ...concepts.operator_problem import AbstractOperatorSolver
from ...generators.rendering import render
from ...jacobians.cost import JacobianCost, in_bytes, jacobian_cost
from ...solvers.search_space import Goal
from ..grams.gram_sum import AVERAGES, GramSum
from ..grams.region_grams import RegionTask
from .choice import Way, Work, by_products, choose, expected_products, find_solver
from .fast import FastColumns, fast_columns

_BY_STYLE = 0.55
"""Passes through the whole network that a column by a style is worth: it skips the layers before
(docs/performance.md)."""

_IMAGES, _PASS = 8, 0.7
"""Images by which a duration is expected, and the share of one's time that a product takes."""

_ROW = 2.0
"""Passes that a row of the Jacobian costs, where the rows of a tiny image are computed instead."""

_HALVES_SIZE = 2048
"""Largest dimension in which halves are compared by default, which takes two more solves."""

_GRAM = 23_500.0
"""Dimensions at which the Gram of the whole image takes as long as its columns, where these are
stored: at 512 dimensions that of half of it takes a 92nd part (docs/performance.md)."""


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
    compares: bool = False
    """Whether the directions of two halves of the codes are compared."""

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
    steady: bool | None = None,
    sums: GramSum | None = None,
) -> Route:
    """Choose between the Grams of all columns and products alone.

    Args:
        task: The task.
        share: t divided by `tr(B)`.
        count: Number of directions.
        solver: "auto" chooses; an `AbstractOperatorSolver`, such as "davidson", means products
            alone, and any other solver the Grams.
        steady: Whether to compare the directions of two halves of the codes. None means that they
            are where it costs little: from Grams of at most 2,048 dimensions.
        sums: The sum of the Grams, where it is known already.

    Returns:
        The choice.

    Raises:
        SolveError: Products alone were chosen, and Grams or something that works with columns.
    """
    spec, derivative = task.gan.spec, task.derivative
    cost = jacobian_cost(task.gan, derivative.space, derivative.layers)
    fast = PRECISIONS[task.options.precision].chosen
    codes = len(task.codes)
    compares = codes > 1 and (cost.dimensions <= _HALVES_SIZE if steady is None else steady)
    found = find_solver(solver)
    trace = None
    if isinstance(found, AbstractOperatorSolver):
        _refuse_columns(task, found, sums is not None)
        trace = found.trace_products(cost.dimensions)
    if sums is not None:
        measured = fast_columns(task) if fast else None  # as `fast.settled` did for them
        return Route(
            matrix_free=False,
            reason="the Grams are there",
            codes=codes,
            products=0,
            nbytes=2 * cost.gram_bytes,
            other=0,
            own_passes=0,
            fast=measured,
            compares=compares,
        )
    channels, pixels = spec.img_channels, spec.img_size[0] * spec.img_size[1]
    image = 4 * channels * pixels
    products = expected_products(share, count, cost.dimensions, trace)
    by_style = bool(spec.styles) and (derivative.space.is_plus or derivative.space is LatentSpace.S)
    passes = math.ceil(cost.columns * (_BY_STYLE if by_style else 1.0))
    passes = min(passes, math.ceil(_ROW * channels * pixels))
    covered = float((task.region.weights > 0).double().mean())
    work = Work(products, passes, math.ceil(passes * covered * cost.dimensions / _GRAM))
    way, reason = choose(task, share, found, compares, work)
    other = {Way.PRODUCTS: products, Way.COLUMNS: passes, Way.STORED: 0}[way]
    columns = fast_columns(task, passes, count, other) if fast else None
    dense = passes if columns is None else columns.passes
    if columns is not None and columns.precision != EXACT and not by_products(found):
        if way is Way.PRODUCTS:
            reason = f"that takes less than {products:,} products"
        way = Way.COLUMNS
    if way is Way.PRODUCTS:
        compares = codes > 1 and bool(steady)
        searched = products * (2 if compares else 1)  # each half takes as many for its codes
        return Route(
            matrix_free=True,
            reason=reason,
            codes=codes,
            products=searched,
            nbytes=(products // 2 + 2 * Goal(count).block) * image * codes,
            other=dense,
            own_passes=searched,
            compared=_beside(searched, cost),
            fast=columns,
            compares=compares,
        )
    stored = way is Way.STORED
    return Route(
        matrix_free=False,
        reason=reason,
        codes=codes,
        products=0 if stored else cost.columns,
        nbytes=2 * cost.gram_bytes if stored else cost.dense_bytes,
        other=products,
        own_passes=work.stored if stored else dense,
        compared="" if stored else _beside(dense, cost),
        fast=columns,
        compares=compares,
    )


def _refuse_columns(task: RegionTask, solver: AbstractOperatorSolver, grams: bool) -> None:
    """Raise where products alone were chosen with what only columns or Grams can do."""
    options = task.options
    precision = PRECISIONS[options.precision]
    averaged = len(task.codes) > 1 and task.average_by != AVERAGES[0]
    chosen = {
        "Grams": "given" if grams else None,
        "average by": task.average_by if averaged else None,
        "the strategy": options.strategy,
        "stored columns": options.keep,
        "corrections": options.corrections or None,
        "precision": None if precision.chosen or precision.exact else precision.id,
    }
    for name, value in chosen.items():
        if value is not None:
            raise SolveError(
                f"The solver {solver.id} and {name} {value} were chosen",
                f"one of the two: {solver.id} works by products alone, in the network's own "
                "precision, without columns and Grams",
                "Choose the solver auto, or do without the other",
            )


def shared_route(task: RegionTask) -> Route:
    """The way of levers whose Grams are measured in shards.

    Args:
        task: The task.

    Returns:
        The Grams of all columns; how long several processes take is not known before.
    """
    cost = jacobian_cost(task.gan, task.derivative.space, task.derivative.layers)
    return Route(
        matrix_free=False,
        reason="shards measure Grams",
        codes=len(task.codes),
        products=cost.columns,
        nbytes=cost.dense_bytes,
        other=0,
        own_passes=0,
    )


def _beside(passes: int, cost: JacobianCost) -> str:
    """How long it takes beside the columns of W, or of Z without a mapping network."""
    native = cost.native.value
    if cost.space is cost.native:
        return ""
    times = passes / cost.native_columns
    if 0.5 <= times <= 1.5:
        return f" (about as long as {native} takes from all its columns)"
    return f" ({times:.2g} times as long as all columns of {native})"
