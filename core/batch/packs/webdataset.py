"""A tar per shard, as WebDataset reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...base.progress import Progress
from ..drawing import Drawer
from ..plan import Plan
from .pack import AbstractPack
from .tar_shard import require_whole, stated_rows, tar_path, write_tar


class WebDatasetPack(AbstractPack):
    """Whole shards as tar files of pictures and JSON; a shard whose tar is there is done."""

    id = "webdataset"
    others = (("manifest.jsonl", "files"), ("part-*.parquet", "parquet"))

    def files(self, folder: Path, shard: int) -> tuple[Path, ...]:
        """See `AbstractPack.files`: the tar."""
        return (tar_path(folder, shard),)

    def missing(self, plan: Plan, folder: Path, rows: Sequence[int]) -> list[int]:
        """See `AbstractPack.missing`: all rows of a shard or none."""
        shard = require_whole(plan, rows, self.id)
        return [] if stated_rows(tar_path(folder, shard), plan) == len(rows) else list(rows)

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
        require_whole(drawer.plan, rows, self.id)
        return len(write_tar(drawer, rows, folder, progress))


WEBDATASET = WebDatasetPack()
