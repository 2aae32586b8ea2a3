"""Masks of every shape that programs use, and how much of the image they cover."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import RegionError
from latent_levers.core.concepts.region import Region
from latent_levers.core.regions.shapes import region_from_shapes

MASK = torch.zeros(8, 8)
MASK[2:4, 1:5] = 1.0

SHAPES = {
    "one mask": MASK,
    "a batch of one": MASK[None],
    "a channel": MASK[None, None],
    "booleans with a channel": MASK[None, None].bool(),
    "half precision": MASK[None].half(),
    "several with a channel": MASK.expand(3, 1, 8, 8),
}
"""The same mask in shapes and types that nodes and libraries pass on."""


@pytest.mark.parametrize("mask", SHAPES.values(), ids=SHAPES.keys())
def test_every_usual_shape_is_read(mask):
    region = Region.from_mask(mask)
    assert region.weights.shape == (3 if len(mask) == 3 else 1, 8, 8)
    assert all(torch.equal(weights, MASK) for weights in region.weights)
    drawn = region_from_shapes("[]", (8, 8), mask=mask.float())
    assert torch.equal(drawn.weights, region.weights)


@pytest.mark.parametrize(
    "shape", [(8,), (8, 8, 1), (1, 8, 8, 1), (1, 8, 8, 3), (2, 3, 8, 8), (1, 1, 1, 8, 8)]
)
def test_other_shapes_are_refused_with_all_that_are_read(shape):
    words = r"has shape \[.*Expected a mask \[H, W\], or masks \[N, H, W\] or \[N, 1, H, W\]"
    for call in (
        lambda: Region.from_mask(torch.ones(shape)),
        lambda: region_from_shapes("mouth", (8, 8), mask=torch.ones(shape)),
    ):
        with pytest.raises(RegionError, match=words) as caught:
            call()
        assert ("Take one channel" in str(caught.value)) == (len(shape) in (3, 4))


def test_bytes_are_refused_with_the_factor():
    with pytest.raises(RegionError, match="from 0 to 255.*Divide it by 255"):
        Region.from_mask(MASK * 255)
    with pytest.raises(RegionError, match=r"inside\)\.$"):
        Region.from_mask(MASK * 1.5)


@pytest.mark.parametrize(
    ("mask", "share"),
    [(MASK, 1 / 8), (MASK * 0.5, 1 / 16), (1 - MASK, 7 / 8), (MASK.expand(5, 8, 8), 1 / 8)],
)
def test_the_share_of_the_image(mask, share):
    assert Region.from_mask(mask).share == pytest.approx(share)
