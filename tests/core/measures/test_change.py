"""Change inside and outside, in grey levels and in colours."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import RegionError
from latent_levers.core.concepts.region import Region
from latent_levers.core.measures.change import colour_inside_outside, rms_inside_outside
from latent_levers.core.measures.cielab import colour_difference, to_cielab
from latent_levers.core.measures.leakage import inside_over_outside


def painted(levels: tuple[int, int, int]) -> torch.Tensor:
    """`[1, 3, 1, 1]` in [-1, 1] of 8-bit sRGB."""
    return torch.tensor(levels).reshape(1, 3, 1, 1) / 127.5 - 1


@pytest.mark.parametrize(
    ("levels", "lab"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0.0, 0.0)),
        ((2, 2, 2), (0.548, 0.0, 0.0)),
    ],
)
def test_colours_have_their_published_cielab_values(
    levels: tuple[int, int, int], lab: tuple[float, float, float]
) -> None:
    found = to_cielab(painted(levels))[0, :, 0, 0]
    assert found.tolist() == pytest.approx(lab, abs=0.02)


def test_grey_images_and_values_out_of_range() -> None:
    grey = to_cielab(torch.tensor([[[[0.2]]]]))
    assert torch.equal(grey, to_cielab(torch.full((1, 3, 1, 1), 0.2)))
    assert float(to_cielab(torch.full((1, 4, 1, 1), 7.0))[0, 0]) == pytest.approx(100)
    assert float(colour_difference(painted((0, 0, 0)), painted((255, 255, 255)))) == pytest.approx(
        100
    )


def test_grey_levels_inside_and_outside() -> None:
    before = torch.zeros(2, 3, 4, 4)
    after = before.clone()
    after[0, :, :2] += 10 / 127.5
    after[0, :, 2:] -= 2 / 127.5
    after[1] += 5 / 127.5
    region = Region.box(0, 0, 2, 4, 4)
    inside, outside = rms_inside_outside(before, after, region)
    assert inside.tolist() == pytest.approx([10, 5], rel=1e-5)
    assert outside.tolist() == pytest.approx([2, 5], rel=1e-5)
    assert inside_over_outside(before, after, region).tolist() == pytest.approx([25, 1], rel=1e-4)


def test_each_image_may_have_its_own_region_with_a_soft_edge() -> None:
    before, after = torch.zeros(2, 3, 2, 2), torch.zeros(2, 3, 2, 2)
    after[:, :, 0, 0] = 0.4
    weights = torch.tensor([[[1.0, 0.0], [0.0, 0.0]], [[0.5, 0.5], [0.0, 0.0]]])
    inside, outside = rms_inside_outside(before, after, Region(weights))
    assert inside.tolist() == pytest.approx([0.4 * 127.5, 0.4 * 127.5 / 2**0.5], rel=1e-5)
    assert outside.tolist() == pytest.approx([0, (0.16 * 0.5 / 3) ** 0.5 * 127.5], rel=1e-5)
    apart = colour_difference(before, after)
    colours = colour_inside_outside(before, after, Region(weights))
    assert colours[0].tolist() == pytest.approx([float(apart[0, 0, 0]), float(apart[1, 0, 0]) / 2])
    assert colours[1].tolist() == pytest.approx([0, float(apart[1, 0, 0]) * 0.5 / 3])


def test_nothing_outside_is_no_division_by_zero() -> None:
    before, after = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    after[:, :, 0] = 1.0
    assert float(inside_over_outside(before, after, Region.box(0, 0, 1, 2, 2))) > 1e9


def test_regions_that_do_not_fit_are_refused() -> None:
    images = torch.zeros(1, 3, 4, 4)
    for measure in (rms_inside_outside, colour_inside_outside, inside_over_outside):
        with pytest.raises(RegionError):
            measure(images, images, Region.box(0, 0, 2, 2, 8))
        with pytest.raises(RegionError, match="whole image"):
            measure(images, images, Region.box(0, 0, 4, 4, 4))
