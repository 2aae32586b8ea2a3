"""Levers of a region from products with the Jacobian alone: no column, no Gram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ..base.execution import full_precision, plain_tensors
from ..base.memory import Memory
from ..base.phases import phase
from ..base.progress import Progress, no_progress
from ..concepts.eigenproblem import EigenSolution
from ..concepts.operator_problem import AbstractOperatorSolver
from ..generators.rendering import chunk_that_fits
from ..jacobians.matrix_pencil import MatrixPencil, Sample
from ..jacobians.measuring import pencil_samples, region_weights
from .grams.averaging import principal_angles
from .grams.region_grams import RegionTask

_CHUNK = 16
"""Fewest vectors per batch; linearisations split batches that do not fit."""


def solve_matrix_free(
    task: RegionTask,
    share: float,
    count: int,
    solver: AbstractOperatorSolver,
    progress: Progress | None = None,
) -> EigenSolution:
    """The leading pairs of ReSeFa's pencil, averaged over the codes.

    Args:
        task: The task.
        share: t divided by `tr(B)`.
        count: Number of pairs.
        solver: The solver.
        progress: Called as `progress(done, total)` steps; may raise to cancel.

    Returns:
        The pairs, in units of the coordinates.

    Raises:
        SolveError: The region does not change.
        RegionError: A region has another size.
        LatentError: The codes do not fit.
    """
    return _solve(task, _samples(task), share, count, solver, progress)


def halves_matrix_free(
    task: RegionTask,
    share: float,
    solution: EigenSolution,
    solver: AbstractOperatorSolver,
    progress: Progress | None = None,
) -> tuple[list[float], EigenSolution]:
    """How far the directions of two halves of the codes agree.

    Args:
        task: The task, with two codes or more.
        share: t divided by `tr(B)`.
        solution: The pairs of all codes.
        solver: The solver.
        progress: Called as `progress(done, total)` steps of each half; may raise to cancel.

    Returns:
        Principal angles in degrees, ascending, like `averaging.stability`; and the solution, whose
        products per code now include those of both searches.
    """
    samples, count = _samples(task), len(solution.values)
    halves = [samples[part::2] for part in range(2)]
    found = [
        _solve(task, _rescaled(half, len(samples)), share, count, solver, progress)
        for half in halves
    ]
    spent = sum(
        int(one.stats["products"]) * len(half) for one, half in zip(found, halves, strict=True)
    )
    products = int(solution.stats["products"]) + math.ceil(spent / len(samples))
    size = min(len(one.values) for one in found)
    angles = principal_angles(*(one.vectors[:size] for one in found)).tolist()
    return angles, replace(solution, stats={**solution.stats, "products": products})


def _samples(task: RegionTask) -> list[Sample]:
    """The pencil of each code, whose Grams are divided by their rows."""
    gan, codes, mode = task.gan, task.codes, task.derivative.mode
    regions = (task.region, task.outside)
    channels = 1 if mode == "paper" and gan.spec.img_resolution > 256 else gan.spec.img_channels
    rows = [
        (region_weights(gan, region, len(codes), mode).double().sum(dim=(1, 2)) * channels).tolist()
        for region in regions
    ]
    return pencil_samples(gan, codes, regions, list(zip(*rows, strict=True)), task.derivative)


def _rescaled(samples: Sequence[Sample], before: int) -> list[Sample]:
    """Samples averaged over fewer codes than before."""
    factor = before / len(samples)
    return [
        replace(sample, scales=(sample.scales[0] * factor, sample.scales[1] * factor))
        for sample in samples
    ]


def _solve(
    task: RegionTask,
    samples: Sequence[Sample],
    share: float,
    count: int,
    solver: AbstractOperatorSolver,
    progress: Progress | None = None,
) -> EigenSolution:
    """The leading pairs of some codes."""
    report = progress or no_progress
    state = [0, 1]

    def step(done: int, total: int) -> None:
        state[:] = [done, total]
        report(done, total)

    device = task.gan.device
    memory = Memory.of(task.options.memory, device)
    room = memory.host if device.type == "cpu" else memory.device
    chunk = max(chunk_that_fits(task.gan.spec, device), _CHUNK)
    with plain_tensors(), full_precision(), phase("jacobian"):
        pencil = MatrixPencil(samples, chunk, task.scale, room, lambda: report(*state))
        rows = sum(int((s.weights[0] > 0).sum()) * s.image.image_shape[0] for s in samples)
        problem = pencil.problem(shrinkage=share, row_bound=rows)
        return solver.solve_operators(problem, min(count, pencil.size), step)
