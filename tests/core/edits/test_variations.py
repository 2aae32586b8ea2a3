"""Plans of many edits, and their execution."""

from __future__ import annotations

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.edits.editing import PullOptions, edit
from latent_levers.core.edits.variations import apply_variations, plan_variations, signed
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa

SEEDS = (3, 4)


@pytest.fixture(scope="module")
def levers() -> Directions:
    """Three levers."""
    return sefa(tiny(), count=3)


def test_a_grid_is_every_combination_in_order(levers: Directions) -> None:
    plan = plan_variations(SEEDS, levers, [0, 2], [-1.0, 2])
    assert [(v.row, v.seed, *v.pulls[0]) for v in plan] == [
        (row, seed, index, strength)
        for row, seed in enumerate(SEEDS)
        for index in (0, 2)
        for strength in (-1.0, 2.0)
    ]
    assert plan[0].caption == "seed 3, sefa 0 -1.0"
    assert plan_variations(SEEDS, levers, [0, 2], [-1, 2], count=3) == plan[:3]


def test_random_variations_stay_within_what_was_allowed(levers: Directions) -> None:
    plan = plan_variations(SEEDS, levers, [0, 1, 2], [2, -1, 0], "random", 200, seed=5)
    assert {v.row for v in plan} == {0, 1}
    assert {len(v.pulls) for v in plan} == {1, 2, 3}
    for v in plan:
        indices = [index for index, _ in v.pulls]
        assert len(set(indices)) == len(indices)
        assert all(-1 <= strength <= 2 for _, strength in v.pulls)
        assert v.seed == SEEDS[v.row]
    strengths = torch.tensor([s for v in plan for _, s in v.pulls])
    assert strengths.min() < -0.8
    assert strengths.max() > 1.8
    alone = plan_variations(SEEDS, levers, [1], [1], "random", 20)
    assert {v.pulls for v in alone} == {((1, 1.0),)}


def test_count_never_changes_earlier_variations(levers: Directions) -> None:
    def plan(count: int | None, seed: int = 0) -> list[object]:
        return list(plan_variations(SEEDS, levers, [0, 1, 2], [-2, 2], "random", count, seed))

    assert plan(50)[:7] == plan(7)
    assert len(plan(None)) == 2
    assert plan(50) != plan(50, seed=1)


def test_random_choices_are_the_same_on_every_machine(levers: Directions) -> None:
    (v,) = plan_variations((0, 1, 2, 3), levers, [0, 1, 2], [-3, 3], "random", 1, seed=7)
    assert (v.row, v.pulls) == (0, ((1, -2.058), (2, 2.93), (0, 2.079)))


def test_applying_equals_editing_one_by_one(levers: Directions) -> None:
    codes = sample_latents(tiny(), 2, seed=3)
    plan = plan_variations(codes.seeds or (), levers, [0, 1, 2], [-2, 2], "random", 12)
    varied = apply_variations(codes, levers, plan)
    assert len(varied) == 12
    for number, variation in enumerate(plan):
        code = codes[variation.row]
        for index, strength in variation.pulls:
            code = edit(code, levers, index, strength, "sigma")
        torch.testing.assert_close(varied[number].values, code.values)
        assert varied[number].seeds == (variation.seed,)


def test_layers_and_unit_are_handed_on(levers: Directions) -> None:
    codes = sample_latents(tiny(), 1)
    plan = plan_variations((0,), levers, [1], [1.5])
    some = apply_variations(codes, levers, plan, PullOptions("distance", "0-1"))
    moved = (some.values - codes.values).norm(dim=2)[0]
    assert moved[:2].tolist() == pytest.approx([1.5, 1.5], abs=1e-5)
    assert moved[2:].abs().max() == 0


def test_captions(levers: Directions) -> None:
    assert plan_variations((None,), levers, [2], [0.25])[0].caption == "row 0, sefa 2 +0.25"
    written = [signed(value) for value in (2, -0.25, 0, -0.0, 1.23456, -0.0001)]
    assert written == ["+2.0", "-0.25", "0.0", "0.0", "+1.235", "0.0"]


def test_errors_say_what_is_wrong(levers: Directions) -> None:
    with pytest.raises(DirectionsError, match="'spiral'.*grid, random"):
        plan_variations(SEEDS, levers, [0], [1], "spiral")
    with pytest.raises(LatentError, match="No latent code"):
        plan_variations((), levers, [0], [1])
    with pytest.raises(DirectionsError, match="No direction was given"):
        plan_variations(SEEDS, levers, [], [1])
    with pytest.raises(DirectionsError, match="No strength was given"):
        plan_variations(SEEDS, levers, [0], [])
    with pytest.raises(DirectionsError, match="Direction 3 was asked for.*0 to 2"):
        plan_variations(SEEDS, levers, [3], [1])
    with pytest.raises(DirectionsError, match="count is 0"):
        plan_variations(SEEDS, levers, [0], [1], count=0)
    codes = sample_latents(tiny(), 1)
    with pytest.raises(LatentError, match="Code 1 was asked for"):
        apply_variations(codes, levers, plan_variations(SEEDS, levers, [0], [1]))
    with pytest.raises(LatentError, match="No latent codes"):
        apply_variations(codes, levers, [])


def test_a_plan_is_bounded(levers: Directions) -> None:
    """Before any of it is listed."""
    for more in ({"mode": "random", "count": 10**9}, {"count": 10**9}, {}):
        with pytest.raises(DirectionsError, match="variations were asked for"):
            plan_variations(range(10**6), levers, [0, 1], [1.0], **more)
    assert len(plan_variations(range(10**6), levers, [0, 1], [1.0], count=3)) == 3


def test_a_grid_smaller_than_the_count_is_told() -> None:
    levers = sefa(tiny(), count=2)
    with pytest.warns(UserWarning, match="The grid has 4 variations, fewer than the 9"):
        assert len(plan_variations([0, 1], levers, [0, 1], [1.0], count=9)) == 4
