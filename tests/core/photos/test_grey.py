"""Photographs without colour stay without colour."""

from __future__ import annotations

import warnings

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.photos.blending import MODES
from latent_levers.core.photos.grey import colourless, luminance
from torch import Tensor

SIDE = 32
REGION = ll.Region.box(8, 8, 16, 16, SIDE)


def pictures() -> tuple[Tensor, Tensor, Tensor]:
    """A photo in colour, and two pictures whose difference is red."""
    draw = torch.Generator().manual_seed(0)
    photo = torch.rand(1, 3, SIDE, SIDE, generator=draw) - 0.5
    before = 0.8 * photo
    after = before.clone()
    after[:, 0, 10:22, 10:22] += 0.4
    return photo, before, after


def test_what_has_colour() -> None:
    photo, _, _ = pictures()
    grey = luminance(photo).expand(-1, 3, -1, -1)
    noisy = grey.clone()
    noisy[:, 0] += 4 / 127.5  # as JPEG leaves it
    tinted = grey.clone()
    tinted[0, 0, 3, 3] += 6 / 127.5
    found = colourless(torch.cat([photo, grey, noisy, tinted]))
    assert found.tolist() == [False, True, True, False]
    torch.testing.assert_close(luminance(grey), grey[:, :1])


@pytest.mark.parametrize("mode", MODES)
def test_a_change_in_a_grey_photo_has_no_colour(mode: str) -> None:
    photo, before, after = pictures()
    grey = luminance(photo).expand(-1, 3, -1, -1).contiguous()
    with pytest.warns(PackWarning, match="has no colour, so the change is put in without colour"):
        result = ll.composite(grey, before, after, REGION, mode)
    assert float((result - grey).abs().max()) > 0.05
    assert float(result.amax(dim=1).sub(result.amin(dim=1)).max()) < 1e-6
    plain = [luminance(images).expand(-1, 3, -1, -1) for images in (before, after)]
    with pytest.warns(PackWarning):
        expected = ll.composite(grey, *plain, REGION, mode)
    torch.testing.assert_close(result, expected)


def test_only_the_grey_one_of_two_photos_loses_the_colour() -> None:
    photo, before, after = pictures()
    grey = luminance(photo).expand(-1, 3, -1, -1)
    with pytest.warns(PackWarning, match="no colour"):
        both = ll.composite(torch.cat([photo, grey]), before, after, REGION)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alone = ll.composite(photo, before, after, REGION)
    assert torch.equal(both[:1], alone)
    assert float((both[1, 0] - both[1, 2]).abs().max()) < 1e-6
    assert float((alone[0, 0] - alone[0, 2]).abs().max()) > 0.1
