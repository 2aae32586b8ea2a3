"""Differences as pictures: colours on a stated scale, the region's edge, figures beside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..concepts.region import Region
from ..regions.overlay import outlined
from .colour_map import colour_table, heat
from .contact_sheet import contact_sheet, letter_size
from .differences import Change
from .images import enlarged, sized_for_sheet, to_bytes
from .row_heads import RowHead
from .text import INK, PAPER, QUIET, SMALLEST, fitting, font_for, line_height, wrapped

MEASURE = "mean absolute difference of red, green and blue; 1 is black to white"
"""What the maps show, in words."""


def heat_maps(values: Tensor, full: float, region: Region | None = None, scale: int = 1) -> Tensor:
    """Differences in colours, with the region's edge.

    Args:
        values: `[N, H, W]` in [0, 1], from `differences.difference`.
        full: Difference that is drawn lightest, above 0; larger ones look the same.
        region: One for all, or one per pair.
        scale: How many times larger the maps are drawn.

    Returns:
        `[N, 3, scale * H, scale * W]` in [-1, 1].
    """
    larger = enlarged(values[:, None], scale)[:, 0]  # numbers are enlarged, not colours
    maps = heat(larger / full)  # [N, h, w, 3]
    if region is not None:
        maps = outlined(maps, region)
    return maps.permute(0, 3, 1, 2) * 2 - 1


def with_legend(images: Tensor, full: float, words: str = MEASURE) -> Tensor:
    """Pictures with the scale of their colours below.

    Args:
        images: `[N, C, H, W]` in [-1, 1].
        full: Difference that is drawn lightest.
        words: What is shown; in lines that fit.

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1].
    """
    cells = to_bytes(images)
    width = cells.shape[2]
    strip = torch.from_numpy(np.asarray(_legend(width, full, words)).copy())
    pages = torch.cat([cells, strip.expand(len(cells), -1, -1, -1)], dim=1)
    return pages.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1


def heat_page(
    before: Tensor,
    after: Tensor,
    values: Tensor,
    full: float,
    figures: Sequence[Change],
    region: Region | None = None,
    names: tuple[str, str, str] = ("before", "after", "difference"),
    scale: int = 0,
    title: str = "",
) -> Tensor:
    """A row per pair: before, after, what changed, and the figures beside.

    Args:
        before: `[N, C, H, W]`, nominal range [-1, 1].
        after: `[N, C, H, W]`.
        values: `[N, H, W]`, from `differences.difference`.
        full: Difference that is drawn lightest.
        figures: A `Change` per pair.
        region: One for all, or one per pair.
        names: Words above the columns.
        scale: How many times larger pictures are drawn; 0 chooses by their size.
        title: Words at the top.

    Returns:
        `[height, width, 3]` uint8.
    """
    tiles = [sized_for_sheet(part.expand(-1, 3, -1, -1), scale) for part in (before, after)]
    small = sized_for_sheet(values[:, None], scale)[:, 0]
    tiles.append(heat_maps(small, full, region))
    rows = torch.stack(tiles, dim=1).flatten(0, 1)  # [3 N, 3, h, w]
    heads = [_head(number, change, len(figures)) for number, change in enumerate(figures)]
    page = contact_sheet(rows, 3, names, heads, title)
    width = rows.shape[3]
    margin = max(12, width // 8)  # as the page has it
    bar = 3 * width + 2 * max(4, width // 24)
    legend = _legend(page.shape[1], full, MEASURE, letter_size(width), bar, margin)
    strip = torch.from_numpy(np.asarray(legend).copy())
    return torch.cat([page[: page.shape[0] - margin], strip], dim=0)


def _head(number: int, change: Change, count: int) -> RowHead:
    """The figures of one pair; which pair, where there are several."""
    if change.inside is None or change.outside is None:
        facts = (f"{change.whole:.4f} everywhere",)
        return RowHead("mean change", number if count > 1 else None, facts)
    ratio = change.ratio
    words = "no change" if ratio is None else "only" if math.isinf(ratio) else f"{ratio:.2g} times"
    said = ("inside",) if ratio is None or math.isinf(ratio) else ("as much inside",)
    facts = (*said, f"inside {change.inside:.4f}", f"outside {change.outside:.4f}")
    return RowHead(words, number if count > 1 else None, facts)


def _legend(
    width: int,
    full: float,
    words: str,
    letters: int = 0,
    bar: int = 0,
    margin: int = 0,
) -> Image.Image:
    """A bar of all colours, ending at a margin, with numbers below it and words below these."""
    letters = letters or max(SMALLEST, letter_size(width) * 3 // 4)
    margin = margin or max(3, width // 32)
    bar = bar or width - 2 * margin
    left = width - margin - bar
    ticks = [f"{full * part:.3g}" for part in (0, 0.25, 0.5, 0.75, 1)]
    ticks[-1] = ticks[-1] if full >= 1 else f"{ticks[-1]}+"  # larger ones look the same
    font = fitting(ticks, letters, bar // 5)
    below = font_for([words], max(SMALLEST, round(letters * 0.75)))
    lines = wrapped(words, below, bar)
    high, gap = max(4, letters // 2), max(3, letters // 3)
    height = gap + high + gap + line_height(font) + len(lines) * (line_height(below) + gap)
    page = Image.new("RGB", (width, height + 2 * gap + min(margin, 3 * gap)), PAPER)
    table = (colour_table() * 255).round().to(torch.uint8)  # [1024, 3]
    places = torch.linspace(0, len(table) - 1, bar).round().to(torch.long)
    colours = table[places][None].expand(high, -1, -1).contiguous()
    y = 2 * gap
    page.paste(Image.fromarray(colours.numpy()), (left, y))
    pen = ImageDraw.Draw(page)
    y += high + gap
    for number, text in enumerate(ticks):
        anchor = "la" if number == 0 else "ra" if number == len(ticks) - 1 else "ma"
        pen.text((left + bar * number / (len(ticks) - 1), y), text, INK, font, anchor=anchor)
    y += line_height(font)
    for line in lines:
        y += gap
        pen.text((left, y), line, QUIET, below)
        y += line_height(below)
    return page
