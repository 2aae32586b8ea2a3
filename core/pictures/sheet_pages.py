"""Contact sheets of any number of images, page by page, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import PackError
from .contact_sheet import contact_sheet
from .images import from_bytes, sized_for_sheet, to_bytes

MOST_ON_PAGE = 100
"""Most images of a page."""

MOST_PAGES = 20
"""Most pages of a sheet; further images are left out."""

_MOST_PIXELS = 2**24
"""Most pixels of all images of a page; larger images fill more pages."""

_USUAL_COLUMNS = 8
"""Most images per row where nobody chose."""


@dataclass(frozen=True)
class SheetLayout:
    """Size and arrangement of the images of a sheet."""

    columns: int = 0
    """Images per row; 0 chooses: as square as possible, up to eight."""
    scale: int = 0
    """Factor by which images are enlarged; 0 chooses their size by `side`."""
    side: int = 256
    """Longer side of an image in pixels, roughly; used if `scale` is 0."""
    title: str = ""
    """Text at the top of each page."""
    heads: tuple[str, ...] = ()
    """Labels of the columns, as many as there are columns; none means a label per image. They are
    used only where a row fits on a page."""

    def for_images(self, total: int, size: tuple[int, int]) -> SheetLayout:
        """Choose what is left to choose.

        Args:
            total: Number of images.
            size: Their height and width in pixels.

        Returns:
            The layout with a number of columns whose rows fit on a page.

        Raises:
            PackError: The columns or the scale that were asked for do not fit.
        """
        room = self.images_on_page(size)
        if not room or self.columns > room:
            height, width = self.cell(size)
            what = f"{self.columns} images" if self.columns else "Images"
            raise PackError(
                f"{what} of {width} x {height} pixels were asked for in a row of a sheet",
                f"at most {room} of this size" if room else "at most 4096 x 4096 pixels each",
                "Choose fewer columns, or a smaller scale",
            )
        usual = min(_USUAL_COLUMNS, math.ceil(math.sqrt(total)))
        columns = self.columns or len(self.heads) or usual
        if columns > room:
            columns = min(_USUAL_COLUMNS, room)
        heads = self.heads if columns == len(self.heads) else ()
        return replace(self, columns=min(columns, room), heads=heads)

    def cell(self, size: tuple[int, int]) -> tuple[int, int]:
        """Size of an image on a page.

        Args:
            size: Its own height and width.

        Returns:
            Height and width in pixels.
        """
        height, width = size
        factor = self.scale or max(1, self.side // max(size))
        if not self.scale and max(size) > 1.5 * self.side:
            return round(height * self.side / max(size)), round(width * self.side / max(size))
        return height * factor, width * factor

    def per_page(self, size: tuple[int, int]) -> int:
        """Images of a full page, in whole rows.

        Args:
            size: Height and width of an image in pixels.

        Returns:
            At least 1.
        """
        return self.columns * max(1, self.images_on_page(size) // self.columns)

    def pages(self, total: int, size: tuple[int, int]) -> int:
        """Number of pages that a sheet fills.

        Args:
            total: Number of images.
            size: Their height and width in pixels.

        Returns:
            Up to `MOST_PAGES`.
        """
        return min(MOST_PAGES, -(-total // self.per_page(size)))

    def images_on_page(self, size: tuple[int, int]) -> int:
        """How many images fit on a page, whatever the columns.

        Args:
            size: Height and width of an image in pixels.

        Returns:
            0 to `MOST_ON_PAGE`.
        """
        height, width = self.cell(size)
        return min(MOST_ON_PAGE, _MOST_PIXELS // max(1, height * width))


class SheetPages:
    """Takes images one by one, and draws a page whenever one is full.

    Args:
        layout: From `SheetLayout.for_images`.
        save: Called with the number of the page, from 0, and the page `[H, W, 3]` uint8.
    """

    def __init__(self, layout: SheetLayout, save: Callable[[int, Tensor], object]) -> None:
        self._layout = layout
        self._save = save
        self._cells: list[Tensor] = []
        self._labels: list[str] = []
        self._rows: list[str] = []
        self._page = 0
        self.left_out = 0

    def add(self, image: Tensor, label: str, row: str = "") -> None:
        """Add an image.

        Args:
            image: `[C, H, W]`, nominal range [-1, 1]; all of one size.
            label: Text above it, unless the columns have labels.
            row: Text left of its row, if it is the first of a row and the columns have labels.
        """
        layout = self._layout
        if self._page >= MOST_PAGES:
            self.left_out += 1
            return
        sized = sized_for_sheet(image[None], layout.scale, layout.side)
        if len(self._cells) % layout.columns == 0:
            self._rows.append(row)
        self._cells.append(to_bytes(sized)[0])
        self._labels.append(label)
        if len(self._cells) == layout.per_page((image.shape[1], image.shape[2])):
            self._draw()

    def finish(self) -> None:
        """Draw the last page, if any image is left."""
        if self._cells:
            self._draw()

    def _draw(self) -> None:
        """Draw a page and forget its images."""
        layout = self._layout
        images = from_bytes(torch.stack(self._cells))
        heads = layout.heads
        labels, rows = (heads, self._rows) if heads else (self._labels, ())
        page = contact_sheet(images, layout.columns, labels, rows, layout.title)
        self._save(self._page, page)
        self._page += 1
        self._cells, self._labels, self._rows = [], [], []
