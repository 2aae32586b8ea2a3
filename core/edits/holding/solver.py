"""Gauss-Newton steps for the objective of a hold, each solved by conjugate gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .curvature import Curvature
from .memory import SearchMemory
from .objective import HoldObjective, HoldPoint

ITERATIONS = 6
"""Conjugate-gradient iterations of a Gauss-Newton step."""

_HALVINGS = 5
"""Times that a step is halved before it is given up."""

FROZEN_STEPS = 3
"""Most steps with the Jacobian of another image."""

_FROZEN_HALVINGS = 1
"""Times that such a step is halved; conjugate gradients do better than a short one."""

_ENOUGH = 0.95
"""Share of the objective above which a step no longer pays."""

_STALLED = 0.5
"""Share of the objective of the pull above which steps with a frozen curvature have stalled."""


def gauss_newton(
    objective: HoldObjective,
    point: HoldPoint,
    curvature: Curvature,
    memory: SearchMemory | None,
    tick: Callable[[], None],
    dtype: torch.dtype | None = None,
) -> HoldPoint | None:
    """One step: linearise the network, solve by conjugate gradients, shorten where necessary.

    Args:
        objective: What is minimised.
        point: Where the step starts.
        curvature: The preconditioner.
        memory: Improves it by the iterations of the steps before, and learns those of this one;
            none for neither.
        tick: Called after each iteration; may raise to cancel.
        dtype: Type of the tangents; none means that of the network.

    Returns:
        A point with a smaller objective; none where no step makes it fall.
    """
    gradient, multiply = objective.gauss_newton(point, dtype)
    step = _conjugate_gradients(multiply, -gradient, curvature.solve, memory, tick)
    return shortened(objective, point, step)


def frozen_steps(
    objective: HoldObjective, point: HoldPoint, curvature: Curvature, tick: Callable[[], None]
) -> tuple[HoldPoint, bool]:
    """Steps with the Jacobian of the image before the pull, whose normal equations are factorised.

    Args:
        objective: What is minimised.
        point: Where they start.
        curvature: From a stored Jacobian.
        tick: Called after each step; may raise to cancel.

    Returns:
        The last point, and whether the steps stalled, so that conjugate gradients should go on.
    """
    first = point.value
    assert curvature.pull is not None
    for _ in range(FROZEN_STEPS):
        step = curvature.solve(-objective.frozen_gradient(point, curvature.pull))
        found = shortened(objective, point, step, _FROZEN_HALVINGS)
        tick()
        if found is None:
            break
        paid = found.value < _ENOUGH * point.value
        point = found
        if not paid:
            break
    return point, point.value > _STALLED * first


def shortened(
    objective: HoldObjective, point: HoldPoint, step: Tensor, most: int = _HALVINGS
) -> HoldPoint | None:
    """Take a step where the objective falls, else half of it, and so on.

    Args:
        objective: What is minimised.
        point: Where the step starts.
        step: `[d]`.
        most: Times that it is halved before it is given up.

    Returns:
        A point with a smaller objective; none where there is none.
    """
    if not bool(torch.isfinite(step).all()):
        return None
    for halvings in range(most + 1):
        found = objective.at(point.v + step / 2**halvings)
        if found.value < point.value:  # also false for NaN
            return found
    return None


def _conjugate_gradients(
    multiply: Callable[[Tensor], Tensor],
    right: Tensor,
    solve: Callable[[Tensor], Tensor],
    memory: SearchMemory | None,
    tick: Callable[[], None],
) -> Tensor:
    """`ITERATIONS` preconditioned iterations for `M x = right`, from 0."""
    if memory is not None:
        solve = memory.improved(solve)
    found = torch.zeros_like(right)
    residual = right
    guess = solve(residual)
    search = guess
    product = residual @ guess
    for _ in range(ITERATIONS):
        image = multiply(search)
        tick()
        bend = search @ image
        if not bool(bend > 0) or not bool(product > 0):  # solved, or lost to rounding
            break
        if memory is not None:
            memory.add(search, image, float(bend))
        length = product / bend
        found = found + length * search
        residual = residual - length * image
        guess = solve(residual)
        before, product = product, residual @ guess
        search = guess + (product / before) * search
    return found
