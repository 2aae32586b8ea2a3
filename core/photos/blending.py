"""The change from one picture of a generator to another, put into a photograph."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import PackError, RegionError
from ..concepts.region import Region
from .filling import filled
from .grey import as_grey_as
from .photo_checks import check_photo
from .placement import Placement
from .resampling import Window, cut_out, lifted, window_of

MODES = ("fill", "difference", "paste")
"""What is taken from the generator: the change, with what the photo shows beside it continued into
changed places; the change alone; or the picture itself."""

FEATHER = 0.04
"""Width of the soft edge around the region, as a share of the picture's longer side."""

LOW, HIGH = 0.05, 0.2
"""Changes, on the scale from -1 to 1, up to which a pixel is the photo's own and from which it is
the generator's."""

FINE = (0.1, 0.3)
"""The same for what is finer than the generator's pixels: a slight change of tone blurs nothing."""

MOST_PIXELS = 32 * 1024 * 1024
"""Most pixels of the part of a photo in which a change is made."""


def blended(
    photo: Tensor,
    before: Tensor,
    after: Tensor,
    soft: Tensor,
    placement: Placement,
    mode: str = MODES[0],
) -> Tensor:
    """Take the change between two pictures over into a photo.

    Args:
        photo: `[1 or N, 3, H, W]` in [-1, 1]; one without colour gets the luminance of the change.
        before: `[1 or N, 3, h, w]`, the generator's picture of the photo.
        after: `[N, 3, h, w]`, the same edited.
        soft: `[1 or N, 1, h, w]` in [0, 1], from `soft_mask`.
        placement: Where the pictures lie in the photo.
        mode: One of `MODES`.

    Returns:
        `[N, 3, H, W]` in the photo's type. Where `soft` is 0, or nothing changes, its bits are the
        photo's, but for "paste".

    Raises:
        PackError: The part of the photo is too large.
    """
    count = max(len(photo), len(after))
    result = photo.expand(count, -1, -1, -1).clone()
    window, around = _windows(soft, placement)
    top, left, height, width = window
    if not height or not width:
        return result
    if around[2] * around[3] > MOST_PIXELS:
        raise PackError(
            f"The change would be made in {around[2] * around[3] / 2**20:.0f} megapixels of the "
            "photo",
            f"at most {MOST_PIXELS // 2**20}",
            "Scale the photo down, or choose a smaller region",
        )
    before, after = as_grey_as(photo, before, after)
    part = _at(photo, around).float()  # [1 or N, 3, h', w']
    drawn = lifted(after.to(part), placement, around)
    if mode == "paste":
        change = drawn - part
    else:
        old = lifted(before.to(part), placement, around)
        change = drawn - old
        if mode == "fill":
            seen = cut_out(photo, placement).to(part)
            coarse = lifted(seen, placement, around)
            changed = _lifted_weights(_changed(before, after).to(part), placement, around)
            fine = _lifted_weights(_changed(before, after, *FINE).to(part), placement, around)
            rest = coarse - old
            inside = _lifted_weights(torch.ones_like(soft[:1]).to(part), placement, around, True)
            known = (1 - changed) * inside
            kept = filled(rest.expand(len(known), -1, -1, -1), known)
            change = change + changed * (kept - rest) - fine * (part - coarse)
    row, column = top - around[0], left - around[1]
    inner = (row, column, height, width)
    weights = _lifted_weights(soft.to(part), placement, window, True)
    mixed = (_at(part, inner) + weights * _at(change, inner)).clamp(-1, 1)
    old_part = _at(result, window)
    touched = (weights > 0) & (_at(change, inner) != 0)
    old_part.copy_(torch.where(touched, mixed.to(result), old_part))
    return result


def soft_mask(region: Region, feather: float, placement: Placement, count: int) -> Tensor:
    """The region with a soft edge, which also ends softly where the picture ends in the photo.

    Args:
        region: One region, or one per picture, of the picture's size.
        feather: Width of the soft edge around it, as a share of the longer side, 0 to 0.5.
        placement: Where the picture lies in the photo.
        count: Number of pictures.

    Returns:
        `[1 or N, 1, h, w]`: 1 inside, falling to 0 outside.

    Raises:
        RegionError: The region has another size or number, or the feather is out of range.
    """
    if not 0 <= feather <= 0.5:
        raise RegionError(f"The feather is {feather:g}", "a share of the picture from 0 to 0.5")
    region.require_size(placement.size).fractions(count)
    weights = region.weights[:, None]
    radius = round(feather * max(placement.size) / 2)
    if radius:
        grown = F.max_pool2d(weights, 2 * radius + 1, 1, radius)
        weights = _smoothed(grown, radius)
    return weights * _fading(placement, max(1, 2 * radius))


