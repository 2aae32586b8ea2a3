"""Further steps, and the loosening of holds that cost much."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.edits.holding import finishing, loosening
from latent_levers.core.edits.holding.coordinates import HoldCoordinates, ready_to_move
from latent_levers.core.edits.holding.objective import HoldObjective, HoldPoint, changes
from latent_levers.core.edits.holding.request import HoldRequest


def some_objective(strength: float = 0.7) -> HoldObjective:
    """A pull of a tiny generator, the upper left quarter of the image being free."""
    gan, code, space = tiny(), some_code(tiny()), LatentSpace.W_PLUS
    size = gan.spec.img_size
    region = ll.Region.box(0, 0, size[0] // 2, size[1] // 2, size)
    pulled = ready_to_move(gan, ll.edit(code, ll.sefa(gan), 0, strength, "distance"), space)
    before, after = (gan.draw_codes(each, "const")[0] for each in (code, pulled))
    weights = HoldRequest(gan, region).weights(1)[0]
    coordinates = HoldCoordinates.of(gan, space)
    return HoldObjective(gan, pulled, coordinates, before, after, weights, 0.0)


def between(objective: HoldObjective, share: float) -> HoldPoint:
    """A point whose image lies between that of the pull, 0, and the one before it, 1."""
    image = objective.after + share * (objective.before - objective.after)
    return replace(objective.start(), image=image)


def outside(objective: HoldObjective, image: torch.Tensor) -> float:
    """Change of the background."""
    return changes(objective.before, image, objective.weights)[1]


def test_kept_is_the_share_of_the_change_inside() -> None:
    objective = some_objective()
    assert objective.kept(objective.after) == pytest.approx(1)
    assert objective.kept(between(objective, 0.25).image) == pytest.approx(0.75, rel=1e-4)
    still = replace(objective, after=objective.before)
    assert still.kept(objective.before) == 1


def test_further_steps_end_where_little_is_left_or_the_region_loses() -> None:
    """Each step goes a twentieth of the way back, inside and outside alike."""
    objective = some_objective()
    start = objective.start()
    assert outside(objective, start.image) > finishing.VISIBLE
    taken = iter(between(objective, 0.04 * number) for number in range(1, 9))
    found = finishing.further_steps(objective, start, lambda point: next(taken))
    kept = [objective.kept(point.image) for point in found]
    assert kept == pytest.approx([0.96, 0.92], rel=1e-4)  # the next would keep 0.88
    faint = some_objective(1e-3)
    assert finishing.further_steps(faint, faint.start(), lambda point: pytest.fail("taken")) == []
    assert finishing.further_steps(objective, start, lambda point: None) == []


def test_only_costly_and_tight_holds_are_loosened() -> None:
    objective = some_objective()
    inside = objective.weights.inside.to(objective.after) > 0
    held = torch.where(inside, between(objective, 0.2).image, objective.before)
    assert loosening.is_too_tight(objective, held)
    cheap = torch.where(inside, objective.after, objective.before)
    assert not loosening.is_too_tight(objective, cheap)
    assert not loosening.is_too_tight(objective, between(objective, 0.2).image)


def test_the_loosest_hold_is_where_the_background_falls_to_the_limit() -> None:
    """On the way back to the code before the pull."""
    objective = some_objective()
    gan, code = tiny(), some_code(tiny())
    back = ready_to_move(gan, code, LatentSpace.W_PLUS).values - objective.pulled.values
    root = objective.coordinates.root
    assert root is not None
    whole = torch.linalg.lstsq(root, back[0].double().T, driver="gelsd").solution.T.flatten()
    assert outside(objective, objective.at(whole).image) < 0.1
    limit = min(loosening.LOOSE, loosening.LOOSE_SHARE * outside(objective, objective.after))
    for stops in ((whole,), (0.01 * whole, whole)):
        found = outside(objective, loosening.loosest(objective, stops).image)
        assert 0.8 * limit < found <= limit
    short = loosening.loosest(objective, (0.01 * whole,))
    torch.testing.assert_close(short.v, 0.01 * whole)


def test_a_dearer_region_changes_no_report() -> None:
    objective = some_objective()
    other = loosening.dearer(objective.weights)
    torch.testing.assert_close(other.inside, loosening.DEARER * objective.weights.inside)
    pair = (objective.before, objective.after)
    assert changes(*pair, other) == pytest.approx(changes(*pair, objective.weights))
