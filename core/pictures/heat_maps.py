"""Heat maps of differences, with a legend, the outline of the region, and mean differences."""

from __future__ import annotations

import math

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..concepts.region import Region
from ..regions.overlay import outlined
from .colour_map import colour_table, heat
from .contact_sheet import contact_sheet, letter_size, sheet_gap, sheet_margin
from .differences import Change, Comparison
from .images import enlarged, from_bytes, page_tensor, to_bytes
from .pages import PageLayout
from .row_heads import RowHead
from .text import INK, PAPER, QUIET, SMALLEST, fitting, font_for, line_height, wrapped, write

MEASURE = "mean absolute difference of red, green and blue; 1 is black to white"
"""Description of the values that the maps show."""


def heat_maps(values: Tensor, full: float, region: Region | None = None, scale: int = 1) -> Tensor:
    """Draw differences as colours, with the outline of the region.

    Args:
        values: `[N, H, W]` in [0, 1], from `differences.difference`.
        full: Difference with the lightest colour, above 0; larger ones are clipped to it.
        region: One for all pairs, or one per pair.
        scale: Factor by which the maps are enlarged.

    Returns:
        `[N, 3, scale * H, scale * W]` in [-1, 1].
    """
    larger = enlarged(values[:, None], scale)[:, 0]  # interpolates values, not colours
    maps = heat(larger / full)  # [N, h, w, 3]
    if region is not None:
        maps = outlined(maps, region)
    return maps.permute(0, 3, 1, 2) * 2 - 1


def with_legend(images: Tensor, full: float, words: str = MEASURE) -> Tensor:
    """Draw the colour scale below pictures.

    Args:
        images: `[N, C, H, W]` in [-1, 1].
        full: Difference with the lightest colour.
        words: Description of the values, broken into lines that fit.

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1].
    """
    cells = to_bytes(images)
    width = cells.shape[2]
    strip = page_tensor(_legend(width, full, words))
    return from_bytes(torch.cat([cells, strip.expand(len(cells), -1, -1, -1)], dim=1))


def heat_page(
    pairs: Comparison,
    full: float,
    names: tuple[str, str, str] = ("before", "after", "difference"),
    layout: PageLayout | None = None,
) -> Tensor:
    """Draw a row per pair: the mean differences, before, after, and the heat map.

    Args:
        pairs: The pictures with their differences.
        full: Difference with the lightest colour.
        names: Labels of the columns.
        layout: Title and size of the pictures; none means `PageLayout()`.

    Returns:
        `[height, width, 3]` uint8.
    """
    layout = layout or PageLayout()
    tiles = [layout.sized(part.expand(-1, 3, -1, -1)) for part in (pairs.before, pairs.after)]
    small = layout.sized(pairs.values[:, None])[:, 0]
    tiles.append(heat_maps(small, full, pairs.region))
    rows = torch.stack(tiles, dim=1).flatten(0, 1)  # [3 N, 3, h, w]
    count = len(pairs.figures)
    heads = [_head(number, change, count) for number, change in enumerate(pairs.figures)]
    page = contact_sheet(rows, 3, names, heads, layout.title)
    width = rows.shape[3]
    margin = sheet_margin(width)
    bar = 3 * width + 2 * sheet_gap(width)
    legend = _legend(page.shape[1], full, MEASURE, letter_size(width), bar, margin)
    return torch.cat([page[: page.shape[0] - margin], page_tensor(legend)], dim=0)


def _head(number: int, change: Change, count: int) -> RowHead:
    """The row header of one pair; numbered if there are several."""
    if change.inside is None or change.outside is None:
        facts = (f"{change.whole:.4f} everywhere",)
        return RowHead("mean change", number if count > 1 else None, facts)
    ratio = change.ratio
    words = "no change" if ratio is None else "only" if math.isinf(ratio) else f"{ratio:.2g} times"
    label = ("inside",) if ratio is None or math.isinf(ratio) else ("as much inside",)
    facts = (*label, f"inside {change.inside:.4f}", f"outside {change.outside:.4f}")
    return RowHead(words, number if count > 1 else None, facts)


def _legend(
    width: int,
    full: float,
    words: str,
    letters: int = 0,
    bar: int = 0,
    margin: int = 0,
) -> Image.Image:
    """A colour bar that ends at the right margin, with tick labels and a description below it."""
    letters = letters or max(SMALLEST, letter_size(width) * 3 // 4)
    margin = margin or max(3, width // 32)
    bar = bar or width - 2 * margin
    left = width - margin - bar
    ticks = [f"{full * part:.3g}" for part in (0, 0.25, 0.5, 0.75, 1)]
    ticks[-1] = ticks[-1] if full >= 1 else f"{ticks[-1]}+"  # larger ones are clipped
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
        write(pen, (left + bar * number / (len(ticks) - 1), y), text, INK, font, anchor=anchor)
    y += line_height(font)
    for line in lines:
        y += gap
        write(pen, (left, y), line, QUIET, below)
        y += line_height(below)
    return page
