"""Which evaluation belongs to a step of a sampler, learnt by running it without the network.

Samplers evaluate the network once or several times a step, on their own latent or on a copy, and
report each step to a callback. A sampler that is given a stand-in for the network, and a latent of
a few numbers, shows in a millisecond what it does: which of its evaluations it reports, and what is
left of a latent that is moved there.
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

_SLACK = 0.05
"""Error of what is left of a move at the next evaluation, as a share of the move: a latent whose
picture does not change shrinks with the noise level, and to less where noise is added."""


_ROUNDING = 0.01
"""What rounding leaves of a move that is gone."""

_EXTRAPOLATED = 0.6
"""With the ratio r of noise levels, `1 - w (1 - r)` is left of a moved state, where multistep
samplers weight the present picture by w of 1 to 2; where the state was not moved, but the network's
answer was taken for that of an unmoved one, it is `-w (1 - r)`. This lies between."""


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
        gain: Share of the offset that the reported latent is moved by.
    """

    def __init__(self, offset: Tensor, index: int, way: str, gain: float = 1.0) -> None:
        self.offset, self.index, self.way, self.gain = offset, index, way, gain
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
        state.add_(self.offset.to(state) * (unit * self.gain))


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


def plan_move(
    call: SamplerCall, offset: Tensor, sigma: float, evaluations: Sequence[Evaluation], masked: bool
) -> Mover:
    """How a sampler's latent is moved at a noise level, so that the move lasts and leaves no trace.

    A moved state is smaller by the ratio of the noise levels at the next evaluation, or by more
    where noise is added, since the stand-in's picture ignores the move. A sampler that computes its
    state from something else than what it gave to the network shows another number.

    Args:
        call: The sampler and what it is given.
        offset: What is added.
        sigma: The noise level.
        evaluations: What the sampler reports.
        masked: Whether a noise mask puts a copy between the sampler and the network.

    Returns:
        What moves it.
    """
    place = evaluation_at(evaluations, sigma)
    number = evaluations.index(place)
    after = evaluations[number + 1] if number + 1 < len(evaluations) else None
    plain = _next_input(call, None, after)
    one = torch.ones(())

    def left(way: str) -> float:
        return float((_next_input(call, Mover(one, place.index, way), after) - plain).mean())

    # Some samplers end at the last level above 0, so that what is left is between both.
    ends = call.sigmas[-2:].tolist() if after is None else [after.sigma, after.sigma]
    most, least = (level / place.sigma for level in ends)
    lowest = -_EXTRAPOLATED * (1 - most) - _ROUNDING
    if not masked and lowest <= left(IN_PLACE) <= most + _SLACK:
        return Mover(offset, place.index, IN_PLACE)
    found = left(REPORTED)
    if found <= _SLACK:
        return Mover(offset, place.index, COPY)
    return Mover(offset, place.index, REPORTED, min(1.0, least / found))


def _next_input(call: SamplerCall, mover: Mover | None, after: Evaluation | None) -> Tensor:
    """What a sampler evaluates next, or its result, if its network ignores the latent."""
    inputs: list[Tensor] = []

    def evaluate(x: Tensor, sigma: float) -> Tensor:
        inputs.append(x.clone())
        return torch.zeros_like(x) if mover is None else mover.evaluated(x, torch.zeros_like)

    def report(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        if mover is not None:
            mover.reported(x)

    result = _run(call, evaluate, report)
    return result if after is None or after.index >= len(inputs) else inputs[after.index]


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
