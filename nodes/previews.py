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
from ..core.concepts.network import GeneratorSpec
from ..core.files.guesses import channel_notes as channels_shown
from ..core.generators.rendering import render
from ..core.pictures.images import OPACITY, display_scale, enlarged, split_opacity, to_unit_range
from . import host

SHOWN = 16
"""Most images that a node shows on itself; its outputs contain all of them."""

DETAILS = "Details:"
"""Note after which the figures for specialists follow; the page folds them."""

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
    return ui.PreviewImage(to_unit_range(enlarged(shown, scale), alpha=True))


def image_outputs(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs for pictures that a generator drew.

    Args:
        pictures: `[N, H, W, 3]` in [0, 1], or `[N, H, W, 4]` with opacity.

    Returns:
        The images `[N, H, W, 3]` and their transparency `[N, H, W]`, where ComfyUI expects them.
    """
    images, transparency = split_opacity(pictures)
    return host.to_intermediate_device(images), host.to_intermediate_device(transparency)


def channel_notes(spec: GeneratorSpec) -> list[str]:
    """Describe what the outputs show of images that are neither grey nor in colour.

    Args:
        spec: Facts of the generator.

    Returns:
        A sentence, or none.
    """
    if spec.img_channels == OPACITY:
        return [
            "The fourth channel is opacity: images hold the colours, transparency the rest; Join "
            "Image with Alpha joins them."
        ]
    return [f"{note}." for note in channels_shown(spec.img_channels)]


def colour_notes(*images: Tensor) -> list[str]:
    """Describe what is compared of images with more or fewer channels than colours.

    Args:
        *images: Each `[N, H, W, C]`.

    Returns:
        A sentence, or none.
    """
    others = {image.shape[3] for image in images} - {1, 3}
    if not others:
        return []
    channels = " and ".join(str(count) for count in sorted(others))
    used = "first channel" if max(others) < 3 else "colours"
    return [f"The pictures have {channels} channels; their {used} alone was used."]


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
        frames: `[F, H, W, 3]` or `[F, H, W, 4]` in [0, 1].
        fps: Frames per second.

    Returns:
        For `on_node`.
    """
    some = frames[:_MOVING_FRAMES].movedim(-1, 1)  # [F, C, H, W]
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
