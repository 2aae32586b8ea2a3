"""A perceptually uniform colour map that is legible without distinguishing red from green."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

_STEPS = 1024
"""Entries of the table, more than 8-bit colours distinguish."""

_DARK, _LIGHT = 0.16, 0.97
"""Lightness (L of OKLab) of the values 0 and 1."""

_CONTROL_POINTS = (
    (0.00, -0.03),
    (0.06, -0.22),
    (0.26, -0.12),
    (0.16, 0.14),
    (0.06, 0.22),
    (-0.02, 0.06),
)
"""Control points of a curve in a and b of OKLab: night blue, violet, red, orange, yellow, cream.
Lightness increases from blue to yellow, which people with red-green blindness distinguish."""

_TO_CONES = ((1.0, 0.3963377774, 0.2158037573), (1.0, -0.1055613458, -0.0638541728),
             (1.0, -0.0894841775, -1.2914855480))  # fmt: skip
_TO_LINEAR = ((4.0767416621, -3.3077115913, 0.2309699292),
              (-1.2684380046, 2.6097574011, -0.3413193965),
              (-0.0041960863, -0.7034186147, 1.7076147010))  # fmt: skip
"""From OKLab to linear sRGB (Ottosson, "A perceptual color space for image processing", 2020)."""


def heat(values: Tensor) -> Tensor:
    """Map numbers to colours.

    Args:
        values: `[...]`, from 0 (dark) to 1 (light); other values are clamped.

    Returns:
        `[..., 3]` float32 in [0, 1], sRGB; lightness is linear in the number.
    """
    places = (values.to(torch.float32).clamp(0, 1) * (_STEPS - 1)).round().to(torch.long)
    return colour_table().to(values.device)[places]


@functools.cache
def colour_table() -> Tensor:
    """Compute the colours of the map.

    Returns:
        `[1024, 3]` float32 in [0, 1], sRGB.
    """
    t = torch.linspace(0, 1, _STEPS, dtype=torch.float64)
    light = _DARK + (_LIGHT - _DARK) * t
    hue = _curve(t)  # [1024, 2]
    # Where the curve leaves the gamut of sRGB, chroma is reduced by bisection; lightness is kept.
    low, high = torch.zeros_like(t), torch.ones_like(t)
    for _ in range(30):
        middle = (low + high) / 2
        fits = _fits(_linear(light, hue * middle[:, None]))
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    linear = _linear(light, hue * low[:, None]).clamp(0, 1)
    curved = 1.055 * linear.clamp_min(1e-12) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, curved).to(torch.float32)


def _curve(t: Tensor) -> Tensor:
    """Evaluate the Bezier curve of `_CONTROL_POINTS`, `[T, 2]`."""
    points = torch.tensor(_CONTROL_POINTS, dtype=torch.float64)[:, None].expand(-1, len(t), -1)
    while len(points) > 1:  # de Casteljau
        points = torch.lerp(points[:-1], points[1:], t[None, :, None])
    return points[0]


def _linear(light: Tensor, hue: Tensor) -> Tensor:
    """Convert OKLab to linear sRGB, `[T, 3]`, possibly outside of [0, 1]."""
    lab = torch.cat([light[:, None], hue], dim=1)  # [T, 3]
    cones = (lab @ torch.tensor(_TO_CONES, dtype=torch.float64).T) ** 3
    return cones @ torch.tensor(_TO_LINEAR, dtype=torch.float64).T


def _fits(linear: Tensor) -> Tensor:
    """Which colours are in the gamut of sRGB, `[T]`."""
    return ((linear >= -1e-9) & (linear <= 1 + 1e-9)).all(dim=1)
