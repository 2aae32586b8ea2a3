"""Levers for a score of images: pose, light, age, or the likeness to a pair of images."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import DirectionsError, LatentError, SolveError
from ..base.progress import Progress, no_progress
from ..base.wording import warn
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, parse_layers
from ..jacobians.options import Derivative
from ..latents.code_statistics import style_deviations
from ..solvers import SOLVERS
from .methods.score import ScoreMethod
from .scores import Score, score_deviations, score_jacobian
from .solution_directions import Provenance, solve_directions


@dataclass(frozen=True)
class ScoreGradients:
    """Gradients of A scores, averaged over codes."""

    gradient: Tensor
    """`[D]` float64: mean gradient of the wanted score."""
    others: Tensor | None
    """`[D, D]` float64: mean Gram of the gradients of the others; none where there is no other."""
    count: int
    """Number of others."""


def score_lever(
    gan: Generator,
    codes: LatentCode,
    score: Score,
    target: int = 0,
    space: str | LatentSpace | None = None,
    layers: Layers = None,
    *,
    shrinkage: float = 1e-3,
    name: str = "",
    noise_mode: str = "const",
    deviations: Tensor | None = None,
    progress: Progress | None = None,
) -> Directions:
    """A lever for a differentiable score that leaves the other scores alone.

    With J the Jacobian of the scores at each code, in units of their deviations over random codes,
    g the mean of the target's row and B the mean Gram of the other rows, the lever is
    `n = (B + tau tr(B) I)^-1 g`, the one solution of ReSeFa's problem with `A = g g^T` (Zhu et al.,
    ICML 2022, section 3), by Cholesky in float64.

    Args:
        gan: The generator.
        codes: N codes over which the gradients are averaged. A score of the whole image, such as
            the pose, needs more than a region: 64 codes or more.
        score: Any differentiable callable from images `[N, C, H, W]`, nominal range [-1, 1], on the
            generator's device, to `[N, A]`, or to `[N]`: then nothing else is held, and the lever
            is the plain gradient, with a warning.
        target: Column of the wanted score, from 0; a pull of positive strength raises it.
        space: "Z", "W", "W+" or "S" (without a mapping network "Z" or "Z+"); none means W where
            there is a mapping network, else Z. In S each channel is measured in units of its
            standard deviation over random codes, as by `resefa`.
        layers: Layers that are displaced; none means all.
        shrinkage: tau. Larger values give a lever that needs less pull and moves other scores more.
        name: Name of the lever; empty for none.
        noise_mode: "const" or "none".
        deviations: `[A]`, unit of each score, 0 for one to ignore; none means their standard
            deviations over 256 random codes.
        progress: Called as `progress(done, total)` derivatives; may raise to cancel.

    Returns:
        One direction. Its eigenvalue is `g^T (B + tau tr(B) I)^-1 g`.

    Raises:
        LatentError: Codes, space or layers do not fit the generator.
        DirectionsError: There is no such target, or the deviations have another size.
        SolveError: The score does not return one number or several per image, cannot be
            differentiated, does not change, or the shrinkage is invalid.
    """
    spec = gan.spec
    where = spec.native_space if space is None else LatentSpace.parse(space)
    chosen = None if layers is None else parse_layers(layers, spec.num_ws)
    gan.check(codes)
    if not len(codes):
        raise LatentError("No latent codes were given", "at least one")
    units = score_deviations(gan, score, codes) if deviations is None else deviations
    units = units.detach().to("cpu", torch.float64)
    if units.ndim != 1 or not bool((torch.isfinite(units) & (units >= 0)).all()):
        raise DirectionsError(f"Deviations are {units.tolist()}", "finite numbers, one per score")
    if not 0 <= target < len(units):
        raise DirectionsError(f"Score {target} was asked for", f"from 0 to {len(units) - 1}")
    if units[target] == 0:
        raise SolveError(
            "The score is the same for all random images",
            "a score that differs from image to image",
            "Choose another score",
        )
    derivative = Derivative(where, chosen, noise_mode)
    found = _averages(gan, codes, score, derivative, (units, target), progress)
    if found.others is None:
        warn(
            "There is one score only, so there is nothing to hold: the lever is the plain gradient"
        )
    scale: Tensor | None = None
    gradient, others = found.gradient, found.others
    if where is LatentSpace.S:
        stds = style_deviations(gan)
        scale = torch.cat([stds[part] for part in spec.style_slices(chosen)])  # [D]
        gradient = gradient * scale
        others = None if others is None else others * scale[:, None] * scale
    problem = ScoreMethod().problem(gradient, others, shrinkage)
    details = {
        "score": name,
        "others": found.count,
        "codes": len(codes),
        "seeds": codes.seeds,
        "shrinkage": shrinkage,
        "noise_mode": noise_mode,
    }
    provenance = Provenance("score", where, chosen, details, scale)
    levers = solve_directions(gan, problem, SOLVERS["rows"], 1, provenance)
    raised = _rises(levers, found.gradient, gan, chosen)
    vectors = levers.vectors if raised else -levers.vectors
    return replace(levers, vectors=vectors, names=(name,) if name else ())


def _averages(
    gan: Generator,
    codes: LatentCode,
    score: Score,
    derivative: Derivative,
    wanted: tuple[Tensor, int],
    progress: Progress | None,
) -> ScoreGradients:
    """Average the gradients in units of deviations; one Jacobian is in memory at a time."""
    units, target = wanted
    moving = units > 0
    rest = moving.clone()
    rest[target] = False
    report = progress or no_progress
    gradient: Tensor | None = None
    others: Tensor | None = None
    for number in range(len(codes)):

        def step(done: int, total: int, before: int = number) -> None:
            report(before * total + done, len(codes) * total)

        jacobian = score_jacobian(gan, codes[number], score, derivative, step)  # [A, D]
        if len(jacobian) != len(units):
            raise DirectionsError(
                f"{len(units)} deviations belong to {len(jacobian)} scores", "one per score"
            )
        row = jacobian[target] / units[target] / len(codes)
        gradient = row if gradient is None else gradient + row
        if rest.any():
            rows = jacobian[rest] / units[rest, None]
            if others is None:
                others = torch.zeros(rows.shape[1], rows.shape[1], dtype=torch.float64)
            others.addmm_(rows.T, rows, alpha=1 / len(codes))
    assert gradient is not None  # there is a code
    return ScoreGradients(gradient, others, int(rest.sum()))


def _rises(
    levers: Directions, gradient: Tensor, gan: Generator, layers: tuple[int, ...] | None
) -> bool:
    """Whether the score rises along a lever, as `gradient` on its layers says."""
    vector = levers.vectors[0].to(torch.float64)
    spec = gan.spec
    if layers is not None and levers.space is LatentSpace.S:
        vector = torch.cat([vector[part] for part in spec.style_slices(layers)])
    elif layers is not None and levers.space.is_plus:
        vector = vector.reshape(spec.num_ws, -1)[list(layers)].flatten()
    return bool(vector @ gradient >= 0)
