"""Holds one image after the other, and keeps what the pulls of one image share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ...base.errors import LatentError
from ...base.execution import full_precision, plain_tensors
from ...concepts.latent_code import LatentCode, LatentSpace
from ...jacobians.cache import cache_key
from ...jacobians.options import Derivative, JacobianOptions
from ...jacobians.plan import stored_columns
from .coordinates import HoldCoordinates, ready_to_move
from .curvature import RANK, Curvature, exact_curvature, sketched_curvature
from .finishing import FURTHER_STEPS, further_steps
from .loosening import dearer, is_too_tight, loosest
from .memory import SearchMemory
from .objective import HoldObjective, HoldPoint, HoldWeights, changes
from .request import MOST_STRIDES, HoldChange, HoldRequest
from .solver import ITERATIONS, frozen_steps, gauss_newton


@dataclass(frozen=True)
class BeforePull:
    """What all pulls of one image share."""

    code: LatentCode
    """x, one code."""
    image: Tensor
    """`G(x)`, `[C, H, W]`."""
    weights: HoldWeights
    """Weights of the pixels."""
    curvature: Curvature
    """At x, exact or a sketch."""

    @property
    def is_exact(self) -> bool:
        """Whether the curvature is that of a stored Jacobian."""
        return self.curvature.pull is not None


class ImageHolder:
    """Holds images in one space.

    Args:
        request: What is held, and how.
        space: From `coordinates.held_space`.
        tick: Called after each iteration and each product of a sketch; may raise to cancel.
        coordinates: Those of the space, where they are known.
    """

    def __init__(
        self,
        request: HoldRequest,
        space: LatentSpace,
        tick: Callable[[], None] = lambda: None,
        coordinates: HoldCoordinates | None = None,
    ) -> None:
        noise = request.noise_mode
        if noise not in ("const", "none"):
            raise LatentError(
                f"noise_mode {noise!r} was asked for with a hold",
                "'const' or 'none', with which the same code gives the same image",
            )
        self.request, self.tick = request, tick
        with plain_tensors():
            self.coordinates = coordinates or HoldCoordinates.of(request.gan, space)
        options = request.effort or JacobianOptions()
        self._precision = options.precision_on(request.gan.device)
        self._last: tuple[str, HoldWeights, BeforePull] | None = None

    @property
    def most_ticks(self) -> int:
        """Ticks of one hold at most, for progress; few holds take all.

        A second search may loosen the first, and a sketch of the curvature precedes each.
        """
        steps = self.request.steps
        further = FURTHER_STEPS if steps else 0
        return 2 * (RANK + MOST_STRIDES * steps * ITERATIONS) + further * ITERATIONS

    def before(self, code: LatentCode, weights: HoldWeights) -> BeforePull:
        """Prepare an image: its picture and its curvature, which further pulls of it reuse.

        Args:
            code: x, one code that fits the generator.
            weights: Weights of the pixels.

        Returns:
            What the pulls share.
        """
        key = cache_key(code)
        if self._last is not None and self._last[0] == key and self._last[1] is weights:
            return self._last[2]
        request = self.request
        with plain_tensors(), full_precision(self._precision.tf32):
            image = request.gan.draw_codes(code, request.noise_mode)[0]
            found = self._kept(code, weights)
            if found is None:
                found = self._sketched(code, weights)
        before = BeforePull(code, image, weights, found)
        self._last = (key, weights, before)
        return before

    def _kept(self, code: LatentCode, weights: HoldWeights) -> Curvature | None:
        """The exact curvature, where the Jacobian of the code is in the cache."""
        options = self.request.effort
        if options is None or options.cache is None:
            return None
        derivative = Derivative(self.coordinates.space, noise_mode=self.request.noise_mode)
        columns = stored_columns(self.request.gan, code, derivative, options, compute=False)
        return None if columns is None else exact_curvature(columns, self.coordinates, weights)

    def hold(
        self,
        before: BeforePull,
        pulled: LatentCode,
        quick: bool = False,
        stops: Sequence[LatentCode] = (),
    ) -> tuple[LatentCode, HoldChange]:
        """Correct one pulled code.

        Args:
            before: From `before`.
            pulled: y, one code that fits the generator.
            quick: Whether steps with a stored Jacobian suffice, even where they stall.
            stops: Codes on the way from x to y. Each is held, and the displacement found there is
                where the next one begins.

        Returns:
            The held code and the change of its image.
        """
        with plain_tensors(), full_precision(self._precision.tf32):
            objective, points = self._descend(before, (*stops, pulled), quick)
            end = points[-1]
            if not quick and self.request.steps and is_too_tight(objective, end.image):
                loose = self._descend(self._dearer(before), (*stops, pulled), refined=False)[1][-1]
                end = loosest(objective, (loose.v, end.v))
            held = objective.code(end.v)
        (inside_pulled, outside_pulled), (inside, outside) = (
            changes(before.image, image, before.weights) for image in (objective.after, end.image)
        )
        values = tuple(point.value for point in points)
        count = len(stops) + 1
        return held, HoldChange(inside_pulled, inside, outside_pulled, outside, values, count)

    def _dearer(self, before: BeforePull) -> BeforePull:
        """The same image with a dearer region; a sketch, whatever Jacobian is kept."""
        weights = dearer(before.weights)
        return replace(before, weights=weights, curvature=self._sketched(before.code, weights))

    def _sketched(self, code: LatentCode, weights: HoldWeights) -> Curvature:
        """The curvature at a code by products with its Jacobian."""
        gan, noise = self.request.gan, self.request.noise_mode
        return sketched_curvature(gan, code, self.coordinates, weights, noise, self.tick)

    def _descend(
        self,
        before: BeforePull,
        stops: Sequence[LatentCode],
        quick: bool = False,
        refined: bool = True,
    ) -> tuple[HoldObjective, list[HoldPoint]]:
        """Hold one code after the other; the objective of the last one and its points."""
        memory = SearchMemory() if refined else None  # the smoothest correction costs least
        start: Tensor | None = None
        for stop in stops[:-1]:
            objective = self._objective(before, stop)
            start = self._points(objective, before, memory, start, quick)[-1].v
        objective = self._objective(before, stops[-1])
        points = self._points(objective, before, memory, start, quick)
        if refined and not quick and self.request.steps:
            step = self._step(objective, before, memory)
            points += further_steps(objective, points[-1], step)
        return objective, points

    def _objective(self, before: BeforePull, pulled: LatentCode) -> HoldObjective:
        """The objective of one pulled code."""
        gan, noise = self.request.gan, self.request.noise_mode
        ready = ready_to_move(gan, pulled, self.coordinates.space)
        after = gan.draw_codes(ready, noise)[0]
        penalty = before.curvature.penalty
        return HoldObjective(
            gan, ready, self.coordinates, before.image, after, before.weights, penalty, noise
        )

    def _step(
        self, objective: HoldObjective, before: BeforePull, memory: SearchMemory | None
    ) -> Callable[[HoldPoint], HoldPoint | None]:
        """A Gauss-Newton step from a point."""
        dtype = self._precision.tangents(self.request.gan.dtype)
        return lambda point: gauss_newton(
            objective, point, before.curvature, memory, self.tick, dtype
        )

    def _points(
        self,
        objective: HoldObjective,
        before: BeforePull,
        memory: SearchMemory | None,
        start: Tensor | None,
        quick: bool,
    ) -> list[HoldPoint]:
        """The points of the descent: the pull, a better start if there is one, then its steps."""
        points = [objective.start()]
        if points[0].value == 0 or not self.request.steps:  # nothing was pulled
            return points
        if start is not None:
            found = objective.at(start)
            if found.value < points[0].value:
                points.append(found)
        if before.is_exact:
            point, stalled = frozen_steps(objective, points[-1], before.curvature, self.tick)
            points.append(point)
            if quick or not stalled:
                return points
        step = self._step(objective, before, memory)
        for _ in range(self.request.steps):
            found = step(points[-1])
            if found is None:
                break
            points.append(found)
        return points
