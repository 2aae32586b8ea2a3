"""Weights or Grams to directions: the two methods from end to end."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.precision import PRECISIONS
from ..base.progress import Progress
from ..concepts.directions import Directions, make_directions
from ..concepts.eigenproblem import (
    AbstractSolver,
    EigenProblem,
    EigenSolution,
    SolveStatus,
    unit_rows,
)
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, format_layers, parse_layers
from ..concepts.region import Region
from ..generators.rendering import chunk_that_fits
from ..jacobians.measuring import Effort, each_gram, exact_samples
from ..latents.sampling import DISTRIBUTIONS, style_deviations, w_statistics
from ..solvers import SOLVERS
from .averaging import Pair, average, stability
from .correction import CorrectingSolver
from .methods.resefa import ReSeFaMethod
from .methods.sefa import SeFaMethod
from .methods.sefa_conventions import CONVENTIONS

_STEADY_SIZE = 2048
"""Largest dimension in which the halves' directions are sought unasked: two more solves."""

Layers = str | int | list[int] | tuple[int, ...] | range | None
"""Layers as people write them; see `parse_layers`."""


def sefa(
    gan: Generator,
    layers: Layers = "all",
    count: int = 10,
    *,
    convention: str = "genforce",
    normalize: bool | None = None,
    solver: str | AbstractSolver = "auto",
) -> Directions:
    """SeFa (Shen and Zhou, CVPR 2021): global directions from the weights alone.

    Args:
        gan: The generator.
        layers: Layers whose weights are factorized, and on which the directions act: "all",
            "0-3", a list of numbers.
        count: Number of directions K, at least 1.
        convention: Whose way to choose and scale the weights: "genforce", its authors', or
            "rosinality", whose singular values are the square roots of our eigenvalues.
        normalize: Scale each row of the weights to unit length first; none means what the
            convention does: "genforce" scales, "rosinality" does not.
        solver: Id of a solver ("auto" takes the cheapest), or a solver.

    Returns:
        At most `count` directions in W, or in Z where there is no mapping network, best first.

    Raises:
        LatentError: A layer does not exist.
        DirectionsError: `count` is below 1.
        UnknownNameError: There is no such convention.
        SolveError: The convention knows no such generator, or takes none of these layers.
    """
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    rule = CONVENTIONS[convention]
    scaled = rule.normalizes if normalize is None else normalize
    problem = SeFaMethod().problem(rule.matrices(gan.network, chosen), scaled)
    details = {"convention": rule.id, "normalize": scaled}
    return _directions(gan, problem, solver, count, spec.native_space, chosen, "sefa", details)


def resefa(
    gan: Generator,
    codes: LatentCode,
    region: Region,
    background: Region | None = None,
    space: str | LatentSpace | None = None,
    layers: Layers = None,
    count: int = 10,
    shrinkage: float = 1e-3,
    shrinkage_by: str = "trace",
    noise_mode: str = "const",
    mode: str = "exact",
    progress: Progress | None = None,
    *,
    solver: str | AbstractSolver = "auto",
    effort: Effort | None = None,
    average_by: str = "rows",
    steady: bool | None = None,
) -> Directions:
    """ReSeFa (Zhu et al., ICML 2022): directions that change a region and leave the rest.

    With J = dG/dw at each code, A the mean over codes of `J_f^T J_f / rows_f` and B that of
    `J_b^T J_b / rows_b`, the directions maximise `n^T A n / n^T (B + tau tr(B) I) n`. Several codes
    give one set that holds for all. In S each channel is measured in its own standard deviation
    over random codes (`style_deviations`), so that its scale in the file does not matter.

    Args:
        gan: The generator.
        codes: N codes; four to sixteen make directions that carry over to other images.
        region: What shall change, in the size of the generator's image.
        background: What shall stay; none means all else. What is in neither does not matter.
        space: "Z", "W", "W+" or "S" (without a mapping network "Z" or "Z+"); none means W where
            there is a mapping network, else Z. Z works on mapped codes too, S on all.
        layers: Layers that are displaced and on which the directions act; none means all. In S
            those styles move that read these layers.
        count: Number of directions K, at least 1.
        shrinkage: tau; larger values prefer directions that move much over those that stay inside.
        shrinkage_by: "trace" (the paper's tau tr(B)) or "mean" (tau tr(B) / D).
        noise_mode: "const" or "none".
        mode: "exact", or "paper" for what the published code does above 256 px.
        progress: Called as `progress(done, total)`; may raise to cancel.
        solver: Id of a solver ("auto" takes the cheapest; "dense", "krylov", "rows", "low-rank"),
            or a solver such as `LowRankSolver(rank=32)`.
        effort: How Jacobians are had: strategy, precision, memory, and a cache that makes another
            region of the same codes cost no derivative; none means exact float32 in half of the
            memory that is free.
        average_by: "rows" (every pixel counts alike) or "trace" (every image does).
        steady: Whether to tell how far the directions of two halves of the codes agree, in
            `details["halves"]`: principal angles in degrees. None means for two codes or more, up
            to a dimension of 2,048.

    Returns:
        At most `count` directions, best first; fewer where the region is so small that it moves in
        fewer ways. In W+, Z+ and S with `layers` the vectors are zero on the other layers.

    Raises:
        RegionError: A region is empty, complete, not finite, or of the wrong size.
        LatentError: Codes, space or layers do not fit the generator.
        SolveError: Nothing in the region moves, or the shrinkage is not usable.
        DirectionsError: `count` is below 1.
    """
    spec = gan.spec
    where = spec.native_space if space is None else LatentSpace.parse(space)
    chosen = None if layers is None else parse_layers(layers, spec.num_ws)
    outside = ~region if background is None else background
    effort = effort or Effort()
    precision = PRECISIONS[effort.precision]
    scale: Tensor | None = None
    if where is LatentSpace.S:
        deviations = style_deviations(gan)
        scale = torch.cat([deviations[part] for part in spec.style_slices(chosen)])  # [D]
    regions = [region, outside]
    each = each_gram(gan, codes, regions, where, chosen, noise_mode, mode, progress, effort=effort)
    means = average(each, average_by, scale)
    worker = SOLVERS[solver] if isinstance(solver, str) else solver

    def problem_of(pair: Pair) -> EigenProblem:
        return ReSeFaMethod().problem(pair.a, pair.b, shrinkage, shrinkage_by, means.support)

    problem = problem_of(means.whole)
    details: dict[str, Any] = {
        "region": region.name,
        "background": outside.name,
        "codes": len(codes),
        "seeds": codes.seeds,
        "shrinkage": shrinkage,
        "shrinkage_by": shrinkage_by,
        "noise_mode": noise_mode,
        "mode": mode,
        "average_by": average_by,
        "precision": precision.id,
    }
    approximate = _approximate(effort)
    if approximate:
        details["approximate"] = approximate
    told = problem.size <= _STEADY_SIZE if steady is None else steady
    if told and means.halves is not None and all(half.moves for half in means.halves):
        halves = (problem_of(means.halves[0]), problem_of(means.halves[1]))
        details["halves"] = stability(halves, worker, min(count, problem.size)).tolist()
    if precision.corrections:
        samples = exact_samples(
            gan, codes, (region, outside), means.divisors, where, chosen, noise_mode, mode
        )
        chunk = chunk_that_fits(spec, gan.device)
        worker = CorrectingSolver(worker, samples, precision.corrections, chunk, scale)
    levers = _directions(gan, problem, worker, count, where, chosen, "resefa", details, scale)
    return replace(levers, mask=region.thumbnail())


