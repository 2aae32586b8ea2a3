"""Levers of a second region with a cached Jacobian, compared with the first region."""

from __future__ import annotations

import latent_levers as ll
import torch
from latent_levers.core.regions.shapes import region_from_shapes

from .networks import Workload, load_workload
from .rows import Row
from .timing import seconds

_SECOND = 5
"""Runs of each second region."""


def measure(case: str, runs: int = 1, workload: Workload | None = None) -> list[Row]:
    """Measure ten directions of a first region, then of others, with a cached Jacobian.

    Args:
        case: Name of the case.
        runs: Runs of the first region, each of which computes the Jacobian.
        workload: Generator, code and region; none means StyleGAN2 at 256 pixels.

    Returns:
        Rows "first-region", "second-region-mouth" and "second-region-half", the latter with the
        ratio of the first time to theirs; each is the best of several runs.
    """
    workload = workload or load_workload("stylegan2-256")
    size = workload.gan.spec.img_size
    half = torch.zeros(size)
    half[: size[0] // 2] = 1.0
    regions = {
        "second-region-mouth": workload.region,
        "second-region-half": ll.Region.from_mask(half, "upper half"),
    }
    cache = ll.JacobianCache(8 << 30)
    options = ll.JacobianOptions(cache=cache)

    def find(region: ll.Region) -> ll.Directions:
        return ll.resefa(workload.gan, workload.code, region, effort=options)

    eyes = region_from_shapes("eyes", size)
    times: list[float] = []
    for _ in range(runs):
        cache.clear()
        times.append(seconds(lambda: find(eyes)))
    first = min(times)
    rows = [Row(case, "first-region", first / workload.image().size * 1e3, first)]
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
