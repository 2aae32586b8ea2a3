"""ComfyUI's samplers: their latent and guider at a step, and latents moved on the way.

The only file of this folder that imports `comfy`, when a function is called. Everything goes
through ComfyUI's own wrappers of a model; no function of it is replaced.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from typing import Any

from torch import Tensor

from ...core.base.errors import LatentError
from ...core.base.progress import Progress
from ...core.diffusion import formulas
from ...core.diffusion.denoised_map import DenoisedMap, Derivative
from ...core.diffusion.healing import is_differentiating
from ...core.diffusion.region_levers import RegionLevers
from ...core.diffusion.search import Origin, SearchOptions, find_region_levers
from .models import compute_dtype, model_hash
from .moving import Pull
from .rehearsal import SamplerCall, evaluation_at, reported_evaluations
from .stopping import SEARCHING, Moment, ReachedError, SamplerRun, Stop

ROPES = {
    "comfy_kitchen.apply_rope": formulas.rotate_pairs_of_two,
    "comfy_kitchen.apply_rope1": formulas.rotate_pairs,
    "comfy_kitchen.apply_rope_split_half": formulas.rotate_halves_of_two,
    "comfy_kitchen.apply_rope_split_half1": formulas.rotate_halves,
}
"""Operations of ComfyUI without a derivative, and their plain formulas."""


def find(
    model: Any,
    run: SamplerRun,
    mask: Tensor,
    at: float = 0.0,
    options: SearchOptions | None = None,
    progress: Progress | None = None,
) -> RegionLevers:
    """Search for the levers of a region at one step of a sampler.

    Args:
        model: ComfyUI's model.
        run: The sampler.
        mask: `[H', W']` in [0, 1], any resolution.
        at: Share of the steps that are done before, 0 to below 1.
        options: What is searched for; none means the defaults.
        progress: Called with the steps done and those expected; may raise to cancel.

    Returns:
        The levers.

    Raises:
        LatentError: There is more than one latent, or `at` is out of range.
        SolveError: The derivative is wrong, or nothing in the region depends on the latent.
        RegionError: The region is empty or everything.
    """
    import comfy.model_management as management

    chosen = options or SearchOptions()
    identity = model_hash(model)
    settings = {**run.numbers, "sampler": run.sampler, "scheduler": run.scheduler, "at": at}

    def work(moment: Moment) -> RegionLevers:
        dtype, alone = compute_dtype(model), chosen.effort == "forward-only"
        how = Derivative(
            dtype,
            "forward" if dtype.itemsize < 4 and not alone else "central",
            "push" if alone else "reverse",
            formulas=ROPES,
        )
        pulse = management.throw_exception_if_processing_interrupted
        image = DenoisedMap(moment.denoised, moment.latent, how, pulse)
        here = {**settings, "step": moment.step}
        origin = Origin(moment.sigma, int(run.numbers["seed"]), identity, here)
        return find_region_levers(image, mask, origin, chosen, progress)

    return at_step(model, run, at, work)


def at_step(model: Any, run: SamplerRun, at: float, work: Callable[[Moment], Any]) -> Any:
    """Run a sampler to one of its steps, then work there instead of going on.

    Args:
        model: ComfyUI's model.
        run: The sampler.
        at: Share of the steps that are done before, 0 to below 1.
        work: Called once, while the model is loaded.

    Returns:
        What `work` returns.

    Raises:
        LatentError: There is more than one latent, or `at` is out of range.
    """
    import comfy.sample
    from comfy.patcher_extension import WrappersMP

    samples = comfy.sample.fix_empty_latent_channels(model, run.latent["samples"])
    nested = bool(samples.is_nested)
    if nested or len(samples) != 1:
        count = "Latents of several kinds" if nested else f"{len(samples)} latents"
        raise LatentError(f"{count} were given", "one latent", "Take one of the batch")
    if not 0 <= at < 1:
        raise LatentError(f"at is {at}", "a share of the steps, 0 to below 1")
    results: list[Any] = []
    stop = Stop()

    def sampling(
        executor: Any, guider: Any, sigmas: Tensor, extra_args: Any, callback: Any, *given: Any
    ) -> Tensor:
        noise, latent, denoise_mask = given[0], given[1], given[2]
        call = SamplerCall(executor.class_obj, guider, sigmas, extra_args, noise, latent)
        step = min(int(at * (len(sigmas) - 1)), len(sigmas) - 2)
        stop.index = evaluation_at(reported_evaluations(call), float(sigmas[step])).index
        with contextlib.suppress(ReachedError):
            executor(guider, sigmas, extra_args, None, noise, latent, denoise_mask, True)
        if not stop.latent.ndim:
            raise LatentError(
                f"The sampler {run.sampler} ended before step {step}",
                "a sampler whose steps do not depend on the picture",
                "Choose an earlier step, or another sampler",
            )
        evaluate = stop.evaluator(guider, denoise_mask, latent, _plain_attention)
        moment = Moment(evaluate, stop.latent, float(stop.timestep.flatten()[0]), step)
        results.append(work(moment))
        return noise

    clone = model.clone()
    clone.add_wrapper_with_key(WrappersMP.SAMPLER_SAMPLE, SEARCHING, sampling)
    clone.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, SEARCHING, stop.predict)
    number = run.numbers
    comfy.sample.sample(
        clone,
        comfy.sample.prepare_noise(samples, int(number["seed"])),
        int(number["steps"]),
        number["cfg"],
        run.sampler,
        run.scheduler,
        run.positive,
        run.negative,
        samples,
        denoise=number.get("denoise", 1.0),
        noise_mask=run.latent.get("noise_mask"),
        disable_pbar=True,
        seed=int(number["seed"]),
    )
    return results[0]


def _plain_attention(function: Any, *args: Any, **kwargs: Any) -> Tensor:
    """PyTorch's attention where a derivative is taken, else the one that ComfyUI was set to."""
    if not is_differentiating():
        return function(*args, **kwargs)
    from comfy.ldm.modules.attention import attention_pytorch

    return attention_pytorch(*args, **kwargs)


def pull(model: Any, levers: RegionLevers, index: int, strength: float) -> Any:
    """A model whose samplers move their latent along a lever, once, at its noise level.

    Args:
        model: ComfyUI's model; it may have been pulled before.
        levers: The levers.
        index: Index of the lever, from 0.
        strength: 1 moves the latent by as much as it is itself where the lever acts; 0 nothing.

    Returns:
        Another model.

    Raises:
        DirectionsError: There is no such lever.
    """
    return moved(model, levers, levers.move(index, strength))


def moved(model: Any, levers: RegionLevers, offset: Tensor) -> Any:
    """A model whose samplers add an offset to their latent at the noise level of some levers.

    Args:
        model: ComfyUI's model.
        levers: Where the offset belongs.
        offset: `[1, C, (T,) H, W]`.

    Returns:
        Another model.
    """
    from comfy.patcher_extension import WrappersMP

    mover = Pull(levers, offset, model_hash(model))
    clone = model.clone()
    key = f"latent_levers.{uuid.uuid4()}"
    clone.add_wrapper_with_key(WrappersMP.SAMPLER_SAMPLE, key, mover.sampling)
    clone.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, key, mover.predict)
    return clone


def sampler_lists() -> tuple[list[str], list[str]]:
    """What the ComfyUI at hand samples with.

    Returns:
        Its samplers and its schedulers.
    """
    import comfy.samplers

    return list(comfy.samplers.KSampler.SAMPLERS), list(comfy.samplers.KSampler.SCHEDULERS)
