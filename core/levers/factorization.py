"""SeFa and ReSeFa: from a generator to directions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from ..base.errors import DirectionsError, NotFiniteError
from ..base.phases import phase
from ..base.precision import EXACT
from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.eigenproblem import (
    AbstractSolver,
    EigenProblem,
)
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, parse_layers
from ..concepts.operator_problem import AbstractOperatorSolver
from ..concepts.region import Region
from ..generators.rendering import chunk_that_fits
from ..jacobians.measuring import pencil_samples
from ..jacobians.options import JacobianOptions
from ..solvers.davidson import DavidsonSolver
from .correction import CorrectingSolver
from .grams.averaging import stability
from .grams.gram_sum import GramPair, GramSum
from .grams.region_grams import RegionTask
from .locality import confinement
from .matrix_free import halves_matrix_free, solve_matrix_free
from .methods.resefa import ReSeFaMethod, shrinkage_of_trace
from .methods.sefa import SeFaMethod
from .methods.sefa_conventions import CONVENTIONS
from .routes.choice import find_solver
from .routes.fast import exactly
from .routes.route import plan_route
from .solution_directions import Provenance, solution_directions, solve_directions


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
        convention: Which code's choice and scaling of weights to use: "genforce", that of the
            authors, or "rosinality", whose singular values are square roots of the eigenvalues.
        normalize: Whether to scale each row of the weights to unit length; none means that of the
            convention: "genforce" scales rows, "rosinality" does not.
        solver: Id of a solver ("auto" selects the cheapest), or a solver.

    Returns:
        At most `count` directions in W, or in Z where there is no mapping network, best first.

    Raises:
        LatentError: A layer does not exist.
        DirectionsError: `count` is below 1.
        UnknownNameError: There is no such convention.
        SolveError: The convention does not support the generator, or uses none of these layers.
    """
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    rule = CONVENTIONS[convention]
    scaled = rule.normalizes if normalize is None else normalize
    problem = SeFaMethod().problem(rule.matrices(gan.network, chosen), scaled)
    details = {"convention": rule.id, "normalize": scaled}
    provenance = Provenance("sefa", spec.native_space, chosen, details)
    return solve_directions(gan, problem, find_solver(solver), count, provenance)


