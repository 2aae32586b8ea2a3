"""Runs of ComfyUI's samplers that checks of diffusion share; imports ComfyUI where it is used."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from typing import Any


def run_of(kind: Any, sampler: str = "euler", **numbers: float) -> Any:
    """A sampler with four steps and guidance."""
    import torch
    from latent_levers.nodes.diffusion.stopping import SamplerRun
    from tiny_comfy_models import conditioning

    given = {"cfg": 2.5, "steps": 4, "seed": 11, "denoise": 1.0, **numbers}
    latent = {"samples": torch.zeros(kind.shape)}
    return SamplerRun(
        conditioning(kind, 1), conditioning(kind, 2), latent, sampler, "normal", given
    )


def sampled(model: Any, run: Any) -> tuple[Any, list[Any]]:
    """An ordinary run: its result, and the pictures that it reported."""
    import comfy.sample
    import torch

    pictures: list[Any] = []

    def report(step: int, denoised: Any, x: Any, total: int) -> None:
        pictures.append(denoised.clone())

    number, samples = run.numbers, run.latent["samples"]
    with torch.inference_mode():
        result = comfy.sample.sample(
            model,
            comfy.sample.prepare_noise(samples, int(number["seed"])),
            int(number["steps"]),
            number["cfg"],
            run.sampler,
            run.scheduler,
            run.positive,
            run.negative,
            samples,
            denoise=number["denoise"],
            noise_mask=run.latent.get("noise_mask"),
            callback=report,
            disable_pbar=True,
            seed=int(number["seed"]),
        )
    return result, pictures


def apart(one: Any, other: Any) -> float:
    """Norm of the difference, relative to the second."""
    return float((one.double() - other.double()).norm() / other.double().norm().clamp_min(1e-30))


@contextlib.contextmanager
def told(facts: dict[str, Any]) -> Iterator[None]:
    """Put an error into the facts instead of ending all checks."""
    try:
        yield
    except Exception as error:
        lines = traceback.format_exc().strip().splitlines()
        facts["error"] = f"{type(error).__name__}: {error} ({' | '.join(lines[-5:-1])})"
