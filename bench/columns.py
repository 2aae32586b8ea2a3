"""The columns of one Jacobian by every method, side by side: time, memory, accuracy.

Each method works at the number of columns at once that suits it best; all take turns. What is too
long to be done in full is sampled, and its total is extrapolated and says so.
"""

from __future__ import annotations

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
from .networks import Subject, subject
from .peaks import peak_mb
from .rows import Row
from .timing import Contender, best_size, seconds, take_turns


@dataclass(frozen=True)
class Plan:
    """How thoroughly one case is measured."""

    budget: float
    """Seconds after which no new round of taking turns begins."""
    forward_sizes: Sequence[int]
    """Columns at once that `vmap(jvp)` tries."""
    sizes: Sequence[int] = (32,)
    """Columns at once that linearisations try; the CPU parts them again where need be."""
    rows: int = 2
    """Rows by reverse mode in a turn."""
    whole: Sequence[str] = ("linearised-float32", "linearised-bfloat16")
    """Methods whose Jacobian is made in full, with its directions; beginning with float32."""
    fast: bool = True
    """Whether the fast mode is run from end to end."""
    angles: bool = True
    """Whether directions are compared with a reference."""
    peaks: bool = True
    """Whether memory is measured, in a process per method."""
    turns: int = 1
    """How often whole Jacobians and the fast mode are run; the best counts."""


@dataclass
class _Found:
    """What is known of one method so far."""

    chunk: int | None = None
    each: float | None = None
    total: float | None = None
    peak: float | None = None
    angle: float | None = None
    more: dict[str, Any] = field(default_factory=dict)


def measure(case: str, plan: Plan, what: Subject | None = None) -> list[Row]:
    """Measure all methods.

    Args:
        case: Name of the case, which begins with that of the network.
        plan: How thoroughly.
        what: The network; none means the one of that name.

    Returns:
        One row per method; none where the network has no linearisation.
    """
    what = what or subject(case)
    with plain_tensors(), full_precision():
        if what.image().linearise(torch.float32) is None:
            return []
        found = _columns(what, plan)
        if plan.whole:
            _directions(case, what, plan, found)
    for name, each in found.items():
        columns = what.image().size
        count = what.rows if name in REVERSE else columns
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


def _row(case: str, name: str, found: _Found) -> Row:
    """The row of one method."""
    ms = None if found.each is None else found.each * 1e3
    more = {"chunk": found.chunk, **found.more}
    return Row(case, name, ms, found.total, found.peak, found.angle, more)


def _columns(what: Subject, plan: Plan) -> dict[str, _Found]:
    """Seconds per column (or row) of every method."""
    found: dict[str, _Found] = {}
    turns: dict[str, Contender] = {}
    for name, published in REVERSE.items():
        if published and not isinstance(what.gan.network, StyleGAN2):
            continue
        rows = reverse(what, published)
        rows(1)
        found[name] = _Found(1)
        turns[name] = Contender(lambda rows=rows: rows(plan.rows), plan.rows)
    forward = forward_columns(what)
    size = best_size(forward, plan.forward_sizes)
    found["vmap-jvp"] = _Found(size, more={"chunks_tried": list(plan.forward_sizes)})
    turns["vmap-jvp"] = Contender(lambda: forward(size), size)
    for name, dtype in TYPES.items():
        push = linearised_columns(what, dtype)
        best = best_size(push, plan.sizes)
        found[name] = _Found(best, more={"chunks_tried": list(plan.sizes)})
        turns[name] = Contender(lambda push=push, best=best: push(best), best)
        if name != OURS:
            continue
        height, width = what.gan.spec.img_size
        limit = bare(lambda push=push, best=best: push(best), best, height / width)
        for kind, work in (("convolutions", limit.whole), ("convolutions-in-bands", limit.cut)):
            if work is not None:
                work()
                found[kind] = _Found(best)
                turns[kind] = Contender(work, best)
    for name, each in take_turns(turns, plan.budget).items():
        found[name].each = each
    return found


def _directions(case: str, what: Subject, plan: Plan, found: dict[str, _Found]) -> None:
    """Whole Jacobians, directions, and their accuracy."""
    vectors: dict[str, Tensor] = {}
    truth: Reference | None = None
    for name in plan.whole:
        stored, found[name].total = _whole(what, name, found[name].chunk)
        start = time.perf_counter()
        problem = problem_of(stored, what)
        vectors[name] = leading(problem)
        solving = time.perf_counter() - start
        del stored
        if name == OURS:
            note = "columns, Grams and solve"
            total = solving + (found[name].total or 0.0)
            found["exact"] = _Found(found[name].chunk, total=total, more={"note": note})
            vectors["exact"] = vectors[name]
            truth = reference(what, problem) if plan.angles else None
    for _ in range(plan.turns - 1):
        total = _whole(what, OURS, found[OURS].chunk)[1]
        found[OURS].total = min(total, found[OURS].total or total)
    if plan.fast:
        runs = [
            call("bench.columns:fast", case) if plan.peaks else run_fast(what)
            for _ in range(plan.turns)
        ]
        note = "columns, Grams, solve and corrections"
        total = min(run["seconds"] for run in runs)
        found["fast"] = _Found(total=total, peak=runs[0]["peak_mb"], more={"note": note})
        vectors["fast"] = torch.tensor(runs[0]["vectors"])
    if truth is None:
        return
    for name, rows in vectors.items():
        found[name].angle = sine(rows, truth.vectors)
        found[name].more["reference_residual"] = truth.residual
    found[OURS].more["difference_to_jvp_float64"] = truth.difference


def _whole(what: Subject, method: str, chunk: int | None) -> tuple[StoredColumns, float]:
    """All columns, the linearisation included, and how long they took."""
    start = time.perf_counter()
    stored = keep_all(column_source(what, method, chunk or 1))
    return stored, time.perf_counter() - start


def fast(case: str) -> dict[str, Any]:
    """The fast mode in a process of its own.

    Args:
        case: Name of the case.

    Returns:
        See `run_fast`.
    """
    return run_fast(subject(case))


def run_fast(what: Subject) -> dict[str, Any]:
    """The fast mode from end to end.

    Args:
        what: The network.

    Returns:
        Seconds, megabytes, and directions.
    """
    _first_call()
    vectors: list[Tensor] = []

    def work() -> None:
        options = ll.JacobianOptions(precision="fast")
        vectors.append(ll.resefa(what.gan, what.code, what.region, effort=options).vectors)

    took, peak = peak_mb(lambda: seconds(work))
    return {"seconds": took, "peak_mb": peak, "vectors": vectors[0].double().tolist()}


def peak(case: str, method: str, chunk: int) -> float | None:
    """Memory beyond the network: of a chunk of columns, or of a row with the graph behind it.

    Args:
        case: Name of the case.
        method: A method of `measure`.
        chunk: Columns at once.

    Returns:
        Megabytes; none where the system does not tell.
    """
    what = subject(case)

    def work() -> object:
        if method in REVERSE:
            return reverse(what, REVERSE[method])(1)
        if method == "vmap-jvp":
            return forward_columns(what)(chunk)
        return linearised_columns(what, TYPES[method])(chunk)

    with plain_tensors(), full_precision():
        _first_call()
        return peak_mb(work)[1]


def _first_call() -> None:
    """What libraries take at their first convolution is no method's."""
    torch.nn.functional.conv2d(torch.ones(1, 8, 8, 8), torch.ones(8, 8, 3, 3))
