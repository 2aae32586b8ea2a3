"""The colours of differences: lighter means more, for every eye."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.pictures.colour_map import colour_table, heat
from torch import Tensor

LUMINANCE = torch.tensor([0.2126, 0.7152, 0.0722], dtype=torch.float64)
"""Of linear sRGB (IEC 61966-2-1)."""

WAYS_OF_SEEING = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}  # fmt: skip
"""On linear sRGB: Machado, Oliveira and Fernandes (2009), severity 1."""


def linear(colours: Tensor) -> Tensor:
    """SRGB to linear light."""
    wide = colours.double()
    return torch.where(wide <= 0.04045, wide / 12.92, ((wide + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("eye", WAYS_OF_SEEING)
def test_lightness_rises_with_the_number(eye: str) -> None:
    table = heat(torch.linspace(0, 1, 256))
    seen = (linear(table) @ torch.tensor(WAYS_OF_SEEING[eye]).double().T).clamp(0, 1)
    y = seen @ LUMINANCE
    lightness = torch.where(y > 0.008856, 116 * y ** (1 / 3) - 16, 903.3 * y)  # CIE L*
    steps = lightness.diff()
    assert (steps > 0).all()
    assert lightness[-1] - lightness[0] > 85
    assert steps.max() < 5 * steps.mean(), "no step looks like an edge"


def test_the_map_has_colours_and_stays_on_the_screen() -> None:
    table = colour_table()
    assert table.min() >= 0
    assert table.max() <= 1
    spread = table.amax(dim=1) - table.amin(dim=1)
    assert spread.max() > 0.6
    assert table.diff(dim=0).abs().max() < 0.03, "no edges"


def test_numbers_beyond_the_ends_get_the_colour_of_the_end() -> None:
    colours = heat(torch.tensor([[-1.0, 0.0], [1.0, 7.0]]))
    assert colours.shape == (2, 2, 3)
    assert torch.equal(colours[0, 0], colours[0, 1])
    assert torch.equal(colours[1, 0], colours[1, 1])
    assert not torch.equal(colours[0, 0], colours[1, 0])
