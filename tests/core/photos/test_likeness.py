"""Decibels of likeness."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.photos.likeness import psnr


def test_decibels_are_of_the_mean_squared_difference() -> None:
    photos = torch.zeros(2, 3, 4, 4)
    images = torch.stack([photos[0] + 0.2, photos[0] + 3])
    assert psnr(images, photos).tolist() == pytest.approx([20.0, 6.0206], abs=1e-4)
    assert psnr(photos, photos).tolist() == pytest.approx([100.0, 100.0])


def test_pixels_of_weight_0_do_not_count() -> None:
    photos, keep = torch.zeros(1, 3, 2, 2), torch.ones(1, 1, 2, 2)
    images = torch.full((1, 3, 2, 2), 0.2)
    images[..., 0, 0], keep[..., 0, 0] = 0.9, 0
    assert float(psnr(images, photos, keep)) == pytest.approx(20.0)
