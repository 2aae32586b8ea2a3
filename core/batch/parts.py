"""Unfinished files of a batch: where they lie, and how they go after a kill."""

from __future__ import annotations

import shutil
from pathlib import Path

PARTS = ".parts"
"""Folder of files that are being written: a folder per shard, whose lock protects it."""


def parts_folder(folder: Path, shard: int) -> Path:
    """Where unfinished files of a shard lie, on the disk of the batch.

    Args:
        folder: The folder of the batch.
        shard: Number of the shard.

    Returns:
        A folder that may not exist.
    """
    return folder / PARTS / f"{shard:06d}"


def sweep_shard(folder: Path, shard: int) -> None:
    """Delete what a killed run left unfinished of a shard, whose lock the caller holds.

    Args:
        folder: The folder of the batch.
        shard: Number of the shard.
    """
    shutil.rmtree(parts_folder(folder, shard), ignore_errors=True)


def sweep_folder(folder: Path) -> None:
    """Delete unfinished pictures of versions without plans, of which none runs.

    Args:
        folder: The folder of the batch.
    """
    for unfinished in folder.glob(".[0-9]*.part"):
        unfinished.unlink(missing_ok=True)
