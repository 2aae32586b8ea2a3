"""Jacobian and ten directions of a 1024 px StyleGAN2 on a CUDA GPU, after a warm-up run."""

from __future__ import annotations

import latent_levers as ll
import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.generators.rendering import chunk_that_fits
from latent_levers.core.jacobians.columns import ColumnSource
from latent_levers.core.jacobians.strategies.linearised import LinearisedStrategy

from .accuracy import keep_all, problem_of, reference, sine
from .networks import Workload, load_workload
from .peaks import peak_mb
from .rows import Row
from .timing import seconds

_TURNS = 3
_W, _W_PLUS = ("float32", "tf32", "bfloat16", "fast"), ("float32", "fast")


def measure(case: str, network: str = "stylegan2-1024") -> list[Row]:
    """Measure ten directions at each precision, in W and in W+.

    Args:
        case: Name of the case.
        network: Name of the network.

    Returns:
        Rows "W-float32", "W-fast", "W+-float32" and so on, the best of several runs; empty without
        CUDA.
    """
    if not torch.cuda.is_available():
        return []
    on_cpu = load_workload(network)
    workload = Workload(on_cpu.gan.to(device="cuda"), on_cpu.code, on_cpu.region)
    with plain_tensors(), full_precision():
        stored = keep_all(_columns(workload))
        problem = problem_of(stored, workload)
        del stored
        exact = reference(workload, problem)
    rows: list[Row] = []
    for space, precisions in (("W", _W), ("W+", _W_PLUS)):
        size = workload.image(ll.LatentSpace.parse(space)).size
        for precision in precisions:
            options = ll.JacobianOptions(precision=precision)
            vectors: list[torch.Tensor] = []

            def work(
                options: ll.JacobianOptions = options,
                space: str = space,
                found: list[torch.Tensor] = vectors,
            ) -> None:
                region = workload.region
                found.append(
                    ll.resefa(
                        workload.gan, workload.code, region, space=space, effort=options
                    ).vectors
                )

            peak = peak_mb(work, "cuda")[1]  # the first run is also the warm-up
            took = min(seconds(work, "cuda") for _ in range(_TURNS))
            angle = sine(vectors[-1], exact.vectors) if space == "W" else None
            more = {"reference_residual": exact.residual} if space == "W" else {}
            name = f"{space}-{precision}"
            rows.append(Row(case, name, took / size * 1e3, took, peak, angle, more))
            print(f"  {name}: {took:.2f} s", flush=True)
    return rows


def _columns(workload: Workload) -> ColumnSource:
    """All columns of the Jacobian, in float32."""
    chunk = chunk_that_fits(workload.gan.spec, workload.gan.device)
    return LinearisedStrategy().source(workload.image(), torch.float32, chunk)
