"""Which reader opens a file, and what is said of a file that none opens."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..base.errors import CheckpointError, PackError
from ..base.file_kinds import file_kind
from ..concepts.checkpoint import AbstractContainer, Checkpoint
from .withheld import require_no_withheld_siblings


def find_reader(
    path: Path, readers: Iterable[AbstractContainer]
) -> tuple[AbstractContainer | None, bytes]:
    """The first reader that recognises a file.

    Args:
        path: An existing file or folder.
        readers: Tried in this order.

    Returns:
        The reader, or none; and the first 512 bytes of the file, empty for a folder.
    """
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(512)
    return next((reader for reader in readers if reader.recognises(path, head)), None), head


def reader_titles(readers: Iterable[AbstractContainer]) -> str:
    """The formats of some readers, for messages.

    Args:
        readers: The readers.

    Returns:
        Titles with file name endings, separated by semicolons.
    """
    return "; ".join(f"{reader.title} ({', '.join(reader.suffixes)})" for reader in readers)


def unrecognised(path: Path, head: bytes, expected: str) -> tuple[str, str]:
    """Message about a file that no reader recognises.

    Args:
        path: The file.
        head: Its first bytes.
        expected: What it should contain, with its article or in the plural.

    Returns:
        What was found, and the remedy.
    """
    if not head:
        return f"{path.name} is empty", "It was cut off; save or download it again"
    kind = file_kind(head)
    if kind is not None:
        return f"{path.name} is {kind.title}", kind.remedy
    found = f"{path.name} begins with {head[:8]!r}, which no reader knows"
    return found, f"The file may be cut off, or a web page saved instead of {expected}"


def read_with(path: Path, readers: Sequence[AbstractContainer], content: str) -> Checkpoint:
    """Read a file with the first reader that recognises it.

    Args:
        path: The file.
        readers: Tried in this order.
        content: What it should contain, in the plural, for messages.

    Returns:
        Its tensors.

    Raises:
        CheckpointError: There is no such file, no reader recognises it, or it is damaged.
    """
    if not path.is_file():
        raise CheckpointError(
            f"There is no file {str(path)!r}",
            f"a file of {content}",
            "Check the spelling and the folder",
        )
    reader, head = find_reader(path, readers)
    if reader is None:
        found, remedy = unrecognised(path, head, content)
        raise CheckpointError(found, reader_titles(readers), remedy)
    checkpoint = reader.read(path)
    require_no_withheld_siblings(checkpoint)
    return checkpoint


def require_unpacked(path: Path, error: type[PackError]) -> None:
    """Refuse an archive around a file of this pack, whose header is read where it lies.

    Args:
        path: A file that `read_with` has read.
        error: Class of the exception.

    Raises:
        PackError: It is a zip archive.
    """
    if zipfile.is_zipfile(path):
        raise error(
            f"{path.name} is an archive around a file of this pack", "the file", "Unpack it first"
        )
