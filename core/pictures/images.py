"""Conversion of images between networks, ComfyUI and files; resizing for display."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

OPACITY = 4
"""Channels of images whose fourth channel is their opacity."""


def to_unit_range(images: Tensor, alpha: bool = False) -> Tensor:
    """Convert images of a network to images of ComfyUI.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1]; other values are clamped.
        alpha: Whether images of four channels keep the fourth, which is their opacity.

    Returns:
        `[N, H, W, 3]` float32 on the CPU in [0, 1]: the first three channels, or the first of one
        or two, repeated; loading such a generator warns. Or `[N, H, W, 4]`.
    """
    unit = (images.detach().to("cpu", torch.float32) * 0.5 + 0.5).clamp(0, 1)
    if unit.shape[1] < 3:
        unit = unit[:, :1].expand(-1, 3, -1, -1)
    kept = OPACITY if alpha and unit.shape[1] == OPACITY else 3
    return unit[:, :kept].permute(0, 2, 3, 1).contiguous()


def with_opacity_of(pictures: Tensor, images: Tensor) -> Tensor:
    """Give pictures the opacity of the images that they show at their top.

    Args:
        pictures: `[N, 3, H + strip, W]` in [-1, 1]; the strip below the images is opaque.
        images: `[N, C, H, W]`.

    Returns:
        `[N, 4, H + strip, W]` if C is 4, else the pictures.
    """
    if images.shape[1] != OPACITY:
        return pictures
    strip = pictures.shape[2] - images.shape[2]
    opacity = F.pad(images[:, 3:].to(pictures), (0, 0, 0, strip), value=1.0)
    return torch.cat([pictures, opacity], dim=1)


def split_opacity(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Split pictures into colours and transparency, as ComfyUI passes them on.

    Args:
        pictures: `[N, H, W, 3]` or `[N, H, W, 4]` in [0, 1].

    Returns:
        `[N, H, W, 3]`, and `[N, H, W]` in [0, 1]: 0 is opaque, 1 transparent, as in the masks that
        ComfyUI makes of alpha channels; 0 everywhere for pictures without opacity.
    """
    if pictures.shape[3] == OPACITY:
        return pictures[..., :3].contiguous(), 1 - pictures[..., 3]
    return pictures, pictures.new_zeros(pictures.shape[:3])


def from_unit_range(images: Tensor) -> Tensor:
    """Convert images of ComfyUI to images of a network; the inverse of `to_unit_range`.

    Args:
        images: `[N, H, W, C]` in [0, 1], C at least 3 or 1; an alpha channel is dropped.

    Returns:
        `[N, 3, H, W]` float32 on the CPU in [-1, 1].
    """
    plain = images.detach().to("cpu", torch.float32)[..., :3]
    if plain.shape[3] < 3:
        plain = plain[..., :1].expand(-1, -1, -1, 3)
    return plain.permute(0, 3, 1, 2).clamp(0, 1) * 2 - 1


def to_bytes(images: Tensor, alpha: bool = False) -> Tensor:
    """Convert images of a network to 8-bit pictures.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1].
        alpha: Whether images of four channels keep the fourth, which is their opacity.

    Returns:
        `[N, H, W, 3]` uint8: `round((x + 1) * 127.5)`, clamped; or `[N, H, W, 4]`.
    """
    return (to_unit_range(images, alpha) * 255).round().to(torch.uint8)


def truncated_bytes(pictures: Tensor) -> Tensor:
    """Convert pictures to 8 bits as ComfyUI's own nodes save them: fractions are cut off.

    Args:
        pictures: Of any shape, in [0, 1].

    Returns:
        uint8 of the same shape.
    """
    return (pictures * 255.0).clamp(0, 255).byte()


def from_bytes(pictures: Tensor) -> Tensor:
    """Convert 8-bit pictures to images of a network.

    Args:
        pictures: `[N, H, W, C]` uint8.

    Returns:
        `[N, C, H, W]` float32 in [-1, 1]: `x / 127.5 - 1`.
    """
    return pictures.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1


def page_tensor(page: Image.Image) -> Tensor:
    """Convert a Pillow image to a tensor.

    Args:
        page: An RGB image.

    Returns:
        `[H, W, 3]` uint8, a copy of the pixels.
    """
    return torch.from_numpy(np.asarray(page).copy())


def display_scale(image_size: tuple[int, int], side: int = 256) -> int:
    """Choose the factor by which a small image is enlarged for display.

    Args:
        image_size: Height and width in pixels.
        side: Largest side after enlarging in pixels; larger images keep their size.

    Returns:
        A whole number of at least 1.
    """
    return max(1, side // max(image_size))


def enlarged(images: Tensor, scale: int, limits: tuple[Tensor, Tensor] | None = None) -> Tensor:
    """Enlarge images by bicubic interpolation.

    Args:
        images: `[N, C, H, W]`.
        scale: Whole number of at least 1.
        limits: Smallest and largest value of the result; none means those of the images.

    Returns:
        `[N, C, scale * H, scale * W]`; the images themselves if scale is 1. Bicubic interpolation
        overshoots at edges, so the values are clamped to the range of the images.
    """
    if scale == 1:
        return images
    size = (images.shape[2] * scale, images.shape[3] * scale)
    larger = F.interpolate(images, size=size, mode="bicubic", align_corners=False)
    low, high = limits or (images.min(), images.max())
    return larger.clamp(low, high)


def sized_for_sheet(
    images: Tensor, scale: int = 0, side: int = 256, limits: tuple[Tensor, Tensor] | None = None
) -> Tensor:
    """Resize images for a page.

    Args:
        images: `[N, C, H, W]`.
        scale: Factor by which images are enlarged. With 0 the longer side becomes about `side`:
            small images are enlarged by a whole factor, and images of more than 1.5 times that
            side are reduced by area averaging.
        side: Longer side in pixels.
        limits: Smallest and largest value of enlarged images; none means those of the images.

    Returns:
        `[N, C, h, w]`.
    """
    height, width = images.shape[2:]
    size = size_on_sheet((height, width), scale, side)
    if size[0] >= height and size[1] >= width:
        return enlarged(images, size[0] // height, limits)
    return F.interpolate(images, size=list(size), mode="area")


def size_on_sheet(size: tuple[int, int], scale: int = 0, side: int = 256) -> tuple[int, int]:
    """The size that `sized_for_sheet` gives images.

    Args:
        size: Their height and width.
        scale: As there.
        side: As there.

    Returns:
        Height and width.
    """
    longer = max(size)
    if scale or longer <= 1.5 * side:
        factor = scale or display_scale(size, side)
        return size[0] * factor, size[1] * factor
    height, width = (max(1, round(length * side / longer)) for length in size)
    return height, width


def pictures_for_sheet(images: Tensor, scale: int = 0, side: int = 256) -> Tensor:
    """Resize images for a page to 8-bit pictures, one after the other, which takes less memory.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1]; at least one.
        scale: As for `sized_for_sheet`.
        side: Longer side in pixels.

    Returns:
        `[N, h, w, 3]` uint8: `to_bytes(sized_for_sheet(images, scale, side))`.
    """
    limits = (images.min(), images.max())
    parts = (sized_for_sheet(image[None], scale, side, limits) for image in images)
    return torch.cat([to_bytes(part) for part in parts])
