"""Sweeps drawn: rows of levers at rising strength as one labelled page."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, Layers
from ..edits.sweep import SweepRow
from ..edits.variations import apply_variations
from ..generators.rendering import render
from .contact_sheet import contact_sheet
from .images import sized_for_sheet
from .lever_labels import explain_heads, lever_head, lever_sentence
from .row_heads import RowHead


def sweep_page(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    rows: Sequence[SweepRow],
    unit: str = "sigma",
    layers: Layers = None,
    title: str = "",
    scale: int = 0,
    tile: int = 256,
    noise_mode: str = "const",
    progress: Progress | None = None,
) -> tuple[Tensor, Tensor, LatentCode]:
    """Pull the levers of planned rows and lay the images out.

    Args:
        gan: The generator.
        codes: The codes that the rows name.
        levers: The directions.
        rows: From `plan_sweep`; all with equally many strengths.
        unit: Unit of their strengths.
        layers: Layers that are changed; see `editing.edit`.
        title: Words at the top.
        scale: How many times larger the images are drawn; 0 goes by `tile`.
        tile: Side of the images on the page in pixels, roughly; see `images.sized_for_sheet`.
        noise_mode: See `rendering.render`.
        progress: Told of images done; may raise to cancel.

    Returns:
        The page `[height, width, 3]` uint8, the images `[rows * steps, C, H, W]` in [-1, 1], and
        their codes. Strengths stand above the columns where all rows share them, else above each
        image; beside a row stands what is known of its lever, or the name of its image; what the
        words mean, or what is known of the one lever, stands below.
    """
    plan = [variation for row in rows for variation in row.variations()]
    swept = apply_variations(codes, levers, plan, unit, layers)
    images = render(gan, swept, noise_mode, progress)
    steps = len(rows[0].strengths)
    shared = len({row.strengths for row in rows}) == 1
    captions = [variation.caption for variation in (plan[:steps] if shared else plan)]
    names = [_beside(row, levers) for row in rows]
    note = _below(rows, levers)
    tiles = sized_for_sheet(images, scale, tile)
    page = contact_sheet(tiles, steps, captions, names, title, note=note)
    return page, images, swept


def _beside(row: SweepRow, levers: Directions) -> str | RowHead:
    """What stands left of a row: all about its lever, or the name of its image."""
    if row.label == levers.label(row.index):
        return lever_head(levers, row.index)
    return row.label


def _below(rows: Sequence[SweepRow], levers: Directions) -> str:
    """What stands below the page."""
    indices = list(dict.fromkeys(row.index for row in rows))
    about = [] if any(row.label == levers.label(row.index) for row in rows) else indices[:1]
    known = [f"{lever_sentence(levers, index)}." for index in about]
    return "\n".join([*known, explain_heads(levers, indices)]).strip()
