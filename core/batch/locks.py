"""Locks of the operating system in a batch's folder, which a kill frees."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

import filelock

from ..base.errors import PackError

LOCKS = ".locks"
"""Folder of the locks; their files stay, since deleting one would free it for two."""


def shard_lock(folder: Path, shard: int) -> filelock.BaseFileLock | None:
    """Lock a shard, if no other process has it.

    Args:
        folder: The folder of the batch.
        shard: Number of the shard.

    Returns:
        The lock, which is held; none where another process draws the shard.
    """
    lock = _lock(folder, f"{shard:06d}")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return None
    return lock


@contextlib.contextmanager
def hold_lock(folder: Path, name: str, seconds: float) -> Generator[None]:
    """Hold a lock inside a `with` block.

    Args:
        folder: The folder of the batch.
        name: Such as "plan" or "manifest".
        seconds: How long to wait for another process.

    Yields:
        Nothing.

    Raises:
        PackError: Another process has it for longer.
    """
    lock = _lock(folder, name)
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout:
        raise PackError(
            f"Another run holds the {name} of {folder} for more than {seconds:g} seconds",
            "a run that goes on",
            "Wait until it ends, or choose another folder",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _lock(folder: Path, name: str) -> filelock.BaseFileLock:
    """A lock that is not held yet; its folder exists."""
    place = folder / LOCKS
    place.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(place / f"{name}.lock")
