"""Samplers whose latent is moved once, at a noise level."""

from __future__ import annotations

import logging
from typing import Any

from torch import Tensor

from ...core.diffusion.region_levers import RegionLevers, mismatches, require_fit
from .rehearsal import Mover, SamplerCall, plan_move, reported_evaluations
from .stopping import SEARCHING

_log = logging.getLogger(__name__)


class Pull:
    """ComfyUI's wrappers that move a latent.

    Args:
        levers: Where the offset belongs.
        offset: `[1, C, (T,) H, W]`.
        identity: Hash of the model that is pulled.
    """

    def __init__(self, levers: RegionLevers, offset: Tensor, identity: str) -> None:
        self._levers, self._offset, self._identity = levers, offset, identity
        self._movers: list[Mover] = []

    def sampling(
        self,
        executor: Any,
        guider: Any,
        sigmas: Tensor,
        extra_args: Any,
        callback: Any,
        *given: Any,
    ) -> Tensor:
        """The wrapper of a whole run: learns where the latent is to be moved."""
        noise: Tensor = given[0]
        latent, mask = (*given[1:], None, None)[:2]
        require_fit(self._levers, tuple(noise.shape))
        for note in mismatches(self._levers, self._identity, extra_args.get("seed")):
            _log.warning("%s", note)
        call = SamplerCall(executor.class_obj, guider, sigmas, extra_args, noise, latent)
        own = self._offset if mask is None else self._offset.to(mask) * mask
        sigma, evaluations = self._levers.sigma, reported_evaluations(call)
        mover = plan_move(call, own, sigma, evaluations, mask is not None)
        self._movers.append(mover)

        def report(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
            mover.reported(x)
            if callback is not None:
                callback(step, denoised, x, total)

        try:
            return executor(guider, sigmas, extra_args, report, *given)
        finally:
            self._movers.remove(mover)

    def predict(
        self, executor: Any, x: Tensor, timestep: Tensor, options: Any, seed: int | None = None
    ) -> Tensor:
        """The wrapper of an evaluation."""
        searching = options.get("transformer_options", {}).get(SEARCHING, False)
        if searching or not self._movers:
            return executor(x, timestep, options, seed)
        return self._movers[-1].evaluated(x, lambda moved: executor(moved, timestep, options, seed))
