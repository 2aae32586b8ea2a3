"""Photographs as a generator would draw them: checked, resized, with its channels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import PackError
from ..base.wording import warn
from ..concepts.generator import Generator
from .grey import luminance
from .photo_checks import require_tensor

_SMALLEST = 0.25
"""Share of the generator's side below which a photograph says too little."""

_SHAPE = 0.02
"""Largest relative difference of the ratio of width to height."""

_MOST_PIXELS = 64 * 1024 * 1024
"""Most pixels of one photograph."""


def drawn_channels(images: Tensor) -> Tensor:
    """The channels of images that are compared with photographs.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1].

    Returns:
        `[N, 3, H, W]`: the first three, without opacity; or `[N, 1, H, W]` of grey images.
    """
    return images[:, :3] if images.shape[1] >= 3 else images[:, :1]


def prepare_photos(gan: Generator, photos: Tensor) -> Tensor:
    """Check photographs and bring them to the size and the colours of a generator.

    Args:
        gan: The generator.
        photos: `[N, 3, H, W]` or `[N, 1, H, W]` in [-1, 1], of the shape of its images.

    Returns:
        `[N, 3, h, w]` float32 on the CPU in [-1, 1] of the size of its images, larger ones reduced
        with antialiasing; `[N, 1, h, w]`, the luminance, for a grey generator.

    Raises:
        PackError: They have other axes, hold NaN, are too small or too large, or have another
            shape.
    """
    require_tensor(photos, "The photograph")
    if photos.ndim != 4 or photos.shape[1] not in (1, 3) or not photos.numel():
        raise PackError(
            f"Photographs have shape {list(photos.shape)}", "[N, 3, H, W], at least one, in colour"
        )
    height, width = gan.spec.img_size
    found = photos.shape[2:]
    if found[0] * found[1] > _MOST_PIXELS:
        raise PackError(
            f"The photograph has {found[1]} x {found[0]} pixels",
            f"at most {_MOST_PIXELS // 2**20} megapixels",
            "Reduce it first",
        )
    if not photos.is_floating_point() or not bool(torch.isfinite(photos).all()):
        raise PackError("The photograph holds NaN or no fractions", "numbers from -1 to 1")
    if float(photos.min()) < -1.01 or float(photos.max()) > 1.01:
        raise PackError(
            f"The photograph holds numbers from {float(photos.min()):.3g} to "
            f"{float(photos.max()):.3g}",
            "numbers from -1 (black) to 1 (white)",
            "Divide bytes by 127.5 and subtract 1",
        )
    if abs(found[1] * height / (found[0] * width) - 1) > _SHAPE:
        raise PackError(
            f"The photograph has {found[1]} x {found[0]} pixels",
            f"the shape of the generator's images, {width} x {height}",
            "Crop the face first, as in the pictures that the generator was trained on: «crop»",
        )
    if min(found[0] / height, found[1] / width) < _SMALLEST:
        raise PackError(
            f"The photograph has {found[1]} x {found[0]} pixels",
            f"{width} x {height}, as the generator draws, or a few less",
            "Use a larger photograph",
        )
    if found[0] < height:
        warn(
            f"The photograph has {found[1]} x {found[0]} pixels and was enlarged to "
            f"{width} x {height}: what it lacks in detail is the generator's guess"
        )
    images = photos.detach().to("cpu", torch.float32)
    if tuple(found) != (height, width):
        images = F.interpolate(images, (height, width), mode="bicubic", antialias=True)
    if gan.spec.img_channels < 3 and images.shape[1] == 3:
        images = luminance(images)
    elif gan.spec.img_channels >= 3 and images.shape[1] == 1:
        images = images.expand(-1, 3, -1, -1)
    return images.clamp(-1, 1)


def prepare_mask(gan: Generator, mask: Tensor | None, count: int) -> Tensor | None:
    """Check a mask and bring it to the size of a generator's images.

    Args:
        gan: The generator.
        mask: `[H, W]` or `[N, H, W]` in [0, 1], 1 where a pixel does not count; none where all do.
        count: Number N of photographs.

    Returns:
        `[N, 1, h, w]` float32 on the CPU, 1 where a pixel counts; none where all do.

    Raises:
        PackError: It has other axes or numbers, or nothing is left.
    """
    if mask is None:
        return None
    rows = mask[None] if mask.ndim == 2 else mask
    if rows.ndim != 3 or len(rows) not in (1, count):
        raise PackError(
            f"The mask has shape {list(mask.shape)}", f"[H, W] or [{count}, H, W], 1 is left out"
        )
    rows = rows.detach().to("cpu", torch.float32)
    if not bool(((rows >= 0) & (rows <= 1)).all()):
        raise PackError("The mask holds numbers outside of 0 to 1", "1 where a pixel is left out")
    if tuple(rows.shape[1:]) != gan.spec.img_size:
        rows = F.interpolate(rows[:, None], gan.spec.img_size, mode="area")[:, 0]
    keep = (1 - rows)[:, None]
    if float(keep.mean(dim=(1, 2, 3)).min()) < 0.05:
        raise PackError(
            "The mask leaves out nearly all of the photograph",
            "at least 5 percent of the pixels to go by",
            "Invert the mask if it marks what counts",
        )
    return keep.expand(count, -1, -1, -1)
