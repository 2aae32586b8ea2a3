"""ComfyUI's samplers: their latent and guider at a step, and latents moved on the way.

The only file of this folder that imports `comfy`, when a function is called. Everything goes
through ComfyUI's own wrappers of a model; no function of it is replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...core.base.errors import LatentError
from ...core.base.progress import Progress
from ...core.diffusion import formulas
from ...core.diffusion.denoised_map import STEPS, DenoisedMap, Derivative
from ...core.diffusion.region_levers import RegionLevers, mismatches, require_fit
from ...core.diffusion.search import Origin, SearchOptions, find_region_levers
from .rehearsal import Mover, SamplerCall, evaluation_at, reported_evaluations, way_to_move

_log = logging.getLogger(__name__)

ROPES = {
    "comfy_kitchen.apply_rope": formulas.rotate_pairs_of_two,
    "comfy_kitchen.apply_rope1": formulas.rotate_pairs,
    "comfy_kitchen.apply_rope_split_half": formulas.rotate_halves_of_two,
    "comfy_kitchen.apply_rope_split_half1": formulas.rotate_halves,
}
"""Operations of ComfyUI without a derivative, and their plain formulas."""

_SEARCH = "latent_levers_search"
"""Entry of `transformer_options` while a search evaluates the network: nothing is moved then."""

_OVERRIDE = "optimized_attention_override"
"""Entry of `transformer_options` that chooses the attention."""

_SAMPLED = 16
"""Numbers of each tensor that go into the hash of a model, which would else take a minute."""


@dataclass(frozen=True)
class SamplerRun:
    """What a KSampler is given beside the model."""

    positive: Any
    """Conditioning."""
    negative: Any
    """Conditioning."""
    latent: Mapping[str, Any]
    """samples `[1, C, ..., H, W]`, and perhaps noise_mask."""
    sampler: str
    """One of ComfyUI's samplers."""
    scheduler: str
    """One of ComfyUI's schedulers."""
    numbers: Mapping[str, float]
    """cfg, steps, seed, denoise."""


@dataclass(frozen=True)
class Moment:
    """A sampler at one of its steps, while its model is loaded."""

    denoised: Callable[[Tensor], Tensor]
    """From the noisy latent to the sampler's denoised picture, guidance and noise mask included."""
    latent: Tensor
    """`[1, C, ..., H, W]`, the noisy latent."""
    sigma: float
    """Its noise level."""
    step: int
    """Index of the step."""


class _ReachedError(Exception):
    """The sampler has reached the step; it goes no further."""


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
        how = Derivative(
            compute_dtype(model),
            pull="push" if chosen.effort == "forward-only" else "reverse",
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
    stop = _Stop()

    def sampling(
        executor: Any, guider: Any, sigmas: Tensor, extra_args: Any, callback: Any, *given: Any
    ) -> Tensor:
        noise, latent, denoise_mask = given[0], given[1], given[2]
        call = SamplerCall(executor.class_obj, guider, sigmas, extra_args, noise, latent)
        step = min(int(at * (len(sigmas) - 1)), len(sigmas) - 2)
        stop.index = evaluation_at(reported_evaluations(call), float(sigmas[step])).index
        with contextlib.suppress(_ReachedError):
            executor(guider, sigmas, extra_args, None, noise, latent, denoise_mask, True)
        if not stop.latent.ndim:
            raise LatentError(
                f"The sampler {run.sampler} ended before step {step}",
                "a sampler whose steps do not depend on the picture",
                "Choose an earlier step, or another sampler",
            )
        evaluate = _evaluator(guider, stop, denoise_mask, latent)
        moment = Moment(evaluate, stop.latent, float(stop.timestep.flatten()[0]), step)
        results.append(work(moment))
        return noise

    clone = model.clone()
    clone.add_wrapper_with_key(WrappersMP.SAMPLER_SAMPLE, _SEARCH, sampling)
    clone.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, _SEARCH, stop.predict)
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


