"""Resampling along axes against plain definitions, in float64."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.generators.layers.convolution.resample_axes import (
    downsample_plane,
    resample_axis,
)
from resampling_by_definition import resampled_slowly
from torch.nn import functional as F


@pytest.mark.parametrize("axis", [-1, -2])
@pytest.mark.parametrize(
    ("up", "down", "taps", "before", "size"),
    [
        *((1, 1, 1, 0, 9), (2, 1, 12, 9, 30), (4, 1, 24, 17, 61), (4, 1, 24, -3, 20)),
        *((1, 2, 12, 0, 70), (1, 2, 5, 3, 90), (3, 2, 7, 4, 41), (2, 4, 6, -5, 8)),
    ],
)
def test_an_axis_is_resampled(
    axis: int, up: int, down: int, taps: int, before: int, size: int
) -> None:
    """Any factors, taps, padding and cropping; kernels need not be symmetric."""
    x = torch.randn(2, 161 if down > 1 else 13, 11 if axis == -2 else 150, dtype=torch.float64)
    kernel = torch.randn(taps, dtype=torch.float64)
    turned = x.mT if axis == -2 else x
    expected = resampled_slowly(turned, kernel, size, up, down, before)
    found = resample_axis(x, kernel, axis, size, up, down, before)
    torch.testing.assert_close(found, expected.mT if axis == -2 else expected)


@pytest.mark.parametrize(("taps", "down", "size"), [(12, 2, 16), (5, 2, 13), (6, 3, 9), (4, 1, 7)])
def test_a_plane_is_resampled(taps: int, down: int, size: int) -> None:
    """Filters that are no product of two."""
    kernel = torch.randn(taps, taps, dtype=torch.float64)
    side = (size - 1) * down + taps
    x = torch.randn(3, side, side, dtype=torch.float64)
    expected = F.conv2d(x[:, None], kernel.flip(0, 1)[None, None], stride=down)[:, 0]
    torch.testing.assert_close(downsample_plane(x, kernel, size, down), expected)
