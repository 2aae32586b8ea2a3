"""Files to plain data: the one door of the containers to the interpreter of pickle opcodes."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path
from typing import Any

from .byte_source import ByteSource, map_file
from .harmless_names import HARMLESS_NAMES
from .inert import Reading
from .pickle_machine import PickleMachine
from .torch_archive import BUILDERS, read_archive


def is_pickle(head: bytes) -> bool:
    """Whether a file may be a pickle.

    Args:
        head: Its first bytes.

    Returns:
        True for a protocol from 2 up, and for what protocols 0 and 1 begin with.
    """
    if head[:1] == b"\x80":
        return head[1:2] <= b"\x05"
    return head[:1] in (b"(", b"]", b"}") or (head[:1] == b"c" and head[:80].count(b"\n") > 1)


def names_in(path: Path, *texts: bytes) -> bool:
    """Whether a file contains one of some names, wherever it may be.

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
        kind: What the file was taken for, with its article, for messages.

    Returns:
        Plain data (see `PickleMachine.run`), and the limits that remain.

    Raises:
        CheckpointError: It is damaged, out of proportion, or wants something run.
    """
    view = map_file(path)
    reading = Reading(path.name, kind, len(view))
    machine = PickleMachine(reading, BUILDERS, HARMLESS_NAMES)
    return machine.run(ByteSource(view, reading)), reading


def read_torch(path: Path) -> tuple[Any, Reading]:
    """Read one torch file, running nothing.

    Args:
        path: An existing file.

    Returns:
        See `read_pickle`.

    Raises:
        CheckpointError: It is damaged, out of proportion, or wants something run.
    """
    view = map_file(path)
    reading = Reading(path.name, "a torch file", len(view))
    return read_archive(view, reading), reading
