"""Photographs that are connected to nodes, and what is drawn on them for the nodes' previews."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from comfy_api.latest import io, ui
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from ...core.base.errors import PackError
from ...core.photos.crop import Crop
from ...core.pictures.images import (
    OPACITY,
    from_unit_range,
    page_tensor,
    to_bytes,
    to_unit_range,
)

MOST_PIXELS = 128 * 1024 * 1024
"""Most pixels of a batch of photographs; each takes 36 bytes while it is worked on."""

_SHOWN_SIDE = 768
"""Longer side of a preview in pixels."""

_LINE, _EDGE = (255, 255, 255), (20, 20, 20)
"""Colours of the box that is drawn: light, with a dark side, so that it is seen on any picture."""

_FIRST = (242, 179, 61)
"""Colour of the corner that becomes the cut's top left."""


def photo_input(tooltip: str) -> io.Image.Input:
    """The photograph.

    Args:
        tooltip: What becomes of it.

    Returns:
        The input "photo".
    """
    return io.Image.Input("photo", tooltip=f"The photograph, of any size. {tooltip}")


def read_photos(photos: Tensor, notes: list[str]) -> Tensor:
    """Read an input "photo".

    Args:
        photos: Its value, `[N, H, W, C]` in [0, 1].
        notes: Gets sentences on what is left out or repeated.

    Returns:
        `[N, 3, H, W]` float32 on the CPU in [-1, 1].

    Raises:
        PackError: There are too many pixels, or no picture at all.
    """
    shape = list(photos.shape)
    if photos.ndim != 4 or not photos.numel() or shape[3] > OPACITY:
        raise PackError(f"The photo has shape {shape}", "an image of one, three or four channels")
    count, height, width, channels = shape
    if count * height * width > MOST_PIXELS:
        raise PackError(
            f"{count} {'photos' if count > 1 else 'photo'} of {width} x {height} pixels make "
            f"{count * height * width / 2**20:.0f} megapixels",
            f"at most {MOST_PIXELS // 2**20} together",
            "Scale them down with Upscale Image, or connect fewer at a time",
        )
    if channels == OPACITY:
        notes.append("The photo has a fourth channel, its opacity, which was left out.")
    elif channels < 3:
        notes.append("The photo is grey; its channel was repeated for all colours.")
    if not torch.isfinite(photos).all():
        raise PackError("The photo holds NaN or infinity", "numbers from 0 to 1")
    return from_unit_range(photos)


def box_of_mask(mask: Tensor, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The box around what is white in a mask.

    Args:
        mask: `[h, w]` in [0, 1], not empty, with the proportions of the photo.
        size: Height and width of the photo.

    Returns:
        Left, top, width and height in pixels of the photo.
    """
    inside = mask > 0.5 * float(mask.max())
    rows, columns = (inside.any(dim=axis).nonzero() for axis in (1, 0))
    down, across = size[0] / mask.shape[0], size[1] / mask.shape[1]
    top, bottom = float(rows.min()) * down, float(rows.max() + 1) * down
    left, right = float(columns.min()) * across, float(columns.max() + 1) * across
    return left, top, right - left, bottom - top


def reduced(photos: Tensor) -> ui.PreviewImage:
    """A preview of photographs, reduced where they are large.

    Args:
        photos: `[N, 3, H, W]` in [-1, 1].

    Returns:
        For `on_node`.
    """
    return ui.PreviewImage(to_unit_range(_small(photos)))


def _small(photos: Tensor) -> Tensor:
    """Photographs of at most `_SHOWN_SIDE` pixels a side."""
    scale = _SHOWN_SIDE / max(photos.shape[2:])
    if scale >= 1:
        return photos
    sides = [max(1, round(side * scale)) for side in photos.shape[2:]]
    return F.interpolate(photos, size=sides, mode="area")


def with_box(photos: Tensor, crops: Sequence[Crop]) -> ui.PreviewImage:
    """Photographs with the box of each crop, for the node itself.

    Args:
        photos: `[N, 3, H, W]` in [-1, 1].
        crops: One for each.

    Returns:
        A preview; the first corner is a dot.
    """
    pages: list[Tensor] = []
    for photo, crop in zip(photos, crops, strict=True):
        small = _small(photo[None])
        page = Image.fromarray(to_bytes(small)[0].numpy())
        scale = small.shape[3] / photo.shape[2]
        _draw_box(page, (crop.corners * scale).tolist())
        pages.append(page_tensor(page).float() / 255)
    return ui.PreviewImage(torch.stack(pages))


def _draw_box(page: Image.Image, corners: list[list[float]]) -> None:
    """Draw the sides and the corners of a box."""
    pen = ImageDraw.Draw(page)
    thin = max(2, max(page.size) // 256)
    ends = [(x, y) for x, y in corners]
    for colour, wide in ((_EDGE, 3 * thin), (_LINE, thin)):
        pen.line([*ends, ends[0], ends[1]], fill=colour, width=wide, joint="curve")
    for number, (x, y) in enumerate(ends):
        for colour, radius in ((_EDGE, 3 * thin), (_FIRST if not number else _LINE, 2 * thin)):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
