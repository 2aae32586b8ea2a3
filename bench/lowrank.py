"""The solve of ReSeFa against robust PCA, with which LowRankGAN solves for the same two Grams.

At D = 128 the Grams are those of "portraits", the mouth at seeds 0 to 3; at D = 512 those of an
untrained StyleGAN2 of 64 pixels. Jacobians are not counted.
"""

from __future__ import annotations

from typing import Any

import latent_levers as ll
from latent_levers.core.levers.grams.region_grams import RegionTask
from latent_levers.core.levers.methods.lowrankgan import LowRankGANMethod, Subspaces
from latent_levers.core.levers.methods.resefa import ReSeFaMethod
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from latent_levers.core.solvers import SOLVERS

from .networks import load_workload
from .rows import Row
from .timing import seconds

_COUNT, _TAU, _RUNS = 10, 1e-3, 5
"""Levers and shrinkage of ReSeFa, and the number of its runs, the best of which counts."""


def _task(size: int) -> RegionTask:
    """The Grams of a size: generator, codes and region."""
    if size == 512:
        workload = load_workload("stylegan2-64")
        return RegionTask(workload.gan, workload.code, workload.region)
    gan = ll.load_generator("portraits")
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    return RegionTask(gan, ll.sample_latents(gan, 4, seed=0), region)


def measure(case: str) -> list[Row]:
    """Measure both solves.

    Args:
        case: Name of the case, with D at its end: 128 or 512.

    Returns:
        Rows "lowrankgan" (with iterations and ranks of both Grams) and "resefa" (with the ratio of
        the first time to its own).
    """
    averages = _task(int(case.split("-")[1])).averages()
    pair = averages.overall
    found: list[Subspaces] = []
    slow = seconds(lambda: found.append(LowRankGANMethod().subspaces(pair.a, pair.b)))

    def solve() -> None:
        problem = ReSeFaMethod().problem(pair.a, pair.b, _TAU, "trace", averages.rank_bound)
        SOLVERS["auto"].solve(problem, _COUNT)

    fast = min(seconds(solve) for _ in range(_RUNS))
    parts = (found[0].fore, found[0].back)
    facts: dict[str, Any] = {
        "iterations": sum(part.iterations for part in parts),
        "rank_inside": parts[0].rank,
        "rank_outside": parts[1].rank,
    }
    if not all(part.converged for part in parts):
        facts["note"] = "robust PCA did not converge"
    return [
        Row(case, "lowrankgan", total_s=slow, more=facts),
        Row(case, "resefa", total_s=fast, more={"ratio": slow / fast}),
    ]
