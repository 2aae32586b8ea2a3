"""What the gallery's page knows of a batch: short columns instead of a long table."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...base.atomic_files import write_by
from ...base.errors import PackError
from ..stored.picture_checks import picture_size
from ..stored.records import Record
from .page import gallery_page

MOST_PICTURES = 100_000
"""Most pictures of one page."""

GALLERY = "gallery.html"
"""Usual name of the page, in the folder of the batch."""


def write_gallery(path: Path, folder: Path, records: Iterable[Record], plan: str = "") -> int:
    """Write the page of a batch.

    Args:
        path: Its file.
        folder: Folder of the pictures.
        records: What the manifest says of them, in order; those without a file are left out.
        plan: Digest of the plan; empty where there is none.

    Returns:
        How many pictures it shows.

    Raises:
        PackError: No picture is there, there are more than `MOST_PICTURES`, or page and pictures
            are on different disks.
    """
    with os.scandir(folder) as entries:
        names = {entry.name for entry in entries if entry.is_file()}
    shown = list(itertools.islice((one for one in records if one.file in names), MOST_PICTURES + 1))
    if not shown:
        raise PackError(
            f"{str(folder)!r} holds no picture that its manifest names",
            "a folder of pictures that vary wrote",
            "Draw them first",
        )
    if len(shown) > MOST_PICTURES:
        raise PackError(
            f"More than {MOST_PICTURES:,} pictures were asked for on one page",
            f"at most {MOST_PICTURES:,}",
            f"Choose some rows, such as 0-{MOST_PICTURES - 1}",
        )
    page = gallery_page(gallery_columns(shown, folder, _base(path, folder), plan))

    def write(temporary: Path) -> None:
        temporary.write_text(page, encoding="utf-8", newline="\n")

    write_by(path, write)
    return len(shown)


def _base(path: Path, folder: Path) -> str:
    """Address of the folder of the pictures from the page, ending in a slash; empty beside it."""
    try:
        way = os.path.relpath(folder.resolve(), path.resolve().parent)
    except ValueError:
        raise PackError(
            f"{str(path)!r} is on another disk than the pictures", "a page on their disk"
        ) from None
    return "" if way == "." else f"{quote(Path(way).as_posix())}/"


def gallery_columns(
    records: Sequence[Record], folder: Path, base: str = "", plan: str = ""
) -> dict[str, Any]:
    """Describe pictures for the page.

    Args:
        records: At least one, in order, all with a file.
        folder: Folder of the pictures; that of the first says their shape.
        base: Address of the folder from the page.
        plan: Digest of the plan.

    Returns:
        Plain values: `seeds` and `pulls` (lever, strength, lever, strength ...) per picture,
        `rows` unless these count from 0, `files` unless the names are the rows.
    """
    named = sorted({(pull.index, pull.name) for one in records for pull in one.pulls})
    levers = {lever: number for number, lever in enumerate(named)}
    pulls = [
        list(
            itertools.chain.from_iterable(
                (levers[pull.index, pull.name], pull.strength) for pull in record.pulls
            )
        )
        for record in records
    ]
    rows = [record.row for record in records]
    first = Path(records[0].file)
    digits, ending = len(first.stem), first.suffix
    usual = all(record.file == f"{record.row:0{digits}d}{ending}" for record in records)
    width, height = picture_size(folder / records[0].file)
    return {
        "name": folder.resolve().name,
        "plan": plan,
        "base": base,
        "width": width,
        "aspect": round(height / width, 4),
        "levers": [name for _, name in named],
        "seeds": [record.seed for record in records],
        "pulls": pulls,
        "rows": None if rows == list(range(len(rows))) else rows,
        "files": None if usual else [record.file for record in records],
        "digits": digits,
        "ending": ending,
    }
