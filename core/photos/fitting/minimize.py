"""L-BFGS with a budget of evaluations, by torch's optimiser and its strong Wolfe line search."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ...base.errors import LatentError

_MEMORY = 20
"""Steps that the approximation of the curvature remembers."""

Objective = Callable[[Tensor], tuple[float, Tensor]]
"""From a point `[n]` to its value and gradient `[n]`; one call is one evaluation."""

Watch = Callable[[int, float, Tensor], bool]
"""Called after each evaluation with their number, the lowest value so far and its point `[n]`;
False ends the search."""


class _Spent(Exception):  # noqa: N818 (it reports an end, not an error)
    """The budget is spent, or the search is ended."""


def minimize(
    objective: Objective, start: Tensor, evaluations: int, watch: Watch | None = None
) -> Tensor:
    """Minimise a smooth function whose curvature is near to the identity.

    torch's first step has a length of at most 1 in each gradient's sum; coordinates that are
    preconditioned are better served by the gradient itself, which is what this function tries
    first.

    Args:
        objective: The function; what it raises ends the search.
        start: `[n]` float64.
        evaluations: Most calls of the objective, at least 1.
        watch: May end the search; none lets it spend its evaluations.

    Returns:
        `[n]`: the best point that was evaluated.

    Raises:
        LatentError: The value at the start is not a finite number.
    """
    point = start.detach().clone().requires_grad_()
    known: list[tuple[Tensor, float, Tensor]] = []

    def best() -> tuple[Tensor, float, Tensor]:
        return min(known, key=lambda entry: entry[1])

    def closure() -> Tensor:
        here = point.detach()
        for at, value, gradient in reversed(known):
            if torch.equal(at, here):  # torch evaluates the start of each step again
                point.grad = gradient.clone()
                return torch.tensor(value, dtype=torch.float64)
        if len(known) >= evaluations:
            raise _Spent
        value, gradient = objective(here.clone())
        if not math.isfinite(value) or not bool(torch.isfinite(gradient).all()):
            if not known:
                raise LatentError(
                    "The picture at the start of the search is not a finite number",
                    "a generator that draws its mean image",
                )
            value, gradient = 1e300, torch.zeros_like(here)
        known.append((here.clone(), value, gradient))
        if watch is not None:
            at, lowest, _ = best()
            if not watch(len(known), lowest, at.clone()):
                raise _Spent
        point.grad = gradient.clone()
        return torch.tensor(value, dtype=torch.float64)

    with torch.enable_grad():
        try:
            closure()
            first = float(known[0][2].abs().sum())
            search = torch.optim.LBFGS(
                [point],
                lr=max(1.0, first),
                max_iter=1,
                max_eval=evaluations + 1,
                history_size=_MEMORY,
                tolerance_grad=0.0,
                tolerance_change=0.0,
                line_search_fn="strong_wolfe",
            )
            search.step(closure)
            search.param_groups[0].update(lr=1.0, max_iter=evaluations)
            search.step(closure)
        except _Spent:
            pass
    return best()[0]
