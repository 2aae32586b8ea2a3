"""Grids of films: several traversals in the cells of each frame, all at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...base.errors import PackError
from ...base.json_fields import shown
from ...concepts.latent_code import LatentCode, concatenate
from ..frames import Traversal

_MOST_CELLS = 100
"""Most cells of a frame."""


@dataclass(frozen=True)
class Grid:
    """Columns and rows of a frame."""

    columns: int
    rows: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.columns * self.rows


def read_grid(text: str) -> Grid:
    """Parse the size of a grid.

    Args:
        text: Columns and rows, such as "4x2".

    Returns:
        The grid.

    Raises:
        PackError: The text is something else, or there are more than 100 cells.
    """
    sizes = re.fullmatch(r"\s*(\d{1,3})\s*[xX]\s*(\d{1,3})\s*", text)
    grid = Grid(0, 0) if sizes is None else Grid(int(sizes[1]), int(sizes[2]))
    if not 1 <= grid.cells <= _MOST_CELLS:
        raise PackError(
            f"The grid {shown(text)} cannot be used",
            f"columns x rows with at most {_MOST_CELLS} cells, such as 4x2",
        )
    return grid


def grid_of(cells: Sequence[Traversal], grid: Grid) -> Traversal:
    """Show several traversals at once.

    Args:
        cells: One for each cell, row by row; all with as many frames, and one image in each. Cells
            beyond them stay empty.
        grid: Columns and rows.

    Returns:
        A traversal with an image of each in every frame.

    Raises:
        PackError: There is none, there are more than cells, or they differ in length.
    """
    totals = {cell.total for cell in cells}
    if not 1 <= len(cells) <= grid.cells or len(totals) != 1:
        raise PackError(
            f"{len(cells)} films of {sorted(totals)} frames were given for {grid.cells} cells",
            "one for each cell, all equally long",
        )

    def make(start: int, stop: int) -> LatentCode:
        drawn = [cell.codes(start, stop) for cell in cells]
        return concatenate([one[frame] for frame in range(stop - start) for one in drawn])

    first = cells[0]
    gauges = tuple(replace(gauge, name=f"{len(cells)} images at once") for gauge in first.gauges)
    report = tuple(line for cell in cells for line in cell.report)
    return Traversal(
        first.total, make, gauges, len(cells), report, first.ends, columns=grid.columns
    )
