"""Peak memory of ten directions at 1024 pixels in W, by storage of the columns.

All 512 columns are computed at full size, for displacements of the last two layers only: the stored
columns and the largest features are the same as for all layers, at a seventh of the work. 1 GB
holds 150 columns in half precision, which are multiplied with all later ones.
"""

from __future__ import annotations

from typing import Any

import latent_levers as ll
import torch

from .accuracy import sine
from .children import call
from .networks import load_workload
from .peaks import peak_mb
from .rows import Row
from .timing import seconds

_VARIANTS: dict[str, dict[str, Any]] = {
    "float32-columns": {"keep": torch.float32, "memory": 1 << 34},
    "float16-columns": {"keep": torch.float16, "memory": 1 << 34},
    "budget-1-GB": {"keep": torch.float16, "memory": 10**9},
}


def measure(case: str, network: str = "stylegan2-1024") -> list[Row]:
    """Measure each variant in a fresh process.

    Args:
        case: Name of the case.
        network: Name of the network.

    Returns:
        One row per variant, with the angle of its directions to those of the first variant.
    """
    rows: list[Row] = []
    first: list[list[float]] | None = None
    for name in _VARIANTS:
        found = call("bench.memory:run", network, name)
        vectors = found["vectors"]
        first = first or vectors
        angle = sine(torch.tensor(vectors), torch.tensor(first))
        ms = found["seconds"] / len(vectors[0]) * 1e3
        more = {"angle_to_float32": angle, "note": "resefa, the last two layers"}
        rows.append(Row(case, name, ms, found["seconds"], found["peak_mb"], more=more))
        print(f"  {name}: {found['seconds']:.0f} s, {found['peak_mb'] or 0:.0f} MB", flush=True)
    return rows


def run(network: str, variant: str) -> dict[str, Any]:
    """Run one variant; called in a fresh process.

    Args:
        network: Name of the network.
        variant: Name of the variant.

    Returns:
        Seconds, megabytes, and directions.
    """
    workload = load_workload(network)
    found: list[ll.Directions] = []

    def work() -> None:
        options = ll.JacobianOptions(**_VARIANTS[variant])
        layers = range(workload.gan.spec.num_ws - 2, workload.gan.spec.num_ws)
        region = workload.region
        found.append(ll.resefa(workload.gan, workload.code, region, layers=layers, effort=options))

    took, peak = peak_mb(lambda: seconds(work))
    return {"seconds": took, "peak_mb": peak, "vectors": found[0].vectors.double().tolist()}
