"""How far directions are from the true ones.

The reference is ten vectors refined by Davidson's method with products of J and its transpose in
float64, until residuals are below 1e-9. Both sides use the signs of one run in float64: every
linearisation takes its rectifiers' slopes from such a run, whatever precision its tangents have.
Differentiating the float32 network itself uses its own signs.
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
from latent_levers.core.levers.correction import Preconditioner, refine
from latent_levers.core.levers.methods.resefa import ReSeFaMethod
from latent_levers.core.solvers import SOLVERS
from torch import Tensor

from .networks import Subject

COUNT = 10
"""Directions."""
_TOLERANCE, _CORRECTIONS, _RESTARTS, _PAIRS = 1e-9, 12, 4, 512


def sine(first: Tensor, second: Tensor) -> float:
    """Sine of the largest principal angle between two spaces of rows.

    Args:
        first: `[K, d]`.
        second: `[K, d]`.

    Returns:
        From 0 to 1.
    """
    one, two = (torch.linalg.qr(rows.to("cpu", torch.float64).T)[0] for rows in (first, second))
    return float(torch.linalg.matrix_norm(one - two @ (two.T @ one), 2))


def keep_all(source: ColumnSource) -> StoredColumns:
    """All columns in float32.

    Args:
        source: Where they come from.

    Returns:
        The columns.
    """
    with plain_tensors(), full_precision():
        stored = store_columns(source, Memory.of(None, source.device), torch.float32)
    assert stored is not None  # whoever calls this knows that they fit
    return stored


def problem_of(stored: StoredColumns, subject: Subject) -> EigenProblem:
    """The pencil of the subject's region and all else.

    Args:
        stored: All columns of its Jacobian.
        subject: The subject.

    Returns:
        The problem, with a shrinkage of 1e-3 of the trace.
    """
    weights = _weights(subject)
    channels = subject.gan.spec.img_channels
    a, b = (
        total / (channels * float(weight.sum()))
        for total, weight in zip(stored.grams(weights), weights, strict=True)
    )
    rank_bound = int((weights[0] > 0).sum()) * channels
    return ReSeFaMethod().problem(a, b, 1e-3, "trace", rank_bound)


def leading(problem: EigenProblem, count: int = COUNT) -> Tensor:
    """Leading vectors, by the solver that resefa takes.

    Args:
        problem: The pencil.
        count: How many.

    Returns:
        `[count, d]` float64.
    """
    return SOLVERS["auto"].solve(problem, count).vectors


@dataclass(frozen=True)
class Reference:
    """The true directions, as far as float64 tells them."""

    vectors: Tensor
    """`[10, d]` float64."""
    residual: float
    """Largest relative residual."""
    difference: float
    """Relative difference of the linearisation's product with J to `torch.func.jvp`'s, float64."""


def reference(subject: Subject, near: EigenProblem) -> Reference:
    """Refine vectors until their residuals vanish.

    Args:
        subject: Its network has a linearisation.
        near: The pencil by columns of any precision, which preconditions.

    Returns:
        The reference.
    """
    image = subject.image()
    wide = replace(
        image, point=image.point.double(), linearise=lambda _: image.linearise(torch.float64)
    )
    weights = _weights(subject)
    scales = [1 / (subject.gan.spec.img_channels * float(weight.sum())) for weight in weights]
    found = SOLVERS["auto"].solve(near, min(near.size, _PAIRS))
    with plain_tensors(), full_precision():
        sample = Sample(wide, (weights[0], weights[1]), (scales[0], scales[1]))
        pencil, precondition = MatrixPencil([sample], 8), Preconditioner.of(near, found)
        # The space that is searched grows by COUNT vectors and some more each time, and must not
        # become larger than that of the latents; then it is begun anew.
        steps = min(_CORRECTIONS, near.size // (COUNT + 2) - 1)
        solution = refine(found, COUNT, near.shift, pencil, precondition, steps, _TOLERANCE)
        for _ in range(_RESTARTS):
            if float(solution.residuals.max()) < _TOLERANCE:
                break
            pencil = MatrixPencil([sample], 8)
            solution = refine(solution, COUNT, near.shift, pencil, precondition, steps, _TOLERANCE)
        return Reference(
            solution.vectors, float(solution.residuals.max()), _difference(subject, wide)
        )


def _difference(subject: Subject, image: ImageMap) -> float:
    """How far a product with J is from forward mode through the whole network in float64."""
    gan = subject.gan
    found = image.linearise(torch.float64)
    assert found is not None  # `reference` is asked for such networks alone
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
        point, draw = gan.style_codes(subject.code).double(), network.synthesize_styles
        moved = (gan.network.style_weights().double() @ tangent)[None]
    else:
        point, draw = gan.layer_codes(subject.code).double(), network.synthesize
        moved = tangent.expand_as(point).contiguous()

    def function(inputs: Tensor) -> Tensor:
        return draw(inputs, Conditions())

    theirs = torch.func.jvp(function, (point,), (moved,))[1]
    return float((ours - theirs).norm() / theirs.norm())


def _weights(subject: Subject) -> list[Tensor]:
    """Weights `[H, W]` of the region and of all else."""
    weight = subject.region.weights[0]
    return [weight, 1 - weight]
