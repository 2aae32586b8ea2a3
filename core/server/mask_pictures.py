"""The connected mask as pictures, whose outline the page draws."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .encoding import data_url

_LARGEST = 192
"""Largest side of a picture in pixels."""

_MOST = 16
"""Most pictures; of more masks the page shows the last one of these."""


def mask_pictures(mask: Tensor | None, size: tuple[int, int]) -> list[str]:
    """Encode masks as small pictures with the proportions of the image.

    Args:
        mask: `[H, W]` or `[N, H, W]` in [0, 1], or none.
        size: Height and width of the image.

    Returns:
        A data URL for each mask, white inside; empty where there is none, or only zeros.
    """
    if mask is None or not bool(mask.any()):
        return []
    stack = mask.detach().to("cpu").float().reshape(-1, 1, *mask.shape[-2:])[:_MOST]
    scale = min(1.0, _LARGEST / max(size))
    small = [max(1, round(side * scale)) for side in size]
    resized = F.interpolate(stack, size=small, mode="bilinear", antialias=True)
    pixels = (resized.clamp(0, 1) * 255).round().byte()
    return [data_url(picture[0], None) for picture in pixels]
