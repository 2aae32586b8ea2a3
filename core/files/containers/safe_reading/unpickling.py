"""Pickles and torch files to plain data: what the containers call to run the pickle machine."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path
from typing import Any

from .byte_source import ByteSource, map_file
from .limits_and_refusals import Reading
from .pickle_machine import PickleMachine
from .torch_archive import TORCH_CALLS, read_archive


def is_pickle(head: bytes) -> bool:
    """Whether a file may be a pickle.

    Args:
        head: First bytes of the file.

    Returns:
        True for the header of protocols 2 to 5, and for the first opcodes of protocols 0 and 1.
    """
    if head[:1] == b"\x80":
        return head[1:2] <= b"\x05"
    return head[:1] in (b"(", b"]", b"}") or (head[:1] == b"c" and head[:80].count(b"\n") > 1)


def names_in(path: Path, *texts: bytes) -> bool:
    """Whether any of some names occurs anywhere in a file.

    Args:
        path: An existing file.
        *texts: The names.

    Returns:
        True where one occurs.
    """
    mapped = map_file(path).obj
    return isinstance(mapped, mmap) and any(mapped.find(text) >= 0 for text in texts)


def read_pickle(path: Path, kind: str) -> tuple[Any, Reading]:
    """Read one pickle, running nothing.

    Args:
        path: An existing file.
        kind: The kind of file that it is read as, with its article, for messages.

    Returns:
        Plain data (see `PickleMachine.run`), and the remaining limits.

    Raises:
        CheckpointError: The file is damaged, exceeds a limit, or is an attack.
    """
    view = map_file(path)
    reading = Reading(path.name, kind, len(view))
    machine = PickleMachine(reading, TORCH_CALLS)
    return machine.run(ByteSource(view, reading)), reading


def read_torch(path: Path) -> tuple[Any, Reading]:
    """Read one torch file, running nothing.

    Args:
        path: An existing file.

    Returns:
        See `read_pickle`.

    Raises:
        CheckpointError: The file is damaged, exceeds a limit, or is an attack.
    """
    view = map_file(path)
    reading = Reading(path.name, "a torch file", len(view))
    return read_archive(view, reading), reading
