"""Pictures cut out of photographs and lifted into them, without aliasing."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .placement import Placement

Window = tuple[int, int, int, int]
"""Top, left, height and width in whole pixels of a photo."""

_ROOM = 4
"""Pixels around a window that interpolation reads."""


def resampled(
    images: Tensor, matrix: Tensor, size: tuple[int, int], samples: int | None = None
) -> Tensor:
    """Sample images on the grid of another picture: bicubic, averaged over areas where it shrinks.

    Differentiable with respect to both the images and the matrix.

    Args:
        images: `[N, C, H, W]`; beyond their edges they are reflected.
        matrix: `[2, 3]`: (x, y, 1) of the new picture to (x, y) of the images, corners of pixels at
            whole numbers.
        size: Height and width of the new picture.
        samples: Samples a side of every new pixel; none means enough for the scale of the matrix.

    Returns:
        `[N, C, h, w]` of the images' type.
    """
    scale = float(torch.linalg.matrix_norm(matrix.detach()[:, :2], ord=2))
    factor = 1 if samples else max(1, int(scale / 2))
    if factor > 1:  # areas of whole pixels, which bounds the samples below
        images = _reduced(images, factor)
        scale /= factor
    times = samples or max(1, math.ceil(scale - 0.01))
    height, width = size
    y = (torch.arange(height * times, dtype=torch.float64) + 0.5) / times
    x = (torch.arange(width * times, dtype=torch.float64) + 0.5) / times
    rows, columns = images.shape[2] * factor, images.shape[3] * factor
    limits = matrix.new_tensor([2 / columns, 2 / rows])
    shares = matrix * limits[:, None]  # to [0, 2] over the images
    grid = (
        x.to(matrix)[None, :, None] * shares[:, 0]
        + y.to(matrix)[:, None, None] * shares[:, 1]
        + (shares[:, 2] - 1)
    )  # [h * times, w * times, 2]
    grid = grid.to(images).expand(len(images), -1, -1, -1)
    drawn = F.grid_sample(
        images, grid, mode="bicubic", padding_mode="reflection", align_corners=False
    )
    return F.avg_pool2d(drawn, times) if times > 1 else drawn


def _reduced(images: Tensor, factor: int) -> Tensor:
    """Averages over whole areas; the last row and column may be repeated to fill theirs."""
    height, width = images.shape[2:]
    more = (0, -width % factor, 0, -height % factor)
    filled = F.pad(images, more, mode="replicate") if any(more) else images
    return F.avg_pool2d(filled, factor)


def cut_out(photo: Tensor, placement: Placement) -> Tensor:
    """Cut the generator's picture out of a photo.

    Args:
        photo: `[N, 3, H, W]`.
        placement: Where it lies.

    Returns:
        `[N, 3, h, w]`. Beyond the photo's edges it is reflected.
    """
    back = placement.inverse
    top, left, height, width = _read_window(placement)
    part = photo[:, :, top : top + height, left : left + width]
    offset = back.new_tensor([[0, 0, left], [0, 0, top]])
    return resampled(part, back - offset, placement.size)


def lifted(pictures: Tensor, placement: Placement, window: Window) -> Tensor:
    """Draw pictures of the generator's size in a window of the photo.

    Args:
        pictures: `[N, C, h, w]`.
        placement: Where they lie in the photo.
        window: The window.

    Returns:
        `[N, C, height, width]`.
    """
    top, left, height, width = window
    matrix = placement.matrix
    corner = matrix.new_tensor([left, top, 1.0])
    there = torch.cat([matrix[:, :2], (matrix @ corner)[:, None]], dim=1)
    return resampled(pictures, there, (height, width))


def window_of(placement: Placement, box: tuple[float, float, float, float]) -> Window:
    """The smallest window of the photo that holds a part of the picture.

    Args:
        placement: Where the picture lies.
        box: Left, top, right and bottom in the picture's pixels.

    Returns:
        The window, clipped to the photo; height or width is 0 where nothing of it is in the photo.
    """
    left, top, right, bottom = box
    ends = [[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]
    points = torch.tensor(ends, dtype=torch.float64) @ placement.inverse.T
    (low_x, low_y), (high_x, high_y) = (
        points.floor().amin(0).tolist(),
        points.ceil().amax(0).tolist(),
    )
    rows, columns = placement.photo_size
    first_x, last_x = max(0, int(low_x)), min(columns, int(high_x))
    first_y, last_y = max(0, int(low_y)), min(rows, int(high_y))
    return first_y, first_x, max(0, last_y - first_y), max(0, last_x - first_x)


def _read_window(placement: Placement) -> Window:
    """What of the photo is read for the picture, mirror images beyond the edges included."""
    points = placement.corners
    ranges: list[tuple[int, int]] = []
    for axis, limit in ((1, placement.photo_size[0]), (0, placement.photo_size[1])):
        low, high = float(points[:, axis].min()) - _ROOM, float(points[:, axis].max()) + _ROOM
        first = min(max(0.0, low), max(0.0, 2 * limit - high))
        last = max(min(float(limit), high), min(float(limit), -low))
        ranges.append((math.floor(first), math.ceil(last)))
    (top, bottom), (left, right) = ranges
    return top, left, bottom - top, right - left
