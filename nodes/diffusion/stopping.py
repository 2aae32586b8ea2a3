"""A sampler that is stopped at one of its evaluations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

SEARCHING = "latent_levers_search"
"""Entry of `transformer_options` while a search evaluates the network: nothing is moved then."""

_OVERRIDE = "optimized_attention_override"
"""Entry of `transformer_options` that chooses the attention."""


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


class ReachedError(Exception):
    """The sampler has reached the step; it goes no further."""


class Stop:
    """Keeps what the network is given at one evaluation, and ends the sampler there."""

    def __init__(self) -> None:
        self.index = -1
        """Number of the evaluation."""
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
        raise ReachedError

    def evaluator(
        self, guider: Any, mask: Tensor | None, latent: Tensor, attention: Callable[..., Tensor]
    ) -> Callable[[Tensor], Tensor]:
        """The denoised picture as a function of the latent that the sampler was stopped with.

        Args:
            guider: ComfyUI's guider, whose model is loaded.
            mask: The noise mask; none for all of the latent.
            latent: What the mask holds.
            attention: An attention with a derivative, with ComfyUI's arguments for an override.

        Returns:
            The function.
        """
        options = dict(self.options)
        inner = dict(options.get("transformer_options", {}))
        inner[SEARCHING] = True
        inner.setdefault(_OVERRIDE, attention)
        options["transformer_options"] = inner

        def evaluate(x: Tensor) -> Tensor:
            if mask is None:
                return guider(x, self.timestep, options, self.seed)
            held = self.latent * (1 - mask)
            found = guider(x * mask + held, self.timestep, options, self.seed)
            return found * mask + latent * (1 - mask)

        return evaluate
