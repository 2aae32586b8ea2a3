"""Export as Parquet files that hold the pictures, as `datasets` stores its own."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from ...base.atomic_files import write_by
from ...base.extras import import_extra
from ...base.progress import Progress
from .columns import LeverColumns
from .writer import AbstractExport, Export

_GROUP = 100
"""Pictures that are in memory at a time."""


class Parquet(AbstractExport):
    """A table with the pictures in it."""

    id = "parquet"
    loads = 'datasets.load_dataset("parquet", data_files="{}/*.parquet")'

    def check(self) -> None:
        """See `AbstractExport.check`."""
        _pyarrow()

    def write(self, export: Export, progress: Progress) -> list[Path]:
        """See `AbstractExport.write`."""
        pa, pq = _pyarrow()
        schema = _schema(pa, export.columns)
        written: list[Path] = []
        for number, pictures in export.shards(progress):

            def write(temporary: Path) -> None:
                with pq.ParquetWriter(temporary, schema) as table:
                    while group := list(itertools.islice(pictures, _GROUP)):  # noqa: B023
                        rows = [
                            {
                                "image": {"bytes": data, "path": record.file},
                                **export.columns.values(record),
                            }
                            for record, data in group
                        ]
                        table.write_table(pa.Table.from_pylist(rows, schema=schema))

            written.append(write_by(export.out / f"part-{number:06d}.parquet", write))
        return written


def _pyarrow() -> tuple[Any, Any]:
    """The package and its module for Parquet."""
    purpose = "Parquet"
    return (
        import_extra("pyarrow", "pyarrow", purpose),
        import_extra("pyarrow.parquet", "pyarrow", purpose),
    )


def _schema(pa: Any, columns: LeverColumns) -> Any:
    """Types of the columns, for Arrow and, in its metadata, for `datasets`."""
    types = {"row": "int64", "seed": "int64", "caption": "string"}
    types |= dict.fromkeys(columns.names, "float64")
    features = {"image": {"_type": "Image"}}
    features |= {name: {"dtype": kind, "_type": "Value"} for name, kind in types.items()}
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [("image", picture), *((name, getattr(pa, kind)()) for name, kind in types.items())]
    about = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": about})


PARQUET = Parquet()
