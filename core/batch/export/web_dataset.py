"""Export as tar files of pictures and JSON, as WebDataset reads them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from ...base.atomic_files import write_by
from ...base.progress import Progress
from ..stored.records import Record
from .writer import AbstractExport, Export


class WebDataset(AbstractExport):
    """Samples of a picture and its facts; the same batch gives the same bytes."""

    id = "webdataset"
    loads = 'datasets.load_dataset("webdataset", data_files="{}/*.tar")'

    def write(self, export: Export, progress: Progress) -> list[Path]:
        """See `AbstractExport.write`."""
        written: list[Path] = []
        for number, pictures in export.shards(progress):

            def write(temporary: Path) -> None:
                with tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as tar:
                    for record, data in pictures:  # noqa: B023
                        facts = json.dumps(export.columns.values(record)).encode()
                        _add(tar, record, Path(record.file).suffix.lower(), data)
                        _add(tar, record, ".json", facts)

            written.append(write_by(export.out / f"shard-{number:06d}.tar", write))
        return written


def _add(tar: tarfile.TarFile, record: Record, ending: str, data: bytes) -> None:
    """Add a file of a sample; what all files of a sample share is their name up to the dot."""
    entry = tarfile.TarInfo(f"{record.row:012d}{ending}")
    entry.size, entry.mode = len(data), 0o644
    tar.addfile(entry, io.BytesIO(data))


WEB_DATASET = WebDataset()
