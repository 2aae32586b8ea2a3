"""Inputs that several nodes share, and pictures shown on nodes."""

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
from .file_names import KEEP_BOTH, REPLACE

SHOWN = 16
"""Most images that a node shows on itself; its outputs hold all of them."""

_MOVING_SIDE, _MOVING_FRAMES = 512, 480
"""Most pixels on a side, and most frames, of what moves on a node."""

_LARGEST_SEED = 2**32 - 1


def layers_input(tooltip: str, default: str = "auto") -> io.String.Input:
    """The line in which layers are typed.

    Args:
        tooltip: What the layers are for.
        default: "auto", or "all".

    Returns:
        The input.
    """
    text = f'{tooltip} Write "all", a range such as "0-3" (coarse layers come first), or "1, 4-5".'
    return io.String.Input("layers", default=default, tooltip=text)


def chosen_layers(layers: str) -> str | None:
    """What core takes for what was typed as layers.

    Args:
        layers: The line.

    Returns:
        The line, or none for "auto": the layers that the direction was found for.
    """
    return None if layers.strip().lower() in ("", "auto") else layers


def unit_input() -> io.Combo.Input:
    """The choice of what a strength of 1 means.

    Returns:
        The input.
    """
    return io.Combo.Input(
        "unit",
        options=["sigma", "distance"],
        default="sigma",
        tooltip="What a strength of 1 moves: sigma is one standard deviation of random images "
        "along the direction, so that directions compare; distance is 1 in the latent space.",
    )


def scale_input(what: str) -> io.Int.Input:
    """How many times larger pictures are given out.

    Args:
        what: The pictures, for the tooltip.

    Returns:
        The input.
    """
    return io.Int.Input(
        "scale",
        default=0,
        min=0,
        max=16,
        tooltip=f"How many times larger {what} are drawn. 0 chooses by itself: small images are "
        "enlarged, large ones stay as they are. 1 keeps the generator's own pixels.",
    )


def seed_input(tooltip: str) -> io.Int.Input:
    """A seed with ComfyUI's own control over what follows it.

    Args:
        tooltip: What it decides.

    Returns:
        The input.
    """
    return io.Int.Input(
        "seed", default=0, min=0, max=_LARGEST_SEED, control_after_generate=True, tooltip=tooltip
    )


def class_input(tooltip: str) -> io.Int.Input:
    """The class of a conditional generator, for nodes that came after GAN Sample Latents.

    Args:
        tooltip: What the class is for, as the beginning of a sentence.

    Returns:
        The input.
    """
    return io.Int.Input(
        "class_index",
        default=-1,
        min=-1,
        max=1_000_000,
        tooltip=f"{tooltip}, for a generator with classes; -1 for one without.",
    )


def steps_input(way: str) -> io.Int.Input:
    """How many images there are on a way.

    Args:
        way: From where to where, for the tooltip.

    Returns:
        The input.
    """
    return io.Int.Input(
        "steps",
        default=1,
        min=1,
        max=1024,
        tooltip=f"1 gives the one image at amount; more give as many images on the way {way}, "
        "both ends among them.",
    )


def spaced(first: float, last: float, steps: int) -> list[float]:
    """Numbers at equal distances.

    Args:
        first: The first, where there are several.
        last: The last.
        steps: How many.

    Returns:
        From `first` to `last`; a single one is `last`.
    """
    if steps == 1:
        return [last]
    return [first + (last - first) * step / (steps - 1) for step in range(steps)]


def existing_input(others: str) -> io.Combo.Input:
    """The choice of what happens to a file of the same name.

    Args:
        others: What such a file would hold, with its verb, for the tooltip.

    Returns:
        The input.
    """
    return io.Combo.Input(
        "existing",
        options=[KEEP_BOTH, REPLACE],
        default=KEEP_BOTH,
        tooltip=f"What to do if {others} saved under that name: keep both numbers the new file, "
        "replace overwrites the old one.",
    )


def preview(images: Tensor) -> ui.PreviewImage:
    """Pictures on the node, large enough to be looked at.

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
    """What a node shows on itself: a picture, and below it words (drawn by web/notes.js).

    Args:
        notes: Sentences; the key is there even when they are not, since ComfyUI merges by keys.
        picture: The picture, if any.

    Returns:
        For `io.NodeOutput(ui=...)`.
    """
    return {**({} if picture is None else picture.as_dict()), "text": tuple(notes)}


def moving(frames: Tensor, fps: float) -> ui.SavedImages:
    """Frames that play on the node, small enough to be sent quickly; a file that ComfyUI drops.

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
    # A name of its own each time, as ComfyUI's previews have: the page keeps pictures by name.
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
    """The images of codes on the node.

    Args:
        work: The session whose generator draws them.
        codes: The codes.

    Returns:
        At most `SHOWN` of them.
    """
    return preview(render(work.generator, codes[:SHOWN], progress=host.progress()))


def to_image(page: Tensor) -> Tensor:
    """A page of bytes as ComfyUI's image.

    Args:
        page: `[H, W, 3]` uint8.

    Returns:
        `[1, H, W, 3]` float32 in [0, 1].
    """
    return page[None].to(torch.float32) / 255


def sheet_columns(count: int) -> int:
    """Columns that make a page of a pleasant shape.

    Args:
        count: Number of pictures.

    Returns:
        The rounded-up square root, at most 8.
    """
    return min(8, math.isqrt(max(count - 1, 0)) + 1)
