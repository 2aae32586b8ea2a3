"""Differences: figures that can be checked by hand, and pictures of them."""

from __future__ import annotations

import math

import pytest
import torch
from latent_levers.core.base.errors import PackError, RegionError
from latent_levers.core.concepts.region import Region
from latent_levers.core.pictures.colour_map import heat
from latent_levers.core.pictures.differences import (
    Change,
    Comparison,
    changes,
    difference,
    paired,
    round_scale,
)
from latent_levers.core.pictures.heat_maps import heat_maps, heat_page, with_legend
from latent_levers.core.pictures.images import from_unit_range, to_unit_range
from latent_levers.core.pictures.pages import PageLayout


def test_equal_pictures_differ_by_nothing() -> None:
    images = torch.rand(2, 3, 8, 8) * 2 - 1
    values = difference(images, images)
    assert values.shape == (2, 8, 8)
    assert (values == 0).all()
    (one, _) = changes(values, Region.box(0, 0, 4, 4, 8))
    assert (one.whole, one.inside, one.outside, one.ratio) == (0, 0, 0, None)
    assert one.as_text() == "0 inside, 0 outside"
    maps = to_unit_range(heat_maps(values, round_scale(values)))
    dark = heat(torch.zeros(1))[0]
    assert (maps - dark).abs().max() < 1e-6, "a map of nothing is dark all over"