def checked(
    photo: Tensor, before: Tensor, after: Tensor, mode: str
) -> tuple[Tensor, Tensor, Tensor]:
    """Refuse what does not fit together.

    Args:
        photo: `[1 or N, 3, H, W]`.
        before: `[1 or N, C, h, w]`.
        after: `[N, C, h, w]`.
        mode: One of `MODES`.

    Returns:
        The three, with three channels each.

    Raises:
        PackError: The mode is unknown, or shapes or values do not fit.
    """
    if mode not in MODES:
        raise PackError(f"The mode is {mode!r}", f"one of {', '.join(MODES)}")
    check_photo(photo)
    for images, name in ((before, "before"), (after, "after")):
        if images.ndim != 4 or not torch.isfinite(images).all():
            raise PackError(
                f"The picture {name} has shape {list(images.shape)}"
                if images.ndim != 4
                else f"The picture {name} holds NaN or infinity",
                "finite pictures of a generator, [N, C, h, w]",
            )
    if before.shape[1:] != after.shape[1:]:
        raise PackError(
            f"The pictures before and after have shapes {list(before.shape)} and "
            f"{list(after.shape)}",
            "pictures of one generator",
        )
    counts = {len(photo), len(before), len(after)} - {1}
    if len(counts) > 1 or not min(len(before), len(after)):
        raise PackError(
            f"There are {len(photo)} photos, {len(before)} pictures before and {len(after)} after",
            "as many of each, or one",
        )
    return photo, _colours(before), _colours(after)


def _colours(images: Tensor) -> Tensor:
    """Three channels: a grey one repeated, opacity dropped."""
    return images[:, :1].expand(-1, 3, -1, -1) if images.shape[1] < 3 else images[:, :3]


def _changed(before: Tensor, after: Tensor, low: float = LOW, high: float = HIGH) -> Tensor:
    """How far each pixel is the generator's, `[N, 1, h, w]`: a ramp of its change, grown by one."""
    size = (after - before).abs().amax(dim=1, keepdim=True)
    return F.max_pool2d(((size - low) / (high - low)).clamp(0, 1), 3, 1, 1)


def _smoothed(weights: Tensor, radius: int) -> Tensor:
    """Averages within a radius, `[N, 1, h, w]`."""
    padded = F.pad(weights, (radius,) * 4, mode="replicate")
    return F.avg_pool2d(padded, 2 * radius + 1, 1)


def _fading(placement: Placement, width: int) -> Tensor:
    """`[1, 1, h, w]`: falls to 0 at the sides of the picture that lie within the photo."""
    rows, columns = placement.size
    left, top, right, bottom = placement.sides_inside()

    def ramp(length: int, first: bool, last: bool) -> Tensor:
        steps = torch.arange(length, dtype=torch.float32)
        falling = torch.ones(length)
        if first:
            falling = torch.minimum(falling, steps / width)
        if last:
            falling = torch.minimum(falling, (length - 1 - steps) / width)
        return falling

    return (ramp(rows, top, bottom)[:, None] * ramp(columns, left, right))[None, None]


def _windows(soft: Tensor, placement: Placement) -> tuple[Window, Window]:
    """The part of the photo that changes, and that with what lies around it to fill from."""
    rows, columns = placement.size
    used = soft.amax(dim=(0, 1)) > 0  # [h, w]
    if not used.any():
        return (0, 0, 0, 0), (0, 0, 0, 0)
    down, across = used.any(dim=1).nonzero(), used.any(dim=0).nonzero()
    top, bottom = int(down.min()), int(down.max()) + 1
    left, right = int(across.min()), int(across.max()) + 1
    room = 2 + max(bottom - top, right - left) // 2
    inner = (max(left - 2, 0), max(top - 2, 0), min(right + 2, columns), min(bottom + 2, rows))
    outer = (
        max(left - room, 0),
        max(top - room, 0),
        min(right + room, columns),
        min(bottom + room, rows),
    )
    return window_of(placement, inner), window_of(placement, outer)


def _lifted_weights(
    weights: Tensor, placement: Placement, window: Window, bounded: bool = False
) -> Tensor:
    """Weights in [0, 1] in a window of the photo; 0 beyond the picture where that is asked."""
    drawn = lifted(weights, placement, window).clamp(0, 1)
    if not bounded:
        return drawn
    top, left, height, width = window
    matrix = placement.matrix.float()
    y = (torch.arange(height) + (top + 0.5))[:, None]
    x = torch.arange(width) + (left + 0.5)
    there = [matrix[axis, 0] * x + matrix[axis, 1] * y + matrix[axis, 2] for axis in (0, 1)]
    rows, columns = placement.size
    within = (there[0] >= 0) & (there[0] <= columns) & (there[1] >= 0) & (there[1] <= rows)
    return drawn * within.to(drawn)


def _at(images: Tensor, window: Window) -> Tensor:
    """A window of images, a view."""
    top, left, height, width = window
    return images[:, :, top : top + height, left : left + width]