def _directions(
    gan: Generator,
    problem: EigenProblem,
    solver: str | AbstractSolver,
    count: int,
    space: LatentSpace,
    layers: tuple[int, ...] | None,
    method: str,
    details: dict[str, Any],
    scale: Tensor | None = None,
) -> Directions:
    """Solve, and dress the solution with its provenance; `scale [D]` is the unit of each entry."""
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    count = min(count, problem.size)
    worker = SOLVERS[solver] if isinstance(solver, str) else solver
    solution = worker.solve(problem, count)
    if solution.status not in (SolveStatus.OK, SolveStatus.TRUNCATED):
        warnings.warn(_report(solution, count), stacklevel=3)
    vectors = solution.vectors
    if scale is not None:
        vectors = unit_rows(vectors * scale.to(vectors))
    vectors = _widened(gan, vectors, space, layers)
    if problem.b is None:  # then the eigenvalues have a sum that means something
        details = {**details, "eigenvalue_total": problem.trace}
    return make_directions(
        vectors,
        solution.values,
        space=space,
        num_ws=gan.spec.num_ws,
        layers=layers if layers is None or len(layers) < gan.spec.num_ws else None,
        method=method,
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


def _approximate(effort: Effort) -> str:
    """What an effort gave away that no correction brings back; empty where nothing."""
    precision, keep = PRECISIONS[effort.precision], effort.keep
    given = [] if precision.exact else [f"precision '{precision.id}'"]
    if keep is not None and keep.itemsize < torch.float32.itemsize and not precision.corrections:
        given.append(f"columns kept in {str(keep).removeprefix('torch.')}")
    return ", ".join(given)


def _widened(
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


def spread(gan: Generator, vectors: Tensor, space: LatentSpace) -> Tensor:
    """Standard deviation of random codes along directions: the unit "sigma".

    Args:
        gan: The generator.
        vectors: `[K, D]` unit rows.
        space: Their space.

    Returns:
        `[K]` float64: `sqrt(n^T C n)` with C the covariance of 10,000 mapped seeds; in W+ the root
        of the sum of `n_l^T C n_l` over layers; in Z and Z+ that of an entry of z; in S the
        length whose entries, each over the standard deviation of its channel, have a sum of squares
        of 1, channels that stand still left out.
    """
    rows = vectors.detach().to("cpu", torch.float64)
    if space.shared is LatentSpace.Z:
        scale = DISTRIBUTIONS[gan.spec.distribution]
        return torch.full((len(rows),), scale, dtype=torch.float64)
    if space is LatentSpace.S:
        deviations = style_deviations(gan)
        moving = deviations > 0
        lengths = (rows[:, moving] / deviations[moving]).norm(dim=1)
        return torch.where(lengths > 0, 1 / lengths, 0.0)
    covariance = w_statistics(gan)[1] if gan.w_covariance is None else gan.w_covariance
    parts = rows.reshape(len(rows), -1, covariance.shape[0])  # [K, 1 or L, D]
    energy = torch.einsum("kld,de,kle->k", parts, covariance.to(rows), parts)
    return energy.clamp_min(0).sqrt()
