"""Levers pulled until every image has changed equally inside."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from latent_levers.core.base.errors import DirectionsError, PackError, RegionError
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit
from latent_levers.core.edits.strength import mean_squared_change
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.measures.pulls import MAX_SIGMAS, Goal, equal_pulls

SETTINGS = StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 8}, mapping_widths=(16, 16))


@pytest.mark.parametrize("sign", ["easier", "forwards", "backwards"])
def test_every_image_changes_by_the_target(
    gan: Generator, levers: Directions, region: Region, sign: str
) -> None:
    codes = sample_latents(gan, 5)
    pulls = equal_pulls(gan, codes, levers, 1, region, Goal(60.0, sign))
    assert pulls.reached.all()
    before = render(gan, codes)
    for row, strength in enumerate(pulls.in_unit.tolist()):
        after = render(gan, edit(codes[row], levers, 1, strength))  # by hand, in sigma
        change = mean_squared_change(before[[row]], after, region).sqrt() * 127.5
        assert float(change) == pytest.approx(60.0, rel=0.02)
        assert torch.allclose(after[0], pulls.after[row], atol=1e-4)
    assert torch.equal(pulls.before, before)


def test_easier_is_the_way_with_the_smaller_strength(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 6)
    ways = [equal_pulls(gan, codes, levers, 0, region, Goal(100.0, way)) for way in _WAYS]
    sizes = torch.stack([way.strengths.abs() for way in ways[1:]])
    assert torch.equal(ways[0].strengths.abs(), sizes.amin(dim=0))
    assert (ways[1].strengths > 0).all()
    assert (ways[2].strengths < 0).all()
    assert len(set(ways[0].strengths.sign().tolist())) == 2  # images differ in it


_WAYS = ("easier", "forwards", "backwards")


def test_images_that_cannot_change_so_much_are_kept_and_marked(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 6)
    assert levers.sigma is not None
    stiff = replace(levers, sigma=levers.sigma / 200)  # 64 of these are 0.32 of the true ones
    pulls = equal_pulls(gan, codes, stiff, 0, region, Goal(32.0, "forwards"))
    assert 0 < int(pulls.reached.sum()) < 6
    assert len(pulls) == len(pulls.after) == 6
    missed = ~pulls.reached
    assert torch.allclose(pulls.in_unit[missed], torch.tensor(MAX_SIGMAS, dtype=torch.float64))
    change = mean_squared_change(pulls.before, pulls.after, region).sqrt() * 127.5
    assert (change[missed] < 32).all()


def test_each_image_may_have_its_own_region(gan: Generator, levers: Directions) -> None:
    codes = sample_latents(gan, 3)
    boxes = [Region.box(top, 2, 4, 8, 16) for top in (0, 5, 11)]
    several = Region(torch.cat([box.weights for box in boxes]))
    pulls = equal_pulls(gan, codes, levers, 0, several, Goal(50.0))
    for row, box in enumerate(boxes):
        alone = equal_pulls(gan, codes[row], levers, 0, box, Goal(50.0))
        assert float(alone.strengths) == pytest.approx(float(pulls.strengths[row]), rel=1e-3)


def test_levers_without_a_known_spread_are_measured_in_latent_distance(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 2)
    pulls = equal_pulls(gan, codes, replace(levers, sigma=None), 0, region)
    assert pulls.unit == "distance"
    assert torch.equal(pulls.in_unit, pulls.strengths)
    known = equal_pulls(gan, codes, levers, 0, region)
    assert torch.allclose(known.strengths, pulls.strengths, rtol=0.03)


def test_mistakes_are_told(gan: Generator, levers: Directions, region: Region) -> None:
    codes = sample_latents(gan, 2)
    with pytest.raises(PackError, match="The target is 0"):
        Goal(0.0)
    with pytest.raises(PackError, match="Unknown sign 'up'"):
        Goal(32.0, "up")
    with pytest.raises(DirectionsError, match="Direction 9"):
        equal_pulls(gan, codes, levers, 9, region)
    with pytest.raises(RegionError, match="whole image"):
        equal_pulls(gan, codes, levers, 0, Region.box(0, 0, 16, 16, 16))
    with pytest.raises(RegionError, match="holds 3 masks"):
        equal_pulls(gan, codes, levers, 0, Region(torch.rand(3, 16, 16)))


def test_a_lever_that_changes_nothing_is_refused(levers: Directions, region: Region) -> None:
    gan = untrained("stylegan2", SETTINGS)
    for weight in gan.network.parameters():
        weight.zero_()
    with pytest.raises(DirectionsError, match="changes nothing inside"):
        equal_pulls(gan, sample_latents(gan, 2), replace(levers, origin=""), 0, region)
