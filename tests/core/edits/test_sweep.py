"""Sweeps for the eye."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import DirectionsError
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import PullOptions
from latent_levers.core.edits.strength import strength_for_change, strengths_for_change
from latent_levers.core.edits.sweep import SweepOptions, plan_sweep, report_changes
from latent_levers.core.edits.variations import apply_variations
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa


@pytest.fixture(scope="module")
def gan() -> Generator:
    """A tiny generator."""
    return untrained(
        "stylegan2", StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 8}, mapping_widths=(16, 16))
    )


def test_one_row_per_lever_on_the_first_image(gan):
    rows = plan_sweep(gan, sample_latents(gan, 3), sefa(gan, count=4), [1, 2], SweepOptions(2.0))
    assert [row.index for row in rows] == [1, 2]
    assert {row.row for row in rows} == {0}
    assert rows[0].strengths == (-2, -1, 0, 1, 2)
    assert rows[0].label == "sefa 1"
    assert [v.caption for v in rows[0].variations()] == ["-2.0", "-1.0", "0.0", "+1.0", "+2.0"]


def test_one_row_per_image_for_one_lever(gan):
    rows = plan_sweep(
        gan, sample_latents(gan, 3, seed=7), sefa(gan, count=4), [3], SweepOptions(1.0, 3)
    )
    assert [row.label for row in rows] == ["seed 7", "seed 8", "seed 9"]
    assert [row.row for row in rows] == [0, 1, 2]


def test_the_automatic_strength_is_visible_in_the_region(gan):
    codes, levers = sample_latents(gan, 1), sefa(gan, count=2)
    region = Region.box(0, 0, 8, 8, 16)
    for pull in (PullOptions("sigma"), PullOptions("distance")):
        (row,) = plan_sweep(gan, codes, levers, [0], SweepOptions(0.0, 3, region), pull)
        before, after = render(gan, apply_variations(codes, levers, row.variations(), pull))[1:]
        change = (after - before)[:, :8, :8].square().mean().sqrt() * 127.5
        assert 28 < change < 36  # 32 grey levels, strengths rounded to two digits


def test_each_image_counts_by_the_way_in_which_it_changes_sooner(gan):
    codes, levers = sample_latents(gan, 4), sefa(gan, count=1)
    ways = [strengths_for_change(gan, codes, levers, 0, sign=sign) for sign in (1.0, -1.0)]
    found = strength_for_change(gan, codes, levers, 0)
    assert found == pytest.approx(float(torch.minimum(*ways).quantile(0.75)))
    assert found <= min(float(way.quantile(0.75)) for way in ways)


def test_the_report_names_lever_and_image(gan):
    codes, levers = sample_latents(gan, 2), sefa(gan, count=2)
    rows = plan_sweep(gan, codes, levers, [0], SweepOptions(1.0, 3))
    plan = [variation for row in rows for variation in row.variations()]
    images = render(gan, apply_variations(codes, levers, plan))
    half = Region.box(0, 0, 8, 8, 16)
    words = report_changes(rows, images, levers, half, "sigma")
    assert len(words) == 2
    assert words[1].startswith("sefa 0 on seed 1 up to +1.0 sigma: mean squared change")
    masks = Region.from_mask(torch.cat([half.weights, half.weights]))
    assert report_changes(rows, images, levers, masks, "sigma") == words
    assert (
        report_changes(rows, images, levers, None, "sigma")[0]
        == "sefa 0 on seed 0 up to +1.0 sigma"
    )
    even = plan_sweep(gan, codes, levers, [0], SweepOptions(1.0, 2))
    assert report_changes(even, images, levers, half, "sigma")[1].endswith("+1.0 sigma")


def test_cancel_and_errors(gan):
    codes, levers = sample_latents(gan, 1), sefa(gan, count=2)

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        plan_sweep(gan, codes, levers, [0], progress=stop)
    with pytest.raises(DirectionsError, match="0 to 1"):
        plan_sweep(gan, codes, levers, [2])
    with pytest.raises(DirectionsError, match="distance"):
        plan_sweep(gan, codes, levers, [0], pull=PullOptions("metres"))
    with pytest.raises(DirectionsError, match="at least one"):
        plan_sweep(gan, codes, levers, [], SweepOptions(1.0))
    with pytest.raises(DirectionsError, match="at least one"):
        plan_sweep(gan, codes, levers, [0], SweepOptions(1.0, steps=0))
