"""The bundled portraits in W+: time, and how local the levers are."""

from __future__ import annotations

import math
from collections.abc import Iterator

import latent_levers as ll
import torch
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.measures.leakage import inside_over_outside
from latent_levers.core.measures.pulls import Goal, equal_pulls
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

from bench.accuracy import sine

from .rows import Line, Spent, timed

FIND, JUDGE = range(8), range(1000, 1032)
"""Seeds of the faces that levers are found with, and of those that they are judged on."""

REGIONS = ("mouth", "left_eye", "nose")
_LEVERS, _TURNS = 3, 3


def _levers(gan: ll.Generator, codes: ll.LatentCode, region: ll.Region, solver: str) -> Directions:
    """Ten levers of W+ in one way."""
    return ll.resefa(gan, codes, region, space="W+", solver=solver, steady=False)


def lines() -> Iterator[Line]:
    """Share of the dense time, angle, and change of the locality, in three regions.

    Yields:
        The lines.
    """
    gan = ll.load_generator("portraits")
    codes = ll.sample_latents(gan, len(FIND), FIND[0])
    judged = ll.sample_latents(gan, len(JUDGE), JUDGE[0])
    for name in REGIONS:
        region = region_from_shapes(name, gan.spec.img_size, presets_for(gan.details))
        best: dict[str, Spent] = {}
        for _ in range(_TURNS):  # in turns, on one face
            for solver in ("davidson", "krylov"):
                _, spent = timed(lambda s=solver, r=region: _levers(gan, codes[:1], r, s))
                if solver not in best or spent.processor < best[solver].processor:
                    best[solver] = spent
        found, dense = best["davidson"], best["krylov"]
        note = f"{found.text()}; dense {dense.text()}; the best of {_TURNS}"
        ratio = found.processor / dense.processor
        yield Line(f"portraits W+, {name}: time of processors / dense", ratio, 0.55, note)
        both = [_levers(gan, codes, region, solver) for solver in ("davidson", "krylov")]
        angle = sine(both[0].vectors, both[1].vectors)
        yield Line(f"portraits W+, {name}, eight faces: angle, t estimated", angle, 1e-3)
        for index in range(_LEVERS):
            values = [locality(gan, judged, levers, index, region) for levers in both]
            change = abs(values[0] / values[1] - 1)
            words = f"inside over outside {values[0]:.4g}, dense {values[1]:.4g}"
            yield Line(
                f"portraits W+, {name}, lever {index}: change of locality", change, 0.02, words
            )


def locality(
    gan: ll.Generator, codes: ll.LatentCode, levers: Directions, index: int, region: ll.Region
) -> float:
    """Median over faces of the change inside over that outside, at an equal change inside.

    Args:
        gan: The generator.
        codes: The faces.
        levers: The levers.
        index: Which of them.
        region: The region.

    Returns:
        The median.
    """
    pulls = equal_pulls(gan, codes, levers, index, region, Goal(18.0))
    values = inside_over_outside(pulls.before, pulls.after, region)
    finite = values[torch.isfinite(values)]
    return float(finite.median()) if len(finite) else math.nan
