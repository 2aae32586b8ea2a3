"""A tar of pictures and a Parquet file of labels per shard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...base.extras import import_extra
from ...base.progress import Progress
from ..drawing import Drawer
from ..parts import parts_folder
from ..plan import Plan
from .pack import AbstractPack
from .tar_shard import Sample, require_plan, require_whole, tar_path, write_tar

_PACKAGE = ("pyarrow.parquet", "pyarrow", "The pack parquet")

_KEY = b"latent_levers"
"""Key of what a file says of itself."""


class ParquetPack(AbstractPack):
    """Whole shards: first the tar, last the Parquet file, whose presence says that both are done.

    Its columns: row, seed, caption, levers and strengths (one entry per pull), unit, tar and file
    (the picture), bytes and sha256 (of the picture's file).
    """

    id = "parquet"
    needs = _PACKAGE
    others = (("manifest.jsonl", "files"),)  # tars without tables are also what a kill leaves

    def files(self, folder: Path, shard: int) -> tuple[Path, ...]:
        """See `AbstractPack.files`: the tar and the table."""
        return tar_path(folder, shard), _path(folder, shard)

    def missing(self, plan: Plan, folder: Path, rows: Sequence[int]) -> list[int]:
        """See `AbstractPack.missing`: all rows of a shard or none."""
        shard = require_whole(plan, rows, self.id)
        done = _stated_rows(_path(folder, shard), plan) == len(rows)
        return [] if done and tar_path(folder, shard).is_file() else list(rows)

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
        shard = require_whole(drawer.plan, rows, self.id)
        _arrow()  # before hours of work
        _path(folder, shard).unlink(missing_ok=True)  # of the shard before the plan grew
        samples = write_tar(drawer, rows, folder, progress)
        _write_table(drawer.plan, shard, samples, folder)
        return len(samples)


def _path(folder: Path, shard: int) -> Path:
    """The table of a shard."""
    return folder / f"part-{shard:06d}.parquet"


def _arrow() -> Any:
    """The module that reads and writes Parquet."""
    return import_extra(*_PACKAGE)


def _stated_rows(path: Path, plan: Plan) -> int:
    """How many rows a table of the plan holds.

    Returns:
        Their number; 0 where there is no file.

    Raises:
        PackError: It is a table of another plan, or none.
    """
    parquet = _arrow()
    if not path.is_file():
        return 0
    try:
        schema = parquet.read_schema(path)
        about: Any = json.loads((schema.metadata or {}).get(_KEY, b"{}"))
        rows, digest = int(about["rows"]), str(about["plan"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):  # Arrow's are ValueErrors
        rows, digest = 0, ""
    require_plan(path, digest, plan)
    return rows


def _write_table(plan: Plan, shard: int, samples: list[Sample], folder: Path) -> None:
    """Write the labels of a shard, and rename the file when it is complete."""
    parquet = _arrow()
    arrow = import_extra("pyarrow", "pyarrow", "The pack parquet")
    names = plan.levers.names
    tar = tar_path(folder, shard).name
    rows = [
        {
            "row": sample.facts["row"],
            "seed": sample.facts["seed"],
            "caption": sample.facts["caption"],
            "levers": [names[int(index)] for index, _ in sample.facts["pulls"]],
            "strengths": [float(strength) for _, strength in sample.facts["pulls"]],
            "unit": plan.pull.unit,
            "tar": tar,
            "file": f"{sample.facts['row']:012d}{Path(str(sample.facts['file'])).suffix}",
            "bytes": sample.size,
            "sha256": sample.digest,
        }
        for sample in samples
    ]
    about = json.dumps({"plan": plan.digest, "shard": shard, "rows": len(rows)})
    schema = arrow.schema(
        [
            ("row", arrow.int64()),
            ("seed", arrow.int64()),
            ("caption", arrow.string()),
            ("levers", arrow.list_(arrow.string())),
            ("strengths", arrow.list_(arrow.float64())),
            ("unit", arrow.string()),
            ("tar", arrow.string()),
            ("file", arrow.string()),
            ("bytes", arrow.int64()),
            ("sha256", arrow.string()),
        ],
        metadata={_KEY: about.encode()},
    )
    part = parts_folder(folder, shard) / _path(folder, shard).name
    part.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(arrow.Table.from_pylist(rows, schema=schema), part)
    part.replace(_path(folder, shard))


PARQUET = ParquetPack()
