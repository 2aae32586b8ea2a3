"""Images in the range of networks, of ComfyUI and of files."""

from __future__ import annotations

import torch
from torch import Tensor


def to_unit_range(images: Tensor) -> Tensor:
    """From a network's images to those of ComfyUI.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1]; what lies outside is clamped.

    Returns:
        `[N, H, W, 3]` float32 on the CPU in [0, 1]; grey images are repeated to three channels.
    """
    unit = (images.detach().to("cpu", torch.float32) * 0.5 + 0.5).clamp(0, 1)
    if unit.shape[1] == 1:
        unit = unit.expand(-1, 3, -1, -1)
    return unit[:, :3].permute(0, 2, 3, 1).contiguous()


def to_bytes(images: Tensor) -> Tensor:
    """From a network's images to those of a picture file.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1].

    Returns:
        `[N, H, W, 3]` uint8: `round((x + 1) * 127.5)`, clamped.
    """
    return (to_unit_range(images) * 255).round().to(torch.uint8)
