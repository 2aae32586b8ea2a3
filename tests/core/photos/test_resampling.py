"""Pictures cut out of photos and lifted into them."""

from __future__ import annotations

import math

import pytest
import torch
from latent_levers.core.photos.placement import Placement
from latent_levers.core.photos.resampling import cut_out, lifted, window_of
from torch.nn import functional as F


def turned(side: int, angle: float = 0.3, length: float = 170.0) -> Placement:
    """A turned square of a photo of 400 x 500 pixels (height x width)."""
    scale = side / length
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    rows = [[c, s, -100 * scale], [-s, c, -60 * scale]]
    return Placement(torch.tensor(rows, dtype=torch.float64), (400, 500), (side, side))


def positions() -> torch.Tensor:
    """A photo whose first two channels are x and y of each pixel's centre."""
    y, x = torch.meshgrid(torch.arange(400) + 0.5, torch.arange(500) + 0.5, indexing="ij")
    return torch.stack([x, y, torch.zeros_like(x)])[None]


def test_whole_pixels_are_copied_and_edges_mirrored() -> None:
    photo = torch.rand(1, 3, 100, 120)
    cut = cut_out(photo, Placement.of_box((-20, -10, 64, 64), (100, 120), (64, 64)))
    torch.testing.assert_close(cut[:, :, 10:, 20:], photo[:, :, :54, :44], atol=1e-5, rtol=0)
    torch.testing.assert_close(
        cut[:, :, :10, 20:], photo[:, :, :10, :44].flip(2), atol=1e-5, rtol=0
    )


def test_whole_areas_are_averaged() -> None:
    photo = torch.rand(1, 3, 100, 120)
    cut = cut_out(photo, Placement.of_box((20, 10, 64, 64), (100, 120), (8, 8)))
    mean = F.avg_pool2d(photo[:, :, 10:74, 20:84], 8)
    assert float((cut - mean).square().mean().sqrt()) < 0.03  # of 0.29 from pixel to pixel


@pytest.mark.parametrize("side", [37, 64, 300])
def test_a_turned_cut_shows_the_place_of_its_matrix(side: int) -> None:
    """Larger and smaller than the photo; lifted back, it lies where it was cut out."""
    placed, photo = turned(side), positions()
    cut = cut_out(photo, placed)
    middle = side // 2
    there = placed.inverse @ torch.tensor([middle + 0.5, middle + 0.5, 1]).double()
    torch.testing.assert_close(cut[0, :2, middle, middle].double(), there, atol=0.05, rtol=0)
    window = window_of(placed, (0.3 * side, 0.3 * side, 0.7 * side, 0.7 * side))
    top, left, height, width = window
    back = lifted(cut, placed, window)
    part = photo[:, :, top : top + height, left : left + width]
    torch.testing.assert_close(back, part, atol=0.6, rtol=0)


def test_fine_stripes_do_not_alias() -> None:
    """Stripes too fine for the picture become their mean."""
    photo = (torch.arange(500) % 2 * 2.0 - 1).expand(1, 3, 400, 500)
    assert float(cut_out(photo, turned(37)).abs().max()) < 0.1
