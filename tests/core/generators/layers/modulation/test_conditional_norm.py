"""Statistics of conditional batch norms for any truncation."""

from __future__ import annotations

import torch
from latent_levers.core.generators.layers.modulation.conditional_norm import TruncatedStatistics


def test_statistics_between_two_truncations_are_mixed_as_published() -> None:
    """The nearer value weighs less; -psi is psi, and beyond 1 is 1."""
    table = TruncatedStatistics(2, 5, 0.5)
    table.mean.copy_(torch.arange(10.0).reshape(5, 2))
    table.variance.copy_(table.mean + 1)
    for psi, row in ((0.25, 1.0), (0.3, 1.8), (-0.3, 1.8), (0.0, 0.0), (1.0, 4.0), (1.7, 4.0)):
        mean, factor = table(psi)
        torch.testing.assert_close(mean, torch.tensor([2 * row, 2 * row + 1]))
        torch.testing.assert_close(factor, (mean + 1.5).rsqrt())
    for count in range(1, 120):  # rounding must not reach beyond the table
        assert TruncatedStatistics(1, count, 0.0)(1.0)[0].shape == (1,)
