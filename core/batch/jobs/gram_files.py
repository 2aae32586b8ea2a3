"""A folder of sums of Grams: a file per shard, joined along the tree of `levers.grams.gram_sum`."""

from __future__ import annotations

import re
from pathlib import Path

from ...levers.grams.gram_sum import SHARD_CODES
from ...levers.grams.gram_sum_files import load_gram_sum, save_gram_sum

_PART = re.compile(r"gram-(\d{8})-(\d{8})\.safetensors")
"""Names of files of sums: the first code, and the one after the last."""


def sum_file(folder: Path, start: int, stop: int) -> Path:
    """File of the sum over some codes.

    Args:
        folder: The folder.
        start: The first code.
        stop: The one after the last.

    Returns:
        Its path.
    """
    return folder / f"gram-{start:08d}-{stop:08d}.safetensors"


def sum_files(folder: Path) -> list[tuple[int, int, Path]]:
    """The sums in a folder.

    Args:
        folder: The folder.

    Returns:
        First code, last code plus one, and file of each.
    """
    names = ((_PART.fullmatch(path.name), path) for path in folder.iterdir())
    return [(int(name[1]), int(name[2]), path) for name, path in names if name is not None]


def join_sums(folder: Path) -> None:
    """Join sums whose neighbour in the tree is there, and delete those that a joined one holds.

    Args:
        folder: The folder; one process at a time may join.

    Raises:
        SolveError: A file is damaged.
    """
    found = {(start, stop): path for start, stop, path in sum_files(folder)}
    waiting = sorted(found, key=lambda span: (span[0] - span[1], span[0]))  # the largest first
    held: list[tuple[int, int]] = []
    for span in waiting:
        if any(low <= span[0] and span[1] <= high for low, high in held):
            found.pop(span).unlink(missing_ok=True)  # of a run that was killed between both steps
        else:
            held.append(span)
    for span in sorted(held):
        while (neighbour := _neighbour(span)) in found and span in found:
            low, high = sorted((span, neighbour))
            sums = load_gram_sum(found[low])
            sums.merge(load_gram_sum(found[high]))
            span = (low[0], high[1])
            found[span] = save_gram_sum(sums, sum_file(folder, *span))
            for old in (low, high):
                found.pop(old).unlink(missing_ok=True)


def _neighbour(span: tuple[int, int]) -> tuple[int, int] | None:
    """The other half of the node of the tree that a sum belongs to; none for an incomplete one."""
    start, stop = span
    size = stop - start
    shards = size // SHARD_CODES
    if size % SHARD_CODES or shards & (shards - 1):
        return None
    return (stop, stop + size) if start // size % 2 == 0 else (start - size, start)
