"""Sweep pages: rows of levers at rising strengths on one labelled page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..edits.editing import IN_SIGMA, PullOptions
from ..edits.sweep import SweepRow
from ..edits.variations import apply_variations
from ..generators.rendering import render
from .contact_sheet import contact_sheet
from .images import pictures_for_sheet, sized_for_sheet
from .lever_labels import explain_labels, lever_head, lever_sentence
from .row_heads import RowHead


@dataclass(frozen=True)
class PageLayout:
    """Title of a page and size of its images."""

    title: str = ""
    """Text at the top."""
    scale: int = 0
    """Factor by which images are enlarged; 0 chooses their size by `tile`."""
    tile: int = 256
    """Longer side of an image on the page in pixels, roughly; used if `scale` is 0."""
    columns: int = 0
    """Images per row; 0 means the steps of a sweep."""

    def sized(self, images: Tensor) -> Tensor:
        """Resize images for the page.

        Args:
            images: `[N, C, H, W]`.

        Returns:
            `[N, C, h, w]`.
        """
        return sized_for_sheet(images, self.scale, self.tile)


def draw_sweep(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    rows: Sequence[SweepRow],
    pull: PullOptions = IN_SIGMA,
    noise_mode: str = "const",
    progress: Progress | None = None,
) -> tuple[Tensor, LatentCode]:
    """Pull the levers of planned rows and render the images.

    Args:
        gan: The generator.
        codes: The codes that the rows name.
        levers: The directions.
        rows: From `sweep.plan_sweep`.
        pull: Unit of the strengths and layers that are changed.
        noise_mode: "const", "none" or "random", as for `rendering.render`.
        progress: Called with (images done, images); an exception raised from it cancels.

    Returns:
        The images `[rows * steps, C, H, W]` in [-1, 1], and their codes.
    """
    plan = [variation for row in rows for variation in row.variations()]
    swept = apply_variations(codes, levers, plan, pull, progress)
    return render(gan, swept, noise_mode, progress), swept


def sweep_page(
    images: Tensor,
    rows: Sequence[SweepRow],
    levers: Directions,
    layout: PageLayout | None = None,
) -> Tensor:
    """Lay out the images of a sweep as one labelled page.

    Strengths are drawn above the columns if all rows share them, otherwise above each image. The
    label of a row describes its lever, or names its image if one lever is shown on several. The
    note below the page explains the labels, and describes the lever if the rows do not.

    Args:
        images: `[rows * steps, C, H, W]` in [-1, 1], from `draw_sweep`.
        rows: The rows, all with the same number of strengths.
        levers: The directions.
        layout: Title and size of the images; none means `PageLayout()`.

    Returns:
        The page `[height, width, 3]` uint8.
    """
    layout = layout or PageLayout()
    captions = [variation.caption for row in rows for variation in row.variations()]
    steps = len(rows[0].strengths)
    labels = [_row_label(row, levers) for row in rows]
    note = _note(rows, levers)
    pictures = pictures_for_sheet(images, layout.scale, layout.tile)
    if layout.columns not in (0, steps):
        whole = [f"{row.label} {pulled.caption}" for row in rows for pulled in row.variations()]
        return contact_sheet(pictures, layout.columns, whole, (), layout.title, note=note)
    if len({row.strengths for row in rows}) == 1:
        captions = captions[:steps]
    return contact_sheet(pictures, steps, captions, labels, layout.title, note=note)


def _row_label(row: SweepRow, levers: Directions) -> str | RowHead:
    """The label of a row: a description of its lever, or the name of its image."""
    if row.label == levers.label(row.index):
        return lever_head(levers, row.index)
    return row.label


def _note(rows: Sequence[SweepRow], levers: Directions) -> str:
    """The note below the page."""
    indices = list(dict.fromkeys(row.index for row in rows))
    about = [] if any(row.label == levers.label(row.index) for row in rows) else indices[:1]
    known = [f"{lever_sentence(levers, index)}." for index in about]
    return "\n".join([*known, explain_labels(levers, indices)]).strip()
