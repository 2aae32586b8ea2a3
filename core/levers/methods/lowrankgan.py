"""LowRankGAN (Zhu et al., NeurIPS 2021): low-rank subspaces of a region, without the background's.

Robust PCA leaves of the Gram of the region, and of that of the background, a low-rank part. The
principal directions of the one are projected onto the null space of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...base.errors import DirectionsError, SolveError
from ...base.phases import phase
from ...base.progress import Progress
from ...base.wording import warn
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace, Layers
from ...concepts.region import Region
from ...jacobians.options import JacobianOptions
from ..grams.region_grams import RegionTask
from ..robust_pca import MAX_ITERATIONS, LowRankPart, low_rank_part
from ..solution_directions import found_directions
from .method import AbstractMethod

SPARSITY = 1 / 60
"""lambda of the published code."""

_GONE = 1e-9
"""Length below which a projected unit vector is rounding error."""


@dataclass(frozen=True)
class Subspaces:
    """What LowRankGAN finds in two Grams."""

    fore: LowRankPart
    """Low-rank part of the region's Gram."""
    back: LowRankPart
    """Low-rank part of the background's Gram."""
    kept: int
    """Dimensions of the background's row space that the projection removes."""
    values: Tensor
    """`[K]` float64, singular values of the region's low-rank part, descending."""
    vectors: Tensor
    """`[K, d]` float64, unit rows: the projected principal directions. Orthogonal to what was
    removed, but in general not to each other."""
    lengths: Tensor
    """`[K]` in (0, 1]: lengths of the principal directions after the projection."""


class LowRankGANMethod(AbstractMethod):
    """Principal directions of the region that the background's low-rank part does not contain."""

    id = "lowrankgan"
    title = "LowRankGAN: low-rank part of the region, in the null space of the background's"
    eigenvalue = "singular value of the low-rank part of the region's Gram, before the projection"

    def subspaces(
        self,
        a: Tensor,
        b: Tensor,
        sparsity: float = SPARSITY,
        relaxation: int = 0,
        max_iterations: int = MAX_ITERATIONS,
        progress: Progress | None = None,
    ) -> Subspaces:
        """Split both Grams, and project (section 3 of the paper, with the defaults of its code).

        With the low-rank parts of ranks r_f and r_b, the r_f principal directions of the region are
        projected onto the orthogonal complement of the first `min(max(1, r_b - relaxation), d - 1)`
        singular vectors of the background, and scaled to unit length.

        Args:
            a: `[d, d]` float64, mean Gram of the region.
            b: `[d, d]` float64, mean Gram of the background.
            sparsity: lambda of robust PCA, above 0.
            relaxation: Weakest singular vectors of the background that may change, at least 0.
            max_iterations: Most iterations of each robust PCA.
            progress: Called with (iterations, `max_iterations`) of each robust PCA; may raise to
                cancel.

        Returns:
            The directions, with ranks and iterations.

        Raises:
            SolveError: An argument is out of range, A is zero, its low-rank part is, or the
                background's contains all of it.
        """
        if relaxation < 0:
            raise SolveError(f"relaxation is {relaxation}", "a whole number of 0 or more")
        if not a.any():
            raise SolveError(
                "Nothing in the region changes with the latent",
                "a region that depends on the latent",
                "Choose another region or other «layers»",
            )
        fore, back = (low_rank_part(m, sparsity, max_iterations, progress) for m in (a, b))
        if fore.rank == 0:
            raise SolveError(
                f"Robust PCA leaves no low-rank part of the region at sparsity {sparsity:g}",
                "a larger sparsity, such as twice as much",
            )
        kept = min(max(1, back.rank - relaxation), len(a) - 1) if back.rank else 0
        removed = back.vectors[:kept]
        projected = fore.vectors - (fore.vectors @ removed.T) @ removed
        lengths = projected.norm(dim=1)
        rest = lengths > _GONE
        if not rest.any():
            raise SolveError(
                f"The background's low-rank part (rank {back.rank}) contains all {fore.rank} "
                "principal directions of the region",
                "directions that change the region alone",
                "Use a relaxation of the background's rank, or a smaller sparsity",
            )
        vectors = projected[rest] / lengths[rest, None]
        return Subspaces(fore, back, kept, fore.values.abs()[rest], vectors, lengths[rest])


