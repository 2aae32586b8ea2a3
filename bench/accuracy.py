"""Angles of directions to a reference in float64.

The reference is ten vectors refined by Davidson's method with products of J and its transpose in
float64, until residuals are below 1e-9. Both sides use the activation signs of one run in
float64: every linearisation takes its activation slopes from such a run, for any precision of the
tangents. `vmap(jvp)` through the float32 network uses the signs of that network.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.base.memory import Memory
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.eigenproblem import EigenProblem
from latent_levers.core.generators.architectures.stylegan2.network import StyledConvolution
from latent_levers.core.jacobians.columns import ColumnSource, StoredColumns
from latent_levers.core.jacobians.image_map import ImageMap, LinearMap
from latent_levers.core.jacobians.matrix_pencil import MatrixPencil, Sample
from latent_levers.core.jacobians.storage import store_columns
from latent_levers.core.levers.correction import correct
from latent_levers.core.levers.methods.resefa import ReSeFaMethod
from latent_levers.core.solvers import SOLVERS
from latent_levers.core.solvers.search_space import Goal
from torch import Tensor

from .networks import Workload

COUNT = 10
"""Number of leading directions that are compared."""
_TOLERANCE, _ANGLE, _CORRECTIONS, _RESTARTS, _PAIRS = 1e-9, 1e-9, 12, 4, 512


def sine(first: Tensor, second: Tensor) -> float:
    """Sine of the largest principal angle between two row spaces.

    Args:
        first: `[K, d]`.
        second: `[K, d]`.

    Returns:
        From 0 to 1.
    """
    one, two = (torch.linalg.qr(rows.to("cpu", torch.float64).T)[0] for rows in (first, second))
    return float(torch.linalg.matrix_norm(one - two @ (two.T @ one), 2))


def keep_all(source: ColumnSource) -> StoredColumns:
    """Compute and store all columns in float32.

    Args:
        source: Computes the columns.

    Returns:
        The columns.
    """
    with plain_tensors(), full_precision():
        stored = store_columns(source, Memory.of(None, source.device), torch.float32)
    assert stored is not None  # the callers only pass columns that fit into memory
    return stored


def problem_of(stored: StoredColumns, workload: Workload) -> EigenProblem:
    """Build the eigenproblem of the region against the background.

    Args:
        stored: All columns of the Jacobian.
        workload: Generator, code and region.

    Returns:
        The problem, with a shrinkage of 1e-3 of the trace.
    """
    weights = _weights(workload)
    channels = workload.gan.spec.img_channels
    a, b = (
        total / (channels * float(weight.sum()))
        for total, weight in zip(stored.grams(weights), weights, strict=True)
    )
    rank_bound = int((weights[0] > 0).sum()) * channels
    return ReSeFaMethod().problem(a, b, 1e-3, "trace", rank_bound)


def leading(problem: EigenProblem, count: int = COUNT) -> Tensor:
    """Solve for the leading vectors with the default solver of `resefa`.

    Args:
        problem: The eigenproblem.
        count: Number of vectors.

    Returns:
        `[count, d]` float64.
    """
    return SOLVERS["auto"].solve(problem, count).vectors


@dataclass(frozen=True)
class Reference:
    """The reference directions, computed in float64."""

    vectors: Tensor
    """`[10, d]` float64."""
    residual: float
    """Largest relative residual."""
    difference: float
    """Relative difference of the linearisation's product with J to `torch.func.jvp`'s, float64."""


def reference(workload: Workload, near: EigenProblem) -> Reference:
    """Refine vectors until their residuals are below 1e-9.

    Args:
        workload: Generator, code and region; the network must have a linearisation.
        near: The eigenproblem from columns of any precision, used for start and preconditioner.

    Returns:
        The reference.
    """
    image = workload.image()
    wide = replace(
        image, point=image.point.double(), linearise=lambda _: image.linearise(torch.float64)
    )
    weights = _weights(workload)
    scales = [1 / (workload.gan.spec.img_channels * float(weight.sum())) for weight in weights]
    found = SOLVERS["auto"].solve(near, min(near.size, _PAIRS))
    with plain_tensors(), full_precision():
        sample = Sample(wide, (weights[0], weights[1]), (scales[0], scales[1]))
        # The search space grows by about COUNT vectors per step. It must stay smaller than the
        # latent space; then the method is restarted.
        goal = Goal(COUNT, _ANGLE, min(_CORRECTIONS, near.size // (COUNT + 2) - 1))
        solution = correct(found, near, MatrixPencil([sample], 8), goal)
        for _ in range(_RESTARTS):
            if float(solution.residuals.max()) < _TOLERANCE:
                break
            pencil = MatrixPencil([sample], 8)
            solution = correct(solution, near, pencil, goal, found)
        return Reference(
            solution.vectors, float(solution.residuals.max()), _difference(workload, wide)
        )


def _difference(workload: Workload, image: ImageMap) -> float:
    """Relative difference of a product with J to forward mode through the network in float64."""
    gan = workload.gan
    found = image.linearise(torch.float64)
    assert found is not None  # `reference` requires a linearisation
    tangent = torch.ones_like(image.point)
    ours = LinearMap(found, image.blocks, image.size).push(tangent[None])
    network = copy.deepcopy(gan.network)
    for module in network.modules():
        if isinstance(module, StyledConvolution) and module.has_noise:
            # A linearisation scales noise in float32.
            module.noise_const = module.noise_const * module.noise_strength
            module.noise_strength.fill_(1.0)
    network = network.double()
    if gan.spec.styles:
        point, draw = gan.style_codes(workload.code).double(), network.synthesize_styles
        moved = (gan.network.style_weights().double() @ tangent)[None]
    else:
        point, draw = gan.layer_codes(workload.code).double(), network.synthesize
        moved = tangent.expand_as(point).contiguous()

    def function(inputs: Tensor) -> Tensor:
        return draw(inputs, Conditions())

    theirs = torch.func.jvp(function, (point,), (moved,))[1]
    return float((ours - theirs).norm() / theirs.norm())


def _weights(workload: Workload) -> list[Tensor]:
    """Weights `[H, W]` of the region and of the background."""
    weight = workload.region.weights[0]
    return [weight, 1 - weight]
