"""Images of any number of channels, and their opacity."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.pictures.captions import with_captions
from latent_levers.core.pictures.frames import tile_images
from latent_levers.core.pictures.gauges import Gauge, with_gauges
from latent_levers.core.pictures.images import (
    split_opacity,
    to_bytes,
    to_unit_range,
    truncated_bytes,
)
from torch import Tensor


def random_images(channels: int, count: int = 2) -> Tensor:
    """Images `[N, C, 48, 64]` in [-1, 1]."""
    generator = torch.Generator().manual_seed(channels)
    return torch.rand(count, channels, 48, 64, generator=generator) * 2 - 1


@pytest.mark.parametrize(("channels", "shown"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 3)])
@pytest.mark.parametrize("alpha", [False, True])
def test_three_channels_are_shown_and_the_fourth_of_four_is_opacity(channels, shown, alpha):
    images = random_images(channels)
    pictures = to_unit_range(images, alpha)
    kept = 4 if alpha and channels == 4 else 3
    assert pictures.shape == (2, 48, 64, kept)
    for channel in range(kept):
        source = images[:, channel if shown == 3 else 0]
        torch.testing.assert_close(pictures[..., channel], source * 0.5 + 0.5)
    assert torch.equal(to_bytes(images, alpha), (pictures * 255).round().to(torch.uint8))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_transparency_is_what_comfyui_makes_of_alpha(channels):
    pictures = to_unit_range(random_images(channels), alpha=True)
    colours, transparency = split_opacity(pictures)
    assert torch.equal(colours, pictures[..., :3])
    expected = 1 - pictures[..., 3] if channels == 4 else torch.zeros(2, 48, 64)
    assert torch.equal(transparency, expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_strips_below_images_are_opaque(channels):
    images = random_images(channels)
    gauges = [Gauge("smile", "+1.0", 0.5)] * 2
    for drawn in (with_captions(images, ["one", "two"]), with_gauges(images, gauges)):
        assert drawn.shape[1] == (4 if channels == 4 else 3)
        assert drawn.shape[2] > 48
        if channels == 4:
            assert torch.equal(drawn[:, 3, :48], images[:, 3])
            assert (drawn[:, 3, 48:] == 1).all()
            assert (drawn[:, :3, :48] - images[:, :3]).abs().max() <= 1 / 127.5


def test_empty_tiles_are_opaque():
    images = random_images(4, 5)
    (page,) = tile_images(images, 5)  # two rows of three
    assert torch.equal(page[:, 48:, 64:128], images[4])
    assert (page[3, 48:, 128:] == 1).all()
    assert (page[:3, 48:, 128:] < 0).all()


def test_fractions_are_cut_off_as_comfyui_does() -> None:
    pictures = torch.tensor([-0.1, 0.0, 0.5, 0.9999, 1.0, 1.2])
    assert truncated_bytes(pictures).tolist() == [0, 0, 127, 254, 255, 255]
