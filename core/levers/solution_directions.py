"""Solutions of eigenproblems to directions, with where they came from and how the solve ended."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError
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
    """Where directions come from: the method, and the space in which its problem was posed."""

    method: str
    """Id of the method."""
    space: LatentSpace
    """Space of the problem's coordinates."""
    layers: tuple[int, ...] | None
    """Layers that the coordinates move; none means all."""
    details: Mapping[str, Any]
    """What the method was given, for `Directions.details`."""
    scale: Tensor | None = None
    """`[D]`, unit of each coordinate; none means 1."""


def solve_directions(
    gan: Generator,
    problem: EigenProblem,
    solver: AbstractSolver,
    count: int,
    provenance: Provenance,
) -> Directions:
    """Solve, and return the leading eigenvectors as directions with their provenance.

    Args:
        gan: The generator.
        problem: The eigenproblem.
        solver: What solves it.
        count: Number of directions wanted, at least 1.
        provenance: Method, space and layers.

    Returns:
        At most `count` directions, best first. A warning says where the solve did not end well.

    Raises:
        DirectionsError: `count` is below 1.
    """
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    count = min(count, problem.size)
    solution = solver.solve(problem, count)
    if solution.status not in (SolveStatus.OK, SolveStatus.TRUNCATED):
        warnings.warn(_report(solution, count), stacklevel=3)
    space, layers, details = provenance.space, provenance.layers, dict(provenance.details)
    vectors = solution.vectors
    if provenance.scale is not None:
        vectors = unit_rows(vectors * provenance.scale.to(vectors))
    vectors = _over_all_layers(gan, vectors, space, layers)
    if problem.b is None:  # then the eigenvalues have a sum that means something
        details["eigenvalue_total"] = problem.trace
    return make_directions(
        vectors,
        solution.values,
        space=space,
        num_ws=gan.spec.num_ws,
        layers=layers if layers is None or len(layers) < gan.spec.num_ws else None,
        method=provenance.method,
        origin=gan.spec.fingerprint,
        sigma=spread(gan, vectors, space),
        styles=gan.spec.styles if space is LatentSpace.S else (),
        details={
            **details,
            "layers": format_layers(layers, gan.spec.num_ws),
            "status": solution.status.name,
            "explanation": _report(solution, count, details.get("approximate")),
            "residual": float(solution.residuals.max()),
            **solution.stats,
        },
    )


def _report(solution: EigenSolution, count: int, approximate: str | None = None) -> str:
    """How the solve ended, in words and numbers, and what made it approximate."""
    found = len(solution.values)
    rank = f"{solution.stats['rank']}{' or more' if 'rank_beyond' in solution.stats else ''}"
    solver = f"Solver: {solution.stats['solver']}"
    if "fell_back" in solution.stats:
        solver = f"{solver} ({solution.stats['fell_back']})"
    words = f"{found} of {count} directions, rank {rank}: {solution.status.value} {solver}."
    if approximate is None:
        return words
    return (
        f"{words} These directions are approximate ({approximate}): take precision 'float32' or "
        "'fast' for exact ones, and keep columns in float32."
    )


def _over_all_layers(
    gan: Generator, vectors: Tensor, space: LatentSpace, layers: tuple[int, ...] | None
) -> Tensor:
    """On some layers only: vectors of the whole of W+, Z+ or S, zero on the others."""
    spec = gan.spec
    if layers is None or not (space.is_plus or space is LatentSpace.S):
        return vectors
    if space is LatentSpace.S:
        whole = vectors.new_zeros(len(vectors), spec.direction_dim(space))
        channels = torch.arange(whole.shape[1])
        whole[:, torch.cat([channels[part] for part in spec.style_slices(layers)])] = vectors
        return whole
    full = vectors.new_zeros(len(vectors), spec.num_ws, spec.latent_dim)
    full[:, list(layers)] = vectors.reshape(len(vectors), len(layers), spec.latent_dim)
    return full.flatten(1)
