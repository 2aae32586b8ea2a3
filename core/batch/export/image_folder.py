"""Export as a folder of pictures with metadata.jsonl, as `datasets` calls "imagefolder"."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

from ...base.atomic_files import write_atomically, write_by
from ...base.progress import Progress
from ..stored.records import MANIFEST, Record
from .writer import AbstractExport, Export

MOST_FILES = 10_000
"""Most pictures of one folder; sites that host data sets allow no more."""

_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EACCES, errno.ENOSYS)
"""Errors where a disk has no hard links, or not to that file."""


class ImageFolder(AbstractExport):
    """Pictures as they are, and a line of JSON for each."""

    id = "imagefolder"
    loads = 'datasets.load_dataset("imagefolder", data_dir="{}")'

    def write(self, export: Export, progress: Progress) -> list[Path]:
        """See `AbstractExport.write`. The table comes last, so that its presence means done."""
        table = export.out / "metadata.jsonl"
        divided = len(export.records) > MOST_FILES
        written: list[str] = []

        def write(temporary: Path) -> None:
            with temporary.open("w", encoding="utf-8", newline="\n") as lines:
                for number, (record, data) in enumerate(export.pictures(progress)):
                    name = record.file
                    if divided:
                        name = f"{number // MOST_FILES:05d}/{name}"
                    _place(export, record, export.out / name, data)
                    values = {"file_name": name, **export.columns.values(record)}
                    lines.write(f"{json.dumps(values)}\n")
                    if not divided:
                        facts = {**record.facts, "file": name, "row": record.row}
                        written.append(f"{json.dumps(facts)}\n")
            if not divided:
                write_atomically(export.out / MANIFEST, "".join(written).encode())

        write_by(table, write)
        return [table] if divided else [table, export.out / MANIFEST]


def _place(export: Export, record: Record, target: Path, data: bytes) -> None:
    """Link a picture, or copy it where that is asked for or all that the disk allows."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not export.copied and export.stored.is_file(record):
        try:
            target.unlink(missing_ok=True)
            os.link(export.stored.folder / record.file, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
        else:
            export.linked += 1
            return
    write_atomically(target, data)


IMAGE_FOLDER = ImageFolder()
