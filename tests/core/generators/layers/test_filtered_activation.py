"""The filtered activation against plain definitions, in float64."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.generators.layers import filtered_activation
from latent_levers.core.generators.layers.filtered_activation import FilteredRectifier
from resampling_by_definition import resampled_slowly
from torch import Tensor
from torch.nn import functional as F


def test_activation_does_the_three_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in chunks of a few channels, which bound the memory."""
    x = torch.randn(2, 5, 14, 14, dtype=torch.float64)
    first, second = torch.rand(8, dtype=torch.float64), torch.rand(6, dtype=torch.float64)

    def whole(down_filter: Tensor) -> Tensor:
        return FilteredRectifier(first, down_filter, 2, 2, (3, 2), 1.5, slope=0.2, gain=1.4)(x)

    rows = resampled_slowly(x, 2 * first, 26, 2, 1, 3)
    high = resampled_slowly(rows.mT, 2 * first, 26, 2, 1, 3).mT
    high = (F.leaky_relu(high, 0.2) * 1.4).clamp(-1.5, 1.5)
    expected = resampled_slowly(
        resampled_slowly(high, second, 11, 1, 2, 0).mT, second, 11, 1, 2, 0
    ).mT
    torch.testing.assert_close(whole(second), expected)
    torch.testing.assert_close(whole(torch.outer(second, second)), expected)
    monkeypatch.setattr(filtered_activation, "_SAMPLES_ON_CPU", 2000)
    torch.testing.assert_close(whole(second), expected)
