"""The pictures of a batch wherever they are: files of their own, or members of shards."""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...base.errors import PackError
from .findings import Expected
from .picture_checks import PICTURE_SUFFIXES
from .records import MANIFEST, Record, Unread, is_picture_name, read_lines, record_of

_TAR = re.compile(r"shard-[0-9]{6,12}\.tar")
"""Names of shards."""

_MOST_BYTES, _LONGEST_LINE = 256 * 2**20, 2**20
"""Bytes of the largest picture, and of what a shard says of one."""


@dataclass(frozen=True)
class _Place:
    """Where a picture is in a shard."""

    tar: Path
    offset: int
    size: int


@dataclass
class StoredPictures:
    """The pictures of a batch."""

    folder: Path
    """Folder of the batch."""
    records: list[Record]
    """What is known of them, in the order of rows."""
    unread: Unread = field(default_factory=Unread)
    """What was left out."""
    _places: dict[int, _Place] = field(default_factory=dict[int, "_Place"])
    """Pictures in shards, by row."""

    def is_file(self, record: Record) -> bool:
        """Whether a picture is a file of its own.

        Args:
            record: One of the records.

        Returns:
            False where it is in a shard.
        """
        return record.row not in self._places

    def read(self, record: Record) -> bytes | None:
        """Read the file of a picture.

        Args:
            record: One of the records.

        Returns:
            Its bytes, which may be damaged; none where it is not there.
        """
        place = self._places.get(record.row)
        if place is None:
            path = self.folder / record.file
            return path.read_bytes() if path.is_file() and not path.is_symlink() else None
        with place.tar.open("rb") as file:
            file.seek(place.offset)
            return file.read(place.size)


def open_batch(folder: Path, expected: Expected | None = None) -> StoredPictures:
    """Find the pictures of a batch.

    Args:
        folder: A folder that `vary` wrote, of files with a manifest, or of shards.
        expected: What its plan asks for, whose lines stand for those that a kill took; none for a
            folder without a plan.

    Returns:
        Its pictures, of several of a row the last; a file counts before a member of a shard.

    Raises:
        PackError: There is no such folder, or no picture is known.
    """
    if not folder.is_dir():
        raise PackError(f"There is no folder {str(folder)!r}", "a folder that vary wrote")
    unread = Unread()
    places: dict[int, _Place] = {}
    found: dict[int, Record] = {}
    for path in sorted(one for one in folder.iterdir() if _TAR.fullmatch(one.name)):
        for record, place in _members(path, unread):
            found[record.row], places[record.row] = record, place
    for _, record in read_lines(folder, unread):
        found[record.row] = record
        if record.row in places and (folder / record.file).is_file():
            del places[record.row]
    for record in _unlisted(folder, found, expected):
        found[record.row] = record
    if not found:
        raise PackError(
            f"{str(folder)!r} holds no batch",
            f"a folder that vary wrote, with a {MANIFEST} or with shards",
        )
    records = [found[row] for row in sorted(found)]
    return StoredPictures(folder, records, unread, places)


def _unlisted(
    folder: Path, found: Mapping[int, Record], expected: Expected | None
) -> Iterator[Record]:
    """What the plan says of pictures that no line names."""
    if expected is None or expected.line is None:
        return
    listed = {record.file for record in found.values()}
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    rest = [name for name in names if name not in listed and is_picture_name(name)]
    for row in sorted(expected.rows_of(rest, found.keys()).values()) if rest else ():
        record = record_of(expected.line(row))
        if record is not None:
            yield record


def _members(path: Path, unread: Unread) -> Iterator[tuple[Record, _Place]]:
    """Pictures of a shard and what it says of them; a broken shard ends where it breaks."""
    pictures: dict[str, _Place] = {}
    silent = 0
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                stem, _, ending = member.name.rpartition(".")
                if not member.isfile() or member.size > _MOST_BYTES:
                    continue
                if f".{ending}" in PICTURE_SUFFIXES:
                    pictures[stem] = _Place(path, member.offset_data, member.size)
                elif ending == "json" and stem in pictures and member.size <= _LONGEST_LINE:
                    file = tar.extractfile(member)
                    text = b"" if file is None else file.read()
                    record = record_of(text.decode("utf-8", "replace"))
                    if record is None:
                        silent += 1
                    else:
                        yield record, pictures.pop(stem)
            if _holds_more(path, tar.offset):  # tarfile ends at a header that it cannot read
                unread.shards.append((path.name, f"is damaged from byte {tar.offset:,} on"))
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        unread.shards.append((path.name, f"cannot be read to its end ({error})"))
    if silent:
        unread.shards.append((path.name, f"says nothing of {silent:,} pictures"))


def _holds_more(path: Path, place: int) -> bool:
    """Whether anything but zeros is behind a place of a file, or the end of the tar is missing."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) < place:
            return True
        file.seek(place)
        while block := file.read(2**20):
            if block.strip(b"\0"):
                return True
    return False