class _Stop:
    """Keeps what the network is given at one evaluation, and ends the sampler there."""

    def __init__(self) -> None:
        self.index = -1
        self.latent = self.timestep = torch.zeros(())
        self.options: dict[str, Any] = {}
        self.seed: int | None = None
        self._count = 0

    def predict(
        self, executor: Any, x: Tensor, timestep: Tensor, options: Any, seed: int | None = None
    ) -> Tensor:
        """The wrapper of an evaluation."""
        number, self._count = self._count, self._count + 1
        if number != self.index:
            return executor(x, timestep, options, seed)
        self.latent, self.timestep = x.clone(), timestep.clone()
        self.options, self.seed = options, seed
        raise _ReachedError


def _evaluator(
    guider: Any, stop: _Stop, mask: Tensor | None, latent: Tensor
) -> Callable[[Tensor], Tensor]:
    """The denoised picture as a function of the latent that the sampler was stopped with."""
    options = dict(stop.options)
    inner = dict(options.get("transformer_options", {}))
    inner[_SEARCH] = True
    inner.setdefault(_OVERRIDE, _plain_attention)
    options["transformer_options"] = inner

    def evaluate(x: Tensor) -> Tensor:
        if mask is None:
            return guider(x, stop.timestep, options, stop.seed)
        held = stop.latent * (1 - mask)
        found = guider(x * mask + held, stop.timestep, options, stop.seed)
        return found * mask + latent * (1 - mask)

    return evaluate


def _plain_attention(function: Any, *args: Any, **kwargs: Any) -> Tensor:
    """PyTorch's attention, which has a derivative, in place of the one that ComfyUI was set to."""
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

    identity = model_hash(model)
    movers: list[Mover] = []

    def sampling(
        executor: Any, guider: Any, sigmas: Tensor, extra_args: Any, callback: Any, *given: Any
    ) -> Tensor:
        noise, latent, mask = (*given, None, None)[:3]
        require_fit(levers, tuple(noise.shape))
        for note in mismatches(levers, identity, extra_args.get("seed")):
            _log.warning("%s", note)
        call = SamplerCall(executor.class_obj, guider, sigmas, extra_args, noise, latent)
        place = evaluation_at(reported_evaluations(call), levers.sigma).index
        own = offset if mask is None else offset.to(mask) * mask
        mover = Mover(own, place, way_to_move(call, place, mask is not None))
        movers.append(mover)

        def report(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
            mover.reported(x)
            if callback is not None:
                callback(step, denoised, x, total)

        try:
            return executor(guider, sigmas, extra_args, report, *given)
        finally:
            movers.remove(mover)

    def predict(
        executor: Any, x: Tensor, timestep: Tensor, options: Any, seed: int | None = None
    ) -> Tensor:
        searching = options.get("transformer_options", {}).get(_SEARCH, False)
        if searching or not movers:
            return executor(x, timestep, options, seed)
        return movers[-1].evaluated(x, lambda moved: executor(moved, timestep, options, seed))

    clone = model.clone()
    key = f"latent_levers.{uuid.uuid4()}"
    clone.add_wrapper_with_key(WrappersMP.SAMPLER_SAMPLE, key, sampling)
    clone.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, key, predict)
    return clone


def compute_dtype(model: Any) -> torch.dtype:
    """The type in which a model's network computes, which may be stored in another.

    Args:
        model: ComfyUI's model.

    Returns:
        One of those that have a step of central differences.
    """
    base = model.model
    given = base.manual_cast_dtype
    dtype = base.get_dtype() if given is None else given
    return dtype if dtype in STEPS else torch.bfloat16


def model_hash(model: Any) -> str:
    """Identify a model by names, shapes and some numbers of its weights, and by its patches.

    Args:
        model: ComfyUI's model.

    Returns:
        16 hex digits; the same whether patches are in the weights at the time or not.
    """
    digest = hashlib.sha256()
    patched = {name: len(patches) for name, patches in model.patches.items()}
    for name, tensor in sorted(model.model.diffusion_model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        patches = model.patches.get(f"diffusion_model.{name}")
        if patches:
            strengths = [(patch[0], patch[2]) for patch in patches]
            digest.update(f"{strengths}{patched[f'diffusion_model.{name}']}".encode())
        elif tensor.numel():
            flat = tensor.detach().reshape(-1)
            some = flat[:: max(1, flat.numel() // _SAMPLED)][:_SAMPLED]
            digest.update(str(some.float().cpu().tolist()).encode())
    return digest.hexdigest()[:16]
