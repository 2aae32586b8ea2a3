"""Every precision of a Jacobian: seconds, and the angle to a reference in float64."""

from __future__ import annotations

from collections.abc import Iterator

import latent_levers as ll
import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.base.precision import PRECISIONS
from latent_levers.core.generators.rendering import chunk_that_fits
from latent_levers.core.jacobians.strategies.linearised import LinearisedStrategy

from bench.accuracy import keep_all, problem_of, reference, sine
from bench.networks import Workload

from .check import CUT_OFF, NOT_HERE, Finding, Setting
from .device import seconds
from .workloads import moved, workload


def findings(setting: Setting) -> Iterator[Finding]:
    """Ten levers of W at each precision, beside exact ones in the same run.

    Args:
        setting: The device.

    Yields:
        Angles, and time over that of float32; whether the settings of TF32 are as before.
    """
    on_cuda = setting.device == "cuda"
    home = workload(setting, "stylegan2-256" if on_cuda else "stylegan2-64")
    given = moved(home, setting.device)
    wide = given if on_cuda else home  # the reference takes float64, which MPS has not
    with plain_tensors(), full_precision():
        chunk = chunk_that_fits(wide.gan.spec, wide.gan.device)
        source = LinearisedStrategy().source(wide.image(), torch.float32, chunk)
        exact = reference(wide, problem_of(keep_all(source), wide))
    before = _switches()
    first: float | None = None
    for precision in PRECISIONS:
        what = f"{home.gan.spec.img_resolution} px, {precision.id}"
        if precision.tf32 and setting.device != "cuda":
            yield Finding(what, outcome=NOT_HERE, note="TF32 is a mode of CUDA devices")
            continue
        if setting.left < 3 * (first or 1.0):
            yield Finding(what, outcome=CUT_OFF, note="no time was left")
            continue
        vectors: list[torch.Tensor] = []
        took = _timed(given, setting, precision.id, vectors)
        first = first or took
        most = 1e-3 if precision.exact else None
        yield Finding(f"{what}: angle", sine(vectors[-1], exact.vectors), "", most)
        bound = 1.05 if precision.id == "fast" and not setting.quick else None
        note = f"{took:.3g} s; the quicker of two"
        yield Finding(f"{what}: time / float32", took / first, "", bound, note)
    changed = sum(one != other for one, other in zip(before, _switches(), strict=True))
    yield Finding("settings of TF32 that a run left changed", float(changed), "", 0.0)


def _timed(given: Workload, setting: Setting, precision: str, found: list[torch.Tensor]) -> float:
    """The quicker of two runs, after one that warms up."""

    def work() -> None:
        options = ll.JacobianOptions(precision=precision)
        levers = ll.resefa(
            given.gan, given.code, given.region, effort=options, solver="krylov", shrinkage=1e-3
        )
        found.append(levers.vectors)

    work()
    return seconds(work, setting.device, 2)


def _switches() -> list[bool]:
    """The settings of TF32 of this process."""
    return [torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32]
