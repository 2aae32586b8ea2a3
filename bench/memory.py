"""Peak memory of ten directions at 1024 pixels in W: columns kept whole, in half, or not.

All 512 columns are made and kept at full size, by the last two layers alone: what is kept and the
largest features are the same, and the work is a seventh of that of all layers. With 1 GB there is
room for 150 columns in half precision, which are multiplied with all that follow.
"""

from __future__ import annotations

from typing import Any

import latent_levers as ll
import torch

from .accuracy import sine
from .children import call
from .networks import subject
from .peaks import peak_mb
from .rows import Row
from .timing import seconds

_VARIANTS: dict[str, dict[str, Any]] = {
    "float32-columns": {"keep": torch.float32, "memory": 1 << 34},
    "float16-columns": {"keep": torch.float16, "memory": 1 << 34},
    "budget-1-GB": {"keep": torch.float16, "memory": 10**9},
}


def measure(case: str, network: str = "stylegan2-1024") -> list[Row]:
    """Measure each variant in a process of its own.

    Args:
        case: Name of the case.
        network: Which network.

    Returns:
        One row per variant, with the angle of its directions to those of the first.
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
    """What `measure` calls in a process of its own.

    Args:
        network: Which network.
        variant: How columns are kept.

    Returns:
        Seconds, megabytes, and directions.
    """
    what = subject(network)
    found: list[ll.Directions] = []

    def work() -> None:
        options = ll.JacobianOptions(**_VARIANTS[variant])
        layers = range(what.gan.spec.num_ws - 2, what.gan.spec.num_ws)
        region = what.region
        found.append(ll.resefa(what.gan, what.code, region, layers=layers, effort=options))

    took, peak = peak_mb(lambda: seconds(work))
    return {"seconds": took, "peak_mb": peak, "vectors": found[0].vectors.double().tolist()}