def resefa(
    gan: Generator,
    codes: LatentCode,
    region: Region,
    background: Region | None = None,
    space: str | LatentSpace | None = None,
    layers: Layers = None,
    count: int = 10,
    shrinkage: float | None = None,
    shrinkage_by: str = "trace",
    noise_mode: str = "const",
    mode: str = "exact",
    progress: Progress | None = None,
    *,
    solver: str | AbstractSolver = "auto",
    effort: JacobianOptions | None = None,
    average_by: str = "rows",
    steady: bool | None = None,
    locality: str | None = None,
    sums: GramSum | None = None,
    announce: Callable[[str], object] | None = None,
) -> Directions:
    """ReSeFa (Zhu et al., ICML 2022): directions that change a region and preserve the rest.

    With J = dG/dw at each code, A the mean over codes of `J_f^T J_f / rows_f` and B that of
    `J_b^T J_b / rows_b`, the directions maximise `n^T A n / n^T (B + tau tr(B) I) n`. Several codes
    give one common set. In S each channel is measured in units of its standard deviation over
    random codes (`style_deviations`), so that its scale in the file has no effect.

    Args:
        gan: The generator.
        codes: N codes; four to sixteen give directions that work for other images.
        region: Where the image should change, in the size of the generator's image.
        background: Where it should not change; none means all else. Pixels in neither are ignored.
        space: "Z", "W", "W+" or "S" (without a mapping network "Z" or "Z+"); none means W where
            there is a mapping network, else Z. Z also works for mapped codes, S for all codes.
        layers: Layers that are displaced and on which the directions act; none means all. In S
            the styles of these layers are displaced.
        count: Number of directions K, at least 1.
        shrinkage: tau; larger values prefer strong directions to those confined to the region.
            None means the paper's 1e-3.
        shrinkage_by: "trace" (the paper's tau tr(B)) or "mean" (tau tr(B) / D).
        noise_mode: "const" or "none".
        mode: "exact", or "paper" for what the published code does above 256 px.
        progress: Called as `progress(done, total)`; may raise to cancel.
        solver: Id of a solver, or a solver such as `ll.LowRankSolver(rank=32)`. "auto" first
            chooses between Grams of all columns and products with the Jacobian alone
            (`route.plan_route`), and with Grams the cheapest of "dense", "krylov", "rows" and
            "low-rank". "davidson", or an `ll.DavidsonSolver(angle=1e-4, trace="exact")`, means
            products alone; from them the directions are exact to an angle of about 1e-3, which
            includes the error of the estimated `tr(B)`.
        effort: How Jacobians are computed: strategy, precision, memory, and a cache, with which
            another region of the same codes needs no new Jacobian; none means exact float32 in half
            of the free memory. With precision "fast" the quickest way on the device is taken that
            ends within 1e-3 of the exact directions, see `levers.routes.fast`.
        average_by: "rows" (all pixels have the same weight) or "trace" (all images have it).
        steady: Whether to compare the directions of two halves of the codes: `details["halves"]`
            are principal angles in degrees. None means for two codes or more where there are
            Grams, up to a dimension of 2,048; by products alone it takes two more searches.
        locality: "standard" (W+ with tau 1e-3) or "strict" (W+ with tau 1e-6, for one of a pair or
            a tiny region; Z+ without a mapping network), instead of `space` and `shrinkage`; none
            means that these decide. W+ costs more than W: `jacobians.cost` counts how much.
        sums: The Grams of region and background summed over these codes, such as those that several
            processes measured; none measures them here. The directions are the same.
        announce: Called before the work with a sentence: which way was chosen, and how many
            products, bytes and seconds it is expected to take.

    Returns:
        At most `count` directions, best first; fewer where the rank of the region's Gram is
        lower. In W+, Z+ and S with `layers` the vectors are zero on the other layers.

    Raises:
        RegionError: A region is empty, complete, not finite, or of the wrong size.
        LatentError: Codes, space or layers do not fit the generator.
        SolveError: The region does not change, the shrinkage is invalid, or `locality` was given
            together with `space` or `shrinkage`, or for a generator with one latent; or `sums`
            does not fit the other arguments.
        NotFiniteError: The derivatives are not finite.
        DirectionsError: `count` is below 1.
    """
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    chosen = confinement(gan.spec, locality, space, shrinkage, shrinkage_by)
    task = RegionTask(
        gan,
        codes,
        region,
        background,
        chosen.space,
        layers,
        noise_mode,
        mode,
        average_by,
        effort,
    )
    for one in (task.region, task.outside):  # before the work is announced
        one.require_size(gan.spec.img_size)
    size = gan.spec.direction_dim(task.derivative.space, task.derivative.layers)
    share = shrinkage_of_trace(chosen.shrinkage, chosen.shrinkage_by, size)
    chosen_solver = find_solver(solver)
    route = plan_route(task, share, count, chosen_solver, steady, sums)
    if announce is not None:
        announce(f"{route.sentence}, {_seconds(route.seconds(task))}.")
    own: dict[str, object] = {
        "shrinkage": chosen.shrinkage,
        "shrinkage_by": chosen.shrinkage_by,
        **route.details,
    }
    if locality is not None:
        own["locality"] = locality
    provenance = task.provenance("resefa", corrected=True, **own)
    if route.matrix_free:
        free = chosen_solver
        if not isinstance(free, AbstractOperatorSolver):
            free = DavidsonSolver()
        solution = solve_matrix_free(task, share, count, free, progress)
        if route.compares:
            halves, solution = halves_matrix_free(task, share, solution, free, progress)
            provenance = replace(provenance, details={**provenance.details, "halves": halves})
        return task.with_mask(solution_directions(gan, solution, count, provenance))
    task = route.settled(task)
    try:
        averages = task.averages(progress, sums)
    except NotFiniteError:
        if route.fast is None or task.options.precision == EXACT:
            raise
        left = f"{task.options.precision} left its range, so that columns were computed exactly"
        if announce is not None:
            announce(f"{left}.")
        facts = {"columns_precision": EXACT, "fast_fell_back": left}
        provenance = replace(provenance, details={**provenance.details, **facts})
        task = exactly(task)
        averages = task.averages(progress)

    def problem_of(pair: GramPair) -> EigenProblem:
        rows = averages.rank_bound
        return ReSeFaMethod().problem(pair.a, pair.b, chosen.shrinkage, chosen.shrinkage_by, rows)

    problem = problem_of(averages.overall)
    if (
        route.compares
        and averages.halves is not None
        and all(half.region_changes for half in averages.halves)
    ):
        halves = (problem_of(averages.halves[0]), problem_of(averages.halves[1]))
        with phase("solve"):
            angles = stability(halves, chosen_solver, min(count, problem.size)).tolist()
        provenance = replace(provenance, details={**provenance.details, "halves": angles})
    corrections = task.options.corrections
    if corrections:
        regions = (region, task.outside)
        with phase("correction"):
            samples = pencil_samples(gan, codes, regions, averages.divisors, task.derivative)
        chunk = chunk_that_fits(gan.spec, gan.device)
        chosen_solver = CorrectingSolver(chosen_solver, samples, corrections, chunk, task.scale)
    with phase("solve"):
        levers = solve_directions(gan, problem, chosen_solver, count, provenance)
    return task.with_mask(levers)


def _seconds(count: float) -> str:
    """A rough duration in words."""
    if count < 2:
        return "a second or two"
    if count < 120:
        return f"some {math.ceil(count)} seconds"
    return f"some {math.ceil(count / 60)} minutes"
