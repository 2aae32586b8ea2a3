"""Precision "fast": in which type columns are the quickest on a device, corrections included."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch

from ...base.precision import EXACT, PRECISIONS
from ...jacobians.cost import jacobian_cost
from ...jacobians.options import JacobianOptions
from ...jacobians.plan import ROWS_PER_COLUMN
from ...jacobians.speeds.type_speeds import TypeSpeeds
from ...solvers.search_space import Goal
from ..grams.region_grams import RegionTask

CORRECTIONS = 2
"""Corrections after which directions of columns in any type are within 1e-3 of the exact ones."""

_COUNT = 10
"""Directions that are expected where their number is not known yet."""

_PULL, _LINEARISING = 1.2, 8.0
"""Passes that a product with the transpose is worth, and linearising the network at a code."""

_SAVING = 0.7
"""Share of the other way's time that approximate columns must stay below: what they take is an
estimate, and in small networks the rest, which no type makes quicker, weighs more."""


@dataclass(frozen=True)
class FastColumns:
    """How columns are computed where precision "fast" was chosen."""

    precision: str
    """Id of the precision of the columns."""
    corrections: int
    """Most corrections with exact products after the solve."""
    passes: int
    """What that is expected to take per code, in exact passes through the whole network."""
    exact: int
    """The same of exact columns."""
    shares: tuple[tuple[str, float], ...] = ()
    """Time of tangents in each precision over that of exact ones, as measured on the device; empty
    where it was not asked for, since corrections alone would take longer than exact columns."""

    @property
    def words(self) -> str:
        """The choice with its reason, as an apposition."""
        measured = dict(self.shares)
        if self.precision != EXACT:
            return (
                f"columns in {self.precision}, which takes {measured[self.precision]:.2g} of the "
                f"exact time on this device, and corrections: {self.passes / self.exact:.2g} of it "
                "in all"
            )
        if not measured:
            return "exact columns: approximate ones and their corrections would save nothing"
        listed = ", ".join(
            f"{name} {share:.2g}" if math.isfinite(share) else f"no {name}"
            for name, share in self.shares
        )
        return (
            "exact columns: with corrections no other type would save much on this device "
            f"(columns alone: {listed} of it)"
        )

    @property
    def details(self) -> dict[str, object]:
        """The choice for `Directions.details`."""
        finite = {name: round(share, 3) for name, share in self.shares if math.isfinite(share)}
        return {
            "columns_precision": self.precision,
            "expected_share": round(self.passes / max(self.exact, 1), 3),
            "type_shares": finite,
        }

    def settle(self, task: RegionTask) -> RegionTask:
        """A task whose columns are computed so.

        Args:
            task: The task.

        Returns:
            The same task, with the precision and the corrections.
        """
        return _with_columns(task, self.precision, self.corrections)


def fast_columns(
    task: RegionTask, passes: int | None = None, count: int = _COUNT, other: int | None = None
) -> FastColumns:
    """Choose the precision of columns, by how quick each is on the device.

    Args:
        task: The task.
        passes: Exact passes that the columns of a code are worth; none counts columns.
        count: Number of directions.
        other: What the way that is taken otherwise is expected to take per code, in exact passes;
            none means exact columns.

    Returns:
        The choice: exact columns unless others are expected to take less time with corrections.
    """
    options, gan, derivative = task.options, task.gan, task.derivative
    columns = jacobian_cost(gan, derivative.space, derivative.layers).columns
    passes = columns if passes is None else passes
    exact = FastColumns(EXACT, _corrections_of_exact(options), passes, passes)
    after = correction_passes(count, len(task.codes))
    limit = passes if other is None else other
    if not _is_linearised(task, columns) or after >= min(passes, limit):
        return exact
    speeds = options.speeds_on(gan.device)
    exact = replace(exact, shares=tuple(speeds.shares.items()))
    took = quickest_passes(speeds, passes) + after
    if took > _SAVING * limit:
        return exact
    return replace(exact, precision=speeds.quickest, corrections=CORRECTIONS, passes=took)


def _corrections_of_exact(options: JacobianOptions) -> int:
    """Most corrections of exact columns: none unless they are stored with fewer digits."""
    small = options.keep is not None and options.keep.itemsize < torch.float32.itemsize
    return CORRECTIONS if small else 0


def _with_columns(task: RegionTask, precision: str, corrections: int) -> RegionTask:
    """A task whose columns have a precision, and as many corrections at most."""
    effort = replace(task.options, precision=precision, corrections=corrections)
    return replace(task, effort=effort)


def exactly(task: RegionTask) -> RegionTask:
    """A task whose columns left the range of their type, with exact ones.

    Args:
        task: The task.

    Returns:
        The same task.
    """
    return _with_columns(task, EXACT, _corrections_of_exact(task.options))


def _is_linearised(task: RegionTask, columns: int) -> bool:
    """Whether columns are computed by a linearisation, which alone knows other types."""
    gan, strategy = task.gan, task.options.strategy
    rows = gan.spec.img_channels * gan.spec.img_size[0] * gan.spec.img_size[1]
    by_rows = strategy is None and rows <= ROWS_PER_COLUMN * columns
    known = strategy in (None, "linearised") and not by_rows
    return known and gan.architecture is not None and gan.dtype is torch.float32


def quickest_passes(speeds: TypeSpeeds, passes: int) -> int:
    """Passes in the quickest type, in exact ones.

    Args:
        speeds: How quick each type is.
        passes: Their number.

    Returns:
        The number of exact passes that take as long.
    """
    return math.ceil(passes * speeds.share(speeds.quickest))


def correction_passes(count: int, codes: int) -> int:
    """What corrections take per code.

    Args:
        count: Number of directions.
        codes: Number of codes; the network is linearised anew where it is not the only one.

    Returns:
        In exact passes through the whole network.
    """
    block, rounds = Goal(count).block, CORRECTIONS + 1
    linearising = _LINEARISING * (1 if codes == 1 else 2 * rounds)
    return math.ceil(rounds * block * (1 + _PULL) + linearising)


def settled(task: RegionTask) -> RegionTask:
    """A task whose precision is no longer open, for several processes that must agree on it.

    Args:
        task: The task.

    Returns:
        The same task; where its precision is "fast", with that of `fast_columns`.
    """
    return fast_columns(task).settle(task) if PRECISIONS[task.options.precision].chosen else task
