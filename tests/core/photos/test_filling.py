"""Values continued into where they are not known."""

from __future__ import annotations

import torch
from latent_levers.core.photos.filling import filled


def hole() -> torch.Tensor:
    """Known but for a box."""
    known = torch.ones(1, 1, 50, 71)
    known[:, :, 10:40, 20:50] = 0
    return known


def test_what_is_known_stays_and_constants_go_on() -> None:
    values, known = torch.rand(1, 3, 50, 71), hole()
    result = filled(values, known)
    torch.testing.assert_close(result * known, values * known)
    constant = torch.full_like(values, 0.3)
    torch.testing.assert_close(filled(constant * known, known), constant)


def test_a_slope_goes_on_across_the_hole() -> None:
    slope = torch.linspace(0, 1, 71).expand(1, 1, 50, 71)
    result = filled(slope * hole(), hole())
    assert float((result - slope).abs().max()) < 0.1


def test_nothing_known_is_zero_and_a_single_pixel_is_spread() -> None:
    values = torch.ones(1, 1, 9, 9)
    assert not filled(values, torch.zeros(1, 1, 9, 9)).any()
    known = torch.zeros(1, 1, 9, 9)
    known[:, :, 4, 4] = 1
    torch.testing.assert_close(filled(values, known), values)
    assert filled(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 1, 1)).item() == 1
