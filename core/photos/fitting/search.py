"""The search for the code of one photograph: its start, and its spaces one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.execution import full_precision, plain_tensors
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace
from ..inverter import Inverter
from ..photo_input import drawn_channels
from .coordinates import AbstractCoordinates, LatentCoordinates, StyleCoordinates
from .minimize import Watch, minimize
from .pyramid import Misfit
from .restart import FEWEST, OVERSHOOT, POOR, Restart, descend_twice

LOOSE, LOOSE_SHARE = 16.0, 0.25
"""Factor on t at first, and the share of all evaluations that it lasts: a search that trusts the
photograph less at first ends in fewer poor minima."""

SHARED_SHARE = 0.4
"""Share of the evaluations that W gets where W+ follows."""

PLUS_SHARE = 0.5
"""Share of the rest that W+ gets where S follows."""


@dataclass(frozen=True)
class SearchOptions:
    """How near to the photograph a search goes."""

    space: LatentSpace
    """W, W+, Z, Z+ or S."""
    trust: float
    """t: the noise of the photograph that is not fitted, as a standard deviation per pixel and
    scale."""
    cohesion: float
    """tau: how far the layers may differ, in deviations of random codes."""
    steps: int
    """Evaluations, each a forward and a backward pass; 0 keeps what the encoder says."""


def energy(
    coordinates: AbstractCoordinates, misfit: Misfit, trust: float
) -> Callable[[Tensor], Tensor]:
    """`E(u) = sum_k P mean(pool_k(G(u) - y)^2) / (2 t^2) + |u|^2 / 2`.

    Args:
        coordinates: What u means.
        misfit: To the photograph.
        trust: t.

    Returns:
        From `[L, d]` float64 to `[]` float64, differentiable.
    """

    def value(u: Tensor) -> Tensor:
        found = misfit(drawn_channels(coordinates.draw(u)))[0].to("cpu", torch.float64)
        return found / (2 * trust**2) + u.square().sum() / 2

    return value


def search(
    gan: Generator,
    inverter: Inverter,
    misfit: Misfit,
    options: SearchOptions,
    tick: Callable[[], None],
    begin: Tensor | None = None,
) -> LatentCode:
    """Find the code of one photograph.

    Args:
        gan: The generator.
        inverter: Prepared for it.
        misfit: To the photograph, on the generator's device.
        options: Space, t, tau and evaluations.
        tick: Called after each evaluation; may raise to cancel.
        begin: `[1 or num_ws, D]`, latents to begin with; none asks the inverter's encoder.

    Returns:
        One code, not truncated.
    """
    like = inverter.mean_code(gan)
    shared = LatentCoordinates(gan, inverter.prior, like)

    def encoded(picture: Tensor) -> Tensor:
        """`[1, d]`: what the encoder says."""

        def drawn(u: Tensor) -> Tensor:
            return drawn_channels(shared.draw(u))

        return inverter.encoder.encode(picture, drawn, misfit.keep)[None]

    with plain_tensors():
        u = encoded(misfit.photo) if begin is None else shared.point(begin)
    shared_only = options.space in (LatentSpace.W, LatentSpace.Z)
    stages = _evaluations(options, begin is not None and len(begin) > 1)

    def other(u: Tensor) -> Tensor:
        with torch.no_grad():
            picture = drawn_channels(shared.draw(u)).clamp(-1, 1)
            missing = encoded(misfit.photo) - encoded(picture)
        tick()
        return u + OVERSHOOT * missing

    def descend(
        coordinates: AbstractCoordinates,
        start: Tensor,
        evaluations: int,
        factor: float = 1.0,
        watch: Watch | None = None,
    ) -> Tensor:
        if not evaluations:
            return start
        trust = factor * options.trust
        apply = coordinates.preconditioner(inverter.curvature, trust)
        value_at = energy(coordinates, misfit, trust)

        def objective(v: Tensor) -> tuple[float, Tensor]:
            with torch.enable_grad():
                point = v.reshape(start.shape).requires_grad_()
                value = value_at(start + apply(point))
                (gradient,) = torch.autograd.grad(value, point)
            tick()
            return float(value.detach()), gradient.flatten()

        def back(v: Tensor) -> Tensor:
            return start + apply(v.reshape(start.shape))

        def watched(count: int, value: float, v: Tensor) -> bool:
            return watch is None or watch(count, value, back(v))

        zero = torch.zeros(start.numel(), dtype=torch.float64)
        return back(minimize(objective, zero, evaluations, watched))

    def descend_shared(start: Tensor, evaluations: int, watch: Watch | None = None) -> Tensor:
        return descend(shared, start, evaluations, watch=watch)

    with plain_tensors(), full_precision():
        loose = min(stages[0], round(LOOSE_SHARE * options.steps))
        u = descend(shared, u, loose, LOOSE)
        if (rest := stages[0] - loose) < FEWEST:
            u = descend_shared(u, rest)
        else:
            restart = Restart(other, POOR * inverter.prior.size / 2)
            u = descend_twice(descend_shared, u, rest, restart)
        code = shared.codes(u)
        if not stages[1] and not stages[2] and (shared_only or begin is None):
            return code
        layered = LatentCoordinates(gan, inverter.prior, like, options.cohesion)
        wide = layered.widened(u) if begin is None or len(begin) == 1 else layered.point(begin)
        u = descend(layered, wide, stages[1])
        code = layered.codes(u)
        if not stages[2]:
            return code
        styled = StyleCoordinates.of(gan, code, options.cohesion)
        start = torch.zeros(1, len(styled.scales), dtype=torch.float64)
        return styled.codes(descend(styled, start, stages[2]))


def _evaluations(options: SearchOptions, layered: bool) -> tuple[int, int, int]:
    """Evaluations in W (Z), W+ (Z+) and S; none in W where the start has a latent by layer."""
    if options.space in (LatentSpace.W, LatentSpace.Z):
        return options.steps, 0, 0
    shared = 0 if layered else round(SHARED_SHARE * options.steps)
    rest = options.steps - shared
    if options.space is not LatentSpace.S:
        return shared, rest, 0
    plus = round(PLUS_SHARE * rest)
    return shared, plus, rest - plus
