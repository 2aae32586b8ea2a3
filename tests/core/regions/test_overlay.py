"""Pictures for people: sizes, and regions shown on images."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.concepts.region import Region
from latent_levers.core.pictures.images import (
    display_scale,
    enlarged,
    size_on_sheet,
    sized_for_sheet,
)
from latent_levers.core.regions.overlay import highlight


def test_highlight_keeps_the_inside_and_dims_the_outside():
    images = torch.full((1, 64, 64, 3), 0.5)
    shown = highlight(images, Region.box(16, 16, 16, 16, 64))
    assert torch.allclose(shown[0, 24, 24], torch.full((3,), 0.5))
    assert (shown[0, 4, 4] < 0.3).all()
    assert shown[0, 15, 24, 0] == 1  # the edge lies just outside


@pytest.mark.parametrize(
    ("images", "regions", "shown"), [(1, 3, 3), (3, 1, 3), (2, 2, 2), (4, 2, 2)]
)
def test_highlight_of_batches(images, regions, shown):
    masks = torch.zeros(regions, 8, 8)
    masks[:, 2:4, 2:4] = 1
    result = highlight(torch.rand(images, 32, 32, 3), Region.from_mask(masks))
    assert result.shape == (shown, 32, 32, 3)
    assert result.min() >= 0
    assert result.max() <= 1


def test_small_images_are_enlarged_and_large_ones_stay():
    assert [display_scale((side, side)) for side in (32, 64, 96, 256, 1024)] == [8, 4, 2, 1, 1]
    images = torch.rand(2, 3, 16, 8) * 2 - 1
    larger = enlarged(images, 4)
    assert larger.shape == (2, 3, 64, 32)
    assert images.min() <= larger.min()
    assert larger.max() <= images.max()
    assert enlarged(images, 1) is images


@pytest.mark.parametrize(
    ("size", "scale", "expected"),
    [
        ((64, 64), 0, (256, 256)),
        ((64, 64), 2, (128, 128)),
        ((512, 1024), 0, (128, 256)),
        ((300, 300), 0, (300, 300)),
    ],
)
def test_sizes_on_a_sheet(size, scale, expected):
    assert sized_for_sheet(torch.zeros(1, 3, *size), scale).shape[2:] == expected
    assert size_on_sheet(size, scale) == expected
