"""The search for the strength of an equal change, on functions whose inverse is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from latent_levers.core.measures.strength_search import TOLERANCE, reach
from torch import Tensor

SHAPES: dict[str, Callable[[float], float]] = {
    "proportional": lambda s: 7 * s,
    "saturating": lambda s: 40 * (1 - math.exp(-s)),
    "late": lambda s: 0.02 * s**4,
    "root": lambda s: 9 * s**0.4,
    "step": lambda s: 60 / (1 + math.exp(-6 * (s - 5))) - 60 / (1 + math.exp(30)),
    "wavy": lambda s: 3 * s + 2 * math.sin(3 * s),
    "strong": lambda s: 5000 * s,
}
"""Changes by strength: continuous, 0 at 0, and above 32 before strength 64."""


def run(shapes: list[Callable[[float], float]], target: float, limit: float = 64.0):
    """The search, and how often each function was measured."""
    counts = [0] * len(shapes)

    def change_at(rows: list[int], strengths: Tensor) -> Tensor:
        for row in rows:
            counts[row] += 1
        return torch.tensor([shapes[r](s) for r, s in zip(rows, strengths.tolist(), strict=True)])

    return reach(change_at, len(shapes), target, 1.0, limit), counts


def test_every_shape_reaches_the_target_within_one_percent() -> None:
    found, counts = run(list(SHAPES.values()), 32.0)
    assert found.reached.all()
    for shape, strength, change in zip(
        SHAPES.values(), found.strengths.tolist(), found.changes.tolist(), strict=True
    ):
        assert shape(strength) == pytest.approx(change, rel=1e-5)
        assert change == pytest.approx(32.0, rel=TOLERANCE)
    assert max(counts) <= 20
    assert counts[0] == 3  # 7, 28, 32


def test_what_never_changes_enough_ends_at_the_limit_and_is_told() -> None:
    found, _ = run([lambda s: min(s, 20.0), lambda s: s, lambda s: 0.0], 32.0, limit=50.0)
    assert found.reached.tolist() == [False, True, False]
    assert found.strengths[[0, 2]].tolist() == [50.0, 50.0]
    assert found.changes[[0, 2]].tolist() == [20.0, 0.0]


def test_images_that_are_not_finite_count_as_too_much() -> None:
    found, _ = run([lambda s: float("nan") if s > 3 else 12 * s], 32.0)
    assert found.reached.all()
    assert found.strengths.item() == pytest.approx(32 / 12, rel=TOLERANCE)


def test_it_reports_progress_and_can_be_cancelled() -> None:
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 1:
            raise InterruptedError

    speeds = torch.tensor([32.0, 5.0])
    with pytest.raises(InterruptedError):
        reach(lambda rows, s: speeds[rows] * s, 2, 32.0, 1.0, 64.0, report)
    assert seen == [(0, 2), (1, 2)]