def test_black_to_white_is_one_and_one_channel_a_third() -> None:
    black, white = -torch.ones(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    assert (difference(black, white) == 1).all()
    red = black.clone()
    red[:, 0] = 1
    torch.testing.assert_close(difference(black, red), torch.full((1, 2, 2), 1 / 3))
    assert torch.equal(difference(black, red), difference(red, black))
    assert (difference(3 * black, black) == 0).all(), "what a picture cannot show does not count"


def test_means_inside_and_outside_are_weighted() -> None:
    values = torch.zeros(1, 2, 2)
    values[0, 0] = torch.tensor([0.4, 0.2])
    weights = torch.tensor([[1.0, 0.5], [0.0, 0.0]])
    (change,) = changes(values, Region.from_mask(weights))
    assert change.whole == pytest.approx(0.15)
    assert change.inside == pytest.approx((0.4 + 0.1) / 1.5)
    assert change.outside == pytest.approx(0.1 / 2.5)
    assert change.ratio == pytest.approx(0.5 / 1.5 * 25)
    assert change.as_text() == "0.33 inside, 0.040 outside: 8.3 times as much inside"


def test_figures_without_a_region_or_without_a_rest() -> None:
    values = torch.full((2, 4, 4), 0.25)
    assert changes(values)[1] == Change(0.25)
    assert changes(values)[0].as_text() == "0.25 over the whole picture"
    (whole, _) = changes(values, Region.from_mask(torch.ones(4, 4)))
    assert (whole.inside, whole.outside, whole.ratio) == (0.25, None, None)
    only = Change(0.1, 0.2, 0.0)
    assert only.ratio == math.inf
    assert only.as_text() == "0.20 inside, 0 outside: only inside"


@pytest.mark.parametrize(
    ("most", "scale"),
    [(0.0, 0.02), (0.004, 0.02), (0.1, 0.1), (0.11, 0.15), (0.26, 0.3), (0.61, 0.8), (1.0, 1.0)],
)
def test_the_scale_is_a_round_number_that_holds_the_differences(most: float, scale: float) -> None:
    assert round_scale(torch.full((1, 4, 4), most)) == pytest.approx(scale)


def test_a_few_bright_pixels_do_not_darken_the_rest() -> None:
    values = torch.full((1, 32, 32), 0.1)
    values[0, 0, :8] = 1
    assert round_scale(values) == pytest.approx(0.1)
    values[0, :4] = 1
    assert round_scale(values) == 1


def test_maps_are_lightest_at_full_scale_and_enlarged_as_numbers() -> None:
    values = torch.tensor([[[0.0, 0.1], [0.2, 0.4]]])
    maps = to_unit_range(heat_maps(values, 0.2))
    torch.testing.assert_close(maps[0, 0, 1], heat(torch.tensor([0.5]))[0])
    torch.testing.assert_close(maps[0, 1, 0], maps[0, 1, 1])
    large = to_unit_range(heat_maps(values, 0.2, scale=4))
    assert large.shape == (1, 8, 8, 3)
    shades = {tuple(colour) for colour in heat(torch.linspace(0, 1, 1024)).tolist()}
    on_map = large.reshape(-1, 3)
    table = torch.tensor(list(shades))
    assert torch.cdist(on_map, table).min(dim=1).values.max() < 1e-3, "no colour of another map"


def test_the_edge_of_the_region_is_white_with_a_dark_side() -> None:
    region = Region.box(16, 16, 32, 32, 64)
    maps = to_unit_range(heat_maps(torch.full((1, 64, 64), 0.5), 1.0, region))
    assert (maps[0, 15, 16:48] == 1).all()
    assert (maps[0, 14, 16:48] == 0).all()
    bare = to_unit_range(heat_maps(torch.full((1, 64, 64), 0.5), 1.0))
    assert torch.equal(maps[0, 16:48, 16:48], bare[0, 16:48, 16:48]), "the inside stays as it is"


@pytest.mark.parametrize("side", [64, 256, 1024])
def test_the_legend_states_the_scale_below_each_map(side: int) -> None:
    maps = heat_maps(torch.zeros(2, side, side), 0.2)
    with_it = with_legend(maps, 0.2)
    assert with_it.shape[:2] == (2, 3)
    assert with_it.shape[3] == side
    assert torch.equal(
        to_unit_range(with_it[:, :, :side]), to_unit_range(maps).round(decimals=6)
    ) or ((to_unit_range(with_it[:, :, :side]) - to_unit_range(maps)).abs().max() < 1 / 255)
    strip = to_unit_range(with_it)[0, side:]
    assert strip.std() > 0.05
    other = to_unit_range(with_legend(maps, 0.3))[0, side:]
    assert not torch.equal(strip, other), "another scale, other numbers"


def test_the_page_shows_both_pictures_and_the_figures() -> None:
    before, after = -torch.ones(2, 3, 32, 32), -torch.ones(2, 3, 32, 32)
    after[:, :, :8, :8] = 1
    values = difference(before, after)
    region = Region.box(0, 0, 16, 16, 32)
    pairs = Comparison(before, after, values, tuple(changes(values, region)), region)
    layout = PageLayout(scale=2)
    page = heat_page(pairs, 1.0, layout=layout)
    assert page.dtype == torch.uint8
    white = (page == 255).all(dim=2)
    assert int(white.sum()) >= 2 * 16 * 16
    one = heat_page(
        Comparison(before[:1], after[:1], values[:1], tuple(changes(values[:1]))),
        1.0,
        layout=layout,
    )
    assert one.shape[0] < page.shape[0]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(PackError, match="4 x 4 pixels and 8 x 4 pixels.*one size.*same scale"):
        paired(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 8))
    with pytest.raises(PackError, match="2 pictures were given before and 3 after"):
        paired(torch.zeros(2, 3, 4, 4), torch.zeros(3, 3, 4, 4))
    with pytest.raises(PackError, match="one size"):
        paired(torch.zeros(0, 3, 4, 4), torch.zeros(0, 3, 4, 4))
    assert [len(part) for part in paired(torch.zeros(1, 3, 4, 4), torch.zeros(3, 3, 4, 4))] == [
        3,
        3,
    ]
    with pytest.raises(RegionError, match="8x8"):
        changes(torch.zeros(1, 4, 4), Region.box(0, 0, 2, 2, 8))


def test_pictures_come_back_from_comfyui_as_they_went() -> None:
    images = torch.rand(2, 3, 4, 5) * 2 - 1
    torch.testing.assert_close(from_unit_range(to_unit_range(images)), images)
    assert from_unit_range(torch.rand(1, 4, 4, 4)).shape == (1, 3, 4, 4)
    assert from_unit_range(torch.rand(1, 4, 4, 1)).shape == (1, 3, 4, 4)
