"""Rows drawn alone and among others: the same bits, whatever a plan asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from batch_plans import plan_for
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.drawing import Drawer
from latent_levers.core.batch.entries import ImageEntry, PullEntry
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.rendering.held_region import open_hold
from latent_levers.core.batch.rendering.padding import chunks_in_order, fewest_chunks, padded_places
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.edits.variations import apply_variations, plan_variations
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa
from latent_levers.core.pictures.images import to_bytes

BOX = '[{"box": [0.5, 0.25, 0.25, 0.5]}]'
"""A region that is held around."""


@pytest.fixture(scope="module")
def gan() -> Generator:
    """A tiny StyleGAN2."""
    return tiny()


@pytest.fixture(scope="module")
def levers(gan: Generator) -> Directions:
    """Three of its levers."""
    return sefa(gan, count=3)


def drawer_of(plan: Plan, gan: Generator, levers: Directions) -> Drawer:
    """A drawer, with a hold where the plan has one."""
    pull = plan.pull
    held = None
    if pull.hold is not None:
        held = open_hold(gan, pull.hold, plan.codes.noise, pull.composite)
    return Drawer(plan, gan, levers, None, held)


SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "grid": {"mode": "grid"},
    "random noise": {"codes": {"noise": "random"}},
    "no noise": {"codes": {"noise": "none"}},
    "cutoff": {"codes": {"cutoff": 2}},
    "guard": {"pull": {"guard": "shorten"}, "strengths": (-40.0, 40.0)},
    "scale": {"image": ImageEntry(scale=2)},
    "layers": {"pull": {"layers": "0-1", "unit": "distance"}},
    "hold": {"pull": {"hold": BOX, "held": "x"}, "count": 5},
    "composite": {"pull": {"hold": BOX, "held": "x", "composite": True}, "count": 5},
}
"""What plans ask for."""


@pytest.mark.parametrize("name", SETTINGS)
def test_a_row_alone_has_the_bits_that_it_has_among_others(
    gan: Generator, levers: Directions, name: str
) -> None:
    asked = SETTINGS[name]
    plan = plan_for(gan, levers, asked.get("mode", "random"), asked.get("count", 13))
    plan = replace(plan, image=asked.get("image", plan.image))
    plan = replace(plan, codes=replace(plan.codes, **asked.get("codes", {})))
    plan = replace(plan, pull=replace(PullEntry(), **asked.get("pull", {})))
    if "strengths" in asked:
        plan = replace(plan, rows=replace(plan.rows, strengths=asked["strengths"]))
    drawer = drawer_of(plan, gan, levers)
    together = list(drawer.draw(range(len(plan))))
    assert [one.number for one in together] == list(range(len(plan)))
    if name == "guard":
        assert drawer.shortened
    some = (3,) if "hold" in name else range(len(plan))
    for number in some:
        (alone,) = drawer_of(plan, gan, levers).draw([number])
        assert torch.equal(alone.picture, together[number].picture)
        assert drawer.encode(alone) == drawer.encode(together[number])


def test_rows_are_what_edits_and_rendering_draw(gan: Generator, levers: Directions) -> None:
    plan = plan_for(gan, levers, "random", 9)
    codes = sample_latents(gan, 10, 3)
    planned = plan_variations(range(3, 13), levers, [0, 2, 1], [-2.0, 1.5], "random", 9, 7)
    wanted = to_bytes(render(gan, apply_variations(codes, levers, planned))).numpy().astype(int)
    drawn = [one.picture.numpy() for one in drawer_of(plan, gan, levers).draw(range(9))]
    assert np.abs(np.stack(drawn).astype(int) - wanted).max() <= 1


def test_codes_are_mapped_once(gan: Generator, levers: Directions) -> None:
    drawer = drawer_of(plan_for(gan, levers, "random", 50), gan, levers)
    list(drawer.draw(range(50)))
    assert drawer.codes.mapped == len({variation.row for variation in drawer.plan})
    before = drawer.codes.mapped
    list(drawer.draw([7]))
    assert drawer.codes.mapped == before


def test_the_generator_of_others_stays_as_it_is(gan: Generator, levers: Directions) -> None:
    before = {name: tensor.stride() for name, tensor in gan.network.state_dict().items()}
    list(drawer_of(plan_for(gan, levers, "random", 3), gan, levers).draw([0]))
    assert before == {name: tensor.stride() for name, tensor in gan.network.state_dict().items()}


def test_a_refused_pull_is_named(gan: Generator, levers: Directions) -> None:
    plan = plan_for(gan, levers, "random", 3)
    rows = replace(plan.rows, strengths=(400.0, 400.0))
    plan = replace(plan, rows=rows, pull=PullEntry(guard="refuse"))
    with pytest.raises(PackError, match=r"seed \d+, sefa .*1 of 1 pulls leave"):
        list(drawer_of(plan, gan, levers).draw([1]))


def test_every_item_has_its_place() -> None:
    numbers = [0, 1, 2, 3, 9, 5, 13, 4, 8]
    assert list(chunks_in_order(numbers, 4)) == [[0, 1, 2, 3], [9], [5], [13, 4], [8]]
    chunks = list(fewest_chunks(numbers, 4))
    assert sorted(n for chunk in chunks for n in chunk) == sorted(numbers)
    assert len(chunks) == 4  # 1, 5, 9 and 13 have one place
    filled, places = padded_places([9, 6], 4)
    assert (filled, places) == ([0, 0, 1, 0], [1, 2])
