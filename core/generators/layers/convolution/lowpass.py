"""Low-pass filters with a Kaiser window, as in StyleGAN3 (NeurIPS 2021, appendix C.1).

The window's shape follows from the number of taps and the width of the transition band by Kaiser's
formulas (1974). Everything is computed in float64.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def kaiser_beta(taps: int, width: float) -> float:
    """Shape parameter of the window for a number of taps and a width of the transition band.

    Args:
        taps: Number of taps.
        width: Width of the transition band as a share of half the sampling rate.

    Returns:
        At least 0; larger values attenuate more.
    """
    attenuation = 2.285 * (taps - 1) * math.pi * width + 7.95  # in decibels
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    return 0.0


def lowpass_filter(
    taps: int, cutoff: float, half_width: float, rate: float, radial: bool = False
) -> Tensor:
    """A windowed ideal low-pass filter.

    Args:
        taps: Number of taps along each axis.
        cutoff: Frequency at half height, in cycles per image width.
        half_width: Half the width of the transition band, in the same unit.
        rate: Sampling rate in samples per image width.
        radial: Whether the filter is isotropic (a jinc under a separable window); it is then not
            separable.

    Returns:
        `[taps]` for both axes, or `[taps, taps]` for a radial filter; float64, sum 1.
    """
    at = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate  # in image widths
    beta = kaiser_beta(taps, 2 * half_width / (rate / 2))
    window = torch.kaiser_window(taps, periodic=False, beta=beta, dtype=torch.float64)
    if radial:
        radius = torch.hypot(at[:, None], at[None, :])
        # At the centre of odd filters the jinc has the limit pi cutoff^2.
        jinc = cutoff * torch.special.bessel_j1(2 * math.pi * cutoff * radius) / radius
        ideal = torch.where(radius == 0, math.pi * cutoff**2, jinc)
        kernel = ideal * torch.outer(window, window)
    else:
        kernel = torch.sinc(2 * cutoff * at) * window
    return kernel / kernel.sum()
