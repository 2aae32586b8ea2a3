"""Resampling and low-pass filters against plain definitions, in float64."""

from __future__ import annotations

import math

import pytest
import torch
from latent_levers.core.generators.layers import filtered_activation
from latent_levers.core.generators.layers.convolution.lowpass import kaiser_beta, lowpass_filter
from latent_levers.core.generators.layers.convolution.resample_axes import (
    downsample_plane,
    resample_axis,
)
from latent_levers.core.generators.layers.filtered_activation import FilteredRectifier
from torch import Tensor
from torch.nn import functional as F


def slowly(x: Tensor, kernel: Tensor, size: int, up: int, down: int, before: int) -> Tensor:
    """Zeros inserted, sample by sample; the definition of a convolution; the last axis."""
    raised = torch.zeros(*x.shape[:-1], x.shape[-1] * up, dtype=x.dtype)
    raised[..., ::up] = x
    result = torch.zeros(*x.shape[:-1], size, dtype=x.dtype)
    for j in range(size):
        for k in range(len(kernel)):
            at = j * down + len(kernel) - 1 - k - before
            if 0 <= at < raised.shape[-1]:
                result[..., j] += kernel[k] * raised[..., at]
    return result


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
    expected = slowly(turned, kernel, size, up, down, before)
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


def test_activation_does_the_three_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in chunks of a few channels, which bound the memory."""
    x = torch.randn(2, 5, 14, 14, dtype=torch.float64)
    first, second = torch.rand(8, dtype=torch.float64), torch.rand(6, dtype=torch.float64)

    def whole(down_filter: Tensor) -> Tensor:
        return FilteredRectifier(first, down_filter, 2, 2, (3, 2), 1.5, slope=0.2, gain=1.4)(x)

    rows = slowly(x, 2 * first, 26, 2, 1, 3)
    high = slowly(rows.mT, 2 * first, 26, 2, 1, 3).mT
    high = (F.leaky_relu(high, 0.2) * 1.4).clamp(-1.5, 1.5)
    expected = slowly(slowly(high, second, 11, 1, 2, 0).mT, second, 11, 1, 2, 0).mT
    torch.testing.assert_close(whole(second), expected)
    torch.testing.assert_close(whole(torch.outer(second, second)), expected)
    monkeypatch.setattr(filtered_activation, "_SAMPLES_ON_CPU", 2000)
    torch.testing.assert_close(whole(second), expected)


@pytest.mark.parametrize("taps", [12, 24, 13])
def test_lowpass_filters_pass_and_stop(taps: int) -> None:
    """All of a constant, half at the cutoff, little beyond the transition; symmetric."""
    kernel = lowpass_filter(taps, cutoff=4, half_width=3, rate=24)
    assert float(kernel.sum()) == pytest.approx(1)
    torch.testing.assert_close(kernel, kernel.flip(0))
    at = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / 24
    for frequency, expected, off in ((4, 0.5, 0.03), (9, 0.0, 0.03), (1, 1.0, 0.04)):
        response = float((kernel * (2 * math.pi * frequency * at).cos()).sum())
        assert response == pytest.approx(expected, abs=off)


@pytest.mark.parametrize("taps", [12, 11])
def test_radial_filters_treat_directions_alike(taps: int) -> None:
    """A wave of any direction is damped alike, which a product of two does not do."""
    cutoff, rate = 4.0, 24.0
    at = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate

    def response(kernel: Tensor, degrees: float) -> float:
        x, y = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        wave = (2 * math.pi * 6 * (at[:, None] * y + at * x)).cos()
        return float((kernel * wave).sum())

    radial = lowpass_filter(taps, cutoff, 4.0, rate, radial=True)
    single = lowpass_filter(taps, cutoff, 4.0, rate)
    assert float(radial.sum()) == pytest.approx(1)
    product = torch.outer(single, single)
    apart = abs(response(radial, 0) - response(radial, 45))
    assert apart < 0.3 * abs(response(product, 0) - response(product, 45))


def test_kaiser_has_three_regimes() -> None:
    """Values by Kaiser's formulas, as SciPy gives them."""
    assert kaiser_beta(3, 0.1) == 0.0
    assert kaiser_beta(12, 0.4) == pytest.approx(3.340010909383242)
    assert kaiser_beta(60, 0.2) == pytest.approx(9.252035251605324)
