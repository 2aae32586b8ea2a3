"""Cards of levers, computed quickly: useful range, thumbnails of both its ends, main layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.region import Region
from ..jacobians.options import JacobianOptions
from ..levers.layer_shares import layer_shares
from ..measures.naming import turned
from ..pictures.images import to_bytes
from .card_ranges import CardView, find_ranges
from .lever_names import suggest_names
from .state import lever_entry

STRIP_HEIGHT = 96
"""Height of thumbnails in pixels."""

_MARGIN, _SMALLEST_CROP = 0.3, 0.35
"""Margin around a region in thumbnails, of its longer side, and the smallest side of the part that
is shown, of the image's shorter side."""

_INSIDE = 0.1
"""Weight from which a pixel counts as inside of a region."""

_SHARES_PIXELS_CPU, _SHARES_PIXELS = 1_500_000, 150_000_000
"""Most pixels of all derivatives by layers, on the CPU and on other devices. Beyond it, cards omit
the main layers of levers, which would take too long."""


@dataclass(frozen=True)
class LeverCard:
    """What the page shows of one lever."""

    entry: dict[str, Any]
    """The lever as the state stores it, encoded by `state.lever_entry`."""
    share: float
    """Its share of the sum of eigenvalues, 0 to 1; NaN where they are not known."""
    strip: Tensor
    """`[h, 2 w, 3]` uint8: the image at the low end, and beside it at the high end; of a region
    only the part around it."""


def show_levers(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    region: Region | None = None,
    title: str = "",
    options: JacobianOptions | None = None,
    progress: Progress | None = None,
) -> list[LeverCard]:
    """Compute the card of each lever.

    A lever without a name gets the name of the attribute that it moves most, where the generator's
    attributes can be read, and is turned round where a pull of + would mean less of it.

    A range is close to that of `previews.add_previews`, but takes fewer renderings, since its first
    estimate comes from stored columns of the Jacobian.

    Args:
        gan: The generator.
        code: One code; thumbnails show its image.
        levers: K levers that fit it, with `num_ws` set.
        region: Where the change must be visible; none means the whole image.
        title: Prefix of the names of levers without names; empty means their method.
        options: Options with a cache of Jacobians, which is only read.
        progress: Called with (done, total) steps; may raise to cancel.

    Returns:
        One card per lever.
    """
    return cards_of(CardView.of(gan, code, region), levers, title, options, progress)


def cards_of(
    view: CardView,
    levers: Directions,
    title: str = "",
    options: JacobianOptions | None = None,
    progress: Progress | None = None,
) -> list[LeverCard]:
    """Compute the card of each lever as `show_levers` does, in given sizes.

    Args:
        view: The image, and the sizes.
        levers: K levers that fit it, with `num_ws` set.
        title: Prefix of the names of levers without names; empty means their method.
        options: Options with a cache of Jacobians, which is only read.
        progress: Called with (done, total) steps; may raise to cancel.

    Returns:
        One card per lever.
    """
    report = progress or no_progress
    gan, code = view.gan, view.code
    limits, ends = find_ranges(view, levers, options, report)
    suggested = suggest_names(gan, code, levers)
    rows = [row for row, each in enumerate(suggested) if each.turned]
    levers = turned(levers, rows)
    for row in rows:
        ends[row] = ends[row].flip(0)
    layers = _main_layers(gan, code, levers, report)
    values = levers.eigenvalues
    shares = (values / values.sum()).tolist()
    cards: list[LeverCard] = []
    for index in range(len(levers)):
        named = levers.names and levers.names[index]
        plain = (
            levers.label(index) if named or not title else f"{title.replace('_', ' ')} {index + 1}"
        )
        name = suggested[index].name or plain
        span = (-limits[index], limits[index])
        entry = lever_entry(levers, index, name, span, layers[index])
        strip = _strip(ends[index], view.region_of(-1))
        cards.append(LeverCard(entry, shares[index], strip))
    return cards


def _main_layers(
    gan: Generator, code: LatentCode, levers: Directions, report: Progress
) -> list[str]:
    """The main layers of each lever; empty where they would take too long."""
    height, width = gan.spec.img_size
    most = _SHARES_PIXELS_CPU if gan.device.type == "cpu" else _SHARES_PIXELS
    if len(levers) * gan.spec.num_ws * height * width > most:
        return [""] * len(levers)
    return layer_shares(gan, code, levers, progress=report).all_main_layers


def _strip(ends: Tensor, region: Region | None) -> Tensor:
    """Reduce two images `[2, C, H, W]`, and place them side by side: `[h, 2 w, 3]` uint8."""
    top, left, side = crop_around(region, (ends.shape[2], ends.shape[3]))
    if side:
        ends = ends[:, :, top : top + side, left : left + side]
    height, width = ends.shape[2:]
    size = (STRIP_HEIGHT, max(1, round(width * STRIP_HEIGHT / height)))
    small = F.interpolate(ends, size=size, mode="bicubic", antialias=True)
    low, high = to_bytes(small)
    return torch.cat([low, high], dim=1)


def crop_around(region: Region | None, size: tuple[int, int]) -> tuple[int, int, int]:
    """The square part of an image that shows a region with a margin.

    Args:
        region: A region with one mask; none means the whole image.
        size: Height and width of the image.

    Returns:
        Top, left and side in pixels; a side of 0 means the whole image.
    """
    if region is None:
        return 0, 0, 0
    inside = region.weights[0] > _INSIDE
    spans: list[tuple[int, int]] = []
    for axis in (1, 0):
        places = inside.any(dim=axis).nonzero().flatten().tolist()
        if not places:
            return 0, 0, 0
        spans.append((places[0], places[-1] + 1))
    longest = max(high - low for low, high in spans)
    side = round(max(longest * (1 + 2 * _MARGIN), _SMALLEST_CROP * min(size)))
    if side >= min(size):
        return 0, 0, 0
    starts = [
        min(max(round((low + high - side) / 2), 0), length - side)
        for (low, high), length in zip(spans, size, strict=True)
    ]
    return starts[0], starts[1], side
