"""A second start: planted valleys, what it costs, and a search of a photograph that needs it."""

from __future__ import annotations

from collections.abc import Callable

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.photos.fitting.minimize import Watch, minimize
from latent_levers.core.photos.fitting.restart import FEWEST, TRIAL, Restart, descend_twice
from latent_levers.core.photos.inversion import invert
from torch import Tensor

SEARCH = "latent_levers.core.photos.fitting.search"

FLOOR = 9.0
"""Energy of the poor minimum, at -2; that of the good one, at 2, is 0."""


class Valleys:
    """Two valleys of 6 dimensions, of which the left one is poor; it counts what is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def energy(self, x: Tensor) -> Tensor:
        """Narrow on both sides of 0, with a floor on the left."""
        side = -2.0 if x[0] < 0 else 2.0
        rest = (torch.arange(1, 7, dtype=torch.float64) * (x - side).square()).sum()
        return rest + rest.square() / 50 + (FLOOR if side < 0 else 0.0)

    def descend(self, start: Tensor, evaluations: int, watch: Watch) -> Tensor:
        """As the search of a photograph does."""

        def objective(v: Tensor) -> tuple[float, Tensor]:
            point = v.clone().requires_grad_()
            value = self.energy(point)
            (gradient,) = torch.autograd.grad(value, point)
            self.calls += 1
            return float(value.detach()), gradient

        return minimize(objective, start, evaluations, watch)


def other_to(place: float, made: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """A second start at a place, which notes from where it was asked for."""

    def other(u: Tensor) -> Tensor:
        made.append(u)
        return torch.full_like(u, place)

    return other


START = torch.full((6,), -2.6, dtype=torch.float64)


@pytest.mark.parametrize("budget", [FEWEST, 30, 90])
def test_a_search_leaves_a_poor_valley(budget: int) -> None:
    valleys, made = Valleys(), list[Tensor]()
    best = descend_twice(valleys.descend, START, budget, Restart(other_to(1.8, made), 5.0))
    assert float(valleys.energy(best)) < 0.1
    assert len(made) == 1
    torch.testing.assert_close(made[0], torch.full_like(START, -2), atol=0.1, rtol=0)
    assert valleys.calls + 1 <= budget


def test_what_is_good_or_falls_is_left_alone() -> None:
    alone = Valleys()
    expected = alone.descend(START, 30, lambda *_: True)
    made: list[Tensor] = []
    for poor in (FLOOR + 1, float("inf")):
        valleys = Valleys()
        best = descend_twice(valleys.descend, START, 30, Restart(other_to(1.8, made), poor))
        assert torch.equal(best, expected)
        assert valleys.calls == alone.calls
    assert not made

    def falling(start: Tensor, evaluations: int, watch: Watch) -> Tensor:
        for count in range(1, evaluations + 1):
            if not watch(count, 1e9 * 0.9**count, start):
                break
        return start

    descend_twice(falling, START, 30, Restart(other_to(1.8, made), 5.0))
    assert not made


@pytest.mark.parametrize(("above", "tried"), [(5.0, 1), (2.0, TRIAL)])
def test_a_start_that_is_no_better_costs_little(above: float, tried: int) -> None:
    """The second search stays at so many energies of the first, which then goes on."""
    counts: list[int] = []

    def flat(start: Tensor, evaluations: int, watch: Watch) -> Tensor:
        number, energy = len(counts), 10.0 * (above if counts else 1.0)
        counts.append(0)
        for count in range(1, evaluations + 1):
            counts[number] = count
            if not watch(count, energy, start):
                break
        return start

    best = descend_twice(flat, START, 30, Restart(other_to(1.8, []), 5.0))
    assert torch.equal(best, START)
    assert counts == [30 - 1 - tried, tried]


def test_a_photograph_starts_again_within_its_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    gan = tiny()
    photo = ll.render(gan, ll.sample_latents(gan, 1, 3, 1.0)).clamp(-1, 1)
    photo[..., :8] *= -1  # what the generator cannot draw
    inverter = ll.prepare_inversion(gan, samples=40)
    done: list[int] = []

    def found(steps: int) -> ll.Inversion:
        done.clear()
        return invert(
            gan, photo, trust=0.02, steps=steps, inverter=inverter,
            progress=lambda count, _: done.append(count),
        )  # fmt: skip

    starts: list[int] = []

    def counted(
        descend: Callable[[Tensor, int, Watch], Tensor], start: Tensor, left: int, again: Restart
    ) -> Tensor:
        def other(u: Tensor) -> Tensor:
            starts.append(left)
            return again.other(u)

        return descend_twice(descend, start, left, Restart(other, again.poor))

    monkeypatch.setattr(f"{SEARCH}.descend_twice", counted)
    again = found(40)
    assert starts == [30]
    assert done == list(range(1, 41))
    monkeypatch.setattr(f"{SEARCH}.FEWEST", 1000)
    alone = found(40)
    assert float(again.psnr) > float(alone.psnr) - 0.5
    assert starts == [30]
