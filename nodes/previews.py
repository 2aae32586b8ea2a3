"""Pictures and notes that nodes show on themselves."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from typing import Any

import torch
from comfy_api.latest import io, ui
from torch import Tensor
from torch.nn import functional as F

from ..core.concepts.latent_code import LatentCode
from ..core.generators.rendering import render
from ..core.pictures.images import display_scale, enlarged, to_unit_range
from . import host

SHOWN = 16
"""Most images that a node shows on itself; its outputs contain all of them."""

_MOVING_SIDE, _MOVING_FRAMES = 512, 480
"""Most pixels on a side, and most frames, of an animation on a node."""


def preview(images: Tensor) -> ui.PreviewImage:
    """A preview of images on the node, enlarged where they are small.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1].

    Returns:
        At most `SHOWN` of them.
    """
    shown = images[:SHOWN]
    scale = display_scale((shown.shape[2], shown.shape[3]))
    return ui.PreviewImage(to_unit_range(enlarged(shown, scale)))


def on_node(
    notes: Sequence[str], picture: ui.PreviewImage | ui.SavedImages | None = None
) -> dict[str, Any]:
    """What a node shows on itself: a picture, and notes below it (drawn by web/node_messages.js).

    Args:
        notes: Sentences. Without any, the key "text" is still set, since ComfyUI merges by keys.
        picture: The picture, if any.

    Returns:
        For `io.NodeOutput(ui=...)`.
    """
    return {**({} if picture is None else picture.as_dict()), "text": tuple(notes)}


def animation(frames: Tensor, fps: float) -> ui.SavedImages:
    """An animation on the node, reduced so that it loads quickly; saved as a temporary file.

    Args:
        frames: `[F, H, W, 3]` in [0, 1].
        fps: Frames per second.

    Returns:
        For `on_node`.
    """
    some = frames[:_MOVING_FRAMES].movedim(-1, 1)  # [F, 3, H, W]
    side = max(some.shape[2:])
    if side > _MOVING_SIDE:
        size = [max(1, round(length * _MOVING_SIDE / side)) for length in some.shape[2:]]
        some = F.interpolate(some, size=size, mode="area")
    # A new name each time, as for ComfyUI's previews: the page caches pictures by name.
    saved = ui.ImageSaveHelper.save_animated_webp(
        some.movedim(1, -1),
        f"ComfyUI_temp_{secrets.token_hex(4)}",
        io.FolderType.temp,
        None,
        fps,
        lossless=False,
        quality=85,
        method=2,
    )
    return ui.SavedImages([saved], is_animated=True)


def preview_codes(work: host.Session, codes: LatentCode) -> ui.PreviewImage:
    """A preview of the images of latent codes on the node.

    Args:
        work: The session of the generator that renders them.
        codes: The codes.

    Returns:
        At most `SHOWN` of them.
    """
    return preview(render(work.generator, codes[:SHOWN], progress=host.progress()))


def to_image(page: Tensor) -> Tensor:
    """Convert a sheet of bytes to ComfyUI's image format.

    Args:
        page: `[H, W, 3]` uint8.

    Returns:
        `[1, H, W, 3]` float32 in [0, 1].
    """
    return page[None].to(torch.float32) / 255


def sheet_columns(count: int) -> int:
    """Number of columns that make a sheet about square.

    Args:
        count: Number of pictures.

    Returns:
        The rounded-up square root, at most 8.
    """
    return min(8, math.isqrt(max(count - 1, 0)) + 1)
