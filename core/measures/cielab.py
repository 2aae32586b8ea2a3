"""CIELAB: colours as people tell them apart."""

from __future__ import annotations

import torch
from torch import Tensor

_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to CIE XYZ for the white point D65 (IEC 61966-2-1)."""

_EDGE = 6 / 29
"""Where the cube root of CIELAB becomes linear."""


def to_cielab(images: Tensor) -> Tensor:
    """Convert sRGB images to CIELAB, white point D65 (CIE 15:2004).

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1]; other values are clamped. The first three
            channels are colours; with fewer, the first one is grey.

    Returns:
        `[N, 3, H, W]` float64: L* from 0 to 100, a* and b* from about -110 to 110.
    """
    unit = (images.detach().to("cpu", torch.float64) * 0.5 + 0.5).clamp(0, 1)
    rgb = unit[:, :3] if unit.shape[1] >= 3 else unit[:, :1].expand(-1, 3, -1, -1)
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = torch.tensor(_TO_XYZ, dtype=torch.float64)
    matrix = matrix / matrix.sum(dim=1, keepdim=True)  # in units of white
    xyz = torch.einsum("ij,njhw->nihw", matrix, linear)
    root = xyz.clamp_min(_EDGE**3) ** (1 / 3)
    f = torch.where(xyz > _EDGE**3, root, xyz / (3 * _EDGE**2) + 4 / 29)
    x, y, z = f.unbind(dim=1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def colour_difference(before: Tensor, after: Tensor) -> Tensor:
    """Delta E of 1976: the Euclidean distance in CIELAB, of each pixel.

    Args:
        before: `[N, C, H, W]`, nominal range [-1, 1].
        after: `[N, C, H, W]`, likewise.

    Returns:
        `[N, H, W]` float64; about 2.3 is just noticeable, black to white is 100.
    """
    return (to_cielab(after) - to_cielab(before)).norm(dim=1)
