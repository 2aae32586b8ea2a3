"""Which evaluation belongs to a step of a sampler, learnt by running it without the network.

Samplers evaluate the network once or several times a step, on their own latent or on a copy, and
report each step to a callback. A sampler that is given a stand-in for the network, and a latent of
a few numbers, shows in a millisecond what it does: which of its evaluations it reports, and whether
it stands a latent that is moved there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...core.base.errors import SolveError

IN_PLACE, REPORTED, COPY = "in place", "reported", "copy"
"""Ways to move a latent: the sampler's own, before it is evaluated; a copy for the evaluation, and
the sampler's own when the step is reported; a copy alone."""

_MARK = 1e-3
"""The stand-in's pictures are constant: this times the number of the evaluation."""

_REMAINDER = 0.05
"""Share of a move that may be left in the result although the stand-in's picture ignores it. A move
of the state is denoised away; one that the sampler takes for a part of the picture stays."""


@dataclass(frozen=True)
class SamplerCall:
    """What a `SAMPLER_SAMPLE` wrapper is given."""

    sampler: Any
    """ComfyUI's sampler; its `sample` is called."""
    guider: Any
    """The guider, which evaluates the network."""
    sigmas: Tensor
    """`[steps + 1]`, the noise levels."""
    extra_args: Mapping[str, Any]
    """model_options and seed."""
    noise: Tensor
    """`[N, C, ..., H, W]`."""
    latent: Tensor | None
    """Of the same shape."""


@dataclass(frozen=True)
class Evaluation:
    """One evaluation that a sampler reports."""

    index: int
    """Its number among all evaluations, from 0."""
    sigma: float
    """Its noise level."""


class Mover:
    """Moves the latent at one evaluation.

    Args:
        offset: What is added; broadcasts to the latent.
        index: Number of the evaluation.
        way: One of `IN_PLACE`, `REPORTED`, `COPY`.
    """

    def __init__(self, offset: Tensor, index: int, way: str) -> None:
        self.offset, self.index, self.way = offset, index, way
        self._count = 0
        self._given: Tensor | None = None

    def evaluated(self, x: Tensor, evaluate: Callable[[Tensor], Tensor]) -> Tensor:
        """One evaluation, of a moved latent if it is the one.

        Args:
            x: The latent.
            evaluate: From a latent to its denoised picture.

        Returns:
            The denoised picture.
        """
        number, self._count = self._count, self._count + 1
        if number != self.index:
            return evaluate(x)
        offset = self.offset.to(x)
        if self.way == IN_PLACE:
            return evaluate(x.add_(offset))
        self._given = x.clone()
        return evaluate(x + offset)

    def reported(self, state: Tensor) -> None:
        """What the callback is given: the sampler's own latent, changed in place where that helps.

        Args:
            state: The latent, in the sampler's own units.
        """
        given, self._given = self._given, None
        if given is None or self.way != REPORTED or state.shape != given.shape:
            return
        unit = (state * given).sum() / given.square().sum().clamp_min(1e-12)
        state.add_(self.offset.to(state) * unit)


def reported_evaluations(call: SamplerCall) -> list[Evaluation]:
    """The evaluations that a sampler reports, one a step.

    Args:
        call: The sampler and what it is given.

    Returns:
        In order.

    Raises:
        SolveError: The sampler reports none.
    """
    sigmas: list[float] = []
    found: list[Evaluation] = []

    def evaluate(x: Tensor, sigma: float) -> Tensor:
        sigmas.append(sigma)
        return torch.full_like(x, _MARK * len(sigmas))

    def report(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        since = found[-1].index + 1 if found else 0
        mark = float(denoised.float().mean()) / _MARK - 1
        index = min(max(round(mark), since), len(sigmas) - 1)
        found.append(Evaluation(index, sigmas[index]))

    _run(call, evaluate, report)
    if not found:
        raise SolveError(
            "The sampler reports no step",
            "a sampler that calls its callback after each step",
            "Use another sampler, such as euler",
        )
    return found


def evaluation_at(evaluations: Sequence[Evaluation], sigma: float) -> Evaluation:
    """The first reported evaluation whose noise is at most some level, else the last.

    Args:
        evaluations: Those of a sampler.
        sigma: The level.

    Returns:
        The evaluation.
    """
    limit = sigma * (1 + 1e-4)
    return next((each for each in evaluations if each.sigma <= limit), evaluations[-1])


def way_to_move(call: SamplerCall, index: int, masked: bool) -> str:
    """How a latent can be moved at an evaluation without a trace of the move in the result.

    Args:
        call: The sampler and what it is given.
        index: Number of the evaluation.
        masked: Whether a noise mask puts a copy between the sampler and the network.

    Returns:
        One of `IN_PLACE`, `REPORTED`, `COPY`, the first that is possible.
    """
    plain = _moved(call, None)
    for way in (REPORTED,) if masked else (IN_PLACE, REPORTED):
        left = _moved(call, Mover(torch.ones(()), index, way)) - plain
        if float(left.abs().max()) <= _REMAINDER:
            return way
    return COPY


def _moved(call: SamplerCall, mover: Mover | None) -> Tensor:
    """The result of a sampler whose network ignores its input, with a latent moved or not."""

    def evaluate(x: Tensor, sigma: float) -> Tensor:
        if mover is None:
            return torch.zeros_like(x)
        return mover.evaluated(x, torch.zeros_like)

    def report(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        if mover is not None:
            mover.reported(x)

    return _run(call, evaluate, report)


class _StandIn:
    """A guider that does not run the network; all else is the real one's."""

    def __init__(self, call: SamplerCall, evaluate: Callable[[Tensor, float], Tensor]) -> None:
        self._guider, self._evaluate = call.guider, evaluate
        options = call.extra_args.get("model_options", {})
        self._before = list(options.get("sampler_post_cfg_function", []))

    def __getattr__(self, name: str) -> Any:
        """Whatever else a sampler asks the guider for."""
        return getattr(self._guider, name)

    def __call__(
        self, x: Tensor, timestep: Tensor, model_options: Mapping[str, Any], seed: int | None = None
    ) -> Tensor:
        """An evaluation; a sampler's own functions after guidance are called, no others."""
        denoised = self._evaluate(x, float(timestep.flatten()[0]))
        for function in model_options.get("sampler_post_cfg_function", []):
            if function not in self._before:
                seen = dict.fromkeys(("denoised", "cond_denoised", "uncond_denoised"), denoised)
                facts = {"input": x, "sigma": timestep, "model_options": model_options}
                denoised = function({**seen, **facts, "cond_scale": 1.0})
        return denoised


def _run(
    call: SamplerCall,
    evaluate: Callable[[Tensor, float], Tensor],
    report: Callable[[int, Tensor, Tensor, int], None],
) -> Tensor:
    """Run a sampler on a few numbers with a stand-in; random numbers of the process stay as is."""
    part = call.noise[:1, ..., :2, :2]
    draw = torch.Generator().manual_seed(4)
    noise = torch.randn(part.shape, generator=draw).to(part)
    latent = None if call.latent is None else torch.zeros_like(noise)
    arguments = {**call.extra_args, "model_options": dict(call.extra_args["model_options"])}
    devices = [noise.device] if noise.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        return call.sampler.sample(
            _StandIn(call, evaluate), call.sigmas, arguments, report, noise, latent, None, True
        ).clone()
