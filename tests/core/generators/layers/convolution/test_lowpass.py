"""Low-pass filters against plain definitions."""

from __future__ import annotations

import math

import pytest
import torch
from latent_levers.core.generators.layers.convolution.lowpass import kaiser_beta, lowpass_filter
from torch import Tensor


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
