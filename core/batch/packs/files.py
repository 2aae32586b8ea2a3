"""A file per picture, and a line of the manifest for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...base.progress import Progress
from ...pictures.picture_files import is_complete
from ..drawing import Drawer, DrawnRow
from ..plan import Plan
from ..writing import write_rows
from .pack import AbstractPack


class FilesPack(AbstractPack):
    """Pictures beside the plan, each under the name that the plan gives it."""

    id = "files"
    others = (("part-*.parquet", "parquet"), ("shard-*.tar", "webdataset"))

    def missing(self, plan: Plan, folder: Path, rows: Sequence[int]) -> list[int]:
        """See `AbstractPack.missing`: rows without a file that ends as it should."""
        place = f"{folder}/"
        return [row for row in rows if not is_complete(f"{place}{plan.file_name(row)}")]

    def write(
        self,
        drawer: Drawer,
        rows: Sequence[int],
        folder: Path,
        progress: Progress | None = None,
    ) -> int:
        """See `AbstractPack.write`."""
        if not rows:
            return 0
        shard = drawer.plan.shard_of(rows[0])
        return write_rows(drawer, self.watched(drawer.draw(rows, progress)), folder, shard)

    def watched(self, drawn: Iterator[DrawnRow]) -> Iterator[DrawnRow]:
        """Rows on their way to their files; who shows them as they are drawn looks here.

        Args:
            drawn: The rows.

        Returns:
            The same rows.
        """
        return drawn


FILES = FilesPack()
