"""Convert solutions of eigenproblems to directions, with their provenance and a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.wording import Advice, warn
from ..concepts.directions import Directions, make_directions
from ..concepts.eigenproblem import (
    AbstractSolver,
    EigenProblem,
    EigenSolution,
    SolveStatus,
    unit_rows,
)
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace, format_layers
from .spread import spread


@dataclass(frozen=True)
class Provenance:
    """Provenance of directions: the method, and the coordinates of its eigenproblem."""

    method: str
    """Id of the method."""
    space: LatentSpace
    """Space of the problem's coordinates."""
    layers: tuple[int, ...] | None
    """Layers that the coordinates displace; none means all."""
    details: Mapping[str, Any]
    """Arguments of the method, for `Directions.details`."""
    scale: Tensor | None = None
    """`[D]`, unit of each coordinate; none means 1."""


def solve_directions(
    gan: Generator,
    problem: EigenProblem,
    solver: AbstractSolver,
    count: int,
    provenance: Provenance,
) -> Directions:
    """Solve an eigenproblem; return the leading eigenvectors as directions.

    Args:
        gan: The generator.
        problem: The eigenproblem.
        solver: The solver.
        count: Number of directions to find, at least 1.
        provenance: Method, space, layers, details and units of coordinates.

    Returns:
        At most `count` directions, best first. Warns where the solver reports a problem.

    Raises:
        DirectionsError: `count` is below 1.
    """
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    solution = solver.solve(problem, min(count, problem.size))
    if problem.b is None:  # with a denominator the sum of eigenvalues has no meaning
        total = {**provenance.details, "eigenvalue_total": problem.trace}
        provenance = replace(provenance, details=total)
    return solution_directions(gan, solution, count, provenance, stacklevel=4)


def solution_directions(
    gan: Generator,
    solution: EigenSolution,
    count: int,
    provenance: Provenance,
    stacklevel: int = 3,
) -> Directions:
    """Convert the leading eigenvectors of a solution to directions.

    Args:
        gan: The generator.
        solution: The solution.
        count: Number of directions requested.
        provenance: Method, space, layers, details and units of coordinates.
        stacklevel: Frames above this one that warnings point to.

    Returns:
        At most `count` directions, best first. Warns where the solver reports a problem.
    """
    details = provenance.details
    if solution.status not in (SolveStatus.OK, SolveStatus.TRUNCATED):
        warn(_report(solution, count, details), stacklevel=stacklevel)
    facts = {
        "status": solution.status.name,
        "explanation": _report(solution, count, details, details.get("approximate")),
        "residual": float(solution.residuals.max()),
        **solution.stats,
    }
    return found_directions(gan, solution.vectors, solution.values, provenance, facts)


def found_directions(
    gan: Generator,
    vectors: Tensor,
    values: Tensor,
    provenance: Provenance,
    facts: Mapping[str, Any],
) -> Directions:
    """Convert vectors in the coordinates of a problem to directions of the generator.

    Args:
        gan: The generator.
        vectors: `[K, d]` float64, best first, in units of the coordinates; no row is zero.
        values: `[K]` float64, what `AbstractMethod.eigenvalue` describes.
        provenance: Method, space, layers, details and units of coordinates.
        facts: How they were found, for `Directions.details`.

    Returns:
        The directions: unit rows of the whole space, zero on other layers.
    """
    space, layers = provenance.space, provenance.layers
    if provenance.scale is not None:
        vectors = unit_rows(vectors * provenance.scale.to(vectors))
    vectors = _over_all_layers(gan, vectors, space, layers)
    return make_directions(
        vectors,
        values,
        space=space,
        num_ws=gan.spec.num_ws,
        layers=layers if layers is None or len(layers) < gan.spec.num_ws else None,
        method=provenance.method,
        origin=gan.spec.fingerprint,
        sigma=spread(gan, vectors, space),
        styles=gan.spec.styles if space is LatentSpace.S else (),
        details={
            **provenance.details,
            "layers": format_layers(layers, gan.spec.num_ws),
            **facts,
        },
    )


def with_seconds(levers: Directions, phases: Mapping[str, float]) -> Directions:
    """Record how long directions took to find, for reports that compare methods.

    Args:
        levers: The directions.
        phases: Seconds by phase, from `base.phases.record_phases`.

    Returns:
        The directions with "seconds" in their details, rounded to milliseconds.
    """
    seconds = {name: round(value, 3) for name, value in phases.items()}
    return replace(levers, details={**levers.details, "seconds": seconds})


def _report(
    solution: EigenSolution,
    count: int,
    details: Mapping[str, Any],
    approximate: str | None = None,
) -> Advice:
    """The outcome of the solver as a text, with the reason if directions are approximate."""
    found = len(solution.values)
    rank = f"{solution.stats['rank']}{' or more' if 'rank_beyond' in solution.stats else ''}"
    solver = f"Solver: {solution.stats['solver']}"
    if "fell_back" in solution.stats:
        solver = f"{solver} ({solution.stats['fell_back']})"
    status = solution.status.value
    if solution.status is SolveStatus.OK and found < count:
        status = f"There are no more than {found}."
    words = f"{found} of {count} directions, rank {rank}: {status} {solver}."
    if solution.status in (SolveStatus.STAGNATED, SolveStatus.BUDGET_SPENT):
        words += f" The residual is {float(solution.residuals.max()):.2g}."
    if details.get("route") == "matrix-free" and "products" in solution.stats:
        each = " per code" if details.get("codes", 1) > 1 else ""
        words += f" It took {solution.stats['products']:,} products with the Jacobian{each}"
        words += f"{_shrinkage(solution.stats)}."
    if approximate is not None:
        words += f" These directions are approximate ({approximate}); «exactly» gives exact ones."
    return Advice(words)


def _shrinkage(stats: Mapping[str, float | int | str]) -> str:
    """How exactly the shrinkage is known, and what that does to the levers, as a clause."""
    if "trace_error" not in stats:
        return ""
    error = float(stats["trace_error"])
    words = "; the shrinkage, a share of the background's trace, is"
    if error == 0:
        return f"{words} exact"
    turn = math.degrees(float(stats["trace_angle"]))
    return (
        f"{words} known to {100 * error:.2g} %, which turns the levers by {turn:.2g} degrees and "
        f"changes their eigenvalues by {100 * float(stats['trace_change']):.2g} % at most"
    )


def _over_all_layers(
    gan: Generator, vectors: Tensor, space: LatentSpace, layers: tuple[int, ...] | None
) -> Tensor:
    """Extend vectors on some layers to all of W+, Z+ or S, with zeros on other layers."""
    spec = gan.spec
    if layers is None or not (space.is_plus or space is LatentSpace.S):
        return vectors
    if space is LatentSpace.S:
        full = vectors.new_zeros(len(vectors), spec.direction_dim(space))
        channels = torch.arange(full.shape[1])
        full[:, torch.cat([channels[part] for part in spec.style_slices(layers)])] = vectors
        return full
    full = vectors.new_zeros(len(vectors), spec.num_ws, spec.latent_dim)
    full[:, list(layers)] = vectors.reshape(len(vectors), len(layers), spec.latent_dim)
    return full.flatten(1)
