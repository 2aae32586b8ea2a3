"""Time, memory and accuracy of all methods for the columns of one Jacobian.

Each method runs at its fastest batch size, and all methods take turns. Methods that take too long
are sampled; their extrapolated totals are marked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import latent_levers as ll
import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2
from latent_levers.core.jacobians.columns import StoredColumns
from torch import Tensor

from .accuracy import Reference, keep_all, leading, problem_of, reference, sine
from .children import call
from .convolutions import bare
from .methods import (
    OURS,
    REVERSE,
    TYPES,
    column_source,
    forward_columns,
    linearised_columns,
    reverse,
)
from .networks import Workload, load_workload
from .peaks import peak_mb
from .rows import Row
from .timing import Contender, affordable, best_size, seconds, take_turns

_LONGEST = 8.0
"""Most seconds of a batch in another type than float32."""


@dataclass(frozen=True)
class Plan:
    """Extent of the measurements of one case."""

    budget: float
    """Seconds after which no new round starts."""
    forward_sizes: Sequence[int]
    """Batch sizes that are tried for `vmap(jvp)`."""
    sizes: Sequence[int] = (32,)
    """Batch sizes that are tried for linearisations, which may split them further on the CPU."""
    rows: int = 2
    """Rows that reverse mode computes per round."""
    whole: Sequence[str] = ("linearised-float32", "linearised-bfloat16")
    """Methods whose whole Jacobian and directions are computed, float32 first."""
    fast: bool = True
    """Whether `resefa` is run with precision "fast"."""
    angles: bool = True
    """Whether directions are compared with a reference."""
    peaks: bool = True
    """Whether peak memory is measured, in one process per method."""
    turns: int = 1
    """Runs of whole Jacobians and of the fast mode; the best is reported."""
    slowest: float = 4.0
    """Times of the seconds per column in float32 beyond which a method's whole Jacobian is not
    computed."""


@dataclass
class _Measured:
    """Measurements of one method so far."""

    chunk: int | None = None
    each: float | None = None
    total: float | None = None
    peak: float | None = None
    angle: float | None = None
    more: dict[str, Any] = field(default_factory=dict)


def measure(case: str, plan: Plan, workload: Workload | None = None) -> list[Row]:
    """Measure all methods.

    Args:
        case: Name of the case, which starts with the name of the network.
        plan: Extent of the measurements.
        workload: Generator, code and region; none means that of the case.

    Returns:
        One row per method; empty if the network has no linearisation.
    """
    workload = workload or load_workload(case)
    with plain_tensors(), full_precision():
        if workload.image().linearise(torch.float32) is None:
            return []
        found = _columns(workload, plan)
        if plan.whole:
            _directions(case, workload, plan, found)
    for name, each in found.items():
        columns = workload.image().size
        count = workload.rows if name in REVERSE else columns
        if each.total is None and each.each is not None:
            each.total = each.each * count
            each.more["extrapolated"] = True
        if name in REVERSE:
            each.more["ms_per_row"] = None if each.each is None else each.each * 1e3
        if each.total is not None and (name in REVERSE or each.each is None):
            each.each = each.total / columns
        if plan.peaks and name in (*REVERSE, *TYPES, "vmap-jvp"):
            each.peak = call("bench.columns:peak", case, name, each.chunk)
    return [_row(case, name, each) for name, each in found.items()]


def _row(case: str, name: str, found: _Measured) -> Row:
    """Convert the measurements of one method to a row."""
    ms = None if found.each is None else found.each * 1e3
    more = {"chunk": found.chunk, **found.more}
    return Row(case, name, ms, found.total, found.peak, found.angle, more)


def _columns(workload: Workload, plan: Plan) -> dict[str, _Measured]:
    """Measure the seconds per column (or row) of every method."""
    found: dict[str, _Measured] = {}
    turns: dict[str, Contender] = {}
    for name, published in REVERSE.items():
        if published and not isinstance(workload.gan.network, StyleGAN2):
            continue
        rows = reverse(workload, published)
        rows(1)
        found[name] = _Measured(1)
        turns[name] = Contender(lambda rows=rows: rows(plan.rows), plan.rows)
    forward = forward_columns(workload)
    size = best_size(forward, plan.forward_sizes)
    found["vmap-jvp"] = _Measured(size, more={"chunks_tried": list(plan.forward_sizes)})
    turns["vmap-jvp"] = Contender(lambda: forward(size), size)
    for name, dtype in TYPES.items():
        push = linearised_columns(workload, dtype)
        sizes = plan.sizes if name == OURS else affordable(push, plan.sizes, _LONGEST)
        best = best_size(push, sizes)
        found[name] = _Measured(best, more={"chunks_tried": list(sizes)})
        turns[name] = Contender(lambda push=push, best=best: push(best), best)
        if name != OURS:
            continue
        height, width = workload.gan.spec.img_size
        limit = bare(lambda push=push, best=best: push(best), best, height / width)
        for kind, work in (("convolutions", limit.whole), ("convolutions-in-bands", limit.cut)):
            if work is not None:
                work()
                found[kind] = _Measured(best)
                turns[kind] = Contender(work, best)
    for name, each in take_turns(turns, plan.budget).items():
        found[name].each = each
    return found


def _directions(case: str, workload: Workload, plan: Plan, found: dict[str, _Measured]) -> None:
    """Measure whole Jacobians, and the accuracy of their directions."""
    vectors: dict[str, Tensor] = {}
    exact: Reference | None = None
    for name in plan.whole:
        most = plan.slowest * (found[OURS].each or math.inf)
        if name != OURS and (found[name].each or 0.0) > most:
            continue
        stored, found[name].total = _whole(workload, name, found[name].chunk)
        start = time.perf_counter()
        problem = problem_of(stored, workload)
        vectors[name] = leading(problem)
        solving = time.perf_counter() - start
        del stored
        if name == OURS:
            note = "columns, Grams and solve"
            total = solving + (found[name].total or 0.0)
            found["exact"] = _Measured(found[name].chunk, total=total, more={"note": note})
            vectors["exact"] = vectors[name]
            exact = reference(workload, problem) if plan.angles else None
    for _ in range(plan.turns - 1):
        total = _whole(workload, OURS, found[OURS].chunk)[1]
        found[OURS].total = min(total, found[OURS].total or total)
    if plan.fast:
        runs = [
            call("bench.columns:fast", case) if plan.peaks else run_fast(workload)
            for _ in range(plan.turns)
        ]
        note = f"{runs[0]['chosen']}, from end to end"
        total = min(run["seconds"] for run in runs)
        found["fast"] = _Measured(total=total, peak=runs[0]["peak_mb"], more={"note": note})
        vectors["fast"] = torch.tensor(runs[0]["vectors"])
    if exact is None:
        return
    for name, rows in vectors.items():
        found[name].angle = sine(rows, exact.vectors)
        found[name].more["reference_residual"] = exact.residual
    found[OURS].more["difference_to_jvp_float64"] = exact.difference


def _whole(workload: Workload, method: str, chunk: int | None) -> tuple[StoredColumns, float]:
    """All columns, and the seconds they took, including the linearisation."""
    start = time.perf_counter()
    stored = keep_all(column_source(workload, method, chunk or 1))
    return stored, time.perf_counter() - start


def fast(case: str) -> dict[str, Any]:
    """Run the fast mode; called in a fresh process.

    Args:
        case: Name of the case.

    Returns:
        Seconds, megabytes, and directions, as from `run_fast`.
    """
    return run_fast(load_workload(case))


def run_fast(workload: Workload) -> dict[str, Any]:
    """Run `resefa` with precision "fast", and tell what it took.

    Args:
        workload: Generator, code and region.

    Returns:
        `seconds`, `peak_mb`, `chosen`, and `vectors`, the directions.
    """
    _first_call()
    found: list[ll.Directions] = []

    def work() -> None:
        options = ll.JacobianOptions(precision="fast")
        found.append(ll.resefa(workload.gan, workload.code, workload.region, effort=options))

    took, peak = peak_mb(lambda: seconds(work))
    facts, vectors = found[0].details, found[0].vectors.double().tolist()
    columns = facts["route"] == "dense"
    chosen = f"columns in {facts['columns_precision']}" if columns else "products alone"
    return {"seconds": took, "peak_mb": peak, "chosen": chosen, "vectors": vectors}


def peak(case: str, method: str, chunk: int) -> float | None:
    """Measure the memory beyond the network for a batch of columns, or for a row with its graph.

    Args:
        case: Name of the case.
        method: A method of `measure`.
        chunk: Columns per batch.

    Returns:
        Megabytes; none if the system does not report it.
    """
    workload = load_workload(case)

    def work() -> object:
        if method in REVERSE:
            return reverse(workload, REVERSE[method])(1)
        if method == "vmap-jvp":
            return forward_columns(workload)(chunk)
        return linearised_columns(workload, TYPES[method])(chunk)

    with plain_tensors(), full_precision():
        _first_call()
        return peak_mb(work)[1]


def _first_call() -> None:
    """Run a first convolution, so that the memory that libraries allocate is not measured."""
    torch.nn.functional.conv2d(torch.ones(1, 8, 8, 8), torch.ones(8, 8, 3, 3))