def lowrankgan(
    gan: Generator,
    codes: LatentCode,
    region: Region,
    background: Region | None = None,
    space: str | LatentSpace | None = None,
    layers: Layers = None,
    count: int = 10,
    sparsity: float = SPARSITY,
    relaxation: int = 0,
    noise_mode: str = "const",
    mode: str = "exact",
    progress: Progress | None = None,
    *,
    max_iterations: int = MAX_ITERATIONS,
    effort: JacobianOptions | None = None,
    average_by: str = "rows",
) -> Directions:
    """LowRankGAN (Zhu et al., NeurIPS 2021): the method that ReSeFa is compared with.

    The paper treats one image at a time; with several codes this function splits the means of their
    Grams, as `resefa` solves for them. Its directions are in general not orthogonal to each other.

    Args:
        gan: The generator.
        codes: N codes.
        region: Where the image should change, in the size of the generator's image.
        background: Where it should not change; none means all else. Pixels in neither are ignored.
        space: "Z", "W", "W+" or "S" (without a mapping network "Z" or "Z+"); none means W where
            there is a mapping network, else Z. Every iteration decomposes a D x D matrix, which
            takes long in W+ and S.
        layers: Layers that are displaced and on which the directions act; none means all.
        count: Largest number of directions K, at least 1. The region's rank is often 2 to 10.
        sparsity: lambda of robust PCA, above 0; smaller values give lower ranks.
        relaxation: Weakest directions of the background's low-rank part that may change.
        noise_mode: "const" or "none".
        mode: "exact", or "paper" for what the published code does above 256 px.
        progress: Called as `progress(done, total)` for the Jacobians, then for the iterations of
            each robust PCA; may raise to cancel.
        max_iterations: Most iterations of each robust PCA.
        effort: How Jacobians are computed, as for `resefa`; nothing corrects the directions of
            precision "fast", so that they are approximate.
        average_by: "rows" (all pixels have the same weight) or "trace" (all images have it).

    Returns:
        At most `count` directions, strongest first. `details` has ranks, iterations, relaxation
        and `projected`, the length of each principal direction after the projection. Warns where
        robust PCA did not converge, or the background leaves no null space.

    Raises:
        RegionError: A region is empty, complete, not finite, or of the wrong size.
        LatentError: Codes, space or layers do not fit the generator.
        SolveError: The region does not change, or an argument is out of range.
        DirectionsError: `count` is below 1.
    """
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    task = RegionTask(
        gan, codes, region, background, space, layers, noise_mode, mode, average_by, effort
    )
    pair = task.averages(progress).overall
    method = LowRankGANMethod()
    with phase("solve"):
        found = method.subspaces(pair.a, pair.b, sparsity, relaxation, max_iterations, progress)
    _warn(found, max_iterations)
    provenance = task.provenance(method.id, sparsity=sparsity, relaxation=relaxation)
    facts = {
        "status": "OK" if found.fore.converged and found.back.converged else "NOT_CONVERGED",
        "explanation": _explanation(found, count, provenance.details.get("approximate")),
        "ranks": [found.fore.rank, found.back.rank],
        "iterations": [found.fore.iterations, found.back.iterations],
        "projected": found.lengths[:count].tolist(),
    }
    levers = found_directions(gan, found.vectors[:count], found.values[:count], provenance, facts)
    return task.with_mask(levers)


def _warn(found: Subspaces, max_iterations: int) -> None:
    """Warn where the directions are not what the paper means."""
    if not (found.fore.converged and found.back.converged):
        warn(f"Robust PCA did not converge within {max_iterations} iterations.", stacklevel=3)
    if found.back.rank > found.kept and found.kept == found.back.vectors.shape[1] - 1:
        warn(
            f"The background's low-rank part has full rank {found.back.rank} and leaves no null "
            "space: the one direction that changes it least was used. A relaxation of its rank, or "
            "a smaller sparsity, leaves more.",
            stacklevel=3,
        )


def _explanation(found: Subspaces, count: int, approximate: str | None) -> str:
    """The outcome in words."""
    fore, back = found.fore, found.back
    words = (
        f"{min(len(found.values), count)} of {count} directions: robust PCA left rank {fore.rank} "
        f"of the region ({fore.iterations} iterations) and rank {back.rank} of the background "
        f"({back.iterations} iterations), of which {found.kept} were projected out. The directions "
        "need not be orthogonal to each other."
    )
    return words if approximate is None else f"{words} They are approximate ({approximate})."
