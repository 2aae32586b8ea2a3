"""A second region of an image whose Jacobian is kept, against the first, which makes it."""

from __future__ import annotations

import latent_levers as ll
import torch
from latent_levers.core.regions.shapes import region_from_shapes

from .networks import Subject, subject
from .rows import Row
from .timing import seconds

_SECOND = 5
"""Runs of each second region."""


def measure(case: str, runs: int = 1, what: Subject | None = None) -> list[Row]:
    """Ten directions of a first region, then of others, from end to end.

    Args:
        case: Name of the case.
        runs: Runs of the first region, each of which makes the Jacobian.
        what: The network; none means StyleGAN2 of 256 pixels.

    Returns:
        Rows "first-region", "second-region-mouth" and "second-region-half", the latter with their
        ratio to the first; the best of some runs each.
    """
    what = what or subject("stylegan2-256")
    size = what.gan.spec.img_size
    half = torch.zeros(size)
    half[: size[0] // 2] = 1.0
    regions = {
        "second-region-mouth": what.region,
        "second-region-half": ll.Region.from_mask(half, "upper half"),
    }
    cache = ll.JacobianCache(8 << 30)
    options = ll.JacobianOptions(cache=cache)

    def find(region: ll.Region) -> ll.Directions:
        return ll.resefa(what.gan, what.code, region, effort=options)

    eyes = region_from_shapes("eyes", size)
    times: list[float] = []
    for _ in range(runs):
        cache.clear()
        times.append(seconds(lambda: find(eyes)))
    first = min(times)
    rows = [Row(case, "first-region", first / what.image().size * 1e3, first)]
    best = dict.fromkeys(regions, float("inf"))
    for _ in range(_SECOND):
        for name, region in regions.items():
            best[name] = min(best[name], seconds(lambda region=region: find(region)))
    return [
        *rows,
        *(
            Row(case, name, total_s=took, more={"ratio": first / took})
            for name, took in best.items()
        ),
    ]
