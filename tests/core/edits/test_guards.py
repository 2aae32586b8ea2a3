"""Guards: ordinary pulls stay, wild ones are shortened to the bound or refused, in every space."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.edits.editing import PullOptions
from latent_levers.core.edits.guards import GuardRequest, typicality
from latent_levers.core.edits.variations import apply_variations, plan_variations
from latent_levers.core.regions.shapes import region_from_shapes


@pytest.mark.parametrize(
    ("name", "space", "layers"),
    [
        ("stylegan2-skip", "W", None),
        ("stylegan2-skip", "W+", "1"),
        ("stylegan2-skip", "S", "1"),
        ("stylegan2-conditional", "W", None),
        ("dcgan", "Z", None),
    ],
)
def test_wild_pulls_are_shortened_and_ordinary_ones_are_not(
    name: str, space: str, layers: str | None
) -> None:
    gan = tiny(name)
    codes = some_code(gan, 2)
    region = region_from_shapes('[{"box": [0, 0, 0.5, 0.5]}]', gan.spec.img_size, {})
    levers = ll.resefa(gan, codes, region, space=space, layers=layers, count=1)
    ordinary = ll.edit(codes, levers, 0, 0.05)
    kept = ll.guard(gan, codes, ordinary)
    assert kept.codes is ordinary
    assert kept.kept.tolist() == [1, 1]
    wild = ll.edit(codes, levers, 0, 1000.0)
    with pytest.warns(UserWarning, match="shortened 2 of 2 pulls"):
        shortened = ll.guard(gan, codes, wild)
    assert (shortened.kept > 0).all()
    assert (shortened.kept < 0.2).all()
    again = ll.guard(gan, codes, shortened.codes)
    assert again.kept.tolist() == [1, 1]
    assert float(again.lengths.max()) == pytest.approx(1, abs=0.02)
    with pytest.raises(LatentError, match="2 of 2 pulls leave what random images look like"):
        ll.guard(gan, codes, wild, "refuse")
    assert ll.guard(gan, codes, wild, "off").codes is wild


def test_the_shortened_code_lies_on_the_pull() -> None:
    """In W the share that is kept says how far."""
    gan = tiny()
    codes, levers = some_code(gan, 2), ll.sefa(gan, count=1)
    wild = ll.edit(codes, levers, 0, 500.0)
    with pytest.warns(UserWarning, match="shortened"):
        found = ll.guard(gan, codes, wild)
    expected = codes.values + found.kept[:, None, None].float() * (wild.values - codes.values)
    torch.testing.assert_close(found.codes.values, expected)
    assert found.codes.seeds == codes.seeds
    assert found.codes.z is not None


def test_codes_that_lie_outside_may_stay_and_come_back() -> None:
    gan = tiny()
    codes, levers = some_code(gan, 1), ll.sefa(gan, count=1)
    outside = ll.edit(codes, levers, 0, 500.0)
    assert ll.guard(gan, outside, outside).kept.tolist() == [1]
    assert ll.guard(gan, outside, ll.edit(outside, levers, 0, -1.0)).kept.tolist() == [1]
    with pytest.warns(UserWarning, match="shortened"):
        further = ll.guard(gan, outside, ll.edit(outside, levers, 0, 1.0))
    assert float(further.kept[0]) < 0.01


def test_one_percent_of_random_codes_lie_beyond_the_99th_percentile() -> None:
    gan = tiny()
    codes = ll.sample_latents(gan, 500, seed=5000, truncation_psi=1.0)
    centre = ll.average_latent(gan)
    start = replace(codes, values=centre.values.expand(500, -1, -1))
    with pytest.warns(UserWarning, match="shortened"):
        touched = int((ll.guard(gan, start, codes, percentile=99.0).kept < 1).sum())
    assert 0 < touched < 20


def test_variations_are_guarded_where_it_is_asked() -> None:
    gan = tiny()
    codes, levers = some_code(gan, 2), ll.sefa(gan, count=1)
    plan = plan_variations([3, 4], levers, [0], [500.0])
    plain = apply_variations(codes, levers, plan)
    with pytest.warns(UserWarning, match="shortened 2 of 2"):
        guarded = apply_variations(codes, levers, plan, PullOptions(guard=GuardRequest(gan)))
    assert (guarded.values - codes.values).norm() < 0.2 * (plain.values - codes.values).norm()


def test_unknown_guards_are_refused() -> None:
    gan = tiny()
    codes = some_code(gan, 2)
    with pytest.raises(DirectionsError, match=r"Unknown guard 'soft'.*off, shorten, refuse"):
        ll.guard(gan, codes, codes, "soft")
    with pytest.raises(DirectionsError, match="percentile is 0"):
        ll.guard(gan, codes, codes, percentile=0)
    with pytest.raises(LatentError, match="2 codes were given for 1"):
        ll.guard(gan, codes, codes[:1])


def test_typicality_is_what_guards_bound() -> None:
    gan = tiny()
    codes, levers = some_code(gan, 2), ll.sefa(gan, count=1)
    wild = ll.edit(codes, levers, 0, 500.0)
    with pytest.warns(UserWarning, match="shortened"):
        found = ll.guard(gan, codes, wild)
    torch.testing.assert_close(typicality(gan, wild), found.lengths.amax(dim=1))
    assert typicality(gan, found.codes).tolist() == pytest.approx([1, 1], abs=0.02)
    random = typicality(gan, ll.sample_latents(gan, 100, 9_000, 1.0))
    assert float((random < 1).double().mean()) > 0.98
